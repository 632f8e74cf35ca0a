"""Satisfaction and tickets: what is off its scale is set aside, a person counts once, times are exact."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.measures.base import By
from kpi.schema import TABLES, columns
from sync.marts.desk import Desk
from sync.marts.service import NOTES, answers, tickets
from sync.marts.survivors import resolve_records
from tests.sync.facts import OPTIONS
from tests.sync.steps import Steps, at

SATISFACTION = (
    "nps",
    "nps_promoters",
    "nps_passives",
    "nps_detractors",
    "survey_answers",
    "csat",
    "csat_stars",
    "ces",
    "ces_mean",
)
TICKETS = (
    "tickets_opened",
    "tickets_closed",
    "ticket_backlog",
    "ticket_resolution_rate",
    "ticket_reply_days_median",
    "ticket_reply_days_mean",
    "ticket_close_days_median",
    "ticket_close_days_mean",
)


@pytest.fixture
def facts(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Steps:
    return Steps(con, tmp_path)


def answer(facts: Steps, id: str, score: str | None, on: str = "2026-05-10", of: str = "", **more: Any) -> None:
    """``of``: the contact who answered."""
    values = {"survey_type": "NPS", "survey_id": "1", "score": None if score is None else Decimal(score), **at(on)}
    facts.add("survey_response", response_id=id, **{**values, **more})
    if of:
        facts.link("feedback_submissions", id, "contacts", of)


def test_worked_check_9_promoters_less_detractors(facts: Steps) -> None:
    for place, score in enumerate((10, 9, 8, 7, 6, 0)):
        answer(facts, str(place), str(score))
    facts.take([answers], SATISFACTION)
    found = {r.kpi: r for r in facts.results()}
    assert (found["nps"].value, found["nps"].unit, found["nps"].n) == (Decimal(0), "score", 6)
    assert [found[f"nps_{group}"].value for group in ("promoters", "passives", "detractors")] == [2, 2, 2]
    assert (found["csat"].value, found["csat"].reason and found["csat"].reason.text.en) == (None, "nobody answered in the period")


def test_only_promoters_are_a_hundred_and_only_detractors_minus_a_hundred(facts: Steps) -> None:
    for id, score, survey in (("1", "9", "a"), ("2", "10", "a"), ("3", "6", "b")):
        answer(facts, id, score, survey_id=survey)
    facts.take([answers], SATISFACTION)
    assert facts.values("nps", by="survey") == {"a": "100", "b": "-100"}
    assert facts.value("nps") == "33.333333"


def test_a_score_off_its_scale_is_set_aside_and_counted(facts: Steps) -> None:
    for id, kind, score in (
        *((str(place), "NPS", score) for place, score in enumerate(("11", "-1", "7.5", None, "10"))),
        ("ces 8", "CES", "8"),
        ("ces 0", "CES", "0"),
        ("ces 7", "CES", "7"),
        ("six stars", "CSAT", "6"),
        ("five stars", "CSAT", "5"),
        ("own", "Our own survey", "42"),
    ):
        answer(facts, id, score, survey_type=kind)
    facts.take([answers], SATISFACTION)
    assert [facts.value(name) for name in ("nps", "ces", "ces_mean", "csat", "csat_stars")] == ["100", "1", "7", "1", "5"]
    assert facts.value("survey_answers") == "3"
    assert facts.noted(NOTES["answers_off_scale"]) == 7
    assert NOTES["answers_off_scale"].record == ("feedback_submissions", "response_id")


def test_a_persons_last_answer_in_each_period_counts(facts: Steps) -> None:
    facts.contact("7")
    facts.contact("8", merged_into="7")
    for id, score, on, of in (
        ("1", "2", "2026-04-02", "7"),
        ("2", "10", "2026-04-20", "8"),
        ("3", "5", "2026-05-04", "7"),
        ("4", "9", "2026-05-05", ""),
        ("5", "9", "2026-05-06", ""),
    ):
        answer(facts, id, score, on, of)
    facts.take([answers], SATISFACTION)
    months = facts.results("nps", period="month")
    assert [(r.period_start.month, r.value, r.n) for r in months] == [
        (4, Decimal(100), 1),
        (5, Decimal("33.333333"), 3),
    ], "an answer without a contact is a person of its own; a merged contact is the one it lives on in"
    assert [(r.value, r.n) for r in facts.results("nps")] == [(Decimal("33.333333"), 3)]
    facts.take([answers], SATISFACTION, nps_answers="every")
    assert [(r.value, r.n) for r in facts.results("nps")] == [(Decimal(20), 5)]


def test_an_answer_belongs_to_its_contacts_owner_team_and_company(facts: Steps) -> None:
    facts.add("owner", owner_id="o", team_id="t")
    facts.company("c")
    facts.contact("7", owner_id="o")
    facts.link("contacts", "7", "companies", "c", is_primary=True)
    answer(facts, "1", "9", of="7")
    answer(facts, "2", "3")
    answer(facts, "3", "2", survey_type="CSAT", survey_id="2", of="7")
    facts.take([answers], SATISFACTION)
    members: dict[By, str] = {"owner": "o", "team": "t", "company": "c"}
    for by, member in members.items():
        assert facts.values("nps", by=by) == {member: "100", "unassigned": "-100"}
        assert facts.values("csat", by=by) == {member: "1"}


@pytest.mark.parametrize(
    ("scale", "csat", "stars"),
    [
        ("auto", {"bands": "0.3333333333", "stars": "0.5"}, "3.5"),
        ("stars", {"bands": "0", "stars": "0.5"}, "2.833333"),
        ("bands", {"bands": "0.3333333333", "stars": "1"}, None),
    ],
)
def test_a_survey_has_the_scale_that_its_answers_or_the_setting_tell(
    facts: Steps, scale: str, csat: dict[str, str], stars: str | None
) -> None:
    """HubSpot's bands are 0, 1, 2; who gave a 3, 4 or 5 gave stars. What the setting makes impossible is set aside."""
    for survey, scores in {"bands": "012", "stars": "25346"}.items():
        for score in scores:
            answer(facts, f"{survey} {score}", score, survey_type="csat", survey_id=survey)
    facts.take([answers], SATISFACTION, csat_scale=scale)
    assert facts.values("csat", by="survey") == csat
    assert facts.value("csat_stars") == stars


