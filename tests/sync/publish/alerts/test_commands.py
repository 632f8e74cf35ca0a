"""``cadran alerts``: states, the message as it would be, proposals, and silence."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sync.cli import cli
from sync.publish import after
from sync.publish.alerts import commands
from sync.publish.alerts.suggest import quantile, suggestions
from tests.sync.publish.alerts.home import JULY, Watched, revenue, win_rate
from tests.sync.publish.mail import PASSWORD, address, free_port, mail_server
from tests.sync.versions import Versions

RULES = """
notify: {recipients: {sales: {to: env:SALES, language: fr}}}
alerts:
  to: sales
  rules:
    drop: {kind: change, kpi: revenue_won, falls: 20%}
    rate: {kind: threshold, kpi: win_rate, below: 0.1}
"""


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int) -> Any:
    """Runs a command on a home with a drop; gives its exit code and what it printed."""
    folder = tmp_path / "home" / "default"
    folder.mkdir(parents=True)
    made = Versions(folder)
    made.run([revenue("1000", JULY), revenue("700"), win_rate(5, 5)])
    made.close()
    settings = tmp_path / "cadran.yaml"
    settings.write_text(RULES, encoding="utf-8")
    monkeypatch.setenv("SALES", address(port))

    def run(*words: str) -> tuple[int, str]:
        place = ["--settings", str(settings), "--home", str(tmp_path / "home")]
        done = CliRunner().invoke(cli, [*words, *place], catch_exceptions=False)
        return done.exit_code, done.output

    return run


def test_the_message_is_shown_and_sent_as_a_test_alone(said: Any, port: int) -> None:
    """Nothing of the rule's state changes; what is sent is marked, and in its reader's language."""
    code, shown = said("alerts", "test", "drop")
    assert code == 0
    assert "drop: 1 looked at, 1 past the bound." in shown
    assert "  | Chiffre d'affaires gagné : 700,00\xa0€ (août 2026)" in shown
    with mail_server(port) as inbox:
        code, sent = said("alerts", "test", "--send", "--json")
    assert code == 0
    document = json.loads(sent)
    assert [one["recipient"] for one in document["sent"]] == ["sales", "sales"]
    assert [one["readings"][0]["judged"] for one in document["rules"]] == ["breached", "cleared"]
    assert inbox.subjects[0].replace("\xa0", " ") == "[Essai] Attention : Chiffre d'affaires gagné : 700,00 € (août 2026)"
    _, states = said("alerts", "--json")
    assert [one["members"] for one in json.loads(states)["alerts"]] == [[], []]


def test_a_test_that_does_not_arrive_says_why_and_is_not_tried_again(said: Any) -> None:
    """Exit 3, the reason without the address, and an empty outbox."""
    code, output = said("alerts", "test", "drop", "--send")
    assert code == 3
    assert "Not sent to sales, address 1: 127.0.0.1: " in output
    assert PASSWORD not in output
    assert json.loads(said("alerts", "--json")[1])["messages"] == []


def test_a_rule_is_muted_by_its_name(said: Any) -> None:
    """For some days, or no more; a wrong name is refused with the nearest."""
    assert "drop is silent until" in said("alerts", "mute", "drop", "--days", "3")[1]
    rows = json.loads(said("alerts", "--json")[1])["alerts"]
    assert [bool(one["muted_until"]) for one in rows] == [True, False]
    assert "silent until" in said("alerts")[1]
    assert "drop is told again." in said("alerts", "mute", "drop", "--days", "0")[1]
    code, output = said("alerts", "mute", "dorp")
    assert (code, "did you mean drop?" in output) == (2, True)


def test_states_are_listed_with_the_next_possible_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule that fires, since when, its value, and from when it may write again; what could not be delivered beside it."""
    home = Watched(tmp_path, {"drop": {"kind": "change", "kpi": "revenue_won", "falls": "20%"}})
    home.run(revenue("1000", JULY), revenue("700"))
    home.look()
    rows = commands.standing(home.house)
    (member,) = rows[0]["members"]
    assert (member["state"], member["value"], member["next_message"]) == ("firing", "700", "2026-10-02T09:00:00+00:00")
    commands._print_rules(home.house, rows)
    shown = capsys.readouterr().out
    assert "revenue_won" in shown
    assert "firing since" in shown
    assert "€700.00 (Aug 1, 2026)" in shown


def test_bounds_are_proposed_from_the_past_and_tried_on_the_last_year(tmp_path: Path) -> None:
    """The tail of past falls, rounded up to what can be said; how often it would have fired; or that there is too little."""
    home = Watched(tmp_path, {})
    months = [date(2024 + m // 12, m % 12 + 1, 1) for m in range(7, 32)]
    amounts = [100 if place % 2 else 90 for place in range(len(months))]
    amounts[-1] = 40
    home.run(*(revenue(str(n), at) for n, at in zip(amounts, months, strict=True)), win_rate(5, 5, JULY), win_rate(5, 5))
    followed = replace(home.house.catalogue, followed=("revenue_won", "win_rate"))
    house = replace(home.house, catalogue=followed)
    with after.filled(house) as shelf:
        revenue_rule, rate = suggestions(house, shelf)
    assert revenue_rule.yaml() == "revenue_won_drop_month: {kind: change, kpi: revenue_won, period: month, falls: 10%}"
    assert (revenue_rule.changes, revenue_rule.fired) == (24, 6)
    assert rate.rule is None
    assert rate.reason is not None
    assert rate.reason.en == "1 changes by month are known, 13 are needed"


def test_a_quantile_is_one_of_the_values() -> None:
    """The smallest that so large a share does not pass."""
    values = [Decimal(n) for n in range(1, 11)]
    assert (quantile(values, Decimal("0.9")), quantile(values[:1], Decimal("0.9"))) == (9, 1)
