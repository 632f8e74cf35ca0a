"""The values that stand on single records, from deals, contacts, companies and spend."""

from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from babel.numbers import get_currency_precision

from kpi.attribution import NOBODY
from kpi.lead_costs import CampaignMonth, ContactFact, DealFact, Spending
from kpi.records import RecordOptions, RecordValue, record_values
from kpi.summary import summary
from sync.marts.desk import DeriveOptions, Desk, utc
from sync.marts.people import LEAD_DATES
from sync.spill import Spill


def records(desk: Desk, staging: Path) -> tuple[Collection[RecordValue], tuple[CampaignMonth, ...]]:
    options = desk.options
    _, lead_on = LEAD_DATES[options.lead_event]
    contacts = Spill(staging, _contact_facts(desk.rows(RECORD_CONTACTS.format(on=lead_on))))
    deals = Spill(staging, _deal_facts(desk.rows(RECORD_DEALS, {"model": options.record_model})))
    companies = Spill(staging, (company_id for (company_id,) in desk.rows(RECORD_COMPANIES)))
    spend = list(desk.rows(RECORD_SPEND))
    spending = Spending(
        {(campaign, month): amount for campaign, month, amount, _ in spend if amount is not None},
        frozenset((campaign, month) for campaign, month, _, missing in spend if missing),
    )
    minor_unit = Decimal(1).scaleb(-get_currency_precision(options.home_currency))
    titles = dict(desk.rows("SELECT campaign, title FROM campaign_title"))
    found = record_values(contacts, deals, companies, spending, RecordOptions(options.today, options.zone, minor_unit, titles))
    return Spill(staging, _with_summaries(found.values, options)), found.conservation


def _contact_facts(rows: Iterable[tuple[Any, ...]]) -> Iterator[ContactFact]:
    """Every living contact with its first-touch origin."""
    for contact_id, lead_on, channel, campaign in rows:
        yield ContactFact(contact_id, lead_on, *((channel, campaign) if channel is not None else NOBODY))


def _deal_facts(rows: Iterable[tuple[Any, ...]]) -> Iterator[DealFact]:
    """Every living deal with the channel and campaign that it shows as its own."""
    for row in rows:
        deal = DealFact(*row)
        created = utc(deal.created_at) if deal.created_at is not None else None
        yield deal._replace(created_at=created, contact_ids=tuple(deal.contact_ids or ()))


def _with_summaries(values: Iterable[RecordValue], options: DeriveOptions) -> Iterator[RecordValue]:
    """Each record's values, which stand together, followed by its line."""
    for (object, record_id), group in groupby(values, key=lambda v: (v.object, v.record_id)):
        record = {v.property: v for v in group}
        yield from record.values()
        line = summary(object, record, options.locale, options.home_currency)
        reason = None if line else next((v.reason for v in record.values() if v.reason), None)
        yield RecordValue(object, record_id, "summary", line, "text", reason)


RECORD_CONTACTS = """
SELECT c.contact_id, c.{on}, p.channel, p.campaign
FROM _contact c
LEFT JOIN _touch f ON f.contact_id = c.contact_id AND f."end" = 'first' LEFT JOIN _place p ON p.mark_key = f.mark_key
ORDER BY length(c.contact_id), c.contact_id
"""

RECORD_DEALS = """
SELECT o.deal_id, o.pipeline_id, o.company_id, s.created_at, o.created_on, o.is_open, s.is_won, o.won_on, o.cycle_s,
    o.has_negative_cycle, o.amount_home, origin.channel, origin.campaign, c.contact_ids
FROM deal_outcome o JOIN _deal_state s USING (deal_id)
JOIN (
    SELECT id AS deal_id, channel, campaign FROM _deal_credit WHERE model = $model
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY credit DESC, channel, campaign) = 1
) origin USING (deal_id)
LEFT JOIN (
    SELECT deal_id, list(contact_id ORDER BY length(contact_id), contact_id) AS contact_ids FROM _deal_contact GROUP BY deal_id
) c USING (deal_id)
ORDER BY length(o.deal_id), o.deal_id
"""
"""A deal shows as its own the origin that earned most credit of it; of several the first by name."""

RECORD_COMPANIES = "SELECT company_id FROM _company ORDER BY length(company_id), company_id"

RECORD_SPEND = """
SELECT campaign, CAST(date_trunc('month', spend_on) AS DATE) AS month, sum(spend_home), count(*) FILTER (spend_home IS NULL)
FROM spend WHERE cost_class <> 'estimate' GROUP BY ALL
"""
