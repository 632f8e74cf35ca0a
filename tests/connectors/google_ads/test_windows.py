"""How far back an increment reads: as long as a conversion may still come."""

from datetime import date

import pytest

from connectors.google_ads.streams import WINDOWS_QUERY
from connectors.sandbox.google_ads.gaql import parse
from tests.connectors.google_ads.conftest import NEW_YORK, PARIS, Ads, read, records
from tests.connectors.google_ads.test_reading import covered

CURSOR = f"{PARIS}=2026-09-30 {NEW_YORK}=2026-09-30"


def long_window(google: Ads) -> None:
    google.sandbox.world.google_ads[PARIS].conversion_actions = [
        {"id": 1, "name": "Lead", "click_days": 30, "view_days": 1},
        {"id": 2, "name": "Purchase", "click_days": 60, "view_days": 7},
        {"id": 3, "name": "Old", "status": "REMOVED", "click_days": 90},
    ]


def test_days_are_read_again_for_the_longest_window_of_their_own_account(google: Ads) -> None:
    long_window(google)
    again = read(google.source(), "campaigns_daily", CURSOR)
    assert min(covered(again, PARIS)) == date(2026, 8, 1), "sixty days; a removed action counts no more"
    assert min(covered(again, NEW_YORK)) == date(2026, 8, 31), "no action: thirty"
    assert min(covered(read(google.source(), "ad_groups_daily", CURSOR), PARIS)) == date(2026, 8, 1)


def test_a_late_conversion_on_an_old_click_is_found(google: Ads) -> None:
    long_window(google)
    google.sandbox.world.google_ads[PARIS].rows[1] |= {"date": "2026-08-05", "conversions": 7}
    got = records(read(google.source(customer_ids=[PARIS]), "campaigns_daily", f"{PARIS}=2026-09-30"))
    assert {r["metrics"]["conversions"] for r in got if r["segments"]["date"] == "2026-08-05"} == {7}


def test_a_number_in_the_settings_is_obeyed_and_one_that_is_too_short_is_said(google: Ads) -> None:
    long_window(google)
    source = google.source(lookback_days=14)
    assert min(covered(read(source, "campaigns_daily", CURSOR), PARIS)) == date(2026, 9, 16)
    assert [note for note in source.check().notes if "lookback_days" in note] == [
        f"{PARIS} counts conversions for 60 days after a click, and lookback_days is 14: later ones are missed. Raise it, or leave it out"
    ]
    assert not [note for note in google.source().check().notes if "lookback_days" in note]


def test_the_windows_are_asked_once_an_account_and_a_run(google: Ads) -> None:
    source = google.source(customer_ids=[PARIS])
    source.describe()
    before = google.queries()
    read(source, "campaigns_daily", f"{PARIS}=2026-09-30")
    read(source, "ad_groups_daily", f"{PARIS}=2026-09-30")
    assert google.queries() - before == 1 + 1 + 1


def test_the_longest_window_is_one_query_even_after_a_missed_day(google: Ads) -> None:
    google.sandbox.world.google_ads[PARIS].conversion_actions = [{"id": 1, "name": "Lead", "click_days": 90}]
    source = google.source(customer_ids=[PARIS])
    source.describe()
    before = google.queries()
    read(source, "campaigns_daily", f"{PARIS}=2026-09-29")
    assert google.queries() - before == 1 + 1


def test_an_account_that_does_not_tell_its_windows_is_read_for_thirty_days(google: Ads, caplog: pytest.LogCaptureFixture) -> None:
    assert parse(WINDOWS_QUERY).resource == "conversion_action"
    google.sandbox.world.google_ads[PARIS].conversion_actions = [{"id": 1, "name": "Lead", "click_days": 45}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connectors.google_ads.client.WINDOWS_QUERY", WINDOWS_QUERY.replace("lookback_window", "lookback"))
        again = read(google.source(customer_ids=[PARIS]), "campaigns_daily", f"{PARIS}=2026-09-30")
    assert min(covered(again, PARIS)) == date(2026, 8, 31)
    assert "does not tell its conversion windows" in caplog.text
