"""From facts to numbers: derive the marts, compute every KPI at every grain, keep each version.

What is stored is what was computed: value, inputs, count, window, currency, model, freshness, reason, flags. A value
that did not change adds nothing, so the store grows with what moves.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from itertools import chain
from typing import Any

import duckdb
import orjson

from kpi.card import Kpi
from kpi.engine import ComputeContext, Coverage, Result, compute_periods, interval_json
from kpi.measures import FAMILIES
from kpi.measures.base import By, Measure
from kpi.periods import ROLLING, Period
from kpi.records import RecordValue
from kpi.uncertainty import Estimator
from kpi.units import plain
from sync import basis, maturity, passport
from sync.campaign_values import PEOPLE_FIGURES, Campaign, campaign_figures, campaign_values, people_values
from sync.compute import engine
from sync.derive import DeriveOptions, DeriveReport, derive
from sync.house import House
from sync.lake import Written, version_line
from sync.left_out import left_out
from sync.marts.desk import CommerceOptions, SubscriptionOptions
from sync.pipeline import Frame
from sync.spill import Spill

_INSTANT = "%Y-%m-%d %H:%M:%S"

VALUE_SCALE = 10
"""Decimals kept of a stored value; far past what any unit is shown with."""

MODELS = ("first", "last")
"""Attribution models that are kept unless the settings name others (``attribution.models``)."""

PERIODS_BY: Mapping[By, tuple[Period, ...]] = {
    "total": ("all", "year", "quarter", "month", "week", "day", *ROLLING),
    "channel": ("all", "year", "quarter", "month", "week", "day", *ROLLING),
    "campaign": ("all", "year", "quarter", "month", "week", *ROLLING),
    "pipeline": ("all", "year", "quarter", "month", "week", *ROLLING),
    "stage": ("all", "year", "quarter", "month"),
    "team": ("all", "year", "quarter", "month", "week", *ROLLING),
    "owner": ("all", "year", "quarter", "month", "week", *ROLLING),
    "category": ("all", "year", "quarter", "month"),
    "product": ("all", "year", "quarter", "month"),
    "company": ("all", "year"),
    "deal": ("all",),
    "page": ("all", "year", "quarter", "month", "week"),
    "device": ("all", "year", "quarter", "month", "week"),
    "email": ("all", "year", "quarter", "month"),
    "network": ("all", "year", "quarter", "month", "week"),
    "survey": ("all", "year", "quarter", "month"),
    "plan": ("all", "year", "quarter", "month"),
    "cohort": ("all", "month"),
}
"""Which periods are kept at which grain: a company's week says nothing, and would be most of the rows."""


def kept(kpi: Kpi, by: By, period: Period) -> bool:
    """Whether a KPI's values are kept at this grain and period. What a single company, colleague or day is too small for would be
    a third of all values: there only what adds up is, and by channel and day what analytics and ad platforms report by the day."""
    if period not in PERIODS_BY[by] or not kpi.allows(by, period):
        return False
    is_plain = isinstance(kpi.formula, Measure)
    if (by, period) == ("channel", "day"):
        families = {measure.facts.name for measure in kpi.formula.inputs}
        return families <= _BY_DAY or (is_plain and families == {"lead"})
    return is_plain or (by, period) not in _TOO_SMALL


_BY_DAY = frozenset({"web", "spend"})
_TOO_SMALL = frozenset({("owner", "week"), ("team", "week"), ("company", "year")})


RESULT_TYPES: Mapping[str, str] = {
    "kpi": "VARCHAR",
    "dimension": "VARCHAR",
    "member": "VARCHAR",
    "period": "VARCHAR",
    "period_start": "DATE",
    "period_end": "DATE",
    "model": "VARCHAR",
    "value": f"DECIMAL(38,{VALUE_SCALE})",
    "unit": "VARCHAR",
    "currency": "VARCHAR",
    "n": "BIGINT",
    "inputs": "VARCHAR",
    "as_of": "TIMESTAMP",
    "provisional_until": "DATE",
    "reason": "VARCHAR",
    "reason_fr": "VARCHAR",
    "flags": "VARCHAR",
    "spread": "VARCHAR",
}
RESULT_KEY = ("kpi", "dimension", "member", "period", "period_start", "model")
RESULT_COMPARED = ("period_end", "value", "unit", "currency", "n", "inputs", "provisional_until", "reason", "flags", "spread")

