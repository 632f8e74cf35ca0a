"""Why a KPI moved, from what is kept: by members, by inputs, between what two runs knew; parts add up to the last digit."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import ConfigurationError
from kpi.channels import TITLES
from sync.why import say
from sync.why_asked import asked, side
from sync.why_parts import Explained, explained, to_json
from tests.sync.versions import Versions, deal, value

JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)
Won = dict[str, tuple[int, int, int]]
"""Channel -> deals won, deals lost, revenue."""

IN_JULY: Won = {"direct": (6, 2, 600), "paid_search": (1, 9, 200)}
IN_AUGUST: Won = {"direct": (3, 1, 330), "paid_search": (5, 20, 1000), "email": (1, 0, 70)}


def month(start: date, sold: Won) -> Iterator[dict[str, Any]]:
    """What is kept of a month: by channel and in all."""
    whole = tuple(sum(part) for part in zip(*sold.values(), strict=True))
    for key, (won, lost, revenue) in {**sold, "": whole}.items():
        cut: dict[str, Any] = {"start": start, "by": "channel" if key else "total", "key": key, "model": "first" if key else ""}
        inputs = {"deals_won": str(won), "deals_lost": str(lost)}
        rate = (Decimal(won) / (won + lost)).quantize(Decimal(1).scaleb(-10))
        yield value("win_rate", str(rate), inputs, unit="ratio", **cut)
        yield value("deals_won", str(won), {"deals_won": str(won)}, unit="count", **cut)
        yield value("revenue_won", str(revenue), {"revenue_won": str(revenue)}, **cut)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Versions]:
    """Run 1 knew both months, run 2 knew one more won deal of August. Nobody runs anything more in it."""
    made = Versions(tmp_path_factory.mktemp("home"))
    made.run([*month(JULY, IN_JULY), *month(AUGUST, {**IN_AUGUST, "email": (0, 1, 0)})])
    made.run([*month(JULY, IN_JULY), *month(AUGUST, IN_AUGUST)], [deal(1, "70")])
    yield made
    made.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Versions]:
    """An empty home."""
    made = Versions(tmp_path)
    yield made
    made.close()


def tell(home: Versions, kpi: str, before: str = "2026-07", after: str = "2026-08", **more: Any) -> Explained:
    question: dict[str, Any] = {"by": "total", "key": "", "period": None, "start": None, "across": None, **more}
    return explained(home.house, asked(home.house, kpi, before=before, after=after, **question))


def adds_up(found: Explained) -> bool:
    """Parts to the change, and each part's members to the part."""
    by_part = {name: sum(values[name] for values in found.members.values()) for name in found.parts}
    return sum(found.parts.values()) == found.change and by_part == dict(found.parts)


def test_a_rate_moves_by_mix_and_by_rate(home: Versions) -> None:
    """From 7 of 18 to 9 of 30: each channel did as well or better, and the share of the weak one grew."""
    found = tell(home, "win_rate")
    assert found.across == "channel"
    assert set(found.parts) == {"mix", "rate"}
    assert found.parts["mix"] < 0 < found.parts["rate"]
    assert adds_up(found)
    assert set(found.members) == {"direct", "paid_search", "email"}
    back = tell(home, "win_rate", "2026-08", "2026-07")
    assert {name: -part for name, part in back.parts.items()} == dict(found.parts)


def test_revenue_moves_by_volume_mix_and_what_one_is_worth(home: Versions) -> None:
    """From 800 of seven deals to 1,400 of nine."""
    found = tell(home, "revenue_won")
    assert found.change == 600
    assert set(found.parts) == {"volume", "mix", "rate"}
    assert adds_up(found)


def test_a_count_moves_by_its_members(home: Versions) -> None:
    found = tell(home, "deals_won")
    assert dict(found.parts) == {"volume": 2}
    assert found.members == {"paid_search": {"volume": 4}, "direct": {"volume": -3}, "email": {"volume": 1}}


def test_one_member_moves_by_its_inputs(home: Versions) -> None:
    """Paid search won 1 of 10, then 5 of 25."""
    found = tell(home, "win_rate", by="channel", key="paid_search")
    assert found.across is None
    assert found.change == Decimal("0.1")
    assert set(found.inputs) == {"deals_won", "deals_lost"}
    assert sum(found.inputs.values()) == found.change
    assert found.inputs["deals_won"] > 0 > found.inputs["deals_lost"]


