"""The property's tokens are shared: Cadran stops ahead of a refusal, and its next run goes on."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from connectors.base import Page, ReadContext
from connectors.errors import QuotaExhausted
from connectors.ga4.client import Allowance
from connectors.sandbox.core import Sandbox
from connectors.sandbox.ga4.quota import Ga4Limits
from connectors.sandbox.ga4.service import routes
from tests.connectors.ga4 import conftest
from tests.connectors.ga4.conftest import NOW, Ga4, read

SINCE = date(2024, 9, 1)


@pytest.fixture(autouse=True)
def _little_is_left_of_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """730 of 14,000 tokens: at a share of 95 % 700 are for others."""
    limits = Ga4Limits(tokens_per_project_per_hour=730)

    def few(sandbox: Sandbox) -> list[object]:
        return list(routes(sandbox, limits))

    vendor = replace(conftest.VENDORS["ga4"], routes=few)  # type: ignore[arg-type]
    monkeypatch.setitem(conftest.VENDORS, "ga4", vendor)


def test_reading_stops_before_the_vendor_refuses_and_goes_on_in_the_next_run(google: Ga4) -> None:
    source = google.source()
    stream = source.streams()[0]
    pages: list[Page] = []
    with pytest.raises(QuotaExhausted, match=r"token_share 95 % of the property's tokens_per_project_per_hour") as stopped:
        pages.extend(source.read(stream, None, ReadContext(now=NOW, since=SINCE)))
    assert 1 < len(pages) < 26, "it stopped in the middle"
    assert source.refused_429 == 0
    assert stopped.value.until is not None
    google.sandbox.clock.advance(timedelta(hours=1))
    rest = read(google.source(), "traffic_daily", pages[-1].cursor, since=SINCE)
    assert rest.cursor == "2026-10-01"
    whole = {repr(record) for page in pages for record in page.records} | {repr(record) for record in rest.records}
    google.sandbox.clock.advance(timedelta(hours=1))
    assert whole == {repr(record) for record in read(google.source(token_share=100), "traffic_daily", since=SINCE).records}


@pytest.mark.parametrize(
    ("left", "share", "stops"), [(9_999, 95, True), (10_001, 95, False), (99_999, 50, True), (1, 100, False)]
)
def test_the_whole_is_told_by_the_kind_of_property(left: int, share: int, stops: bool) -> None:
    from google.analytics import data_v1beta as ga

    for size in (1, 10):
        allowance = Allowance(share)
        allowance.note(ga.PropertyQuota.pb(ga.PropertyQuota(tokens_per_day={"consumed": 1, "remaining": 199_990 * size})))
        allowance.note(ga.PropertyQuota.pb(ga.PropertyQuota(tokens_per_day={"consumed": 1, "remaining": left * size})))
        assert allowance.left_to_others() == ("tokens_per_day" if stops else None)
