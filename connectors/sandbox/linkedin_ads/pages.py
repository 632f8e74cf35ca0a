"""Company pages: followers, and what happened on each day."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta

from starlette.requests import Request

from connectors.sandbox.core import Sandbox
from connectors.sandbox.linkedin_ads.accounts import Accounts
from connectors.sandbox.linkedin_ads.errors import illegal
from connectors.sandbox.linkedin_ads.restli import Value
from connectors.sandbox.world import AccountWorld, Record

URN = "urn:li:organization:"
STATISTICS_TAKE = frozenset({"q", "organizationalEntity", "timeIntervals"})
MONTHS_KEPT = 12
EDGE, OLD_EDGE = "COMPANY_FOLLOWED_BY_MEMBER", "CompanyFollowedByMember"

SHARES = {
    "impressionCount": "impressions",
    "uniqueImpressionsCount": "unique_impressions",
    "clickCount": "clicks",
    "likeCount": "likes",
    "commentCount": "comments",
    "shareCount": "shares",
}
GAINS = {"organicFollowerGain": "organic_gain", "paidFollowerGain": "paid_gain"}


class Pages:
    """What the login sees of company pages. Today is not told before it is over."""

    def __init__(self, sandbox: Sandbox, accounts: Accounts) -> None:
        self._sandbox = sandbox
        self._accounts = accounts

    def shares(self, _request: Request, asked: Mapping[str, Value]) -> Record:
        """``organizationalEntityShareStatistics``: days on which there was something."""
        return self._statistics(asked, "totalShareStatistics", SHARES)

    def gains(self, _request: Request, asked: Mapping[str, Value]) -> Record:
        """``organizationalEntityFollowerStatistics``."""
        return self._statistics(asked, "followerGains", GAINS)

    def size(self, request: Request, asked: Mapping[str, Value]) -> Record:
        """``networkSizes``: all followers, as of the end of yesterday."""
        if asked.get("edgeType") != (OLD_EDGE if self._sandbox.quirks.linkedin_ads_follower_edge_is_old else EDGE):
            raise illegal("Invalid edgeType")
        if b"%3A" not in request.scope["raw_path"]:
            raise illegal("The key is not a URN.")
        page = self._accounts.page(request.path_params["urn"].removeprefix(URN))
        gained = sum(int(row.get(column) or 0) for _, row in self._past(page) for column in GAINS.values())
        return {"firstDegreeSize": int(page.about["followers"]) + gained}

    def _statistics(self, asked: Mapping[str, Value], name: str, columns: Mapping[str, str]) -> Record:
        urn = asked.get("organizationalEntity")
        if asked.get("q") != "organizationalEntity" or not isinstance(urn, str) or not urn.startswith(URN):
            raise illegal("organizationalEntity must be the URN of an organization.")
        page = self._accounts.page(urn.removeprefix(URN))
        start, end = _interval(asked.get("timeIntervals"))
        oldest = datetime.combine(self._today() - timedelta(days=365), time(), UTC)
        if start < oldest:
            raise illegal(f"timeRange begins more than {MONTHS_KEPT} months ago.")
        # Where LinkedIn cuts days in Pacific time, they begin eight hours later.
        begins = timedelta(hours=0 if self._sandbox.quirks.linkedin_ads_page_days_are_utc else 8)
        elements = []
        for day, row in self._past(page):
            midnight = datetime.combine(day, time(), UTC)
            if start <= midnight < end and any(row.get(column) for column in columns.values()):
                at = midnight + begins
                span = {"start": _ms(at), "end": _ms(at + timedelta(days=1))}
                told = {field: int(row.get(column) or 0) for field, column in columns.items()}
                elements.append({"timeRange": span, "organizationalEntity": urn, name: told})
        return {"elements": elements, "paging": {"start": 0, "count": 10, "links": []}}

    def _past(self, page: AccountWorld) -> Iterator[tuple[date, Record]]:
        for row in page.tables["days"]:
            day = date.fromisoformat(row["date"])
            if day < self._today():
                yield day, row

    def _today(self) -> date:
        return self._sandbox.clock.now().date()


def _interval(value: Value | None) -> tuple[datetime, datetime]:
    """(start, end) of ``timeIntervals``, the end exclusive."""
    span = value.get("timeRange") if isinstance(value, dict) and value.get("timeGranularityType") == "DAY" else None
    limits = [str(span.get(name)) for name in ("start", "end")] if isinstance(span, dict) else []
    if not limits or not all(limit.isdigit() for limit in limits):
        raise illegal("timeIntervals must be (timeRange:(start:…,end:…),timeGranularityType:DAY).")
    start, end = (datetime.fromtimestamp(int(limit) / 1000, UTC) for limit in limits)
    return start, end


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
