"""What is watched, looked at run by run: what is told, to whom, in one message per cause, and what is not."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connectors.errors import AccountBusy, AuthenticationError, ContractError, UnsafePlan
from kpi.forecast import Range
from kpi.targets import Target
from sync.ledger import StreamState
from sync.publish.alerts import figures, targets, watch
from sync.publish.alerts.because import within
from sync.publish.alerts.book import standings
from sync.publish.alerts.watch import after_failure, tick
from sync.publish.targets.standing import TargetStatus
from tests.sync.publish.alerts.home import AUGUST, JULY, LAST_AUGUST, Watched, by_channel, revenue, win_rate
from tests.sync.versions import FIRST, value

DROP = {"kind": "change", "kpi": "revenue_won", "falls": "20%"}
FAILED = {"failed": {"kind": "sync_failed"}}


def won(start: date, direct: int, email: int) -> list[dict[str, Any]]:
    """How many deals: in all and by channel."""
    counts = {"": direct + email, "direct": direct, "email": email}
    cuts = {key: {"by": "channel", "key": key, "model": "first"} if key else {} for key in counts}
    return [
        value("deals_won", str(n), {"deals_won": str(n)}, start=start, unit="count", **cuts[key]) for key, n in counts.items()
    ]  # type: ignore[arg-type]


@pytest.mark.usefixtures("told_why")
def test_a_drop_is_told_once_with_what_it_was_why_and_where_to_look_and_once_that_it_is_over(tmp_path: Path) -> None:
    """Value, former value, both bounds, the parts of the change; silence while it lasts; one line when it is over."""
    home = Watched(tmp_path, {"drop": DROP})
    july = [revenue("1000", JULY), by_channel("700", "direct", JULY), by_channel("300", "email", JULY), *won(JULY, 7, 3)]
    home.run(*july, revenue("700"), by_channel("400", "direct"), by_channel("300", "email"), *won(AUGUST, 4, 3))
    assert len(home.look().causes) == 1
    assert home.told() == ["Warning: Revenue won: €700.00 (August 2026)"]
    text = home.text()
    assert "It was €1,000.00 in July 2026: −€300.00 (−30.00%)." in text
    assert "Rule drop: 20% less than the period before, over below 10%." in text
    assert "-€300.00  volume: how many there were" in text
    assert "most of it: Direct -€300.00" in text
    assert "cadran show revenue_won --by total --period month --since 2026-08-01" in text
    home.look()
    home.run(*july, revenue("850"))
    home.look()
    assert len(home.sent) == 1
    home.run(*july, revenue("950"))
    home.look()
    home.look()
    assert home.told()[1:] == ["Over: Revenue won: €950.00 (August 2026)"]


def test_one_cause_is_one_message_and_everybody_reads_their_own_rules_in_their_language(tmp_path: Path) -> None:
    """The total, the channel that moved it and the rate that moved with it are told together, the whole first."""
    rules = {
        "channels": {**DROP, "by": "channel", "severity": "critical"},
        "total": {**DROP, "to": ["direction", "sales"]},
        "rate": {"kind": "threshold", "kpi": "win_rate", "below": 0.5},
        "won": {"kind": "change", "kpi": "deals_won", "falls": 2},
        "leads": {"kind": "threshold", "kpi": "leads", "above": 10},
    }
    home = Watched(tmp_path, rules)
    won = [value("deals_won", n, {"deals_won": n}, start=start, unit="count") for n, start in (("9", JULY), ("4", AUGUST))]
    leads = value("leads", "12", {"leads": "12"}, unit="count")
    home.run(
        revenue("1000", JULY),
        revenue("500"),
        by_channel("900", "direct", JULY),
        by_channel("400", "direct"),
        win_rate(4, 9),
        *won,
        leads,
    )
    home.look()
    assert sorted(home.told()) == [
        "Critical: Revenue won: €500.00 (August 2026) (and 1 more)",
        "Warning: Leads: 12 (August 2026)",
        "Warning: Win rate: 30.77% (August 2026) (and 1 more)",
    ]
    assert home.told("sales") == ["Attention : Chiffre d'affaires gagné : 500,00\xa0€ (août 2026)"]
    french = home.text("sales")
    assert "Valeur précédente (juillet 2026) : 1\u202f000,00\xa0€, soit −500,00\xa0€ (−50,00\xa0%)." in french
    assert "Règle total : 20 % de moins par rapport à la période précédente, terminé sous 10 %." in french
    assert "Chiffre d'affaires gagné, Direct" not in french


def test_small_samples_say_nothing_and_a_sum_that_falls_to_nothing_does(tmp_path: Path) -> None:
    """One lost deal is no win rate of 0 %; a month without revenue is news. A minimum of the rule's own holds for sums too."""
    rules = {
        "rate": {"kind": "threshold", "kpi": "win_rate", "below": 0.5},
        "drop": DROP,
        "few": {**DROP, "min_n": 20, "to": "sales"},
    }
    home = Watched(tmp_path, rules)
    home.run({**revenue("1000", JULY), "n": 9}, {**revenue("0"), "n": 0}, win_rate(1, 3))
    looked = home.look()
    assert {one.rule: one.note.en for one in looked.readings if one.note} == {"rate": "too few cases", "few": "too few cases"}
    assert home.told() == ["Warning: Revenue won: €0.00 (August 2026)"]
    assert home.told("sales") == []


