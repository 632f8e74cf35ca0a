"""Reading a simulated property: pages, windows, cursors, users of every period."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from connectors.errors import ContractError, TransientError
from connectors.ga4.client import Ask
from connectors.ga4.periods import Span
from connectors.ga4.streams import TRAFFIC_DIMENSIONS, TRAFFIC_METRICS
from connectors.sandbox.faults import Fault
from kpi.schema import TABLES, checker
from tests.connectors.ga4.conftest import NOW, ROWS_PROPERTY, SINCE, Ga4, read, rows, visit


def test_sessions_come_by_day_channel_and_campaign(google: Ga4) -> None:
    source = google.source()
    got = {
        (r["visit_on"], r["channel"], r["campaign_name"]): r
        for r in rows(source, "traffic_daily", read(source, "traffic_daily").records)
    }
    row = got[date(2026, 8, 12), "paid_search", "brand"]
    assert (row["sessions"], row["engaged_sessions"], row["key_event_sessions"], row["key_events"]) == (3, 3, 1, Decimal(2))
    assert (row["campaign_id"], row["source_medium"], row["property_zone"]) == ("111", "google / cpc", "Europe/Paris")
    assert got[date(2026, 9, 29), "unattributed", "(not set)"]["sessions"] == 3, "Unassigned and (not set) are one row"
    assert sum(r["sessions"] for r in got.values()) == 9


def test_sessions_come_by_day_landing_page_and_device(google: Ga4) -> None:
    first = google.sessions[0]
    landed = {"landingPage": "/pricing", "deviceCategory": "mobile"}
    google.sessions[0] = first | {"dimensions": first["dimensions"] | landed}
    source = google.source()
    got = {
        (r["visit_on"], r["landing_page"], r["device_category"]): r
        for r in rows(source, "landing_daily", read(source, "landing_daily").records)
    }
    row = got[date(2026, 8, 12), "/pricing", "mobile"]
    assert (row["sessions"], row["engaged_sessions"], row["key_event_sessions"], row["key_events"]) == (1, 1, 1, Decimal(2))
    assert got[date(2026, 8, 12), "(not set)", "(not set)"]["sessions"] == 2
    assert sum(r["sessions"] for r in got.values()) == 9, "the same sessions as by campaign"


@pytest.mark.parametrize("offers", [{}, {"landingPage": "/", "deviceCategory": "mobile", "country": "France"}])
def test_a_property_that_tells_no_landing_pages_has_none(
    google: Ga4, caplog: pytest.LogCaptureFixture, offers: dict[str, str]
) -> None:
    """Neither where they are not offered, nor where the key-event rate is refused beside them."""
    answered = google.sandbox.world.ga4[ROWS_PROPERTY].rows
    assert answered is not None
    answered[0] = answered[0] | offers | ({"sessionKeyEventRate": "0.1"} if offers else {})
    got = read(google.source(property_id=ROWS_PROPERTY), "landing_daily")
    assert (got.records, got.cursor) == ([], "2026-10-01")
    assert got.covers(SINCE)
    assert "landing page" in caplog.text


def test_today_is_the_propertys_own_and_partial(google: Ga4) -> None:
    got = read(google.source(), "traffic_daily")
    assert got.cursor == "2026-10-01"
    assert got.covers(date(2026, 10, 1))
    assert not got.covers(date(2026, 10, 2))


def test_rows_obey_the_schema(google: Ga4) -> None:
    source = google.source()
    for stream, table in (("traffic_daily", "web_traffic_daily"), ("landing_daily", "web_landing_daily"), ("users", "web_users")):
        convert = checker(TABLES[table])
        for row in rows(source, stream, read(source, stream).records):
            convert(row | {"source": "ga4", "extracted_at": NOW})


@pytest.mark.parametrize("stream", ["traffic_daily", "landing_daily", "users"])
def test_small_pages_give_what_one_large_page_gives(google: Ga4, stream: str) -> None:
    whole = read(google.source(), stream)
    calls = google.calls("runReport")
    paged = read(google.source(), stream, page_size=1)
    assert sorted(map(repr, paged.records)) == sorted(map(repr, whole.records))
    assert google.calls("runReport") > 2 * calls


@pytest.mark.parametrize("stream", ["traffic_daily", "landing_daily", "users"])
def test_reading_twice_is_equal(google: Ga4, stream: str) -> None:
    assert read(google.source(), stream) == read(google.source(), stream)


@pytest.mark.parametrize("stream", ["traffic_daily", "landing_daily", "users"])
def test_record_ids_are_unique_in_a_read(google: Ga4, stream: str) -> None:
    source = google.source()
    declared = next(s for s in source.streams() if s.name == stream)
    ids = [declared.record_id(record) for record in read(source, stream).records]
    assert len(set(ids)) == len(ids)


def test_an_increment_reads_the_lookback_again_and_no_more(google: Ga4) -> None:
    got = read(google.source(), "traffic_daily", "2026-09-30")
    assert {record["date"] for record in got.records} == {"20260929", "20260930", "20261001"}
    assert [(d.since, d.until) for d in got.days] == [
        (date(2026, 9, 27), date(2026, 10, 1)),
        (date(2026, 10, 1), date(2026, 10, 2)),
    ]


def test_stopping_after_any_page_and_resuming_loses_nothing(google: Ga4) -> None:
    source = google.source(lookback_days=0)
    whole = read(source, "traffic_daily", page_size=1)
    for stop in range(1, len(whole.pages)):
        before = whole.pages[:stop]
        after = read(source, "traffic_daily", before[-1].cursor)
        got = {repr(record) for page in before for record in page.records} | {repr(record) for record in after.records}
        assert got == {repr(record) for record in whole.records}


def test_a_row_that_vanished_lies_in_the_days_that_are_replaced(google: Ga4) -> None:
    source = google.source()
    first = read(source, "traffic_daily")
    google.sessions[:] = [s for s in google.sessions if s["user"] != "dan"]
    second = read(source, "traffic_daily", first.cursor)
    assert sum(int(r["sessions"]) for r in second.records if r["date"] == "20260929") == 2
    assert second.covers(date(2026, 9, 29))


def test_the_cursor_never_goes_back(google: Ga4) -> None:
    for stream in ("traffic_daily", "landing_daily", "users"):
        later = "2026-12-31 from 2026-08-10" if stream == "users" else "2026-12-31"
        for page in read(google.source(), stream, later).pages:
            assert page.cursor == later


def test_an_empty_property_gives_no_rows_and_a_cursor(google: Ga4) -> None:
    google.sessions.clear()
    got = read(google.source(), "traffic_daily")
    assert (got.records, got.cursor) == ([], "2026-10-01")


# --- users ---------------------------------------------------------------------------------------------


def users(google: Ga4, **arguments: object) -> dict[tuple[str, date, str, str], int]:
    source = google.source()
    got = rows(source, "users", read(source, "users", **arguments).records)  # type: ignore[arg-type]
    keyed = {(r["period"], r["period_start"], r["by"], r["member"]): r["users"] for r in got}
    assert len(keyed) == len(got), "two rows for one key"
    return keyed


def test_users_are_counted_once_in_every_period(google: Ga4) -> None:
    got = users(google)
    assert got["day", date(2026, 8, 12), "total", ""] == 2
    assert got["week", date(2026, 8, 10), "total", ""] == 2
    assert got["month", date(2026, 8, 1), "total", ""] == 2, "ann came in two weeks of August"
    assert got["quarter", date(2026, 7, 1), "total", ""] == 4
    assert got["quarter", date(2026, 10, 1), "total", ""] == 1
    assert got["year", date(2026, 1, 1), "total", ""] == 5
    assert got["all", SINCE, "total", ""] == 5
    assert got["all", SINCE, "campaign", "brand"] == 2
    assert got["quarter", date(2026, 7, 1), "channel", "paid_search"] == 2


def test_two_groups_that_are_one_channel_share_their_users(google: Ga4) -> None:
    got = users(google)
    assert got["all", SINCE, "channel", "unattributed"] == 2, "cyd came as Unassigned and as (not set)"
    assert got["day", date(2026, 9, 29), "channel", "unattributed"] == 2
    assert got["quarter", date(2026, 7, 1), "channel", "unattributed"] == 2


def test_an_increment_asks_every_period_with_a_changed_day_and_replaces_only_what_it_read(google: Ga4) -> None:
    before = users(google)
    google.sessions.append(visit("fay", "2026-09-30T12:00:00", "Email", "news"))
    stale = read(google.source(), "users")
    update = read(google.source(), "users", "2026-10-01 from 2026-08-10")
    source = google.source()
    new = {(r["period"], r["period_start"], r["by"], r["member"]): r["users"] for r in rows(source, "users", update.records)}
    kept = {key: value for key, value in before.items() if not update.covers(key[1])}
    assert kept | new == users(google)
    assert len(new) < len(before)
    assert len(update.records) < len(stale.records)


def test_the_period_all_moves_with_the_first_day_and_leaves_nothing_behind(google: Ga4) -> None:
    update = read(google.source(), "users", "2026-10-01 from 2026-08-10", since=date(2026, 9, 1))
    assert update.covers(SINCE), "the old period `all` is taken away"
    assert update.cursor == "2026-10-01 from 2026-09-01"
    source = google.source()
    alls = {r["period_start"] for r in rows(source, "users", update.records) if r["period"] == "all"}
    assert alls == {date(2026, 9, 1)}


def test_a_first_read_of_users_batches_its_reports(google: Ga4) -> None:
    read(google.source(), "users")
    assert google.calls("batchRunReports") <= 8
    assert google.calls("runReport") <= 7, "only the channels that two groups share"


# --- flags, quirks, trouble ----------------------------------------------------------------------------


def test_what_google_says_of_a_report_is_kept_on_every_row(google: Ga4) -> None:
    google.quirk(ga4_is_sampled=True)
    source = google.source()
    assert all(r["is_sampled"] for r in rows(source, "traffic_daily", read(source, "traffic_daily").records))
    google.quirk(ga4_is_sampled=False, ga4_is_thresholded=True)
    google.sessions.extend(visit(f"crowd {n}", "2026-09-30T10:00:00", "Email") for n in range(9))
    got = read(google.source(), "users").records
    assert any(r["is_thresholded"] for r in got)
    assert 1 not in {int(r["totalUsers"]) for r in got}, "small rows are withheld"
    google.quirk(ga4_is_thresholded=False, ga4_has_other_row=True)
    google.sessions.extend(visit("zoe", "2026-09-30T10:00:00", "Email", f"news {n}") for n in range(40))
    got = read(google.source(), "traffic_daily").records
    assert {r["has_other_row"] for r in got if r["date"].startswith("202609")} == {True}
    assert "(other)" in {r["sessionCampaignName"] for r in got}


def test_a_property_of_rows_is_read_as_far_as_it_answers(google: Ga4) -> None:
    source = google.source(property_id=ROWS_PROPERTY)
    got = rows(source, "traffic_daily", read(source, "traffic_daily").records)
    assert {(r["channel"], r["campaign_name"], r["sessions"]) for r in got} == {
        ("email", "(not set)", 10),
        ("direct", "(not set)", 30),
    }
    told = rows(source, "users", read(source, "users").records)
    assert {(r["period"], r["by"], r["member"], r["users"]) for r in told} == {
        ("day", "channel", "email", 8),
        ("day", "channel", "direct", 20),
    }


def test_server_errors_are_tried_three_times_at_most(google: Ga4) -> None:
    source = google.source()
    source.describe()
    google.sandbox.faults.add(Fault(kind="status", vendor="ga4", route="runReport", times=2, status=503))
    assert read(source, "traffic_daily").records
    google.sandbox.faults.add(Fault(kind="status", vendor="ga4", route="runReport", times=9, status=503))
    before = google.calls("runReport")
    with pytest.raises(TransientError, match="Data API failed"):
        read(source, "traffic_daily")
    assert google.calls("runReport") == before + 3


@pytest.mark.parametrize("kind", ["cut", "empty"])
def test_an_answer_that_breaks_off_is_asked_again(google: Ga4, kind: str) -> None:
    source = google.source()
    whole = read(source, "traffic_daily")
    google.sandbox.faults.add(Fault(kind=kind, vendor="ga4", route="runReport"))  # type: ignore[arg-type]
    assert read(google.source(), "traffic_daily") == whole


def test_a_token_that_ends_early_is_renewed(google: Ga4) -> None:
    source = google.source()
    first = read(source, "traffic_daily")
    google.sandbox.clock.advance(timedelta(hours=2))
    assert read(source, "traffic_daily").records == first.records


def test_a_report_that_changes_between_two_pages_is_not_patched_together(google: Ga4) -> None:
    ask = Ask(TRAFFIC_DIMENSIONS, TRAFFIC_METRICS, (Span(date(2026, 8, 1), date(2026, 8, 31)),))
    pages = google.source()._client.pages(ask, 1)
    next(pages)
    google.sessions.append(visit("gus", "2026-08-13T10:00:00", "Email", "news"))
    with pytest.raises(TransientError, match="changed between two of its pages"):
        list(pages)


def test_a_zone_that_nobody_knows_is_the_vendors_fault(google: Ga4) -> None:
    source = google.source()
    about = replace(source._about, zone="Mars/Olympus")
    source.__dict__["_about"] = about
    with pytest.raises(ContractError, match="Mars/Olympus"):
        read(source, "traffic_daily")
