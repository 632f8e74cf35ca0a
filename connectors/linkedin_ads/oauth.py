"""How a person logs in to LinkedIn (https://learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow, 2026-11-21).

Access tokens live 60 days. Only apps that LinkedIn approved for it get a refresh token, which lives a year and is not rotated; with
all others a person logs in anew every 60 days, and is told so 14 days ahead.
"""

from datetime import timedelta

from connectors.oauth.declaration import OAuth

SCOPES = ("r_ads", "r_ads_reporting")

OAUTH = OAuth(
    vendor="LinkedIn",
    authorize_url="https://www.linkedin.com/oauth/v2/authorization",
    token_url="https://www.linkedin.com/oauth/v2/accessToken",  # noqa: S106 - an address
    scopes=SCOPES,
    # PKCE is for LinkedIn's native apps, which have end points of their own (not confirmed); this flow has the client secret.
    uses_pkce=False,
    rotates=False,
    access_lifetime=timedelta(days=60),
    refresh_lifetime=timedelta(days=365),
    # LinkedIn compares the address letter by letter.
    redirect_uri="http://localhost:8399/",
)
