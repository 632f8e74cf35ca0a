"""Targets of the settings: whole ones are made, others told with all that is wrong."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config.settings import AccountSettings
from connectors.errors import ConfigurationError
from kpi.registry import BUILT_IN
from kpi.targets import Target
from sync import bootstrap
from sync.publish.targets.said import mistakes, read_period, targets


def settings(*said: dict[str, Any], **more: Any) -> AccountSettings:
    """Targets that say all there is to say, but for what is given."""
    plain = {"kpi": "leads", "value": 50, "period": "each month", "owner": "Anna", "baseline": 10, "reason": "more to sell to"}
    return AccountSettings.model_validate({"targets": [plain | one for one in said], **more})


def told(*said: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    """(key below the first target, sentence)."""
    return [(".".join(place[2:]), sentence) for place, sentence in mistakes(settings(*said, **more))]


def made(**said: Any) -> Target:
    (found,) = targets(settings(said), BUILT_IN)
    assert told(said) == []
    return found


def test_a_whole_target_is_made() -> None:
    """Its direction from what is better, its name from what it is about."""
    found = made(kpi="win_rate", by="owner", **{"for": "Anna"}, value="25 %", period="2026-Q4", baseline="2025-Q4")
    assert found == Target(
        name="win_rate Anna 2026-Q4",
        kpi="win_rate",
        by="owner",
        key="Anna",
        direction="at_least",
        value=Decimal("0.25"),
        period="quarter",
        start=date(2026, 10, 1),
        owner="Anna",
        baseline=("quarter", date(2025, 10, 1)),
        reason="more to sell to",
    )
    assert made(kpi="cpl", value="19.90", baseline="year 2025").direction == "at_most"
    assert made(kpi="spend", direction="at_most", value=900, baseline=1000, name="Budget").name == "Budget"
    assert made(kpi="roi", value="300 %", baseline="1.5").value == 3


def test_what_is_known_at_one_moment_only_may_be_aimed_at() -> None:
    """It is read as it stands."""
    found = made(kpi="pipeline_value", value=300000, period="2026-Q4", baseline=100000)
    assert read_period(found, BUILT_IN.kpis["pipeline_value"]) == "all"
    assert read_period(made(), BUILT_IN.kpis["leads"]) == "month"


@pytest.mark.parametrize(
    ("said", "key", "words"),
    [
        ({"kpi": "revenue_wan"}, "kpi", "no KPI is called revenue_wan; did you mean `revenue_won`?"),
        ({"kpi": "Chiffre d’affaires gagné"}, "kpi", "did you mean `revenue_won`?"),
        ({"kpi": "lead_cost"}, "kpi", "lead_cost stands on single records; a target is about a KPI of `cadran kpis --all`"),
        ({"by": "chanel"}, "by", "leads has no figures by chanel; did you mean `channel`?"),
        ({"kpi": "revenue_won", "by": "deal", "for": "1"}, "by", "revenue_won has no figures by deal"),
        ({"by": "channel"}, "for", "missing: which channel it is about, e.g. `for: Paid search`"),
        ({"for": "Email"}, "by", "missing: what 'Email' is, e.g. `by: channel`"),
        ({"period": "2026-13"}, "period", "'2026-13' is no period: write a month (2026-10)"),
        ({"period": "each week"}, "period", "'each week' is no period"),
        ({"kpi": "leads", "by": "channel", "for": "x", "period": "2026", "value": "1k"}, "value", "'1k' is no figure"),
        ({"value": "50 000"}, "value", "'50 000' is no figure: digits alone"),
        ({"value": "25 %"}, "value", "leads is a count, not a rate"),
        ({"kpi": "revenue_won", "value": "25%"}, "value", "revenue_won is money in the company's currency, not a rate"),
        (
            {"kpi": "win_rate", "value": 25, "baseline": "10 %"},
            "value",
            "25 is 2500 %, and win_rate never passes 100 %; a rate of 25 % is written 0.25 or `25 %`",
        ),
        ({"kpi": "win_rate", "value": "120 %", "baseline": "10 %"}, "value", "120 % is 120 %, and win_rate never passes 100 %"),
        ({"kpi": "roi", "value": 300, "baseline": 1}, "value", "300 is 30000 %: write `300 %` if that is meant, or `30000 %`"),
        ({"value": -5}, "value", "leads is never below 0, so there is nothing to reach"),
        ({"value": 0}, "value", "leads is never below 0, so there is nothing to reach"),
        ({"baseline": 50}, "baseline", "50 is at least 50 already: there is nothing left to reach"),
        ({"kpi": "cpl", "value": 20, "baseline": 15}, "baseline", "15 is at most 20 already"),
        ({"baseline": "soon"}, "baseline", "'soon' is neither a figure nor a past period"),
        ({"baseline": "each month"}, "baseline", "'each month' is neither a figure nor a past period"),
        ({"baseline": "2026-11", "period": "2026-10"}, "baseline", "2026-11 is not before 2026-10"),
        ({"baseline": "2025-Q1"}, "baseline", "leads adds up: a quarter says nothing of a month; name a month"),
        ({"kpi": "spend"}, "direction", "missing: spend is good neither high nor low; write `at_least` or `at_most`"),
        ({"direction": "at_most"}, "direction", "leads is better higher: `at_most` would call a worse figure a success"),
    ],
)
def test_what_cannot_be_a_target_is_told(said: dict[str, Any], key: str, words: str) -> None:
    """With what was probably meant."""
    assert any(place == key and words in sentence for place, sentence in told(said)), told(said)


def test_every_fault_of_every_target_at_once() -> None:
    """None hides another."""
    found = told({"kpi": "revenue_won", "by": "chanel", "value": "25 %", "direction": "at_most"}, {"value": 0})
    assert [key for key, _ in found] == ["by", "direction", "value", "value"]
    unknown = told({"kpi": "nothing_like_it", "value": "many", "baseline": "few", "period": "then"})
    assert sorted(key for key, _ in unknown) == ["baseline", "kpi", "period", "value"]


def test_a_kpi_that_has_no_such_period_says_which_it_has() -> None:
    """Cohorts are kept by the month they began in."""
    ((key, sentence),) = told({"kpi": "ltv_historic", "by": "cohort", "for": "2026-01", "period": "2026", "baseline": 1})
    assert (key, sentence) == ("period", "ltv_historic by cohort has no figures of a year; it has them by month")


def test_what_is_not_computed_cannot_be_aimed_at() -> None:
    """``kpis.compute: followed``."""
    ((key, sentence),) = told({}, kpis={"compute": "followed", "follow": ["sales"]})
    assert (key, sentence) == ("kpi", "leads is not computed: `kpis.compute` is `followed`, so name it in `kpis.follow` too")
    assert told({}, kpis={"compute": "followed", "follow": ["marketing"]}) == []


def test_two_of_the_same_name_are_told_apart_by_one() -> None:
    """Alerts and pages know a target by its name."""
    said = settings({}, {"value": 60}, {"value": 70, "name": "Stretch"})
    assert [place for place, _ in mistakes(said)] == [("targets", "0"), ("targets", "1")]


def test_the_settings_are_refused_with_their_lines(tmp_path: Path) -> None:
    """By every command: exit 2."""
    file = tmp_path / "cadran.yaml"
    target = "{kpi: win_rate, value: 25, period: 2026, owner: A, baseline: 0.1, reason: r s}"
    file.write_text(f"locale: en\ntargets:\n  - {target}\n")
    with pytest.raises(ConfigurationError) as caught:
        bootstrap.settings(file, {})
    assert f"{file}:3: targets.0.value: 25 is 2500 %" in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("page", ["targets.md", "targets.fr.md"])
def test_the_targets_of_the_docs_are_whole(tmp_path: Path, page: str) -> None:
    """What is shown can be copied."""
    text = (Path(__file__).parents[4] / "docs" / page).read_text(encoding="utf-8")
    file = tmp_path / "cadran.yaml"
    file.write_text(text.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    loaded = bootstrap.settings(file, {}).accounts["default"].settings
    first, second = targets(loaded, BUILT_IN)
    assert (first.name, first.baseline) == ("revenue_won 2026-Q4", ("quarter", date(2025, 10, 1)))
    assert (second.key, second.direction, second.start) == ("Paid search", "at_most", None)
