"""What every step of deriving works with: the engine's connection, the options of the run, a way from Python into tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import orjson

from kpi.measures import MEASURES
from kpi.measures.base import Measure
from kpi.schema import MARTS, columns
from kpi.text import Text

FETCHED = 2_000
"""Rows that are fetched from the engine at a time."""

_LONGEST_LINE = 2**20
"""Bytes. Names, marks and credits; engines set aside twice as much for each thread that reads lines."""


@dataclass(frozen=True)
class CommerceOptions:
    """What the figures of orders, carts and margins depend on besides the facts; settings of the same names."""

    order_value: str = "net"
    """net (after discounts, before tax and shipping) | with_shipping | total (what the customer pays)"""
    refund_date: str = "refund"
    """refund (negative on the day it was given) | order (restates the sale): R8"""
    orders_left_out: Sequence[str] = ("cancelled", "canceled", "voided", "test")
    """Words of the fulfilment status (orders) and of the shop's status (carts), in lower case."""
    same_day_orders: str = "once"
    """once | each: whether several orders of a customer on one day are several purchases."""
    cart_window_hours: int = 24
    gross_margin: Decimal | None = None
    """Share of the price that is margin where no cost is known; None: nothing is assumed."""
    ltv_months: int = 12
    """How far ahead purchases are predicted."""
    ltv_discount: Decimal = Decimal("0.1")
    """What money is worth less a year later, as a rate."""


@dataclass(frozen=True)
class SubscriptionOptions:
    """What the figures of subscriptions depend on besides the facts; settings of the same names."""

    movements: str = "net"
    """net (per customer and period) | gross (per customer and day, added up)"""
    short_lived: str = "count"
    """count | ignore: customers who came and left within one period"""
    reactivation_in_nrr: str = "exclude"
    """exclude | include"""
    past_due: str = "include"
    """include | exclude (paid until the payment was due)"""
    paused: str = "exclude"
    trials: str = "exclude"
    unknown_end: str = "last_change"
    """last_change | set_aside: subscriptions that ended on a day the CRM does not tell"""


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
    offline_leads: str = "leave_out"
    """leave_out | count: whether leads that came in offline are held against visits"""
    customer_unit: str = "company"
    """company | contact (R15)"""
    models: Sequence[str] = ("first", "last")
    record_model: str = "first"
    """The model that gives a deal's own channel and campaign; one of ``models``."""
    lookback_days: int | None = None
    """Touches older than this before a deal was closed (an open one: created) earn nothing; None: the whole history."""
    half_life_days: int = 7
    """Of the model ``time_decay``."""
    crm_source_fallback: bool = False
    """Whether the CRM's original source of a deal stands in where no touch counts, labelled so."""
    csat_scale: str = "auto"
    """auto | stars | bands: :data:`sync.marts.service.CSAT_SCALE`"""
    nps_answers: str = "last"
    """last | every: :data:`sync.marts.service.NPS_PERSON`"""
    social_base: str = "reach"
    """reach | impressions | followers: :data:`sync.marts.social.BASE`"""
    cohort_days: int = 90
    """How long a cohort is followed: conversions later than so many days after the start do not count (R9)."""
    overdue_deals: str = "today"
    """today | exclude: when open deals are expected whose day has passed"""
    zero_amount_deals: str = "count"
    """count | leave_out: whether deals of amount 0 count in average sizes"""
    skipped_stages: str = "passed"
    """passed | not_passed: whether who reached a later lifecycle stage has passed those that bear no date (R16)"""
    archived_deals: str = "leave_out"
    """leave_out | keep_closed: whether archived deals that were won or lost go on counting (R10)"""
    leave_out: Mapping[str, str] = field(default_factory=dict)
    """Kind of record -> SQL that is true of those that no figure counts (R10)."""
    cost_lag_days: int = 0
    """How many days later than it was spent money is held against what it brought, where a KPI says so (R17)."""
    spread_costs: Sequence[tuple[str, int]] = ()
    """SQL that is true of a cost of the file -> so many months it is spread over; the first that holds counts."""
    ads_window_days: int = 30
    """How many days, today included, ad platforms may still count conversions for: younger ones are not mature."""
    revenue_goals: Sequence[str] = ()
    """Names of the CRM's goals that are quotas of won revenue; ``*`` stands for anything."""
    week_start: str = "mon"
    fiscal_year_start: int = 1
    """The month that years and quarters are counted from, 1 to 12."""
    locale: str = "en"
    """Language of the summaries and notes."""
    commerce: CommerceOptions = CommerceOptions()
    subscriptions: SubscriptionOptions = SubscriptionOptions()
    lapsed_after_days: int = 365
    """A customer who bought nothing for so long is lost."""
    measures: Sequence[Measure] = MEASURES
    """What the marts are read for, the settings' own measures included: the calendar holds their days."""


@dataclass(frozen=True)
class Note:
    """Something a person should know about the data: the rows that are counted for it, and how it is said."""

    rows: str
    """FROM and WHERE, over marts and temporary tables."""
    words: Text
    record: tuple[str, str] | None = None
    """Where single rows can be listed (``cadran check --data``): the CRM's object, or the table, and the column with the id."""


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

STARTS_OF = (
    "CREATE OR REPLACE TEMP MACRO week_of(day) AS day - CAST((isodow(day) - {first} + 7) % 7 AS INTEGER)",
    "CREATE OR REPLACE TEMP MACRO year_of(day) AS "
    "CAST(date_trunc('year', date_trunc('month', day) - INTERVAL {months} MONTH) + INTERVAL {months} MONTH AS DATE)",
    "CREATE OR REPLACE TEMP MACRO quarter_of(day) AS "
    "CAST(date_trunc('quarter', date_trunc('month', day) - INTERVAL {months} MONTH) + INTERVAL {months} MONTH AS DATE)",
)
"""First day of the company's week, quarter and year that a day lies in. Every statement of the marts takes them from here."""


class Desk:
    """The connection with the run's options and a folder for what goes from Python into tables."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path, options: DeriveOptions) -> None:
        self.con = con
        self.options = options
        for macro in STARTS_OF:
            con.execute(macro.format(months=options.fiscal_year_start - 1, first=WEEKDAYS.index(options.week_start) + 1))
        self._folder = folder

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> Iterator[tuple[Any, ...]]:
        """A stream: the next statement on the connection ends it."""
        answer = self.con.execute(query, parameters or {})
        while rows := answer.fetchmany(FETCHED):
            yield from rows

    def mart(self, name: str, query: str, parameters: Mapping[str, Any] | None = None) -> None:
        """A mart with exactly the columns and types that the schema declares."""
        self.con.execute(f'CREATE OR REPLACE TABLE "{name}" AS {_typed(name, query)}', parameters or {})

    def add(self, name: str, query: str) -> None:
        """More rows of a mart."""
        self.con.execute(f'INSERT INTO "{name}" {_typed(name, query)}')

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


def _typed(mart: str, query: str) -> str:
    typed = ", ".join(f'CAST("{c.name}" AS {c.sql_type}) AS "{c.name}"' for c in columns(MARTS[mart]))
    return f"SELECT {typed} FROM ({query})"


def utc(value: datetime) -> datetime:
    """DuckDB gives naive instants; all that we store are UTC."""
    return value.replace(tzinfo=UTC)


def day_end(day: date, zone: ZoneInfo) -> datetime:
    """The last microsecond of the day in the zone, as UTC."""
    return datetime.combine(day, time.max, zone).astimezone(UTC)
