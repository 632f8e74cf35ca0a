"""How a person logs in to TikTok (https://business-api.tiktok.com/portal/docs?id=1738373164380162, 2026-11-21).

The token of an advertiser lives long and is not renewed (not confirmed); what it may do was chosen with the app, so no scope is asked for.
"""

from collections.abc import Mapping
from typing import Any

from connectors.oauth.declaration import Answer, OAuth

SCOPES = ("Ad Account Management: read", "Reporting: read")
"""As the portal calls the permissions of an app; not confirmed in every word."""

UNKNOWN_APP = frozenset({40101, 40103})
"""Not confirmed."""


def answer(body: Any) -> Answer:
    """TikTok wraps everything: ``{"code": 0, "message": "OK", "data": {"access_token": …, "advertiser_ids": [...]}}``."""
    if not isinstance(body, Mapping):
        return {}
    code = body.get("code")
    if code == 0:
        data = body.get("data")
        return data if isinstance(data, Mapping) else {}
    return {"error": "invalid_client" if code in UNKNOWN_APP else "invalid_grant"}


OAUTH = OAuth(
    vendor="TikTok",
    authorize_url="https://business-api.tiktok.com/portal/auth",
    token_url="https://business-api.tiktok.com/open_api/v1.3/oauth2/access_token/",  # noqa: S106 - an address
    scopes=(),
    # Its parameters are app_id, secret and auth_code alone.
    uses_pkce=False,
    body="json",
    names={"client_id": "app_id", "client_secret": "secret", "code": "auth_code"},
    token_omits=("grant_type", "redirect_uri"),
    answer=answer,
    has_refresh_token=False,
    rotates=False,
    # TikTok compares the address letter by letter; whether it takes one of this machine is not confirmed.
    redirect_uri="http://localhost:8401/",
)
