"""Conditions of own measures: what they become, what they refuse, and that nothing typed reaches SQL."""

import re
from decimal import Decimal

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.conditions import condition
from kpi.language import Fault
from kpi.measures.deals import DEAL_FACTS
from kpi.own import columns_of
from kpi.sql import literal

COLUMNS = columns_of(DEAL_FACTS)


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("amount_home >= 10000", '"amount_home" >= 10000'),
        ("amount_home > -12.50 AND is_open", '"amount_home" > -12.50 AND "is_open" = TRUE'),
        ("not is_open and won_on is not null", '"is_open" = FALSE AND "won_on" IS NOT NULL'),
        ("is_open = false", '"is_open" = FALSE'),
        ("pipeline_id in ('a', \"b'c\")", "\"pipeline_id\" IN ('a', 'b''c')"),
        ("pipeline_id not in ('a') and team_id is null", '"pipeline_id" NOT IN (\'a\') AND "team_id" IS NULL'),
        ("amount_home in (10, -2.50, 3)", '"amount_home" IN (10, -2.50, 3)'),
        ("won_on >= '2026-01-31'", "\"won_on\" >= CAST('2026-01-31' AS DATE)"),
        ("pipeline_id != 'x'", "\"pipeline_id\" <> 'x'"),
    ],
)
def test_a_condition_is_written_anew(text: str, sql: str) -> None:
    assert condition(text, COLUMNS) == sql


@pytest.mark.parametrize(
    ("text", "column", "sentence"),
    [
        ("", 1, "the condition is empty"),
        ("amount > 1", 1, "there is no column amount; did you mean `amount_home`?"),
        ("amount_home", 1, "compare it with something"),
        ("amount_home > 'a'", 15, "`amount_home` is a number: write it as 12.50"),
        ("pipeline_id = 12", 15, '`pipeline_id` is text: write it as "words"'),
        ("won_on > 2026", 10, '`won_on` is a date: write it as "2026-01-31"'),
        ("won_on > '2026-02-30'", 10, "is not a day"),
        ("cycle_s in (1,5)", 13, "write 1.5 for one, 1, 5 for several"),
        ("cycle_s in (1,5,7)", 13, "`1,5,7` is not a number; write 1, 5, 7 for several"),
        ("won_on = null", 10, "nothing equals null"),
        ("is_open > true", 9, "it is not more or less than anything"),
        ("is_open or won_on is null", 9, "there is no `or`"),
        ("(is_open)", 1, "no parentheses"),
        ("is_open won_on", 9, "must stand here"),
        ("pipeline_id in ()", 17, "must stand here"),
        ("pipeline_id in ('a'", 20, "the closing parenthesis is missing"),
        ("pipeline_id like 'a%'", 13, "must stand here"),
        ("pipeline_id = 'a\\'", 15, "no backslash"),
        ("amount_home > 1 ; drop table deal", 17, "`;` has no meaning here"),
        ("amount_home > (select 1)", 15, "must stand here"),
        ("credit > 1", 1, "there is no column credit"),
        ("not amount_home > 1", 5, "`not` stands only before"),
    ],
)
def test_a_fault_says_what_and_at_which_column(text: str, column: int, sentence: str) -> None:
    with pytest.raises(Fault) as caught:
        condition(text, COLUMNS)
    assert caught.value.column == column
    assert sentence in caught.value.sentence


@given(st.text(max_size=40))
@settings(deadline=None)
def test_a_literal_comes_back_as_it_was(text: str) -> None:
    """Through the translation for each engine."""
    for dialect in ("duckdb", "postgres", "spark"):
        [tree] = sqlglot.parse(sqlglot.transpile(f"SELECT {literal(text)} AS t", read="duckdb", write=dialect)[0], read=dialect)
        assert tree is not None
        assert tree.selects[0].this.this == text


@given(st.text(alphabet="amount_home pipeline_id is_open won_on=<>'\"();-,. in not and null 019x", max_size=60))
def test_whatever_is_typed_only_literals_and_columns_are_left(text: str) -> None:
    try:
        sql = condition(text, COLUMNS)
    except Fault as found:
        sql = ""
        assert 1 <= found.column <= max(len(text), 1) + 1  # noqa: PT017 - some texts are conditions
    rest = re.sub(r"'(?:[^']|'')*'|\"\w+\"|-?\d+(\.\d+)?", "", sql)
    assert set(re.findall(r"\w+", rest)) <= {"AND", "IS", "NOT", "IN", "NULL", "TRUE", "FALSE", "CAST", "AS", "DATE"}
    assert set(re.findall(r'"(\w+)"', re.sub(r"'(?:[^']|'')*'", "", sql))) <= set(COLUMNS)


def test_a_number_is_never_written_with_an_exponent() -> None:
    assert literal(Decimal("1E+3")) == "1000"
