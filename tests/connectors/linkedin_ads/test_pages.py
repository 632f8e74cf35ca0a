"""Company pages: followers at the end of each day, interactions, and what happens without the scope."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connectors.base import BadValue
from connectors.errors import MissingScope
from connectors.linkedin_ads.client import day_of
from connectors.linkedin_ads.normalise import page_day
from connectors.linkedin_ads.source import LinkedInAdsSource
from kpi.schema import TABLES, checker
from tests.connectors.linkedin_ads.conftest import NOW, PAGE, LinkedIn, later, read, records, rows


def days(source: LinkedInAdsSource, **more: Any) -> dict[date, dict[str, Any]]:
    found = rows(source, records(read(source, **more)), "social_stats_daily")
    for row in found:
        checker(TABLES["social_stats_daily"])({**row, "source": "linkedin_ads", "extracted_at": NOW})
    return {row["stats_on"]: row for row in found}


def test_a_day_has_its_interactions_and_the_followers_at_its_end(linkedin: LinkedIn) -> None:
    """1,008 follow the page; two of them since the morning of the twenty-ninth. Today is not over and is not told."""
    found = days(linkedin.page_source())
    assert {day.day: row["followers"] for day, row in found.items()} == {27: 1006, 29: 1008}
    row = found[date(2026, 9, 27)]
    assert (row["network"], row["account_id"]) == ("linkedin", PAGE)
    names = ("impressions", "reach", "likes", "comments", "shares", "clicks")
    assert tuple(row[name] for name in names) == (500, 300, 9, 4, 3, 20)


def test_a_quiet_page_still_has_its_followers(linkedin: LinkedIn) -> None:
    linkedin.worlds[PAGE].tables["days"].clear()
    [row] = days(linkedin.page_source()).values()
    assert (row["stats_on"], row["followers"], row["impressions"], row["likes"]) == (date(2026, 9, 29), 1000, None, None)


@pytest.mark.parametrize("quirk", [{"linkedin_ads_follower_edge_is_old": True}, {"linkedin_ads_page_days_are_utc": False}])
def test_either_answer_to_a_doubt_gives_the_same_days(linkedin: LinkedIn, quirk: dict[str, bool]) -> None:
    likely = days(linkedin.page_source())
    linkedin.quirk(**quirk)
    assert days(linkedin.page_source()) == likely


@pytest.mark.parametrize("hour", [-12, -2, 0, 8, 11], ids="from {:+d} h".format)
def test_a_day_of_any_zone_is_the_one_that_holds_most_of_it(hour: int) -> None:
    begins = datetime(2026, 9, 29, tzinfo=UTC) + timedelta(hours=hour)
    assert day_of(begins.timestamp() * 1000) == date(2026, 9, 29)


def test_gains_that_are_no_numbers_leave_the_levels_before_them_unknown(linkedin: LinkedIn) -> None:
    """A number that stands on a guess is not told."""
    told = {"organic_gain": 1, "paid_gain": 0, "likes": 1}
    table = linkedin.worlds[PAGE].tables["days"]
    table[:] = [{"date": "2026-09-20", **told}, *table, {"date": "2026-09-10", **told}]
    linkedin.fault("odd_value", route="followerStatistics", field="followerGains", value={"organicFollowerGain": "many"})
    found = days(linkedin.page_source())
    assert {day.day: row["followers"] for day, row in found.items()} == {10: None, 20: 1002, 27: 1008, 29: 1010}
    assert found[date(2026, 9, 10)]["likes"] == 1


def test_no_more_than_twelve_months_are_asked_for_and_three_calls_do_it(linkedin: LinkedIn) -> None:
    pages = read(linkedin.page_source(), since=date(2020, 1, 1))
    assert pages[0].days[0].since == date(2025, 10, 1)
    assert [linkedin.calls(name) for name in ("shareStatistics", "followerStatistics", "networkSizes")] == [1, 1, 1]


def test_a_later_read_keeps_the_levels_of_the_first(linkedin: LinkedIn) -> None:
    source = linkedin.page_source()
    cursor = read(source)[-1].cursor
    assert cursor == f"{PAGE}=2026-09-29"
    linkedin.sandbox.clock.set(later(2))
    again = days(source, cursor=cursor, now=later(2))
    assert {day.day: row["followers"] for day, row in again.items()} == {27: 1006, 29: 1008, 30: 1058, 1: 1058}


def test_without_the_scope_the_stream_is_skipped_by_its_optional_mark(linkedin: LinkedIn) -> None:
    source = linkedin.source(organizations=["777"])
    pages = next(stream for stream in source.streams() if stream.name == "pages_daily")
    assert pages.is_optional
    with pytest.raises(MissingScope, match=r"is not an administrator of this page.*r_organization_social"):
        read(linkedin.page_source(organizations=["777"]))
    assert any(note.startswith("page 777 is left out: ") for note in source.check().notes)


def test_what_linkedin_does_not_tell_is_null_and_an_odd_count_is_set_aside() -> None:
    record = {"organization": PAGE, "day": "2026-09-01", "shareStatistics": {"likeCount": 0}, "followers": None}
    [(_, row)] = page_day(record)
    assert (row["likes"], row["reach"], row["followers"]) == (0, None, None)
    with pytest.raises(BadValue, match=r"totalShareStatistics.likeCount: 'lots' is not a number"):
        list(page_day(record | {"shareStatistics": {"likeCount": "lots"}}))
