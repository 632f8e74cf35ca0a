"""From stored facts to what measures read: merges resolved, deals won or lost, visits placed, credit shared.

The marts are rebuilt in full on every run, so nothing in them can drift from the facts. DuckDB does the set work
(one module of :mod:`sync.marts` per kind of facts); what has rules of its own is pure and lives in ``kpi``: joins, attribution, record values.

Archived and merged records are left out; what was associated with a merged record belongs to its survivor. A deal with
several companies belongs to its primary one. Who a customer is follows the setting ``customer_unit``: under ``company``, a won
deal without a company makes its first contact the customer (``contact:<id>``), and without a contact itself (``deal:<id>``).

Rows pass through Python as streams: of all deals, contacts and values few are in memory at any time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from kpi.channels import UNATTRIBUTED
from kpi.lead_costs import CampaignMonth
from sync.marts import (
    calendar,
    cohorts,
    commerce,
    custom,
    deals,
    email,
    forecast,
    margin,
    media,
    notes,
    offline,
    orders,
    people,
    quotas,
    record_values,
    retention,
    seo,
    service,
    social,
    subscriptions,
    touches,
    vendor_days,
    web,
)
from sync.marts.credits import credited
from sync.marts.desk import FETCHED, DeriveOptions, Desk
from sync.marts.survivors import resolve_records
from sync.record_inputs import RecordInputs
from sync.staging import workplace

__all__ = ["FETCHED", "DeriveOptions", "DeriveReport", "derive"]


@dataclass(frozen=True)
class DeriveReport:
    """What the values of single records are made of, and what a person should know about the data."""

    records: RecordInputs
    conservation: tuple[CampaignMonth, ...]
    """Where every cent of spend went, by campaign and month."""
    rules: Mapping[str, int]
    """Join rule -> contacts whose first visit it placed; they sum to all living contacts."""
    counts: Mapping[str, int]
    """Gaps and faults by code, zero where there are none."""
    notes: tuple[str, ...] = field(default=())
    """The same in sentences, without what is zero."""
    models: tuple[str, ...] = ("first", "last")
    """Attribution models that gave credits, in the settings' order: without one that rests on too few deals."""


SETTINGS = "SET TimeZone='UTC'; SET preserve_insertion_order=false; SET checkpoint_threshold='1TB'"
"""Nobody asks in which order the rows of marts stand, and putting them there keeps a thread idle. A checkpoint would compress
temporary tables in the middle of the work that they are for."""


def derive(con: duckdb.DuckDBPyConnection, options: DeriveOptions, staging: Path) -> DeriveReport:
    """Create every table of :data:`kpi.schema.MARTS`, and ``campaign_title`` (campaign, channel, title), in ``con``.

    ``con`` holds every table of :data:`kpi.schema.TABLES`, empty where nothing was loaded; its instants are UTC. What does not
    stay in memory goes through ``staging`` (:mod:`sync.staging`). Raises
    :class:`kpi.lead_costs.ConservationError` when spend would be lost or counted twice.
    """
    con.execute(SETTINGS)
    with workplace(staging) as folder:
        desk = Desk(con, folder, options)
        resolve_records(desk)
        index = touches.campaigns(desk)
        rules, faults = touches.place_touches(desk, index)
        learned = deals.deals(desk)
        people.customers(desk)
        cohorts.lead_outcomes(desk)
        people.leads(desk, learned)
        vendor_days.vendor_zones(desk)
        media.spend(desk, index)
        offline.conversions(desk, index)
        web.web(desk, index)
        email.emails(desk)
        seo.seo(desk)
        social.social(desk)
        service.answers(desk)
        service.tickets(desk)
        orders.orders(desk)
        commerce.commerce(desk)
        forecast.forecast(desk)
        margin.margin(desk)
        subscriptions.subscriptions(desk)
        retention.retention(desk)
        quotas.quotas(desk)
        custom.entries(desk)
        calendar.calendar(desk)
        values, conservation = record_values.records(desk, staging)
        counts = {**notes.counts(desk), "tagging_faults": faults}
    con.execute("RESET preserve_insertion_order")
    placed = {**rules, UNATTRIBUTED: rules.get(UNATTRIBUTED, 0) + counts["contacts"] - sum(rules.values())}
    said = notes.notes(placed, counts, options.locale) + (() if learned is None else (learned.words(options.locale),))
    return DeriveReport(values, conservation, placed, counts, said, credited(options.models, learned))