def test_between_two_runs_everything_is_restatement(home: Versions) -> None:
    """August as run 1 and run 2 knew it, and what happened to the rows in between."""
    found = tell(home, "revenue_won", "run:1", "run:2")
    assert dict(found.parts) == {"restatement": 70}
    assert dict(found.inputs) == {"revenue_won": 70}
    (restated,) = found.restated
    assert (restated.run, [one.cause for one in restated.causes]) == (2, ["late_data"])
    document = to_json(found)
    assert document["from"]["run"] == 1
    assert document["parts"] == [{"part": "restatement", "value": "70"}]
    nothing = tell(home, "revenue_won", "run:1", "run:2", start=JULY)
    assert (nothing.change, nothing.restated) == (0, ())


def test_what_channels_leave_of_the_whole_is_a_member_too(other: Versions) -> None:
    """A total that is 100 more than its channels: the parts add up all the same."""
    rows = [*month(JULY, IN_JULY), *month(AUGUST, IN_AUGUST)]
    whole = next(r for r in rows if (r["kpi"], r["dimension"], r["period_start"]) == ("revenue_won", "total", "2026-08-01"))
    whole |= {"value": "1500", "inputs": '{"revenue_won": "1500"}'}
    other.run(rows)
    found = tell(other, "revenue_won")
    assert found.change == 700
    assert adds_up(found)
    assert sum(found.members["(rest)"].values()) == 100


def test_an_undefined_value_has_no_change(other: Versions) -> None:
    other.run(
        [value("win_rate", None, {"deals_won": "0", "deals_lost": "0"}, start=JULY, unit="ratio"), *month(AUGUST, IN_AUGUST)]
    )
    found = tell(other, "win_rate")
    assert (found.change, found.reason) == (None, "undefined")
    assert to_json(found)["parts"] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"before": "yesterday"}, "neither a period nor a run"),
        ({"before": "2026-13"}, "neither a period nor a run"),
        ({"before": "run:1"}, "two periods, or two runs"),
        ({"before": "2026-Q3"}, "compare a month with a month"),
        ({"before": "2026-05"}, "no value of win_rate is known for 2026-05"),
        ({"kpi": "lead_cost"}, "stands on single records"),
        ({"by": "plan"}, "win_rate is not kept by plan"),
        ({"across": "plan"}, "nothing can be told across it"),
        ({"by": "channel", "key": "direct", "across": "owner"}, "leave out --by and --for"),
    ],
)
def test_a_question_without_an_answer_is_refused_with_the_reason(home: Versions, change: dict[str, str], words: str) -> None:
    """Each says what to write instead."""
    with pytest.raises(ConfigurationError, match=words):
        tell(home, **{"kpi": "win_rate", **change})


def test_periods_are_written_as_people_write_them() -> None:
    """A year, a quarter, a month, a day."""
    starts = {
        text: (found.period, found.start)
        for text in ("2026", "2026-Q3", "2026q4", "2026-09", "2026-09-14")
        for found in [side(text)]
    }
    assert starts == {
        "2026": ("year", date(2026, 1, 1)),
        "2026-Q3": ("quarter", date(2026, 7, 1)),
        "2026q4": ("quarter", date(2026, 10, 1)),
        "2026-09": ("month", date(2026, 9, 1)),
        "2026-09-14": ("day", date(2026, 9, 14)),
    }


def test_what_is_told_reads_as_a_sentence_in_both_languages(home: Versions, capsys: pytest.CaptureFixture[str]) -> None:
    """The parts by name, members beside them; in French with its own signs."""
    question = asked(home.house, "win_rate", "total", "", None, "2026-07", "2026-08", None, None)
    told = {}
    for locale in ("en", "fr"):
        home.house.settings = home.house.settings.model_copy(update={"locale": locale})
        say(home.house, explained(home.house, question))
        told[locale] = capsys.readouterr().out
    assert "change: -8.89 pt" in told["en"]
    assert "mix: which of them there were more of" in told["en"]
    assert "écart : -8,89 pt" in told["fr"]
    assert "composition : lesquels ont été plus nombreux" in told["fr"]
    assert TITLES["paid_search"].fr in told["fr"]