def ticket(facts: Steps, id: str, opened: str, closed: str | None = None, reply_s: int | None = None, **more: Any) -> None:
    values: dict[str, Any] = {}
    for name, text in (("created", opened), ("closed", closed)):
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
        values |= {f"{name}_at": moment, f"{name}_on": moment.date() if moment else None}
    facts.add("ticket", ticket_id=id, first_reply_s=reply_s, **values, **more)


def test_tickets_are_counted_where_they_open_and_close(facts: Steps) -> None:
    ticket(facts, "1", "2026-04-29T10:00", "2026-05-01T10:00", 3_600, owner_id="o")
    ticket(facts, "2", "2026-05-02T00:00", "2026-05-02T12:00", 7_200, owner_id="o")
    ticket(facts, "3", "2026-05-03T00:00", None, 21_600)
    ticket(facts, "4", "2026-05-04T00:00")
    ticket(facts, "5", "2026-05-05T00:00", archived_at=datetime(2026, 5, 6, tzinfo=UTC))
    ticket(facts, "6", "2026-05-05T00:00", merged_into="4")
    facts.take([tickets], TICKETS)
    assert facts.values("tickets_opened", period="month") == {"2026-04-01": "1", "2026-05-01": "3"}
    assert facts.values("tickets_closed", period="month") == {"2026-05-01": "2"}
    assert facts.values("ticket_resolution_rate", period="month") == {"2026-04-01": "1", "2026-05-01": "0.3333333333"}
    assert facts.values("ticket_backlog", by="owner") == {"unassigned": "2"}
    assert facts.value("ticket_backlog") == "2"
    assert facts.value("ticket_close_days_mean") == "1.25"
    assert facts.value("ticket_close_days_median") == "1.25"
    assert facts.value("ticket_reply_days_median") == "0.083333"
    assert facts.value("ticket_reply_days_mean") == "0.125"