RECORD_TYPES: Mapping[str, str] = {
    "object": "VARCHAR",
    "record_id": "VARCHAR",
    "property": "VARCHAR",
    "value": "VARCHAR",
    "unit": "VARCHAR",
    "reason": "VARCHAR",
    "reason_fr": "VARCHAR",
    "month": "DATE",
    "provisional_until": "DATE",
    "inputs": "VARCHAR",
    "flags": "VARCHAR",
    "as_of": "TIMESTAMP",
}
RECORD_KEY = ("object", "record_id", "property")
RECORD_COMPARED = ("value", "unit", "reason", "month", "provisional_until", "inputs", "flags")


@dataclass(frozen=True)
class Computed:
    """What a run computed."""

    kpis: int
    """Values at every grain and period."""
    changed: int
    """Values that differ from the previous run's."""
    report: DeriveReport
    totals: tuple[Result, ...]
    """By total, over all time (of what has no such value, the shortest current period), the settings' model: the headline."""


@contextmanager
def marts(house: House, frame: Frame) -> Iterator[tuple[duckdb.DuckDBPyConnection, DeriveReport]]:
    """A private engine with facts attached and marts derived."""
    with house.lake.facts() as con:
        house.lake.attach_history(con, "kpi_result", RESULT_TYPES)
        con.execute(_KNOWN_FORECAST)
        yield con, derive(con, derive_options(house, frame), house.lake.staging)


_KNOWN_FORECAST = """
CREATE TEMP TABLE known_forecast AS
SELECT period, period_start, dimension AS "by", member, model, value, as_of
FROM kpi_result_history WHERE kpi = 'weighted_forecast' AND NOT removed
"""
"""What earlier runs forecast (:func:`sync.marts.quotas.quotas` compares it with what came)."""


def derive_options(house: House, frame: Frame) -> DeriveOptions:
    s = house.settings
    return DeriveOptions(
        today=frame.today,
        as_of=frame.now,
        zone=frame.zone,
        home_currency=frame.currency,
        lead_event=s.kpis.lead_event,
        customer_unit=s.kpis.customer_unit,
        models=s.attribution.kept,
        record_model=s.attribution.model,
        lookback_days=s.attribution.lookback_days,
        half_life_days=s.attribution.half_life_days,
        crm_source_fallback=s.attribution.crm_source_fallback,
        commerce=CommerceOptions(
            order_value=s.kpis.order_value,
            refund_date=s.kpis.refund_date,
            orders_left_out=s.kpis.orders_left_out,
            same_day_orders=s.kpis.same_day_orders,
            cart_window_hours=s.kpis.cart_window_hours,
            gross_margin=s.kpis.gross_margin,
            ltv_months=s.kpis.ltv_months,
            ltv_discount=s.kpis.ltv_discount,
        ),
        subscriptions=SubscriptionOptions(**s.kpis.subscriptions.model_dump()),
        lapsed_after_days=s.kpis.lapsed_after_days,
        csat_scale=s.kpis.csat_scale,
        nps_answers=s.kpis.nps_answers,
        social_base=s.kpis.social_base,
        leave_out=left_out(s.kpis),
        cost_lag_days=s.kpis.cost_lag_days,
        revenue_goals=s.kpis.revenue_goals,
        week_start=s.kpis.week_start,
        fiscal_year_start=s.kpis.fiscal_year_start,
        cohort_days=s.kpis.cohort_days,
        locale=s.locale,
        measures=house.catalogue.measures,
    )


