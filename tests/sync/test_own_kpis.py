"""From the settings file to the account's catalogue: what is read, and where each mistake stands."""

import json
import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from config.settings import KpiSettings
from connectors.errors import ConfigurationError
from kpi.roles import OWN, ROLES
from kpi.text import Text
from sync import bootstrap
from sync.cli import ROLES as OFFERED
from sync.cli import cli
from sync.own_kpis import catalogue
from sync.setup import example


def refused(folder: Path, text: str) -> str:
    """What is said of a settings file."""
    file = folder / "cadran.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        bootstrap.settings(file, {})
    assert caught.value.exit_code == 2
    return str(caught.value).replace(f"{file}:", "")


def test_every_fault_stands_at_its_line_with_a_caret_below_the_formula(tmp_path: Path) -> None:
    """Beside faults of other sections; a definition in short form, in long form, and in a list."""
    text = """\
timezone: Europe/Pariss
kpis:
  follow: [sales, quotas_met_by_rep_and_day]
  own:
    short: spend / leeds
    long:
      title: Long
      formula: >
        spend +
        leads
    nothing:
    number: 5
    divided: spend / (leads - leads)
  measures:
    open_now: {of: deal, sum: amount_home, where: [is_open, amount = 5], time: null}
"""
    assert (
        refused(tmp_path, text)
        == """8 faults in the settings:
  1: timezone: not an IANA time zone; write e.g. Europe/Paris
  15: kpis.measures.open_now.where.1: column 1: there is no column amount; did you mean `amount_home`?
      amount = 5
      ^
  5: kpis.own.short.formula: column 9: no measure or KPI is called leeds; did you mean `leads`?
      spend / leeds
              ^
  8: kpis.own.long.formula: column 7: “spend + leads”: money + count has no meaning (spend is money, leads is count)
      spend + leads
            ^
  11: kpis.own.nothing.formula: the formula is empty; write for example `spend / leads`
  12: kpis.own.number.formula: column 1: the formula names no measure, so it would be the same whatever the data
      5
      ^
  13: kpis.own.divided.formula: column 7: this division is never defined: leads − leads is 0 whatever the data
      spend / (leads - leads)
            ^
  3: kpis.follow.1: no role or KPI is called quotas_met_by_rep_and_day; `cadran kpis --all` lists them"""
    )


def test_what_has_the_wrong_form_is_told_with_the_known_keys(tmp_path: Path) -> None:
    said = refused(
        tmp_path,
        "kpis:\n  own:\n    a: {formla: spend}\n    b: {formula: spend, better: higher}\n  measures:\n    m: {of: deal}\n    n: {of: deal, count: true, sum: x}\n",
    )
    assert "3: kpis.own.a.formla: unknown key; did you mean `formula`?" in said
    assert "3: kpis.own.a.formula: missing; it must be given" in said
    assert "4: kpis.own.b.better: input should be 'up', 'down' or 'none'" in said
    assert said.count("give one of `count: true`, `sum: COLUMN`, `median: COLUMN`, `p90: COLUMN`") == 2


def test_what_accounts_inherit_is_told_once_and_what_is_theirs_where_it_stands(tmp_path: Path) -> None:
    text = "kpis: {own: {a: spend / leeds}}\naccounts:\n  one: {}\n  two:\n    kpis:\n      own:\n        b: spend * 1e3\n"
    said = refused(tmp_path, text)
    assert said.startswith("2 faults")
    assert said.count("1: kpis.own.a.formula") == 1
    assert "7: accounts.two.kpis.own.b.formula: column 9: `1e3` is not a number" in said


def test_texts_have_both_languages_from_one() -> None:
    built = catalogue(KpiSettings.model_validate({"own": {"a": {"formula": "spend", "title": "A", "caveats": {"fr": "B"}}}}))
    assert (built.kpis["a"].title, built.kpis["a"].caveats) == (Text("A", "A"), Text("B", "B"))


def said(folder: Path, *arguments: str) -> str:
    """Standard output of ``cadran kpis`` on settings with two KPIs of one's own; nothing was ever synced."""
    file = folder / "cadran.yaml"
    file.write_text(
        "kpis:\n  follow: [own, sales, cpl]\n  own:\n    big_share: {formula: big_deals / deals_won, title: Share of big deals}\n"
        "    dear: spend / big_deals\n  measures:\n    big_deals: {of: deal, count: true, where: amount_home > 5, time: won_on}\n",
        encoding="utf-8",
    )
    result = CliRunner().invoke(cli, ["kpis", *arguments, "--settings", str(file)])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_catalogue_marks_what_is_followed_and_lists_it_first(tmp_path: Path) -> None:
    cards = json.loads(said(tmp_path, "--json"))
    followed = [card["kpi"] for card in cards if card["followed"]]
    assert followed == ["big_share", "dear", *ROLES["sales"], "cpl"] == [card["kpi"] for card in cards][: len(followed)]
    assert {"session_conversion", "lead_cost"} <= {card["kpi"] for card in cards}
    short, everything = said(tmp_path), said(tmp_path, "--all")
    assert "Share of big deals" in short
    assert "session_conversion" in everything
    assert "session_conversion" not in short


def test_a_role_a_card_the_page_and_the_measures(tmp_path: Path) -> None:
    assert [card["kpi"] for card in json.loads(said(tmp_path, "--role", "own", "--json"))] == ["big_share", "dear"]
    assert [card["kpi"] for card in json.loads(said(tmp_path, "--role", "finance", "--json"))] == list(ROLES["finance"])
    assert "big_deals ÷ deals won" in said(tmp_path, "big_share")
    assert "Share of big deals" in said(tmp_path, "--markdown")
    listed = json.loads(said(tmp_path, "--measures", "--json"))
    assert {"big_deals", "spend"} <= {measure["measure"] for measure in listed["measures"]}
    assert listed["facts"]["deal"]["amount_home"] == "number"
    assert "amount_home" in said(tmp_path, "--measures")


def test_the_command_line_offers_every_role() -> None:
    assert (*ROLES, OWN) == OFFERED


def test_what_the_example_file_shows_in_comments_works(tmp_path: Path) -> None:
    """Taking the hashes away, and the empty braces before them."""
    _before, _, text = example().partition("\nkpis:")
    section, *_others = re.split(r"\n(?=[a-z]+:)", text)
    text = "kpis:" + re.sub(r"(?m)^  #   ", "    ", section)
    text = re.sub(r"(?m)^  (own|measures): \{\}$", r"  \1:", text)
    kpis = KpiSettings.model_validate(yaml.safe_load(text)["kpis"])
    built = catalogue(kpis)
    assert {"cost_per_big_deal", "margin_after_ads"} <= set(built.followed)
    assert built.kpis["margin_after_ads"].example is not None


def test_the_settings_choose_formulas() -> None:
    """Each of them reaches the catalogue of the account; a lifetime of no time at all is refused."""
    chosen = catalogue(
        KpiSettings(
            arpa_customers="average",
            subscriptions={"longest_life_months": 36, "reactivation_in_retention": "exclude"},  # type: ignore[arg-type]
        )
    ).kpis
    assert "all" not in chosen["arpa"].periods
    assert [limit.most for limit in chosen["ltv"].formula.limits] == [36]
    assert "subscribers_away" in {measure.name for measure in chosen["retention_rate"].formula.inputs}
    with pytest.raises(ValueError, match="longest_life_months"):
        KpiSettings(subscriptions={"longest_life_months": 0})  # type: ignore[arg-type]
