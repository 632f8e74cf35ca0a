"""From stored facts to what measures read: merges resolved, deals won or lost, visits placed, credit shared.

The marts are rebuilt in full on every run, so nothing in them can drift from the facts. DuckDB does the set work
(:mod:`sync.mart_sql`); what has rules of its own is pure and lives in ``kpi``: joins, attribution, record values.

Archived and merged records are left out; what was associated with a merged record belongs to its survivor. A deal with
several companies belongs to its primary one. Who a customer is follows the setting ``customer_unit``: under ``company``, a won
deal without a company makes its first contact the customer (``contact:<id>``), and without a contact itself (``deal:<id>``).

Rows pass through Python as streams: of all deals, contacts and values few are in memory at any time.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import orjson
from babel.numbers import format_decimal, format_percent, get_currency_precision

from kpi.attribution import NOBODY, Touch, attribute, within
from kpi.channels import PAID, TITLES, UNATTRIBUTED, channel_of_ga4_group, channel_of_text
from kpi.joins import SPEND_FILE, CampaignIndex, FileCampaign, KnownName, Marks, campaign_index, place, tagging_faults
from kpi.lead_costs import CampaignMonth, ContactFact, DealFact, Spending
from kpi.records import RecordOptions, RecordValue, record_values
from kpi.schema import CREDIT_UNIT, MARTS, columns
from kpi.summary import summary
from kpi.text import Text
from sync import mart_sql as sql
from sync.spill import Spill
from sync.staging import workplace

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FETCHED = 2_000
"""Rows that are fetched from the engine at a time."""
_CALENDAR_BOUNDS = (date(1970, 1, 1), date(2100, 12, 31))
"""A mistyped year (0206, 9999) must not make a calendar of millions of days."""


@dataclass(frozen=True)
class DeriveOptions:
    """What the marts depend on besides the facts."""

    today: date
    """A date of the reporting zone."""
    as_of: datetime
    """The run's instant, UTC: touches of open deals count up to here."""
    zone: ZoneInfo
    """The reporting zone."""
    home_currency: str
    lead_event: str = "contact_created"
    """contact_created | lifecycle_lead (R16)"""
    customer_unit: str = "company"
    """company | contact (R15)"""
    models: Sequence[str] = ("first", "last")
    record_model: str = "first"
    """The model that gives a deal's own channel and campaign; one of ``models``."""
    lookback_days: int | None = None
    """Touches older than this before a deal was closed (an open one: created) earn nothing; None: the whole history."""
    week_start: str = "mon"
    locale: str = "en"
    """Language of the summaries and notes."""


@dataclass(frozen=True)
class DeriveReport:
    """The values for single records, and what a person should know about the data."""

    records: Collection[RecordValue]
    conservation: tuple[CampaignMonth, ...]
    """Where every cent of spend went, by campaign and month."""
    rules: Mapping[str, int]
    """Join rule -> contacts whose first visit it placed; they sum to all living contacts."""
    counts: Mapping[str, int]
    """Gaps and faults by code, zero where there are none."""
    notes: tuple[str, ...] = field(default=())
    """The same in sentences, without what is zero."""


def derive(con: duckdb.DuckDBPyConnection, options: DeriveOptions, staging: Path) -> DeriveReport:
    """Create every table of :data:`kpi.schema.MARTS`, and ``campaign_title`` (campaign, channel, title), in ``con``.

    ``con`` holds every table of :data:`kpi.schema.TABLES`, empty where nothing was loaded; its instants are UTC. What does not
    stay in memory goes through ``staging`` (:mod:`sync.staging`). Raises
    :class:`kpi.lead_costs.ConservationError` when spend would be lost or counted twice.
    """
    con.execute("SET TimeZone='UTC'")
    with workplace(staging) as folder:
        desk = _Desk(con, folder, options)
        _resolve_records(con)
        index = _campaigns(desk)
        rules, faults = _place_touches(desk, index)
        _deals(desk)
        _leads(desk)
        _customers(desk)
        _spend(desk, index)
        _web(desk, index)
        _calendar(desk)
        records, conservation = _records(desk, staging)
        counts = {**_counts(desk), "tagging_faults": faults}
    placed = {**rules, UNATTRIBUTED: rules.get(UNATTRIBUTED, 0) + counts["contacts"] - sum(rules.values())}
    return DeriveReport(records, conservation, placed, counts, _notes(placed, counts, options.locale))