def coverage(house: House, con: duckdb.DuckDBPyConnection, frame: Frame) -> dict[str, Coverage]:
    """From which day each family of facts is known. A family that no source feeds is absent: its KPIs are undefined."""
    fed: dict[str, int] = {}
    for source in house.sources.values():
        for stream in source.streams():
            if house.ledger.stream_state(source.id, stream.name) is None:
                continue  # connected, but never read to its end: nothing is known yet
            for table in stream.tables:
                fed[table] = max(fed.get(table, 0), stream.lookback_days)

    def first_day(query: str) -> date | None:
        row = con.execute(query).fetchone()
        return row[0] if row else None

    begins = {
        "cost_entry": first_day("SELECT min(cost_on) FROM cost_entry"),
        "seo_estimate": first_day("SELECT min(month_on) FROM seo_estimate WHERE counts_as_spend"),
    }

    def since(tables: Iterable[str]) -> date | None:
        """Known from when the first of them that vendors were asked for is; a file may begin later: what it does not list was
        not spent through it."""
        asked = [table for table in tables if table not in begins]
        return frame.since if asked else min((day for t in tables if (day := begins[t]) is not None), default=None)

    found: dict[str, Coverage] = {}
    for family, facts in FAMILIES.items():
        feeding = [table for table in facts.fed_by if table in fed]
        if facts.fed_by and not feeding:
            continue
        if (
            facts.borne_by is not None
            and first_day("SELECT 1 FROM {} WHERE {} IS NOT NULL LIMIT 1".format(*facts.borne_by)) is None
        ):
            continue
        settles = max((fed[table] for table in feeding), default=0)
        if facts.is_cohort:
            settles = max(settles, house.settings.kpis.cohort_days)
        if facts.is_whole_history:
            found[family] = Coverage(since=None, settles_days=settles)
        elif (day := since(feeding)) is not None:
            found[family] = Coverage(since=day, settles_days=settles)
    if "overhead" in found and (day := found["overhead"].since) is not None:
        found["overhead"] = Coverage(since=max(day.replace(day=1), frame.since), settles_days=0)
    return found


def compute_all(house: House, run_id: int, frame: Frame) -> tuple[Computed, list[Written | None]]:
    """Every KPI at every grain and period it is kept at; files to be registered with the run.

    Values go to disk as they are computed. Kept are those that are needed once more: totals, campaigns', colleagues'.
    """
    needed_again: list[Result] = []
    followed: list[Result] = []
    lines: Spill[bytes] = Spill(house.lake.staging)
    as_of = frame.now.strftime(_INSTANT)
    with marts(house, frame) as (con, report):
        known = coverage(house, con, frame)
        for result in _results(house, frame, con, known, report.models):
            lines.add(version_line(_result_row(result, as_of)))
            if result.by in _NEEDED_AGAIN:
                needed_again.append(result)
            if maturity.is_followed(result, house.settings.attribution.model):
                followed.append(result)
        campaigns = [Campaign(*row) for row in con.execute("SELECT campaign, channel, title FROM campaign_title").fetchall()]
        expected = maturity.lines(house, frame, con, followed)
        in_common = list(passport.rows(con, frame, known))
    model = house.settings.attribution.model
    of_campaigns = campaign_values(needed_again, campaigns, model, frame.today, frame.currency, house.catalogue)
    of_people = people_values(needed_again, model, frame.today, frame.currency) if house.settings.crm.people else ()
    records = (version_line(_record_row(value, as_of)) for value in chain(report.records, of_campaigns, of_people))
    written = [
        house.lake.write_versions("kpi_result", RESULT_TYPES, RESULT_KEY, RESULT_COMPARED, lines, run_id),
        house.lake.write_versions("record_value", RECORD_TYPES, RECORD_KEY, RECORD_COMPARED, records, run_id),
    ]
    changed = sum(w.file.rows for w in written if w is not None)
    written += [maturity.write(house, expected, run_id), basis.write(house, frame, run_id, in_common)]
    whole = {name: "all" if "all" in kpi.periods else kpi.periods[-1] for name, kpi in house.catalogue.kpis.items()}
    totals = tuple(
        r
        for r in needed_again
        if r.by == "total"
        and r.period == whole[r.kpi]
        and r.model in (None, model)
        and r.period_start <= frame.today < r.period_end
    )
    return Computed(len(lines), changed, report, totals), written


_NEEDED_AGAIN: frozenset[By] = frozenset({"total", "campaign", "owner"})


