"""The rows behind a number: those that the measures of its formula added up, down to the vendor's record id."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from kpi.card import Kpi
from kpi.measures.base import Measure
from sync.house import House
from sync.record_links import record_page
from sync.results import marts
from sync.runs import stored_frame

UNASSIGNED = "unassigned"
_OBJECTS: Mapping[str, str] = {
    "deal_id": "deals",
    "order_id": "orders",
    "ticket_id": "tickets",
    "contact_id": "contacts",
}
"""Column -> the object whose record it names; of several, the first is what the row is about."""
_CUSTOMERS: Mapping[str, str] = {"company": "companies", "contact": "contacts"}


def rows_behind(house: House, kpi: str, row: Mapping[str, Any], period: str, limit: int) -> list[dict[str, Any]]:
    """For each measure: how many rows it read, and the first ``limit`` of them with a link to the record.

    A record-level value has no measures: its inputs are the answer.
    """
    found = house.catalogue.definition(kpi)
    if not isinstance(found, Kpi) or row["period_end"] is None:
        return []
    frame = stored_frame(house)
    answer = []
    with marts(house, frame) as (con, _report):
        for measure in found.formula.inputs:
            table, conditions, parameters = _selection(measure, row, period)
            where = " AND ".join(conditions) or "true"
            total = con.execute(f"SELECT count(*) FROM {table} WHERE {where}", parameters).fetchall()[0][0]
            cursor = con.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY ALL LIMIT {int(limit)}", parameters)
            names = [d[0] for d in cursor.description or ()]
            sample = [dict(zip(names, (_plain(v) for v in values), strict=True)) for values in cursor.fetchall()]
            for one in sample:
                _link(house, one)
            answer.append({"measure": measure.name, "family": measure.facts.name, "rows": total, "sample": sample})
    return answer


def _selection(measure: Measure, row: Mapping[str, Any], period: str) -> tuple[str, list[str], list[Any]]:
    """The mart and the conditions under which the engine read the value."""
    facts = measure.facts
    by, key = row["by"], row["key"]
    conditions: list[str] = [f"({measure.where})"] if measure.where else []
    parameters: list[Any] = []
    if facts.is_per_period:
        conditions += ["period = ?", "period_start = ?", '"by" = ?', "member = ?"]
        parameters += [period, date.fromisoformat(row["period_start"]), by, key]
        return facts.mart, conditions, parameters
    if measure.is_credited(by):
        conditions.append("model = ?")
        parameters.append(row["model"])
    if facts.has_own_periods:
        conditions.append("period = ?")
        parameters.append(period)
    # Of `all`, rows of whole periods each begin where they themselves are known from.
    if measure.time is not None and not (facts.has_own_periods and period == "all"):
        conditions += [f"{measure.time} >= ?", f"{measure.time} < ?"]
        parameters += [date.fromisoformat(row["period_start"]), date.fromisoformat(row["period_end"])]
    if by != "total":
        column = facts.members[by]
        if key == UNASSIGNED:
            conditions.append(f"{column} IS NULL")
        else:
            conditions.append(f"{column} = ?")
            parameters.append(key)
    return facts.mart_by(by, is_attributed=measure.is_attributed), conditions, parameters


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, bool)) else str(value)


def _link(house: House, row: dict[str, Any]) -> None:
    """Add a link to the CRM's record page, where the row is about one."""
    columns = {**_OBJECTS, "customer_id": _CUSTOMERS[house.settings.kpis.customer_unit]}
    object, record_id = next(((object, row[column]) for column, object in columns.items() if row.get(column)), ("", ""))
    if page := record_page(house, object, str(record_id)):
        row["link"] = page
