"""LinkedIn as a vendor of the sandbox."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.consent import App, Consent
from connectors.sandbox.core import Sandbox
from connectors.sandbox.faults import ORDERED, Fault
from connectors.sandbox.linkedin_ads.accounts import VENDOR_NAME, Accounts
from connectors.sandbox.linkedin_ads.analytics import TAKES, Analytics
from connectors.sandbox.linkedin_ads.errors import LinkedInError
from connectors.sandbox.linkedin_ads.gate import Gate
from connectors.sandbox.linkedin_ads.pages import STATISTICS_TAKE, Pages
from connectors.sandbox.vendor import Vendor, retry_after

PREFIX = f"/{VENDOR_NAME}"
DAY_S = 86_400

CLIENT_ID = "sandbox-linkedin-client"
CLIENT_SECRET = "sandbox-linkedin-secret"  # noqa: S105 - opens nothing but the sandbox
REFRESH_TOKEN = "sandbox-linkedin-refresh"  # noqa: S105
ACCESS_TOKEN = "sandbox-linkedin-access"  # noqa: S105

ADS, REPORTS = frozenset({"r_ads", "rw_ads"}), frozenset({"r_ads_reporting"})
POSTS, ADMINS = frozenset({"r_organization_social"}), frozenset({"rw_organization_admin", "r_organization_admin"})
SEARCH_TAKES = frozenset({"q", "search", "pageSize", "pageToken", "sortOrder"})


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """The login, and ``/rest``."""
    consent = Consent(
        sandbox,
        VENDOR_NAME,
        App(
            authorize_path=f"{PREFIX}/oauth/v2/authorization",
            token_path=f"{PREFIX}/oauth/v2/accessToken",
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            scopes=ADS | REPORTS | POSTS | ADMINS,
            rotates=False,
            # Only apps that LinkedIn approved for it get one.
            is_offline=lambda _asked: sandbox.quirks.linkedin_ads_app_has_refresh_tokens,
            access_s=60 * DAY_S,
            refresh_s=365 * DAY_S,
            tells_refresh_end=True,
        ),
    )
    consent.seed(REFRESH_TOKEN, ACCESS_TOKEN)
    accounts, gate = Accounts(sandbox), Gate(sandbox, consent)
    analytics = Analytics(accounts, lambda: sandbox.quirks.linkedin_ads_zeros_absent, lambda: sandbox.monotonic())
    pages = Pages(sandbox, accounts)
    served = (
        ("adAccounts", "adAccounts", accounts.search_accounts, ADS, SEARCH_TAKES),
        ("adAccounts/{account}/adCampaignGroups", "adCampaignGroups", accounts.search_groups, ADS, SEARCH_TAKES),
        ("adAccounts/{account}/adCampaigns", "adCampaigns", accounts.search_campaigns, ADS, SEARCH_TAKES),
        ("adAnalytics", "adAnalytics", analytics.find, REPORTS, TAKES),
        ("organizationalEntityShareStatistics", "shareStatistics", pages.shares, POSTS | ADMINS, STATISTICS_TAKE),
        ("organizationalEntityFollowerStatistics", "followerStatistics", pages.gains, ADMINS, STATISTICS_TAKE),
        ("networkSizes/{urn}", "networkSizes", pages.size, POSTS | ADMINS, frozenset({"edgeType"})),
    )
    return [
        *consent.routes(),
        Route(f"{PREFIX}/oauth/v2/introspectToken", introspection(consent), methods=["POST"], name="introspectToken"),
        *(
            Route(f"{PREFIX}/rest/{path}", gate.endpoint(work, scopes, takes), methods=["GET", "POST"], name=name)
            for path, name, work, scopes, takes in served
        ),
    ]


def introspection(consent: Consent) -> Callable[[Request], Awaitable[Response]]:
    """What LinkedIn says of a token to the app that it was issued to (names from memory)."""

    async def introspect(request: Request) -> Response:
        given = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return JSONResponse({"error": "invalid_client"}, 401)
        token = given.get("token", "")
        end = consent.end_of(token)
        told = {"expires_at": int(end.timestamp()), "scope": ",".join(sorted(consent.scopes_of(token)))} if end else {}
        return JSONResponse({"active": consent.look(token) == "good", **told})

    return introspect


def refusal(fault: Fault) -> Response:
    """The answer of an ordered status; a 429 says how long to wait only where that is ordered too."""
    return LinkedInError(fault.status, ORDERED, fault.policy).response(retry_after(fault))


def section(base_url: str) -> dict[str, Any]:
    """The settings of its connector."""
    return {
        "base_url": f"{base_url}{PREFIX}",
        "client_id": CLIENT_ID,
        "client_secret": "env:SANDBOX_LINKEDIN_CLIENT_SECRET",
        "refresh_token": "env:SANDBOX_LINKEDIN_REFRESH_TOKEN",
    }


VENDOR = Vendor(
    VENDOR_NAME,
    routes,
    refusal,
    section,
    {"SANDBOX_LINKEDIN_CLIENT_SECRET": CLIENT_SECRET, "SANDBOX_LINKEDIN_REFRESH_TOKEN": REFRESH_TOKEN},
)