def _results(
    house: House, frame: Frame, con: duckdb.DuckDBPyConnection, known: Mapping[str, Coverage], models: Sequence[str]
) -> Iterator[Result]:
    context = ComputeContext(frame.now, frame.today, frame.currency, known, house.settings.kpis.min_cases)
    with engine(con, house.settings.compute, house.name, house.lake.staging) as at:
        for by, model, asked in everything(computed_kpis(house).values(), models):
            yield from compute_periods(asked, by=by, model=model, run=at.run, context=context, dialect=at.dialect)


def computed_kpis(house: House) -> Mapping[str, Kpi]:
    """The KPIs that a run computes, by name: all, or those that are followed and those that records show (``kpis.compute``)."""
    kpis = house.catalogue.kpis
    if house.settings.kpis.compute == "all":
        return kpis
    shown = (figure.kpi for figure in (*campaign_figures(house.catalogue), *PEOPLE_FIGURES))
    wanted = {*house.catalogue.followed, *shown, FORECAST}
    return {name: kpi for name, kpi in kpis.items() if name in wanted}


FORECAST = "weighted_forecast"
"""Kept in any case: its accuracy can be told only from what was forecast in the past."""


def everything(kpis: Iterable[Kpi], models: Sequence[str] = MODELS) -> Iterator[tuple[By, str, dict[Period, list[Kpi]]]]:
    """What is computed in a run: dimension, attribution model, kind of period -> its KPIs. What does not depend on the model is
    the same for all: it is computed with the first."""
    kpis = tuple(kpis)
    for by, periods in PERIODS_BY.items():
        for model in models:
            yield (
                by,
                model,
                {
                    period: [k for k in kpis if kept(k, by, period) and (model == models[0] or k.is_credited(by))]
                    for period in periods
                },
            )


def _result_row(result: Result, as_of: str) -> dict[str, Any]:
    return {
        "kpi": result.kpi,
        "dimension": result.by,
        "member": result.key,
        "period": result.period,
        "period_start": result.period_start.isoformat(),
        "period_end": result.period_end.isoformat(),
        "model": result.model or "",
        "value": stored(result.value),
        "unit": result.unit,
        "currency": result.currency,
        "n": result.n,
        "inputs": _inputs(result.inputs),
        "as_of": as_of,
        "provisional_until": result.provisional_until.isoformat() if result.provisional_until else None,
        "reason": result.reason.text.en if result.reason else None,
        "reason_fr": result.reason.text.fr if result.reason else None,
        "flags": _flags(result.flags),
        "spread": " ".join(map(plain, result.spread)) if result.spread else None,
    }


def _record_row(value: RecordValue, as_of: str) -> dict[str, Any]:
    return {
        "object": value.object,
        "record_id": value.record_id,
        "property": value.property,
        "value": None if value.value is None else _plain(value.value),
        "unit": value.unit,
        "reason": value.reason.text.en if value.reason else None,
        "reason_fr": value.reason.text.fr if value.reason else None,
        "month": value.month.isoformat() if value.month else None,
        "provisional_until": value.provisional_until.isoformat() if value.provisional_until else None,
        "inputs": _inputs(value.inputs),
        "flags": _flags(value.flags),
        "as_of": as_of,
    }


def stored(value: Decimal | None) -> str | None:
    """The decimal text of a result, half-even at :data:`VALUE_SCALE`."""
    if value is None:
        return None
    return format(value.quantize(Decimal(1).scaleb(-VALUE_SCALE), rounding=ROUND_HALF_EVEN), "f")


def _plain(value: Decimal | str | date) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else value


def _inputs(inputs: Mapping[str, Any]) -> str:
    if not inputs:
        return "{}"
    return orjson.dumps(
        {k: plain(v) if isinstance(v, Decimal) else v for k, v in inputs.items()}, option=orjson.OPT_SORT_KEYS
    ).decode()


@lru_cache(maxsize=1024)
def _flags(flags: tuple[str, ...]) -> str:
    """Few combinations, many rows."""
    return orjson.dumps(sorted(flags)).decode()


# --- reading back -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Query:
    """What ``show`` asks for."""

    kpi: str
    by: str = "total"
    period: str = "all"
    since: date | None = None
    until: date | None = None
    """Exclusive."""
    run_id: int | None = None
    """As known by this run; None: now."""
    model: str = "first"


