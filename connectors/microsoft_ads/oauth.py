"""How a person logs in to Microsoft Advertising (https://learn.microsoft.com/advertising/guides/authentication-oauth, 2026-11-21).

Every refresh gives a new refresh token; the newest is the one to keep.
"""

from connectors.oauth.declaration import OAuth

SCOPE = "https://ads.microsoft.com/msads.manage"

OAUTH = OAuth(
    vendor="Microsoft Advertising",
    authorize_url="https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
    token_url="https://login.microsoftonline.com/common/oauth2/v2.0/token",  # noqa: S106 - an address
    # Without offline_access there is no refresh token.
    scopes=(SCOPE, "offline_access"),
    # An app for desktops has no secret; one for the web has.
    needs_secret=False,
    rotates=True,
    # Microsoft passes over the port of http://localhost, and of no other address.
    redirect_uri="http://localhost/",
)
