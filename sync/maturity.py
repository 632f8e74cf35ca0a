"""Beside a cohort's value, the one expected at maturity: counted by :mod:`sync.cohort_looks`, computed by :mod:`kpi.maturity`, kept
by version.

Cohorts are looked at as they were known on a day: the day of the run for those that are not mature, and for each mature one the
day on which it was as old as one of those is now. What was known then is told by the dates that records bear: a deal entered
late, with an earlier date, is known from that date on.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import duckdb

from kpi.engine import Result
from kpi.maturity import NOT_OVER, AtMaturity, Past, at_maturity
from kpi.measures.base import By
from kpi.periods import Period
from kpi.text import Text
from kpi.undefined import Reason
from kpi.units import plain
from sync.cohort_looks import FOLLOWED, Followed, Look, Seen, count
from sync.house import House
from sync.lake import Written, version_line
from sync.pipeline import Frame
from sync.result_rows import result_key

BYS: tuple[By, ...] = ("total", "channel", "pipeline")
"""A campaign or a person seldom has conversions enough for a curve of its own."""
PERIODS: tuple[Period, ...] = ("month", "quarter")
TRIED_ON = 12
"""The newest mature cohorts that the forecast is tried on."""

MATURITY = "kpi_maturity"
MATURITY_TYPES: Mapping[str, str] = {
    "kpi": "VARCHAR",
    "dimension": "VARCHAR",
    "member": "VARCHAR",
    "period": "VARCHAR",
    "period_start": "DATE",
    "model": "VARCHAR",
    "value": "DECIMAL(38,10)",
    "maturity": "DECIMAL(38,10)",
    "error": "DECIMAL(38,10)",
    "cohorts": "INTEGER",
    "reason": "VARCHAR",
    "reason_fr": "VARCHAR",
}
MATURITY_KEY = ("kpi", "dimension", "member", "period", "period_start", "model")
MATURITY_COMPARED = ("value", "maturity", "error", "cohorts", "reason")


def has_maturity(kpi: str, by: str, period: str) -> bool:
    """Whether the KPI's values at that grain have a value at maturity beside them."""
    return kpi in FOLLOWED and by in BYS and period in PERIODS


def ripening() -> dict[By, set[tuple[str, Period]]]:
    """The same as a list: dimension -> KPIs and kinds of period."""
    return {by: set(product(FOLLOWED, PERIODS)) for by in BYS}


def is_followed(result: Result, model: str) -> bool:
    """The same of a result; under the settings' own model only."""
    return result.model in (None, model) and has_maturity(result.kpi, result.by, result.period)


def lines(house: House, frame: Frame, con: duckdb.DuckDBPyConnection, results: Iterable[Result]) -> list[bytes]:
    """What :func:`write` keeps. ``con`` holds the marts."""
    settings = house.settings
    found = rows(con, results, today=frame.today, cohort_days=settings.kpis.cohort_days, model=settings.attribution.model)
    return [version_line(row) for row in found]


def write(house: House, lines: Iterable[bytes], run_id: int) -> Written | None:
    """Keep what changed of it."""
    return house.lake.write_versions(MATURITY, MATURITY_TYPES, MATURITY_KEY, MATURITY_COMPARED, lines, run_id)


def rows(
    con: duckdb.DuckDBPyConnection, results: Iterable[Result], *, today: date, cohort_days: int, model: str
) -> Iterator[dict[str, Any]]:
    """Rows of :data:`MATURITY_TYPES` for the results of periods that are over and not yet mature. ``con`` holds the marts."""
    sheets: dict[tuple[str, By, Period], list[Result]] = defaultdict(list)
    for result in results:
        sheets[result.kpi, result.by, result.period].append(result)
    counted = None
    for (kpi, by, _), found in sorted(sheets.items(), key=lambda sheet: sheet[0]):
        cohorts = _Cohorts(found, today, cohort_days)
        if not cohorts.young:
            continue
        if counted != (kpi, by):
            counted = kpi, by
            count(con, FOLLOWED[kpi], by, cohort_days, today, model)
        yield from _sheet(con, FOLLOWED[kpi], found, cohorts)


