"""The marts of an account: facts attached to a private engine, derived as the settings say, and from when each family is known."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import date

import duckdb

from kpi.engine import Coverage
from kpi.measures import FAMILIES
from sync.derive import DeriveOptions, DeriveReport, derive
from sync.grains import FORECAST
from sync.house import House
from sync.left_out import left_out
from sync.marts.desk import CommerceOptions, SubscriptionOptions
from sync.pipeline import Frame
from sync.result_rows import RESULT_TYPES
from sync.spread_costs import spread_costs


@contextmanager
def marts(house: House, frame: Frame) -> Iterator[tuple[duckdb.DuckDBPyConnection, DeriveReport]]:
    """A private engine with facts attached and marts derived."""
    with house.lake.facts() as con:
        house.lake.attach_history(con, "kpi_result", RESULT_TYPES)
        con.execute(_KNOWN_FORECAST)
        yield con, derive(con, derive_options(house, frame), house.lake.staging)


_KNOWN_FORECAST = f"""
CREATE TEMP TABLE known_forecast AS
SELECT period, period_start, dimension AS "by", member, model, value, as_of
FROM kpi_result_history WHERE kpi = '{FORECAST}' AND NOT removed
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
        offline_leads=s.kpis.offline_leads,
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
        subscriptions=SubscriptionOptions(
            **s.kpis.subscriptions.model_dump(include={f.name for f in fields(SubscriptionOptions)})
        ),
        lapsed_after_days=s.kpis.lapsed_after_days,
        csat_scale=s.kpis.csat_scale,
        nps_answers=s.kpis.nps_answers,
        social_base=s.kpis.social_base,
        overdue_deals=s.kpis.overdue_deals,
        zero_amount_deals=s.kpis.zero_amount_deals,
        skipped_stages=s.kpis.skipped_stages,
        archived_deals=s.kpis.archived_deals,
        leave_out=left_out(s.kpis),
        cost_lag_days=s.kpis.cost_lag_days,
        ads_window_days=s.kpis.ads_window_days,
        spread_costs=spread_costs(s.kpis),
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