_LONGEST_LINE = 2**20
"""Bytes. Names, marks and credits; engines set aside twice as much for each thread that reads lines."""


class _Desk:
    """The connection with the run's options and a folder for what goes from Python into tables."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path, options: DeriveOptions) -> None:
        self.con = con
        self.options = options
        self._folder = folder

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> Iterator[tuple[Any, ...]]:
        """A stream: the next statement on the connection ends it."""
        answer = self.con.execute(query, parameters or {})
        while rows := answer.fetchmany(FETCHED):
            yield from rows

    def mart(self, name: str, query: str, parameters: Mapping[str, Any] | None = None) -> None:
        """A mart with exactly the columns and types that the schema declares."""
        typed = ", ".join(f'CAST("{c.name}" AS {c.sql_type}) AS "{c.name}"' for c in columns(MARTS[name]))
        self.con.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT {typed} FROM ({query})', parameters or {})

    def load(self, name: str, types: Mapping[str, str], rows: Iterable[tuple[Any, ...]], *, temporary: bool = True) -> None:
        """A table from Python rows, through a file: the fastest way in without further dependencies."""
        path = self._folder / f"{name}.ndjson"
        names = tuple(types)
        with path.open("wb") as file:
            file.writelines(orjson.dumps(dict(zip(names, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        declared = ", ".join(f"'{n}': '{t}'" for n, t in types.items())
        kind = "TEMP TABLE" if temporary else "TABLE"
        self.con.execute(
            f"CREATE OR REPLACE {kind} {name} AS SELECT * FROM "
            f"read_json(?, format='newline_delimited', columns={{{declared}}}, maximum_object_size={_LONGEST_LINE})",
            [str(path)],
        )
        path.unlink()


def _resolve_records(con: duckdb.DuckDBPyConnection) -> None:
    for kind in ("deal", "contact", "company"):
        con.execute(sql.SURVIVORS.format(kind=kind))
        con.execute(sql.LIVING.format(kind=kind))
    for a, b in (("deal", "contact"), ("deal", "company"), ("contact", "company")):
        con.execute(sql.link(a, b))
    for kind in ("deal", "contact"):
        con.execute(sql.PRIMARY_COMPANY.format(kind=kind))
    con.execute(sql.FIRST_CONTACT)
    con.execute(sql.TEAMS)


# --- where visits come from --------------------------------------------------------------------------------------


def _campaigns(desk: _Desk) -> CampaignIndex:
    entries = [(name, channel) for name, channel in desk.rows(sql.FILE_ENTRIES) if name is not None]
    index = campaign_index(
        (KnownName(*row) for row in desk.rows(sql.CAMPAIGN_NAMES)),
        (FileCampaign(name, channel_of_text(channel) if channel else None) for name, channel in entries),
    )
    nobody = (UNATTRIBUTED, UNATTRIBUTED, TITLES[UNATTRIBUTED].in_(desk.options.locale))
    titles = [(c.key, c.channel, c.title) for c in index.campaigns.values()]
    desk.load(
        "campaign_title", {"campaign": "VARCHAR", "channel": "VARCHAR", "title": "VARCHAR"}, [*titles, nobody], temporary=False
    )
    return index


def _place_touches(desk: _Desk, index: CampaignIndex) -> tuple[dict[str, int], int]:
    """Place every distinct set of marks once. Gives contacts by rule, and how many carry a tag that was never filled in."""
    desk.con.execute(sql.TOUCHES)
    rules: Counter[str] = Counter()
    faults = 0
    placed = []
    for key, *values, contacts in desk.rows(sql.MARKS):
        marks = Marks(*values)
        found = place(marks, index)
        placed.append((key, found.channel, found.campaign))
        rules[found.rule] += contacts
        faults += contacts if tagging_faults(marks) else 0
    desk.load("_place", {"mark_key": "VARCHAR", "channel": "VARCHAR", "campaign": "VARCHAR"}, placed)
    return {rule: count for rule, count in rules.items() if count}, faults


# --- deals -------------------------------------------------------------------------------------------------------

_CREDIT_TYPES = {"model": "VARCHAR", "channel": "VARCHAR", "campaign": "VARCHAR", "credit": "BIGINT"}


def _deals(desk: _Desk) -> None:
    """Outcomes, credits and products."""
    desk.con.execute(sql.DEAL_STATE)
    desk.mart("deal_outcome", sql.DEAL_OUTCOME.format(unit=CREDIT_UNIT), {"today": desk.options.today})
    desk.mart("stage_stay", sql.STAGE_STAY)
    window = _window(desk.options)

    def shares() -> Iterator[tuple[Any, ...]]:
        for (deal_id, *dates), rows in groupby(desk.rows(sql.DEAL_TOUCHES), key=lambda row: row[:5]):
            touches = [
                Touch(_utc(at), touch_id, channel, campaign) for *_, at, touch_id, channel, campaign in rows if at is not None
            ]
            counted = within(touches, *window(*dates))
            for model in desk.options.models:
                for (channel, campaign), credit in attribute(counted, model).items():
                    yield deal_id, model, channel, campaign, credit

    desk.load("_deal_credit", {"deal_id": "VARCHAR", **_CREDIT_TYPES}, shares())
    desk.mart("deal_credit", sql.DEAL_CREDIT)
    desk.mart("deal_product", sql.DEAL_PRODUCT.format(unit=CREDIT_UNIT), {"home": desk.options.home_currency})


def _window(
    options: DeriveOptions,
) -> Callable[[datetime | None, datetime | None, date | None, bool], tuple[datetime | None, datetime]]:
    """From a deal's dates to the span in which its touches count, both ends included.

    It ends when the deal entered its closing stage, or with the closing day where only that is known; an open deal's with the
    run. The lookback of an open deal is counted from its creation, not from now: its origin must not change by waiting.
    """

    def window(
        created_at: datetime | None, entered_at: datetime | None, closed_on: date | None, is_open: bool
    ) -> tuple[datetime | None, datetime]:
        if is_open or (entered_at is None and closed_on is None):
            until = options.as_of
            start = _utc(created_at) if created_at is not None else options.as_of
        else:
            until = start = _utc(entered_at) if entered_at is not None else _day_end(closed_on or options.today, options.zone)
        return (None if options.lookback_days is None else start - timedelta(days=options.lookback_days)), until

    return window


def _utc(value: datetime) -> datetime:
    """DuckDB gives naive instants; all that we store are UTC."""
    return value.replace(tzinfo=UTC)


def _day_end(day: date, zone: ZoneInfo) -> datetime:
    """The last microsecond of the day in the zone, as UTC."""
    return datetime.combine(day, time.max, zone).astimezone(UTC)


# --- leads and customers -----------------------------------------------------------------------------------------


def _leads(desk: _Desk) -> None:
    """Leads and their credits.

    A lead's first visit always counts, also when the CRM dated it after the lead; its latest one only when it came before.
    """
    options = desk.options
    at, on = sql.LEAD_DATES[options.lead_event]
    desk.mart("lead", sql.LEAD.format(on=on, unit=CREDIT_UNIT))

    def shares() -> Iterator[tuple[Any, ...]]:
        for row in desk.rows(sql.LEAD_TOUCHES.format(at=at, on=on)):
            contact_id, lead_at, lead_on, first_at, channel, campaign, last_at, last_channel, last_campaign = row
            moment = _utc(lead_at) if lead_at is not None else _day_end(lead_on, options.zone)
            touches = []
            if channel is not None:
                touches.append(Touch(min(moment, _utc(first_at)) if first_at is not None else moment, "1", channel, campaign))
            if last_at is not None and _utc(last_at) <= moment:
                touches.append(Touch(_utc(last_at), "2", last_channel, last_campaign))
            for model in options.models:
                for target, credit in attribute(touches, model).items():
                    yield contact_id, model, *target, credit

    desk.load("_lead_credit", {"contact_id": "VARCHAR", **_CREDIT_TYPES}, shares())
    desk.mart("lead_credit", sql.LEAD_CREDIT)


def _customers(desk: _Desk) -> None:
    desk.con.execute(sql.CUSTOMERS.format(customer=sql.CUSTOMER_ID[desk.options.customer_unit]))
    desk.mart("customer", sql.CUSTOMER.format(unit=CREDIT_UNIT))
    desk.mart("customer_credit", sql.CUSTOMER_CREDIT, {"paid": sorted(PAID)})


# --- spend, web, calendar ----------------------------------------------------------------------------------------


def _spend(desk: _Desk, index: CampaignIndex) -> None:
    def places() -> Iterator[tuple[Any, ...]]:
        for name, channel in desk.rows(sql.FILE_ENTRIES):
            slug = channel_of_text(channel) if channel else None
            if name is None:
                yield name, channel, slug, UNATTRIBUTED
            else:
                campaign = index.of_file(FileCampaign(name, slug))
                yield name, channel, slug or campaign.channel, campaign.key

    types = dict.fromkeys(("campaign_name", "channel", "place_channel", "place_campaign"), "VARCHAR")
    desk.load("_file_place", types, places())
    known = {"home": desk.options.home_currency, "paid": sorted(PAID), "file": SPEND_FILE, "nobody": UNATTRIBUTED}
    desk.mart("spend", sql.SPEND, known)
    desk.mart("overhead", sql.OVERHEAD)


def _web(desk: _Desk, index: CampaignIndex) -> None:
    """Traffic keeps the vendor's channel; its campaign is found as a contact's is."""

    def pages() -> Iterator[tuple[Any, ...]]:
        for channel, name, campaign_id, source_medium in desk.rows(sql.WEB_MEMBERS):
            source, _, medium = (part.strip() for part in source_medium.partition("/"))
            marks = Marks(utm_source=source, utm_medium=medium or None, utm_campaign=name, utm_id=campaign_id)
            yield channel, name, campaign_id, source_medium, channel_of_ga4_group(channel), place(marks, index).campaign

    def visitors() -> Iterator[tuple[Any, ...]]:
        for by, member in desk.rows(sql.VISITOR_MEMBERS):
            if by == "channel":
                yield by, member, channel_of_ga4_group(member)
            elif by == "campaign":
                yield by, member, place(Marks(utm_campaign=member), index).campaign
            else:
                yield by, member, member

    names = ("channel", "campaign_name", "campaign_id", "source_medium", "place_channel", "place_campaign")
    desk.load("_web_place", dict.fromkeys(names, "VARCHAR"), pages())
    desk.mart("web", sql.WEB)
    desk.load("_visitor_place", dict.fromkeys(("by", "member", "place"), "VARCHAR"), visitors())
    desk.mart("visitors", sql.VISITORS)


def _calendar(desk: _Desk) -> None:
    """Every day of the years in which anything is dated, today's year included."""
    today = desk.options.today
    ((first, last),) = desk.rows(sql.DATE_RANGE)
    first = max(min(first or today, today), _CALENDAR_BOUNDS[0]).replace(month=1, day=1)
    last = min(max(last or today, today), _CALENDAR_BOUNDS[1]).replace(month=12, day=31)
    start = WEEKDAYS.index(desk.options.week_start) + 1
    desk.mart("calendar", sql.CALENDAR, {"first": first, "last": last, "week_start": start})