class _Cohorts:
    """The periods of one KPI and grain, sorted into mature ones and those that are over and still wait."""

    def __init__(self, results: Sequence[Result], today: date, cohort_days: int) -> None:
        window = timedelta(days=cohort_days)
        spans = sorted({(r.period_start, r.period_end) for r in results if r.period_end <= today})
        self.today, self.cohort_days = today, cohort_days
        self.young = [span for span in spans if span[1] + window > today]
        self.mature = [span for span in spans if span[1] + window <= today][-TRIED_ON:]

    def looks(self) -> list[Look]:
        """(start, end, day it is looked at) of every look that is needed."""
        found = [(*span, self.today) for span in (*self.young, *self.mature)]
        found += [(*past, self.then(past, young)) for young in self.young for past in self.mature]
        return list(dict.fromkeys(found))

    def then(self, past: tuple[date, date], young: tuple[date, date]) -> date:
        """The day on which a past cohort was as long over as the young one is today."""
        return past[1] + (self.today - young[1])


def _sheet(
    con: duckdb.DuckDBPyConnection, followed: Followed, results: Sequence[Result], cohorts: _Cohorts
) -> Iterator[dict[str, Any]]:
    looks = cohorts.looks()
    seen = Seen(con, followed, looks, cohorts.cohort_days)
    spend = {(r.key, r.period_start): r.inputs.get(followed.spend.name) if followed.spend else None for r in results}
    young = {span[0]: span for span in cohorts.young}
    for result in results:
        span = young.get(result.period_start)
        if span is None:
            continue
        own = spend[result.key, span[0]]
        if followed.spend is not None and (own is None or (followed.form == "return" and not own)):
            # What the value lacks cannot be expected either.
            yield _row(result, AtMaturity(None, None, None, None, result.reason))
            continue
        past = [
            Past(
                seen.view(result.key, (*one, cohorts.then(one, span))),
                seen.outcome(result.key, (*one, cohorts.today)),
                spend.get((result.key, one[0])),
            )
            for one in cohorts.mature
        ]
        view = seen.view(result.key, (*span, cohorts.today))
        yield _row(result, at_maturity(followed.form, result.unit, view, own, past))


def _row(result: Result, found: AtMaturity) -> dict[str, Any]:
    return result_key(result) | {
        "value": _text(found.value),
        "maturity": _text(found.maturity),
        "error": _text(found.error),
        "cohorts": found.cohorts,
        "reason": found.reason.text.en if found.reason else None,
        "reason_fr": found.reason.text.fr if found.reason else None,
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


# --- reading back -------------------------------------------------------------------------------------------------

_OTHER_MODEL = Reason(
    "other_model",
    Text(
        "kept for the attribution model of the settings only",
        "conservé pour le seul modèle d'attribution des réglages",
    ),
)


def stored(
    house: House, kpi: str, by: str, period: str, model: str, run_id: int | None
) -> dict[tuple[str, date], dict[str, Any]]:
    """(member, first day of the period) -> the row that is kept; as known by a run, or (None) now."""
    if not has_maturity(kpi, by, period):
        return {}
    names = tuple(MATURITY_TYPES)
    query = f"SELECT {', '.join(names)} FROM {MATURITY} WHERE kpi = ? AND dimension = ? AND period = ? AND model IN ('', ?)"
    with house.lake.versions(MATURITY, MATURITY_TYPES, MATURITY_KEY, run_id) as con:
        found = [dict(zip(names, row, strict=True)) for row in con.execute(query, [kpi, by, period, model]).fetchall()]
    return {(row["member"], row["period_start"]): row for row in found}


def shown(result: Mapping[str, Any], kept: Mapping[tuple[str, date], Mapping[str, Any]], locale: str) -> dict[str, Any] | None:
    """The key ``at_maturity`` of a stored result (a row of ``kpi_result``): None where no cohort is followed."""
    if not has_maturity(result["kpi"], result["dimension"], result["period"]):
        return None
    row = kept.get((result["member"], result["period_start"]))
    if row is not None:
        return {
            **{name: None if row[name] is None else plain(row[name]) for name in ("value", "maturity", "error")},
            "cohorts": row["cohorts"],
            "reason": row["reason_fr" if locale == "fr" else "reason"],
        }
    if result["provisional_until"] is None and result["value"] is not None:
        return {"value": plain(result["value"]), "maturity": "1", "error": None, "cohorts": None, "reason": None}
    is_running = result["as_of"].date() < result["period_end"]
    reason = NOT_OVER if is_running else (None if result["value"] is None else _OTHER_MODEL)
    words = reason.text.in_(locale) if reason else result["reason_fr" if locale == "fr" else "reason"]
    return {"value": None, "maturity": None, "error": None, "cohorts": None, "reason": words}