def test_periods_that_are_not_over_or_not_settled_are_watched_when_asked_alone(tmp_path: Path) -> None:
    """Otherwise the newest that is both."""
    below = {"kind": "threshold", "kpi": "revenue_won", "below": 100, "cooldown_hours": 0}
    home = Watched(tmp_path, {"over": below, "running": {**below, "partial": True}, "settling": {**below, "provisional": True}})
    october = {**revenue("1", date(2026, 10, 1)), "flags": '["partial_period"]', "provisional_until": "2026-11-20"}
    september = revenue("2", date(2026, 9, 1), provisional_until="2026-10-20")
    coming = revenue("9", date(2026, 11, 1))
    home.run(revenue("3"), september, october, coming)
    seen = {one.rule: one.start for one in home.look().readings}
    assert seen == {"over": AUGUST, "running": date(2026, 10, 1), "settling": date(2026, 9, 1)}


def test_what_there_is_nothing_to_say_of_is_said_by_the_reading(tmp_path: Path) -> None:
    """No value, nothing before, 0 before, no period at all: each with its reason, and no message."""
    rules = {
        "zero": DROP,
        "year": {**DROP, "than": "last_year"},
        "none": {"kind": "threshold", "kpi": "win_rate", "below": 0.5},
        "empty": {"kind": "threshold", "kpi": "leads", "below": 5},
    }
    home = Watched(tmp_path, rules)
    home.run(revenue("0", JULY), revenue("5"), {**win_rate(1, 1), "value": None, "reason": "none", "reason_fr": "aucune"})
    notes = {one.rule: one.note.en for one in home.look().readings if one.note}
    assert notes == {
        "zero": "it was 0, of which nothing is a share",
        "year": "there is nothing to compare it with",
        "none": "none",
        "empty": "no period is over and settled yet",
    }
    home.run(revenue("100", LAST_AUGUST), revenue("0", JULY), revenue("5"))
    home.look()
    assert home.told() == ["Warning: Revenue won: €5.00 (August 2026)"]
    assert "It was €100.00 in August 2025" in home.text()