# --- records -----------------------------------------------------------------------------------------------------


def _records(desk: _Desk, staging: Path) -> tuple[Collection[RecordValue], tuple[CampaignMonth, ...]]:
    options = desk.options
    _, lead_on = sql.LEAD_DATES[options.lead_event]
    contacts = Spill(staging, _contact_facts(desk.rows(sql.RECORD_CONTACTS.format(on=lead_on))))
    deals = Spill(staging, _deal_facts(desk.rows(sql.RECORD_DEALS, {"model": options.record_model})))
    companies = Spill(staging, (company_id for (company_id,) in desk.rows(sql.RECORD_COMPANIES)))
    spend = list(desk.rows(sql.RECORD_SPEND))
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
        created = _utc(deal.created_at) if deal.created_at is not None else None
        yield deal._replace(created_at=created, contact_ids=tuple(deal.contact_ids or ()))


def _with_summaries(values: Iterable[RecordValue], options: DeriveOptions) -> Iterator[RecordValue]:
    """Each record's values, which stand together, followed by its line."""
    for (object, record_id), group in groupby(values, key=lambda v: (v.object, v.record_id)):
        record = {v.property: v for v in group}
        yield from record.values()
        line = summary(object, record, options.locale, options.home_currency)
        reason = None if line else next((v.reason for v in record.values() if v.reason), None)
        yield RecordValue(object, record_id, "summary", line, "text", reason)


