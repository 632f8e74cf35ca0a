"""``cadran forecast`` and ``cadran targets``, from a home that holds results."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sync.cli import cli
from sync.publish import after, forecasts
from tests.sync import versions
from tests.sync.publish.months import months_before
from tests.sync.versions import Versions, value

OCTOBER = date(2026, 10, 1)
STEADY = (100, 110, 90, 105, 95, 102, 98, 107, 93, 101, 99, 104, 96, 103, 100, 98)
TARGET = "{kpi: revenue_won, value: 90, period: 2026-09, owner: Anna, baseline: 2026-08, reason: pays the rent, name: Rent}"


@dataclass
class Home:
    folder: Path

    def ask(self, *words: str, locale: str = "en", code: int = 0) -> str:
        file = self.folder / "cadran.yaml"
        file.write_text(f"locale: {locale}\ntargets:\n  - {TARGET}\n", encoding="utf-8")
        done = CliRunner().invoke(cli, [*words, "--settings", str(file), "--home", str(self.folder)])
        assert done.exit_code == code, done.output
        return done.output

    def json(self, *words: str) -> Any:
        return json.loads(self.ask(*words, "--json"))

    def run(self, values: Sequence[dict[str, Any]]) -> None:
        made = Versions(self.folder / "default")
        made.run(values)
        with after.filled(made.house) as shelf:
            forecasts.update(made.house, shelf)
        made.close()


def won(start: date, amount: object, **more: Any) -> dict[str, Any]:
    return value("revenue_won", str(amount), {"revenue_won": str(amount)}, start=start, **more)


def of_months(end: date, amounts: Sequence[object], **more: Any) -> list[dict[str, Any]]:
    return [won(start, amount, **more) for start, amount in zip(months_before(end, len(amounts)), amounts, strict=True)]


def first_run(folder: Path) -> Home:
    made = Home(folder)
    (folder / "default").mkdir()
    email = of_months(OCTOBER, STEADY, by="channel", key="email", model="first")
    made.run([*of_months(OCTOBER, STEADY), *email, value("win_rate", "0.4", {}, unit="ratio")])
    return made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Made once: commands only read it."""
    return first_run(tmp_path_factory.mktemp("home"))


def test_a_forecast_is_told_with_its_range_its_model_and_its_error(home: Home) -> None:
    """For people, in both languages; beside the pipeline's own word on sales."""
    said = home.ask("forecast", "revenue_won")
    assert "Oct 1, 2026" in said
    assert "8 times in 10" in said
    assert "tried from" in said
    assert "Sales, by the pipeline and by the past" in said
    french = home.ask("forecast", "revenue_won", locale="fr")
    assert "8 fois sur 10" in french
    assert "essayé depuis" in french


def test_as_json_it_is_one_document_of_decimal_texts(home: Home) -> None:
    """With what was learned from and every horizon."""
    found = home.json("forecast", "revenue_won", "--by", "channel", "--for", "email")
    assert (found["kpi"], found["by"], found["key"], found["unit"], found["currency"]) == (
        "revenue_won",
        "channel",
        "email",
        "money",
        "EUR",
    )
    assert [one["period_start"] for one in found["ahead"]] == ["2026-10-01", "2026-11-01", "2026-12-01", "2027-01-01"]
    first = found["ahead"][0]
    assert float(first["likely"]["low"]) < float(first["value"]) < float(first["likely"]["high"])
    assert first["likely"]["level"] == "0.8"
    assert found["running"] is None
    assert "sales" not in found


def test_without_enough_history_it_says_why(home: Home) -> None:
    """No figure is made up."""
    assert "No forecast of win_rate: 1 settled months without a gap are known, 10 are needed." in home.ask("forecast", "win_rate")
    assert home.json("forecast", "win_rate")["reason"].startswith("1 settled months")


def test_what_was_forecast_stands_beside_what_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was known on 1 October, once October is over."""
    home = first_run(tmp_path)
    monkeypatch.setattr(versions, "FIRST", versions.FIRST + timedelta(days=32))
    home.run(of_months(date(2026, 11, 1), (*STEADY, 97)))
    known = home.json("forecast", "revenue_won", "--as-of", "2026-10-01")
    assert known["known_from"] == "2026-10-01T08:00:00Z"
    assert known["ahead"][0]["period_start"] == "2026-10-01"
    assert "€97.00" in home.ask("forecast", "revenue_won", "--as-of", "2026-10-05")
    assert home.json("forecast", "revenue_won")["ahead"][0]["period_start"] == "2026-11-01"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("revenue_wan",), "no KPI is called revenue_wan; did you mean revenue_won?"),
        (("pipeline_value",), "pipeline_value by total is not kept per month"),
        (("revenue_won", "--by", "channel"), "say of whom with both: --by channel --for 'Paid search'"),
        (
            ("revenue_won", "--by", "channel", "--for", "nowhere"),
            "revenue_won has no figures for 'nowhere' (channel); known: email",
        ),
        (("revenue_won", "--as-of", "2020-01-01"), "no forecast of revenue_won was kept by 2020-01-01"),
        (("lead_cost", "--by", "contact", "--for", "1"), "lead_cost stands on single records, which are not forecast"),
    ],
)
def test_what_cannot_be_forecast_is_told(home: Home, words: tuple[str, ...], sentence: str) -> None:
    """Exit 2, with what to do."""
    assert sentence in home.ask("forecast", *words, code=2)


def test_targets_are_told_with_how_they_stand(home: Home) -> None:
    """In words, and as JSON."""
    said = home.ask("targets")
    assert "Rent" in said
    assert "reached" in said
    assert "atteint" in home.ask("targets", locale="fr")
    (found,) = home.json("targets")["targets"]
    assert (found["target"], found["state"], found["value"], found["wanted"], found["baseline"]) == (
        "Rent",
        "reached",
        "98",
        "90",
        "100",
    )
    assert home.json("targets")["crm_goals"] == []
