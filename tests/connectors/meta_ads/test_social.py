"""Facebook pages and Instagram accounts, day by day."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connectors.drift import Drift
from connectors.errors import ContractError, MissingScope
from connectors.meta_ads.social import INSTAGRAM_DAYS
from connectors.sandbox.meta_ads.access import WITHOUT
from kpi.schema import TABLES, checker
from tests.connectors.meta_ads.conftest import INSTAGRAM, NOW, PAGE, PARIS, Meta, read, records, rows, stream_of
from tests.contract.harness import Home

SOCIAL = "social_stats_daily"


def test_a_pages_day_is_the_one_that_ended_in_california(meta: Meta) -> None:
    """Midnight there is 07:00 UTC in summer and 08:00 in winter; the last day that ended is the day before today."""
    source = meta.source(pages=[PAGE])
    found = rows(source, records(read(source, "facebook_daily")), "facebook_daily", SOCIAL)
    assert [row["stats_on"] for row in found] == [date(2026, 1, 1) + timedelta(days=n) for n in range(272)]
    first = found[0]
    assert (first["network"], first["account_id"], first["followers"]) == (
        "facebook",
        PAGE,
        1000 + first["stats_on"].toordinal() % 50,
    )
    assert (first["impressions"], first["reach"], first["engagements"], first.get("likes")) == (300, 200, 12, None)
    for row in found:
        checker(TABLES[SOCIAL])(row | {"source": "meta_ads", "extracted_at": NOW})


def test_no_call_asks_a_page_for_more_than_ninety_days(meta: Meta) -> None:
    """The sandbox refuses more. Nine months are four calls and one for the page's own token."""
    pages = read(meta.source(pages=[PAGE]), "facebook_daily")
    assert (meta.calls("node_insights"), meta.calls("node")) == (4, 1)
    assert len(pages) == 4
    again = read(meta.source(pages=[PAGE]), "facebook_daily", pages[-1].cursor)
    assert [len(page.records) for page in again] == [3]


def test_either_token_opens_a_page(meta: Meta) -> None:
    own = read(meta.source(pages=[PAGE]), "facebook_daily")
    meta.quirk(meta_ads_pages_want_own_token=False)
    assert read(meta.source(pages=[PAGE]), "facebook_daily") == own


def test_a_metric_that_meta_gave_up_does_not_cost_the_others(meta: Meta, caplog: pytest.LogCaptureFixture) -> None:
    meta.account(PAGE).about["metrics_gone"] = ["page_post_engagements"]
    source = meta.source(pages=[PAGE])
    raw = records(read(source, "facebook_daily"))
    found = rows(source, raw, "facebook_daily", SOCIAL)
    assert (len(found), {row["engagements"] for row in found}, found[0]["reach"]) == (272, {None}, 200)
    assert "page_post_engagements is no longer read (API version v26.0)" in caplog.text
    assert meta.calls("node_insights") == 1 + 4 + 3, "refused once, each alone, and then without it"
    stream = stream_of(source, "facebook_daily")
    assert stream.shape is not None
    drift = Drift(stream.shape, stream.api_version)
    drift.look(raw[0])
    assert drift.lines() == ["the field values.page_post_engagements is no longer in the answers (API version v26.0)"]


def test_no_metric_left_is_a_broken_contract(meta: Meta) -> None:
    meta.account(INSTAGRAM).about["metrics_gone"] = ["views", "reach", "likes", "comments", "shares"]
    with pytest.raises(ContractError):
        read(meta.source(instagram=[INSTAGRAM]), "instagram_daily")


@pytest.mark.parametrize(
    "data",
    [
        "none",
        ["page_follows"],
        [{"name": "page_follows", "values": ["12"]}],
        [{"name": "page_follows", "values": [{"value": 1}]}],
        [{"name": "page_follows", "values": [{"value": 1, "end_time": "2026-09-30T07:00:00"}]}],
    ],
)
def test_an_answer_that_is_no_statistic_breaks_the_contract(meta: Meta, monkeypatch: pytest.MonkeyPatch, data: object) -> None:
    """Named, and never a crash."""
    source = meta.source(pages=[PAGE])
    monkeypatch.setattr(source._graph, "get", lambda *_: {"data": data})
    with pytest.raises(ContractError):
        read(source, "facebook_daily")


def test_instagrams_days_are_read_one_by_one_and_followers_are_of_today(meta: Meta) -> None:
    source = meta.source(instagram=[INSTAGRAM])
    pages = read(source, "instagram_daily")
    found = rows(source, records(pages), "instagram_daily", SOCIAL)
    assert [row["stats_on"] for row in found] == [date(2026, 9, 3) + timedelta(days=n) for n in range(INSTAGRAM_DAYS)]
    last = found[-1]
    assert (last["followers"], last["reach"], last["impressions"]) == (529, 60, 90)
    assert (last["likes"], last["comments"], last["shares"], last.get("engagements")) == (7, 2, 1, None)
    assert {row["followers"] for row in found[:-1]} == {None}
    assert (meta.calls("node"), meta.calls("node_insights")) == (1, INSTAGRAM_DAYS)


def test_followers_that_were_seen_outlive_the_days_that_are_read_again(meta: Meta, tmp_path: Path) -> None:
    """Runs on four days, then a full one: the facts hold what was seen on each of them."""
    home = Home(tmp_path)
    for number in range(4):
        home.pull(meta.source(instagram=[INSTAGRAM]), now=NOW + timedelta(days=number))
        meta.sandbox.clock.advance(timedelta(days=1))
    asked = "SELECT stats_on, followers FROM social_stats_daily WHERE followers IS NOT NULL ORDER BY 1"
    seen = [(date(2026, 9, 30) + timedelta(days=n), 529 + n) for n in range(4)]
    assert home.ask(asked) == seen
    home.pull(meta.source(instagram=[INSTAGRAM]), now=NOW + timedelta(days=3), full=True)
    assert home.ask(asked) == [*seen[:3], (date(2026, 10, 3), 533)], "today again, and nothing of the days before"


def test_what_the_token_may_not_see_is_skipped_and_ads_are_read_all_the_same(meta: Meta, tmp_path: Path) -> None:
    source = meta.source(
        account_ids=[PARIS], pages=[PAGE], instagram=[INSTAGRAM], access_token=f"{WITHOUT}read_insights,instagram_basic"
    )
    with pytest.raises(MissingScope, match="read the statistics of page"):
        read(source, "facebook_daily")
    notes = source.check().notes
    assert [note for note in notes if f"Instagram account {INSTAGRAM} is left out" in note and "instagram_basic" in note]
    home = Home(tmp_path)
    extracted = home.pull(source, now=datetime(2026, 9, 30, 22, 30, tzinfo=UTC))
    assert set(extracted.skipped) == {"meta_ads.facebook_daily", "meta_ads.instagram_daily"}
    assert set(home.facts()) == {"campaign", "ad_spend_daily"}
    assert extracted.errors == []