# --- notes -------------------------------------------------------------------------------------------------------


def _counts(desk: _Desk) -> dict[str, int]:
    (found,) = desk.rows("SELECT " + ", ".join(f"(SELECT count(*) FROM {rows})" for rows in sql.COUNTS.values()))
    return dict(zip(sql.COUNTS, found, strict=True))


_CAMPAIGN_RULES = ("click_id", "campaign_id", "utm_campaign")

_MATCHED = Text(
    "contacts with a known campaign: {n} of {all} ({share}); by click id {click_id}, by campaign id {campaign_id}, "
    "by name {utm_campaign}",
    "contacts dont la campagne est connue : {n} sur {all} ({share}) ; par identifiant de clic {click_id}, "
    "par identifiant de campagne {campaign_id}, par nom {utm_campaign}",
)
_NOTES: Mapping[str, Text] = {
    "unattributed": Text("contacts that come from nowhere known", "contacts d'origine inconnue"),
    "ambiguous_name": Text(
        "contacts whose campaign name fits several campaigns (only the channel is kept)",
        "contacts dont le nom de campagne correspond à plusieurs campagnes (seul le canal est gardé)",
    ),
    "tagging_faults": Text(
        "contacts with a tag that the ad platform never filled in, such as {campaignid}",
        "contacts avec une balise que la régie n'a jamais remplie, comme {campaignid}",
    ),
    "clicks_without_campaign": Text(
        "contacts with a click id that no ad account knows",
        "contacts avec un identifiant de clic inconnu des comptes publicitaires",
    ),
    "deals_without_company": Text("deals without a company", "transactions sans entreprise"),
    "deals_without_contact": Text("deals without a contact", "transactions sans contact"),
    "negative_cycles": Text(
        "deals won before they were created (left out of cycle times)",
        "transactions gagnées avant leur création (exclues des durées de cycle)",
    ),
    "won_without_amount": Text("won deals without an amount (they add 0)", "transactions gagnées sans montant (comptées pour 0)"),
    "amounts_without_rate": Text(
        "deals whose amount has no exchange rate (left out of sums)", "transactions sans taux de change (exclues des sommes)"
    ),
    "stages_out_of_order": Text(
        "contacts whose lifecycle stages bear days out of order (counted as they stand)",
        "contacts dont les étapes du cycle de vie portent des dates en désordre (comptées telles quelles)",
    ),
    "open_without_probability": Text(
        "open deals in a stage without a probability (left out of the forecast)",
        "transactions ouvertes dans une étape sans probabilité (exclues de la prévision)",
    ),
    "open_and_overdue": Text(
        "open deals whose expected day has passed (the forecast expects them today)",
        "transactions ouvertes dont l'échéance est passée (la prévision les attend aujourd'hui)",
    ),
    "closed_without_date": Text(
        "closed deals without a closing date (in no period)", "transactions closes sans date (dans aucune période)"
    ),
    "deals_with_unexplained_amount": Text(
        "deals whose amount their products do not explain", "transactions dont les produits n'expliquent pas le montant"
    ),
    "spend_without_rate": Text(
        "rows of spend without an exchange rate (left out of sums)", "lignes de dépense sans taux de change (exclues des sommes)"
    ),
    "overhead_without_rate": Text(
        "costs without an exchange rate (left out of sums)", "coûts sans taux de change (exclus des sommes)"
    ),
    "estimates_as_spend": Text(
        "monthly estimates that count as spend, as the settings say",
        "estimations mensuelles comptées comme dépense, selon les réglages",
    ),
}


def _notes(rules: Mapping[str, int], counts: Mapping[str, int], locale: str) -> tuple[str, ...]:
    lines = []
    if counts["contacts"]:
        matched = sum(rules.get(rule, 0) for rule in _CAMPAIGN_RULES)
        lines.append(
            _MATCHED.in_(locale).format(
                n=format_decimal(matched, locale=locale),
                all=format_decimal(counts["contacts"], locale=locale),
                share=format_percent(
                    matched / counts["contacts"], format="#,##0.0 %" if locale == "fr" else "0.0%", locale=locale
                ),
                **{rule: format_decimal(rules.get(rule, 0), locale=locale) for rule in _CAMPAIGN_RULES},
            )
        )
    for code, words in _NOTES.items():
        count = counts.get(code, rules.get(code, 0))
        if count:
            lines.append(f"{words.in_(locale)}{Text(':', ' :').in_(locale)} {format_decimal(count, locale=locale)}")
    return tuple(lines)
