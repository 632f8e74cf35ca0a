"""The rows behind a number: those that the measures of its formula added up, down to the vendor's record id."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from kpi.card import Kpi
from kpi.engine import UNASSIGNED
from kpi.measures.base import Measure, Percentile
from kpi.schema import CREDIT_UNIT
from kpi.units import plain
from sync.derived import marts
from sync.house import House
from sync.record_links import record_of, record_page
from sync.runs import stored_frame


def rows_behind(house: House, kpi: str, row: Mapping[str, Any], period: str, limit: int) -> list[dict[str, Any]]:
    """For each measure: where it was read, how many rows it read, and the first ``limit`` of them, each with the record it is
    about, a link to that, and its share of the credit where rows carry one.

    A record-level value has no measures: its inputs are the answer.
    """
    found = house.catalogue.definition(kpi)
    if not isinstance(found, Kpi) or row["period_end"] is None:
        return []
    frame = stored_frame(house)
    answer = []
    with marts(house, frame) as (con, _report):
        for measure in found.formula.inputs:
            mart, conditions, parameters = selection(measure, row, period, frame.today)
            where = " AND ".join(conditions) or "true"
            total = con.execute(f"SELECT count(*) FROM {mart} WHERE {where}", parameters).fetchall()[0][0]
            cursor = con.execute(f"SELECT * FROM {mart} WHERE {where} ORDER BY ALL LIMIT {int(limit)}", parameters)
            names = [d[0] for d in cursor.description or ()]
            sample = [_row(house, mart, dict(zip(names, values, strict=True))) for values in cursor.fetchall()]
            answer.append(
                {
                    "measure": measure.name,
                    "family": measure.facts.name,
                    "read": measure.recipe(),
                    "mart": mart,
                    "rows": total,
                    "sample": sample,
                }
            )
    return answer


def selection(measure: Measure, row: Mapping[str, Any], period: str, today: date) -> tuple[str, list[str], list[Any]]:
    """The mart, and the conditions with their parameters under which the engine read a measure of the value ``row`` (in the
    form of ``show``): exactly those rows (:mod:`kpi.scan`)."""
    facts, by, key = measure.facts, row["by"], row["key"]
    start, end = (date.fromisoformat(row[name]) for name in ("period_start", "period_end"))
    conditions: list[str] = [f"({measure.where})"] if measure.where else []
    parameters: list[Any] = []

    def ask(condition: str, parameter: Any) -> None:
        conditions.append(condition)
        parameters.append(parameter)

    mart = facts.mart_by(by, is_attributed=measure.is_attributed)
    if facts.own_periods != "no":
        ask("period = ?", period)
        if facts.own_periods == "cuts":
            ask('"by" = ?', by)
        if period != "all":
            ask(f'"{measure.time}" = ?', start)
    elif measure.time is not None:
        _window(measure, period, start, end, today, ask)
    if measure.is_credited(by):
        ask("model = ?", row["model"])
    if isinstance(measure.aggregate, Percentile):
        conditions.append(f'"{measure.aggregate.column}" IS NOT NULL' + (" AND credit > 0" if facts.is_weighted else ""))
    if by != "total":
        column = facts.members[by]
        if key == UNASSIGNED:
            ask(f'("{column}" IS NULL OR "{column}" = ?)', key)
        else:
            ask(f'"{column}" = ?', key)
    return mart, conditions, parameters


def _window(measure: Measure, period: str, start: date, end: date, today: date, ask: Callable[[str, Any], None]) -> None:
    """The days that are read. A level is what all changes before the period (its opening) or up to its end (closing) sum to."""
    time = f'"{measure.time}"'
    if measure.trailing_days is not None:
        start = max(start, today - timedelta(days=measure.trailing_days - 1))
    if measure.level is None:
        ask(f"{time} >= ?", start)
    if measure.level == "opening":
        ask(f"{time} < ?", date.min if period == "all" else start)
    elif not (measure.looks_ahead and period == "all"):
        ask(f"{time} < ?", end if measure.looks_ahead else min(end, today + timedelta(days=1)))


def _row(house: House, mart: str, found: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {name: _plain(value) for name, value in found.items() if name != "credit"}
    if "credit" in found and found["credit"] is not None:
        row["share"] = plain(Decimal(found["credit"]) / CREDIT_UNIT)
    record = record_of(mart, row, house.settings.kpis.customer_unit)
    if record is not None:
        row["record"] = f"{record[0]}/{record[1]}"
        if (page := record_page(house, *record)) is not None:
            row["link"] = page
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    return value if value is None or isinstance(value, (str, int, bool)) else str(value)