def read_results(house: House, query: Query) -> list[dict[str, Any]]:
    """Results in ``show``'s JSON form (DESIGN §8), ordered by member and period."""
    with house.lake.versions("kpi_result", RESULT_TYPES, RESULT_KEY, query.run_id) as con:
        where, parameters = (
            ["kpi = ?", "dimension = ?", "period = ?", "model IN ('', ?)"],
            [query.kpi, query.by, query.period, query.model],
        )
        for condition, bound in (("period_start >= ?", query.since), ("period_start < ?", query.until)):
            if bound is not None:
                where.append(condition)
                parameters.append(bound)  # type: ignore[arg-type]
        house.lake.attach_versions(con, basis.BASIS, basis.BASIS_TYPES, basis.BASIS_KEY, query.run_id)
        version = basis.version_of(con, query.kpi)
        names = ", ".join(f'"{n}"' for n in RESULT_TYPES)
        rows = con.execute(
            f"SELECT {names} FROM kpi_result WHERE {' AND '.join(where)} ORDER BY member, period_start, model", parameters
        ).fetchall()
    found = [dict(zip(RESULT_TYPES, row, strict=True)) for row in rows]
    expected = maturity.stored(house, query.kpi, query.by, query.period, query.model, query.run_id)
    return [
        {
            **shown_value(house, row),
            "at_maturity": maturity.shown(row, expected, house.locale),
            "version": version,
        }
        for row in found
    ]


def shown_value(house: House, row: Mapping[str, Any]) -> dict[str, Any]:
    """A stored row in the form of ``show``, with its interval."""
    kpi = house.catalogue.kpis.get(row["kpi"])
    return {**_shown(row, house.locale), "interval": _interval(row, kpi.estimator if kpi is not None else None)}


def _interval(row: Mapping[str, Any], estimator: Estimator | None) -> dict[str, str] | None:
    """By the present definition, from the stored parts; None where they are those of another."""
    if estimator is None or row["value"] is None:
        return None
    inputs = {name: Decimal(value) for name, value in orjson.loads(row["inputs"]).items() if value is not None}
    return interval_json(estimator.from_inputs(inputs, tuple(map(Decimal, (row["spread"] or "").split()))))


def _shown(row: Mapping[str, Any], locale: str) -> dict[str, Any]:
    return {
        "kpi": row["kpi"],
        "by": row["dimension"],
        "key": row["member"],
        "period_start": row["period_start"].isoformat(),
        "period_end": row["period_end"].isoformat(),
        "value": plain(row["value"]) if row["value"] is not None else None,
        "unit": row["unit"],
        "currency": row["currency"],
        "n": row["n"],
        "inputs": orjson.loads(row["inputs"]),
        "model": row["model"] or None,
        "as_of": row["as_of"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "provisional_until": row["provisional_until"].isoformat() if row["provisional_until"] else None,
        "reason": row["reason_fr" if locale == "fr" else "reason"],
        "flags": orjson.loads(row["flags"]),
    }


def read_records(
    house: House,
    *,
    run_id: int | None = None,
    property: str | None = None,
    record_id: str | None = None,
    object: str | None = None,
) -> list[dict[str, Any]]:
    """Record-level values as of a run (None: now)."""
    with house.lake.versions("record_value", RECORD_TYPES, RECORD_KEY, run_id) as con:
        where, parameters = ["true"], []
        for column, wanted in (("property", property), ("record_id", record_id), ("object", object)):
            if wanted is not None:
                where.append(f"{column} = ?")
                parameters.append(wanted)
        rows = con.execute(
            f"SELECT {', '.join(RECORD_TYPES)} FROM record_value WHERE {' AND '.join(where)} ORDER BY object, record_id, property",
            parameters,
        ).fetchall()
    return [dict(zip(RECORD_TYPES, row, strict=True)) for row in rows]


def headline(totals: Iterable[Result], names: Sequence[str]) -> list[Result]:
    """The totals named, in that order."""
    by_name = {r.kpi: r for r in totals}
    return [by_name[n] for n in names if n in by_name]
