"""The silent cut at 15,000 rows, seen with smaller numbers: every row is read whole, or the stream ends and says why."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

import pytest

from connectors.ads.days import Span
from connectors.base import Raw
from connectors.errors import ContractError
from connectors.linkedin_ads import client, figures
from connectors.linkedin_ads.figures import days_at_once
from connectors.linkedin_ads.streams import CUT, SAFE
from connectors.sandbox.linkedin_ads import analytics, gate
from tests.connectors.linkedin_ads.conftest import EURO, LinkedIn, ad_day, read, records

DAYS = [f"2026-09-{day:02d}" for day in range(21, 29)]
CAMPAIGNS = [str(6001 + n) for n in range(12)]


@pytest.fixture
def small(linkedin: LinkedIn, monkeypatch: pytest.MonkeyPatch) -> LinkedIn:
    """An answer holds 30 rows and calls are planned below 20; twelve campaigns on each of eight days."""
    monkeypatch.setattr(analytics, "CUT", 30)
    monkeypatch.setattr(figures, "SAFE", 20)
    linkedin.worlds[EURO].tables["days"] = [ad_day(day, id, f"campaign {id}", "1") for day in DAYS for id in CAMPAIGNS]
    return linkedin


def by_day(found: Sequence[Raw]) -> Counter[int]:
    return Counter(record["dateRange"]["start"]["day"] for record in found)


ALL = Counter(dict.fromkeys(range(21, 29), 12))


def test_calls_are_planned_below_the_cut_from_the_number_of_campaigns() -> None:
    assert [days_at_once(n) for n in (0, 1, 500, 9_999, 40_000)] == [9_999, 9_999, 19, 1, 1]
    assert all(n * days_at_once(n) < SAFE < CUT for n in (1, 7, 499, 500, 5_000))


def test_every_row_is_read_in_calls_that_stay_below_the_cut(small: LinkedIn) -> None:
    source = small.source(account_ids=[EURO])
    found = records(read(source, since=date(2026, 9, 21)))
    assert by_day(found) == ALL
    assert small.calls("adAnalytics") == 10, "one day a call, from the 21st to the 30th"


def test_an_answer_as_long_as_the_cut_is_not_believed_but_halved(small: LinkedIn) -> None:
    """Eleven of twelve campaigns were deleted and are not counted: eight days at once would be cut after the third."""
    small.worlds[EURO].about["unlisted"] = CAMPAIGNS[1:]
    found = records(read(small.source(account_ids=[EURO]), since=date(2026, 9, 21)))
    assert by_day(found) == ALL
    assert small.calls("adAnalytics") > 1


def test_a_day_with_too_many_rows_is_read_by_lists_of_campaigns(small: LinkedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "SAFE", 6)
    found = records(read(small.source(account_ids=[EURO]), since=date(2026, 9, 28)))
    assert by_day(found) == Counter({28: 12})
    assert len({record["campaign"] for record in found}) == 12


@pytest.mark.parametrize("tunnel_from", [100, 100_000], ids=["tunnelled", "refused with 414"])
def test_a_list_too_long_for_an_address_is_tunnelled_or_halved(
    small: LinkedIn, monkeypatch: pytest.MonkeyPatch, tunnel_from: int
) -> None:
    monkeypatch.setattr(figures, "SAFE", 6)
    monkeypatch.setattr(client, "TUNNEL_FROM", tunnel_from)
    monkeypatch.setattr(gate, "LONGEST_ADDRESS", 500)
    found = records(read(small.source(account_ids=[EURO]), since=date(2026, 9, 28)))
    assert by_day(found) == Counter({28: 12})
    refused = small.sandbox.stats.vendors["linkedin_ads"].statuses[414]
    assert (refused > 0) is (tunnel_from == 100_000)


def test_a_day_that_cannot_be_read_whole_ends_the_stream(small: LinkedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rows belong to campaigns that are listed no longer: no list can ask for them, and a part is no day."""
    monkeypatch.setattr(figures, "SAFE", 6)
    small.worlds[EURO].about["unlisted"] = CAMPAIGNS[4:]
    with pytest.raises(ContractError, match=r"more than 12 rows for 2026-09-28 .* it gives 4, so that some belong to campaigns"):
        read(small.source(account_ids=[EURO]), since=date(2026, 9, 28))


def test_halving_asks_each_day_once_more_than_needed_at_most() -> None:
    """Spans only get smaller, and nothing is given twice."""
    asked: list[Span] = []

    def ask(span: Span, only: Sequence[str] | None) -> list[Raw]:
        asked.append(span)
        return [{"day": span.first}] * (CUT if span.days > 2 else span.days)

    span = Span(date(2026, 9, 1), date(2026, 9, 8))
    assert len(list(figures.whole("linkedin_ads", ask, span, ()))) == 8
    assert [one.days for one in asked] == [8, 4, 2, 2, 4, 2, 2]
