"""Records that a rule of the settings keeps out of every figure."""

from datetime import date
from decimal import Decimal

from config.settings import KpiSettings
from sync.left_out import left_out, mistakes
from tests.sync.facts import Facts


def rules(**by_kind: list[str]) -> KpiSettings:
    return KpiSettings.model_validate({"leave_out": by_kind})


def test_what_a_rule_holds_of_is_in_no_figure_and_counted(facts: Facts) -> None:
    facts.won("1", "100", deal_type="test")
    facts.won("2", "40", deal_type="newbusiness")
    facts.won("3", "2", deal_type=None)
    facts.deal("4", owner_id="7", amount=Decimal(5), close_on=date(2026, 7, 1))
    settings = rules(deal=['deal_type = "test"', 'owner_id in ("7", "8")'])
    report = facts.derive(leave_out=left_out(settings))
    assert facts.rows("SELECT deal_id FROM deal_outcome ORDER BY ALL") == [("2",), ("3",)], "what is not known is not a test"
    assert report.counts["left_out"] == 2
    assert any("leave out" in note for note in report.notes)


def test_a_contact_that_is_left_out_is_no_lead(facts: Facts) -> None:
    facts.contact("1", owner_id="7")
    facts.contact("2")
    facts.derive(leave_out=left_out(rules(contact=['owner_id = "7"'])))
    assert facts.rows('SELECT contact_id FROM "lead"') == [("2",)]


def test_a_rule_that_cannot_be_read_is_shown_with_its_place() -> None:
    [mistake] = mistakes(rules(deal=['deal_type = "test"', 'deal_tipe = "test"']))
    assert mistake.place == ("leave_out", "deal", "1")
    assert "column 1: there is no column deal_tipe" in mistake.sentence
    assert "deal_type" in mistake.sentence


def test_no_word_of_a_rule_reaches_the_engine_as_typed(facts: Facts) -> None:
    facts.won("1", "100", deal_type="x'; DROP TABLE deal; --")
    facts.derive(leave_out=left_out(rules(deal=['deal_type = "x\'; DROP TABLE deal; --"'])))
    assert facts.rows("SELECT deal_id FROM deal_outcome") == []
    assert facts.one("SELECT count(*) FROM deal") == 1
