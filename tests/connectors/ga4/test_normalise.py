"""From GA4's text to rows, and the records that are set aside."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import BadValue, Raw
from connectors.ga4.normalise import one_record_a_channel, traffic_row, users_row
from tests.connectors.google_rows import row_context

ZONE = row_context(facts={"zone": "Europe/Paris"})


def traffic(**changes: Any) -> Raw:
    return {
        "property_id": "1",
        "date": "20261121",
        "sessionDefaultChannelGroup": "Paid Search",
        "sessionCampaignName": "brand",
        "sessionCampaignId": "111",
        "sessionSourceMedium": "google / cpc",
        "sessions": "30",
        "engagedSessions": "20",
        "sessionKeyEventRate": "0.03333333333333333",
        "keyEvents": "1.14",
        "is_sampled": False,
        "is_thresholded": False,
        "has_other_row": True,
    } | changes


def made(record: Raw) -> dict[str, Any]:
    ((_, row),) = traffic_row(record, ZONE)
    return row


def test_a_rate_becomes_the_count_behind_it() -> None:
    row = made(traffic())
    assert (row["key_event_sessions"], row["key_events"], row["has_other_row"]) == (1, Decimal("1.14"), True)


def test_a_rate_that_is_no_count_is_set_aside_unless_it_was_sampled() -> None:
    odd = traffic(sessionKeyEventRate="0.05")
    with pytest.raises(BadValue, match="not a whole number of sessions"):
        made(odd)
    assert made(odd | {"is_sampled": True})["key_event_sessions"] == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"date": "(other)"}, "not a day"),
        ({"sessions": "many"}, "sessions: 'many' is not a number"),
        ({"sessions": "1.5"}, "not a whole number"),
        ({"keyEvents": "NaN"}, "not a number"),
        ({"engagedSessions": None}, "not a number"),
    ],
)
def test_a_value_that_cannot_be_read_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadValue, match=words):
        made(traffic(**changes))


def test_groups_of_one_channel_are_added_and_their_rate_is_weighed() -> None:
    groups = [
        traffic(sessionDefaultChannelGroup="(not set)", sessions="10", sessionKeyEventRate="0.1", keyEvents="1"),
        traffic(),
        traffic(
            sessionDefaultChannelGroup="Unassigned", sessions="20", sessionKeyEventRate="0.3", keyEvents="7", is_thresholded=True
        ),
    ]
    records = one_record_a_channel(groups)
    rows = {row["channel"]: row for row in map(made, records)}
    assert set(rows) == {"paid_search", "unattributed"}
    both = rows["unattributed"]
    assert (both["sessions"], both["engaged_sessions"], both["key_event_sessions"], both["key_events"]) == (30, 40, 7, Decimal(8))
    assert both["is_thresholded"]


def test_a_record_that_cannot_be_read_is_not_added_to_one_that_can() -> None:
    good, bad = traffic(sessionDefaultChannelGroup="(not set)"), traffic(sessionDefaultChannelGroup="Unassigned", sessions="?")
    assert one_record_a_channel([good, bad]) == [good, bad]


@pytest.mark.parametrize(
    ("period", "told", "start"),
    [
        ("day", {"date": "20241230"}, date(2024, 12, 30)),
        ("week", {"isoYearIsoWeek": "202501"}, date(2024, 12, 30)),
        ("month", {"yearMonth": "202412"}, date(2024, 12, 1)),
        ("quarter", {"dateRange": "2024-10-01"}, date(2024, 10, 1)),
        ("all", {"dateRange": "2024-10-17"}, date(2024, 10, 17)),
    ],
)
def test_a_period_is_known_by_its_first_day(period: str, told: dict[str, str], start: date) -> None:
    record = {"property_id": "1", "dateRange": "2024-01-01", "period": period, "by": "total", "totalUsers": "3"}
    flags = {"is_sampled": False, "is_thresholded": False}
    ((_, row),) = users_row(record | told | flags, ZONE)
    assert (row["period_start"], row["member"], row["users"]) == (start, "", 3)


@pytest.mark.parametrize("told", [{"isoYearIsoWeek": "202499"}, {"isoYearIsoWeek": "(other)"}])
def test_a_week_that_does_not_exist_is_named(told: dict[str, str]) -> None:
    record = {
        "property_id": "1",
        "period": "week",
        "by": "total",
        "totalUsers": "3",
        "is_sampled": False,
        "is_thresholded": False,
    }
    with pytest.raises(BadValue, match="not a week"):
        list(users_row(record | told, ZONE))