def test_a_ticket_closed_before_it_was_opened_has_no_time_and_is_listed(facts: Steps) -> None:
    ticket(facts, "1", "2026-05-02T10:00", "2026-05-01T10:00", -5)
    ticket(facts, "2", "2026-05-02T10:00", "2026-05-03T10:00")
    facts.take([tickets], TICKETS)
    assert facts.value("ticket_close_days_mean") == "1"
    assert facts.value("ticket_reply_days_mean") is None
    assert facts.value("tickets_closed") == "2"
    assert facts.noted(NOTES["tickets_negative_time"]) == 1


def test_days_are_whole_seconds_exactly(facts: Steps) -> None:
    """A second is 1/86,400 day: shown at six decimals, never through a double."""
    ticket(facts, "1", "2026-05-02T10:00:00", "2026-05-02T10:00:01")
    facts.take([tickets], TICKETS)
    assert facts.value("ticket_close_days_mean") == "0.000012"
    assert facts.one("SELECT close_s FROM ticket_state") == 1
    assert facts.one("SELECT min(opened_on) FROM ticket_state") == date(2026, 5, 2)


@pytest.fixture(scope="module")
def only_answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk without records, on which answers can be put and taken away."""
    con = duckdb.connect()
    for table, model in TABLES.items():
        con.execute(f'CREATE TABLE "{table}" ({", ".join(f"{chr(34)}{c.name}{chr(34)} {c.sql_type}" for c in columns(model))})')
    desk = Desk(con, tmp_path_factory.mktemp("answers"), OPTIONS)
    resolve_records(desk)
    yield desk
    con.close()


GIVEN = st.tuples(st.integers(-2, 13), st.integers(0, 3), st.integers(0, 2), st.integers(0, 400))
"""Score, person, survey, days ago."""


@settings(max_examples=15, deadline=None)
@given(rows=st.lists(GIVEN, max_size=20))
def test_promoters_passives_and_detractors_are_all_who_answered(
    only_answers: Desk, rows: list[tuple[int, int, int, int]]
) -> None:
    """In every period, and nobody counts twice in it."""
    con = only_answers.con
    con.execute("DELETE FROM survey_response")
    con.execute("DELETE FROM association")
    for number, (score, person, survey, ago) in enumerate(rows):
        on = OPTIONS.today - timedelta(days=ago)
        con.execute(
            "INSERT INTO survey_response (response_id, survey_type, survey_id, score, answered_at, answered_on) "
            "VALUES (?, 'NPS', ?, ?, ?, ?)",
            [str(number), str(survey), score, on, on],
        )
        con.execute(
            "INSERT INTO association (from_type, from_id, to_type, to_id) VALUES ('feedback_submissions', ?, 'contacts', ?)",
            [str(number), str(person)],
        )
    answers(only_answers)
    possible = [row for row in rows if 0 <= row[0] <= 10]
    found = con.execute(
        "SELECT period, period_start, count(*), count(*) FILTER (is_promoter), count(*) FILTER (is_detractor), "
        "count(*) FILTER (NOT is_promoter AND NOT is_detractor) FROM nps_answer GROUP BY ALL"
    ).fetchall()
    assert all(n == promoters + detractors + passives for _, _, n, promoters, detractors, passives in found)
    people = {period: n for period, _, n, *_ in found if period == "all"}
    assert people == ({"all": len({person for _, person, _, _ in possible})} if possible else {})
    by_day = sum(n for period, _, n, *_ in found if period == "day")
    assert by_day == len({(person, ago) for _, person, _, ago in possible})
