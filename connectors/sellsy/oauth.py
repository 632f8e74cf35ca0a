"""How a Sellsy account is opened: by a personal client alone, or by a login to a private or public one.

Clients are made in Sellsy's developer page. *Personal*: ``client_credentials``, nobody logs in. *Private* and *public*: the
authorization code with PKCE (S256 is required). Bodies are JSON, and each refresh spends the old refresh token
(Sellsy API v2, OpenAPI 2.128.0, as captured in 2024-04). Its text says that an access token lives 24 hours, its samples an
hour: ``expires_in`` decides.
"""

from datetime import timedelta
from typing import Any

from connectors.oauth.declaration import Answer, OAuth

READ_SCOPES = (
    "accounts.read",
    "companies.read",
    "contacts.read",
    "custom-fields.read",
    "individuals.read",
    "invoices.read",
    "credit-notes.read",
    "opportunities.read",
    "staffs.read",
)
WRITE_SCOPES = ("companies.write", "contacts.write", "custom-fields.write", "individuals.write", "opportunities.write")
"""What writing back needs besides."""


def answer(body: Any) -> Answer:
    """In the words of RFC 6749, also where the login refuses as the API does: ``{"error": {"code": 401, "message": …}}``. Which of
    the two it does is not confirmed."""
    if not isinstance(body, dict) or not isinstance(body.get("error"), dict):
        return body if isinstance(body, dict) else {}
    return {"error": "invalid_client" if body["error"].get("code") == 401 else "refused"}


OAUTH = OAuth(
    vendor="Sellsy",
    authorize_url="https://login.sellsy.com/oauth2/authorization",
    token_url="https://login.sellsy.com/oauth2/access-tokens",  # noqa: S106 - an address
    scopes=(*READ_SCOPES, *WRITE_SCOPES),
    body="json",
    needs_secret=False,
    access_lifetime=timedelta(hours=1),
    refresh_lifetime=timedelta(days=60),
    by_client_alone=True,
    answer=answer,
    redirect_uri="http://127.0.0.1:8585/",
)
"""``redirect_uri`` must be registered with the client; whether Sellsy ignores the port of a loopback address is not confirmed."""