def test_outside_the_forecast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begins outside the interval, is over well inside it; without a forecast nothing is said."""
    ranges: list[Range | None] = [None, *[Range(Decimal(100), Decimal(200), Decimal("0.95"))] * 3]
    monkeypatch.setattr(figures, "expected", lambda *_of: ranges.pop(0))
    home = Watched(tmp_path, {"odd": {"kind": "outside_forecast", "kpi": "revenue_won"}})
    for amount, told in (("250", 0), ("250", 1), ("195", 1), ("150", 2)):
        home.run(revenue(amount))
        home.look()
        assert len(home.sent) == told
    assert "forecast interval €100.00 – €200.00" in home.text()
    assert home.told()[-1] == "Over: Revenue won: €150.00 (August 2026)"


def test_a_target_at_risk_is_told_with_its_figures_and_belongs_to_its_kpi(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The target and the drop of its KPI are one message."""
    target = Target("Q3", "revenue_won", "total", "", "at_least", Decimal(9000), "quarter", JULY, "Anna", Decimal(1), "growth")
    status = TargetStatus(
        target, "flow", JULY, date(2026, 10, 1), "at_risk", "money", "EUR", FIRST, value=Decimal(500), projected=Decimal(700)
    )
    monkeypatch.setattr(targets, "statuses", lambda _house, _shelf: [status])
    home = Watched(tmp_path, {"drop": DROP, "aims": {"kind": "target_at_risk", "targets": "Q3"}})
    home.run(revenue("1000", JULY), revenue("500"))
    home.look()
    assert len(home.sent) == 1
    assert "Target at risk: at least €9,000.00; heading for €700.00; owner Anna." in home.text()
    assert "Revenue won, Q3: €500.00 (Jul 1, 2026 – Sep 30, 2026)" in home.text()


def test_a_silent_source_takes_along_the_figures_made_of_it(tmp_path: Path) -> None:
    """The drop of what it feeds is named in its message; a drop of what it does not feed is told apart. It ends once it answers."""
    rules = {
        "silent": {"kind": "stale_data", "hours": 48, "sources": "ga4", "severity": "critical"},
        "visits": {"kind": "change", "kpi": "sessions", "falls": "20%"},
        "drop": DROP,
    }
    home = Watched(tmp_path, rules, sources={"ga4": {}, "hubspot": {}})
    tables = (SimpleNamespace(tables=("web_traffic_daily",)),)
    home.house.sources = {"ga4": SimpleNamespace(streams=lambda: tables, close=lambda: None)}

    def read(at: Any) -> None:
        with home.house.ledger.transaction() as tx:
            home.house.ledger.save_cursor(tx, "ga4", "traffic", StreamState(None, "f"), 1, at)

    read(FIRST)
    visits = [value("sessions", n, {"sessions": n}, start=start, unit="count") for n, start in (("90", JULY), ("10", AUGUST))]
    home.run(revenue("1000", JULY), revenue("1000"), *visits[:1], {**visits[1], "value": "90"})
    home.look()
    assert home.sent == []
    home.clock.move(days=3)
    home.run(revenue("1000", JULY), revenue("500"), *visits)
    home.look()
    assert home.told() == ["Critical: source ga4 is silent (and 1 more)", "Warning: Revenue won: €500.00 (August 2026)"]
    (letter,) = [one.text for _, one in home.sent if "ga4" in one.subject]
    assert "Has given nothing since 2026-10-01 08:00 UTC." in letter
    assert "The figures below are made of what is missing" in letter
    assert letter.index("source ga4") < letter.index("Sessions: 10")
    tick(home.house)
    read(home.clock.now)
    tick(home.house)
    home.deliver()
    assert home.told()[2:] == ["Over: source ga4 answers again"]


def test_a_refused_plan_is_told_and_over_when_something_was_written_again(tmp_path: Path) -> None:
    """A later sync that ends well does not end it: nothing was written yet."""
    home = Watched(tmp_path, FAILED)
    house, ledger = home.house, home.house.ledger
    home.run(revenue("1"))
    home.look()
    after_failure(house, UnsafePlan("many values would be cleared", "40%", "20%", "--allow-clears"))
    home.deliver()
    assert home.told() == ["Warning: Writing to the CRM failed"]
    assert "To go on anyway: --allow-clears (5)." in home.text()
    home.clock.move(days=1)
    home.run(revenue("1"))
    home.look()
    assert len(home.sent) == 1
    run_id = ledger.start_run("apply", home.clock.now)
    ledger.finish_run(run_id, home.clock.now, "done", home.clock.now, {})
    home.look()
    assert home.told()[1:] == ["Over: Writing to the CRM works again"]


