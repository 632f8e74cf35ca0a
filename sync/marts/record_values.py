"""What the values on single deals, contacts and companies are made of: a row per record, and a fingerprint of it.

Everything that a record's values depend on stands in its row: also what others bring to it (its share of a campaign's month,
the quartiles of its pipeline) and what a day changes (whether a month is over). So a record whose row is as it was has the
values that it had, and :mod:`sync.record_values` computes the others only. The fingerprint is 128 bits of the row's exact text and
of everything that is the same for all rows: code, zone, currency, language.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from babel.numbers import get_currency_precision

from kpi.cycle_band import usual_by_month
from kpi.lead_costs import CampaignMonth, month_of
from kpi.records import RecordOptions
from sync.marts.desk import Desk
from sync.marts.lead_shares import lead_shares
from sync.record_inputs import RecordInputs, Wording, basis


def records(desk: Desk, staging: Path) -> tuple[RecordInputs, tuple[CampaignMonth, ...]]:
    """The rows of all records, put down in ``staging``, and where every cent of spend went.

    Raises :class:`kpi.lead_costs.ConservationError` when some would be lost or counted twice.
    """
    o = desk.options
    options = RecordOptions(o.today, o.zone, Decimal(1).scaleb(-get_currency_precision(o.home_currency)))
    wording = Wording(o.locale, o.home_currency)
    conservation = lead_shares(desk, options.minor_unit)
    desk.load("_usual", {"pipeline_id": "VARCHAR", "month": "DATE", "usual": "VARCHAR"}, _usual(desk))
    told = {"basis": f"'{basis(options, wording)}'", "month": f"DATE '{options.month}'"}
    inputs = RecordInputs(staging, options, wording)
    inputs.take(desk.con, "deals", DEALS.format(**told))
    inputs.take(desk.con, "contacts", CONTACTS.format(**told))
    inputs.take(desk.con, "companies", COMPANIES.format(**told, deals=inputs.scan("deals")))
    return inputs, conservation


def _usual(desk: Desk) -> Iterator[tuple[str | None, date, str]]:
    """The quartiles of each pipeline before each month, as the text that stands in a deal's row."""
    won: defaultdict[str | None, dict[date, list[int]]] = defaultdict(dict)
    for pipeline_id, month, cycles in desk.con.execute(WON_CYCLES).fetchall():
        won[pipeline_id][month] = cycles
    for pipeline_id, by_month in won.items():
        for month, usual in usual_by_month(by_month, month_of(desk.options.today)).items():
            yield pipeline_id, month, " ".join(map(str, usual))


WON_CYCLES = """
SELECT o.pipeline_id, CAST(date_trunc('month', o.won_on) AS DATE), list(o.cycle_s)
FROM deal_outcome o JOIN _deal_state s USING (deal_id) JOIN _deal_origin USING (deal_id)
WHERE s.is_won AND o.won_on IS NOT NULL AND o.cycle_s IS NOT NULL GROUP BY ALL
"""


def _fingerprint(*columns: str, texts: tuple[str, ...] = ()) -> str:
    """SQL for the fingerprint of a row. What is in no ``texts`` is spelt without ``|`` and ``~``; texts bear their length, so that
    two rows with one spelling are the same row."""
    plain = [f"coalesce(CAST({c} AS VARCHAR), '~')" for c in columns]
    told = [f"coalesce(length({c}) || ':' || {c}, '~')" for c in texts]
    return f"unhex(md5(concat_ws('|', {{basis}}, {', '.join((*plain, *told))})))"


DEALS = f"""
WITH shared AS (
    SELECT deal_id, string_agg(
        CASE WHEN is_counted_here THEN '+' ELSE '-' END || share, ';' ORDER BY length(contact_id), contact_id
    ) AS contacts FROM _deal_share GROUP BY deal_id
), deals AS (
    SELECT o.deal_id AS record_id, o.company_id, o.created_on, CASE WHEN o.is_open THEN s.created_at END AS created_at, o.is_open,
        s.is_won, o.won_on, o.cycle_s, o.has_negative_cycle, u.usual, o.amount_home, origin.channel, origin.campaign, t.title,
        c.contacts, CASE WHEN o.is_open AND s.created_at IS NOT NULL THEN {{month}} END AS open_month
    FROM deal_outcome o JOIN _deal_state s USING (deal_id) JOIN _deal_origin origin USING (deal_id)
    LEFT JOIN shared c USING (deal_id) LEFT JOIN campaign_title t ON t.campaign = origin.campaign
    LEFT JOIN _usual u ON u.pipeline_id IS NOT DISTINCT FROM o.pipeline_id AND u.month = CASE
        WHEN o.is_open AND s.created_at IS NOT NULL THEN {{month}}
        WHEN s.is_won AND o.cycle_s IS NOT NULL THEN CAST(date_trunc('month', o.won_on) AS DATE)
    END
    WHERE NOT s.is_archived
)
SELECT * EXCLUDE (open_month), {
    _fingerprint(
        *("created_on", "created_at", "open_month", "is_open", "is_won", "won_on", "cycle_s", "has_negative_cycle"),
        *("usual", "amount_home", "channel", "contacts"),
        texts=("campaign", "title"),
    )
} AS fingerprint FROM deals
"""
"""``contacts``: what each of them costs, in the order of their ids; ``+`` those that are counted in this deal. Of an open deal's
band the month counts that it holds for."""

CONTACTS = f"""
SELECT s.contact_id AS record_id, s.channel, s.campaign, t.title, s.share, s.spend, s.leads, {
    _fingerprint("s.channel", "s.share", "s.spend", "s.leads", texts=("s.campaign", "t.title"))
} AS fingerprint
FROM _lead_share s LEFT JOIN campaign_title t USING (campaign)
"""

COMPANIES = f"""
WITH brought AS (
    SELECT company_id, string_agg(concat_ws(
        ',', CASE WHEN is_open THEN 'o' WHEN is_won THEN 'w' ELSE 'l' END,
        CASE WHEN is_won THEN coalesce(CAST(amount_home AS VARCHAR), '') ELSE '' END, coalesce(contacts, '')
    ), '/' ORDER BY length(record_id), record_id) AS deals
    FROM {{deals}} WHERE company_id IS NOT NULL GROUP BY company_id
)
SELECT c.company_id AS record_id, b.deals, {_fingerprint("b.deals")} AS fingerprint
FROM _company c LEFT JOIN brought b USING (company_id)
"""
"""``deals``: how each of a company's ended, what was won in it, and what its contacts cost."""
