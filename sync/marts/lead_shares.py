"""Who shares a campaign's month, in cents, and which deal each of its leads is counted in: the rules of :mod:`kpi.lead_costs`
over all contacts and deals at once."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from kpi.attribution import NOBODY
from kpi.lead_costs import CampaignMonth, conserved, equal_parts, in_units, month_of
from sync.marts.desk import Desk
from sync.marts.people import LEAD_DATES
from sync.record_inputs import LETTERS

_Month = tuple[str, date]
"""(campaign key, first day of the month)."""


def lead_shares(desk: Desk, minor_unit: Decimal) -> tuple[CampaignMonth, ...]:
    """``_lead_share``, a row per living contact, and ``_deal_share``, a row per deal and contact. Gives where every cent of spend
    went, by campaign and month, in order.

    Raises :class:`kpi.lead_costs.ConservationError` when some would be lost or counted twice.
    """
    _, lead_on = LEAD_DATES[desk.options.lead_event]
    desk.con.execute(ORIGINS.format(on=lead_on), dict(zip(("channel", "campaign"), NOBODY, strict=True)))
    spent = {(campaign, month): (amount, missing > 0) for campaign, month, amount, missing in desk.rows(SPENT)}
    leads: dict[_Month, int] = {(campaign, month): count for campaign, month, count in desk.rows(LEADS)}
    desk.load("_lead_month", _LEAD_MONTH, _months(leads, spent, desk.options.today, minor_unit))
    desk.con.execute(SHARES)
    desk.con.execute(DEAL_ORIGIN, {"model": desk.options.record_model})
    desk.con.execute(DEAL_SHARES)
    return tuple(_conservation(desk, leads, spent, minor_unit))


_Spent = Mapping[_Month, tuple[Decimal | None, bool]]
"""Money spent, unrounded, without estimates; and whether a part is missing because no exchange rate is known."""

_LEAD_MONTH = {
    "campaign": "VARCHAR",
    "month": "DATE",
    "leads": "BIGINT",
    "state": "VARCHAR",
    "spend": "DECIMAL(38,6)",
    "part": "BIGINT",
    "larger": "BIGINT",
}


def _months(leads: Mapping[_Month, int], spent: _Spent, today: date, minor_unit: Decimal) -> Iterator[tuple[Any, ...]]:
    """Every campaign's month that brought leads: how many, and what each is given."""
    for (campaign, month), count in leads.items():
        amount, is_rate_missing = spent.get((campaign, month), (None, False))
        part, larger = (None, None) if amount is None else equal_parts(in_units(amount, minor_unit), count)
        state = "open" if month >= month_of(today) else "no_spend" if amount is None else "known"
        letter = "rate_missing" if state == "known" and is_rate_missing else state
        yield campaign, month, count, LETTERS[letter], None if amount is None else str(amount), part, larger


def _conservation(desk: Desk, leads: Mapping[_Month, int], spent: _Spent, minor_unit: Decimal) -> Iterator[CampaignMonth]:
    found = {(campaign, month): amounts for campaign, month, *amounts in desk.rows(ADDED_UP)}
    for key, (amount, _) in sorted(spent.items()):
        if amount is not None:
            contacts, deals, not_converted = found.get(key, (0, 0, 0))
            yield conserved(
                *key,
                leads.get(key, 0),
                minor_unit,
                spend=in_units(amount, minor_unit),
                contacts=int(contacts),
                deals=int(deals),
                not_converted=int(not_converted),
            )


SPENT = """
SELECT campaign, CAST(date_trunc('month', spend_on) AS DATE) AS month, sum(spend_home), count(*) FILTER (spend_home IS NULL)
FROM spend WHERE cost_class <> 'estimate' GROUP BY ALL
"""

ORIGINS = """
CREATE OR REPLACE TEMP TABLE _lead_origin AS
SELECT c.contact_id, CAST(date_trunc('month', c.{on}) AS DATE) AS month,
    coalesce(p.channel, $channel) AS channel, coalesce(p.campaign, $campaign) AS campaign, $campaign AS nobody
FROM _contact c
LEFT JOIN _touch f ON f.contact_id = c.contact_id AND f."end" = 'first' LEFT JOIN _place p ON p.mark_key = f.mark_key
"""
"""Every living contact with its first-touch origin; ``month`` null: it is not a lead."""

LEADS = "SELECT campaign, month, count(*) FROM _lead_origin WHERE month IS NOT NULL AND campaign <> nobody GROUP BY ALL"

SHARES = """
CREATE OR REPLACE TEMP TABLE _lead_share AS
WITH placed AS (
    SELECT o.contact_id, m.part + CAST(row_number() OVER (
        PARTITION BY campaign, month ORDER BY length(o.contact_id), o.contact_id
    ) <= m.larger AS INTEGER) AS units
    FROM _lead_origin o JOIN _lead_month m USING (campaign, month) WHERE m.part IS NOT NULL
)
SELECT o.contact_id, o.channel, o.campaign, o.month, p.units, CASE
        WHEN o.month IS NULL THEN 'n' WHEN m.campaign IS NULL THEN 'u'
        WHEN m.state IN ('k', 'r') THEN m.state || o.month || ':' || p.units ELSE m.state || o.month
    END AS share, CASE WHEN m.state IN ('k', 'r') THEN m.spend END AS spend, CASE WHEN m.state <> 'o' THEN m.leads END AS leads
FROM _lead_origin o LEFT JOIN _lead_month m USING (campaign, month) LEFT JOIN placed p USING (contact_id)
"""
"""``units`` are there also while the month is open; what it is made of (``spend``, ``leads``) only once it is over."""

DEAL_ORIGIN = """
CREATE OR REPLACE TEMP TABLE _deal_origin AS
SELECT id AS deal_id, channel, campaign FROM _deal_credit WHERE model = $model
QUALIFY row_number() OVER (PARTITION BY id ORDER BY credit DESC, channel, campaign) = 1
"""
"""A deal shows as its own the origin that earned most credit of it; of several the first by name."""

DEAL_SHARES = """
CREATE OR REPLACE TEMP TABLE _deal_share AS
SELECT l.deal_id, l.contact_id, s.share, s.campaign, s.month, s.units, row_number() OVER (
    PARTITION BY l.contact_id ORDER BY d.created_at NULLS LAST, length(l.deal_id), l.deal_id
) = 1 AS is_counted_here
FROM _deal_contact l JOIN _deal_origin USING (deal_id) JOIN _deal_state d USING (deal_id) JOIN _lead_share s USING (contact_id)
"""
"""A contact is counted in the deal that was created first; of several of one instant in the lowest id, and in one without a date
last."""

ADDED_UP = """
WITH contacts AS (
    SELECT campaign, month, sum(units) AS units, coalesce(sum(units) FILTER (
        NOT EXISTS (SELECT 1 FROM _deal_share d WHERE d.contact_id = s.contact_id)
    ), 0) AS not_converted
    FROM _lead_share s WHERE units IS NOT NULL GROUP BY ALL
), deals AS (
    SELECT campaign, month, sum(units) AS units FROM _deal_share WHERE is_counted_here AND units IS NOT NULL GROUP BY ALL
)
SELECT campaign, month, c.units, coalesce(d.units, 0), c.not_converted FROM contacts c LEFT JOIN deals d USING (campaign, month)
"""
"""By campaign and month, in minor units: what its leads were given, what deals carry of it, what leads without a deal do."""
