"""Who may ask what, how often: tokens, their scopes, and the allowance that every answer tells of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from connectors.sandbox.consent import App, Consent
from connectors.sandbox.core import Sandbox
from connectors.sandbox.limits import RollingWindow
from connectors.sandbox.meta_ads.errors import GraphError, error_body

TOKEN = "EAAsandbox-system-user"  # noqa: S105 - opens nothing but the sandbox
"""A system user's, with every scope. ``EAAsandbox-without:SCOPE,SCOPE`` lacks just those."""
WITHOUT = "EAAsandbox-without:"
PAGE_TOKEN = "EAAsandbox-page-"  # noqa: S105
CLIENT_ID, CLIENT_SECRET = "1010101010", "sandbox-meta-secret"
SCOPES = frozenset(
    {
        "ads_read",
        "pages_show_list",
        "pages_read_engagement",
        "read_insights",
        "instagram_basic",
        "instagram_manage_insights",
    }
)
CALLS_AN_HOUR = 190_000
"""Of one ad account or page. The vendor's own figure depends on tier and ads; an account's ``calls_an_hour`` is another."""
HOUR_S = 3_600.0
SHORT_S, LONG_S = 3_600, 60 * 86_400
"""Lives of a person's token: that of the code, and the one it is exchanged for."""


def _worded(status: int, said: Mapping[str, object]) -> tuple[int, dict[str, Any]]:
    """Refusals of the token end point are those of the Graph API."""
    if status < 400:
        return status, dict(said)
    return 400, error_body(101 if said["error"] == "invalid_client" else 100, str(said["error_description"]))


APP = App(
    authorize_path="/meta_ads/v26.0/dialog/oauth",
    token_path="/meta_ads/v26.0/oauth/access_token",  # noqa: S106 - a path
    client_id=CLIENT_ID,
    client_secret=CLIENT_SECRET,
    scopes=SCOPES,
    scope_separator=",",
    is_offline=lambda _asked: False,
    access_s=SHORT_S,
    exchanged_by="fb_exchange_token",
    long_s=LONG_S,
    answer=_worded,
)


@dataclass(frozen=True)
class Caller:
    """Whose token came with a call."""

    token: str
    scopes: frozenset[str]
    page_id: str | None = None
    """Of a page's own token."""

    def page_token(self, page_id: str) -> str:
        """A page's own token, which may do what its caller's may."""
        return f"{PAGE_TOKEN}{page_id}:{','.join(sorted(SCOPES - self.scopes))}"

    def demand(self, *scopes: str) -> None:
        if lacking := sorted(set(scopes) - self.scopes):
            raise GraphError(200, f"(#200) Requires {lacking[0]} permission to manage the object", status=403)


class Access:
    """Tokens and allowances of one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.consent = Consent(sandbox, "meta_ads", APP)
        self._windows: dict[str, RollingWindow] = {}

    def caller(self, headers: Mapping[str, str], fields: Mapping[str, str]) -> Caller:
        """Raises what Meta answers to a call without a good token."""
        bearer = headers.get("authorization", "").removeprefix("Bearer ").strip()
        if self._sandbox.quirks.meta_ads_header_token_is_ignored:
            bearer = ""
        token = fields.get("access_token") or bearer
        if not token:
            raise GraphError(104, "An access token is required to request this resource.")
        if token == TOKEN:
            return Caller(token, SCOPES)
        if token.startswith(WITHOUT):
            return Caller(token, SCOPES - set(token.removeprefix(WITHOUT).split(",")))
        if token.startswith(PAGE_TOKEN):
            page_id, _, lacking = token.removeprefix(PAGE_TOKEN).partition(":")
            return Caller(token, SCOPES - set(lacking.split(",")), page_id)
        worth = self.consent.look(token)
        if worth == "good":
            return Caller(token, self.consent.scopes_of(token))
        raise GraphError(190, "Error validating access token", subcode=463 if worth == "expired" else 467)

    def count(self, node: str, use: str, an_hour: int) -> dict[str, str]:
        """Count a call about an account; the header that tells how much is used. Raises the refusal when all of it is."""
        window = self._windows.setdefault(node, RollingWindow(an_hour, HOUR_S, self._sandbox.monotonic))
        is_let_in = window.take()
        used = 100 * (window.limit - window.remaining()) // window.limit
        told = [
            {
                "type": use,
                "call_count": used,
                "total_cputime": used // 2,
                "total_time": used // 2,
                "estimated_time_to_regain_access": 0 if is_let_in else 60,
                "ads_api_access_tier": "standard_access",
            }
        ]
        header = {"X-Business-Use-Case-Usage": orjson.dumps({node: told}).decode()}
        if not is_let_in:
            raise Blocked(header)
        return header


class Blocked(GraphError):
    """The hour's calls are used up."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__(80000, "There have been too many calls to this ad-account.", subcode=2446079, is_transient=True)
        self.headers = headers
