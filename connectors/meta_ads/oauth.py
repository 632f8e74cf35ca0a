"""How a person logs in to Meta (https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow, 2026-11-21).

Advised is no login at all but the token of a system user (``access_token`` in the settings), which does not end. A person's login
lives 60 days and cannot be renewed without the person: the code gives a token of about an hour, which is exchanged at once for
the long-lived one (grant ``fb_exchange_token``).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from connectors.oauth.declaration import Answer, OAuth

VERSION = "v26.0"
"""The newest at the time of writing; a version lives about two years."""

ADS_SCOPES = ("ads_read",)
PAGE_SCOPES = ("pages_show_list", "pages_read_engagement", "read_insights")
INSTAGRAM_SCOPES = ("instagram_basic", "instagram_manage_insights", "pages_show_list")
"""Those of pages and Instagram are not confirmed in every name."""

SPENT = frozenset({100, 190})
"""Codes of the token end point for a code or token that it does not take (not confirmed)."""
UNKNOWN_APP = frozenset({101})


def answer(body: Any) -> Answer:
    """Meta words a refusal as Graph does: ``{"error": {"code": 100, …}}``."""
    if not isinstance(body, Mapping):
        return {}
    error = body.get("error")
    if not isinstance(error, Mapping):
        return body
    code = error.get("code")
    if code in UNKNOWN_APP:
        return {"error": "invalid_client"}
    return {"error": "invalid_grant" if code in SPENT else f"error_{code}"}


OAUTH = OAuth(
    vendor="Meta",
    authorize_url=f"https://www.facebook.com/{VERSION}/dialog/oauth",
    token_url=f"https://graph.facebook.com/{VERSION}/oauth/access_token",
    scopes=ADS_SCOPES,
    scope_separator=",",
    # The app has a secret; that this end point takes a verifier beside it is not confirmed.
    uses_pkce=False,
    answer=answer,
    has_refresh_token=False,
    rotates=False,
    access_lifetime=timedelta(days=60),
    exchanged_by="fb_exchange_token",
    # Meta compares the address letter by letter; http is allowed for localhost alone.
    redirect_uri="http://localhost:8398/",
)