def test_runs_that_fail_or_half_fail_are_told_and_a_busy_account_is_not(tmp_path: Path) -> None:
    """A credential that is refused before a run is noted, a stream that broke its contract; no token in the message."""
    home = Watched(tmp_path, FAILED)
    house, ledger = home.house, home.house.ledger
    after_failure(house, AccountBusy("another run holds the account"))
    after_failure(house, RuntimeError("ours"))
    assert standings(house) == []
    after_failure(house, AuthenticationError("ga4", "Bearer abcdefghijklmnop was refused"))
    home.deliver()
    assert home.told() == ["Warning: Reading and computing failed"]
    assert "ga4: the credential was refused" in home.text()
    assert "abcdefghijklmnop" not in home.text()
    home.clock.move(hours=25)
    started = home.clock.now
    run_id = ledger.start_run("sync", started)
    ledger.finish_run(run_id, started, "done", started, {"errors": [str(ContractError("ga4", "no rows"))]})
    tick(house)
    home.deliver()
    assert len(home.sent) == 1
    home.clock.move(hours=1)
    run_id = ledger.start_run("sync", home.clock.now)
    ledger.finish_run(run_id, home.clock.now, "done", home.clock.now, {})
    tick(house)
    home.deliver()
    assert home.told()[1:] == ["Over: Reading and computing works again"]


def test_that_no_run_came_is_told_between_runs(tmp_path: Path) -> None:
    """A scheduler that stopped cannot say so itself: whoever looks next does."""
    home = Watched(tmp_path, {"failed": {"kind": "sync_failed", "hours": 30}})
    home.run(revenue("1"))
    tick(home.house)
    home.clock.move(hours=31)
    tick(home.house)
    tick(home.house)
    home.deliver()
    assert home.told() == ["Warning: Runs are overdue"]
    assert "No sync has ended well since 2026-10-01 08:00 UTC." in home.text()


def test_what_was_not_kept_is_told_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """State and message are one transaction: who is killed before it has told nothing, and knows that."""
    home = Watched(tmp_path, {"drop": DROP})
    home.run(revenue("1000", JULY), revenue("500"))

    def killed(*_of: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(watch, "send_later", killed)
        with pytest.raises(KeyboardInterrupt):
            home.look()
    assert standings(home.house) == []
    home.look()
    assert len(home.sent) == 1


def test_why_is_left_out_with_a_word_when_it_takes_too_long(tmp_path: Path) -> None:
    """The message goes out without it; a fault in it is no fault of the message."""
    home = Watched(tmp_path, {"drop": DROP})
    home.run(revenue("1000", JULY), revenue("500"))
    home.look()
    assert "Why: could not be told in time." in home.text()

    def broken() -> int:
        raise ZeroDivisionError

    assert within(5, broken) is None
    assert within(5, lambda: 7) == 7


def test_a_rule_that_is_gone_is_forgotten_and_its_page_is_linked_where_there_is_one(tmp_path: Path) -> None:
    """States do not outlive their rule; with `serve.public_url` the link is an address, safe in any mail."""
    home = Watched(tmp_path, {"drop": {**DROP, "by": "channel"}}, serve={"public_url": "https://kpi.firm.example"})
    home.run(by_channel("9", 'a"<b>&c', JULY), by_channel("1", 'a"<b>&c'))
    home.look()
    (letter,) = [one for _, one in home.sent]
    assert "https://kpi.firm.example/kpi/revenue_won?by=channel&key=a%22%3Cb%3E%26c&period=month&start=2026-08-01" in letter.text
    assert "<b>" not in letter.html
    home.house.settings = home.house.settings.model_copy(update={"alerts": type(home.house.settings.alerts)()})
    home.clock.now += timedelta(hours=1)
    home.look()
    assert standings(home.house) == []
