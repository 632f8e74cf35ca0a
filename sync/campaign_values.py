"""The figures of each campaign, and of each colleague where that is wanted, as values for single records.

They are picked from the results of the run: over everything that is known, and of the last full month (a colleague's: of the
last full quarter), which are over and so no longer move by the day. A value that is undefined is empty with its reason.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from babel.dates import format_date
from babel.numbers import get_currency_precision

from kpi.channels import PAID, UNATTRIBUTED
from kpi.engine import UNASSIGNED, Result
from kpi.measures.base import By, Measure
from kpi.periods import Period
from kpi.records import Object, RecordValue
from kpi.records import Unit as RecordUnit
from kpi.registry import BUILT_IN, Catalogue
from kpi.text import Text
from kpi.undefined import Reason
from kpi.units import Unit, plain

RATIO_PLACES = Decimal("0.0001")
_COUNT_PLACES = Decimal("0.01")


@dataclass(frozen=True)
class Figure:
    """One figure of a record: a KPI over one kind of period."""

    value: str
    """Name of the record value."""
    kpi: str
    period: Period
    """``all``, or the last full period of this kind."""
    part_of: tuple[str, str] | None = None
    """(KPI, input): that input of that KPI stands instead where it is known, so that a cost per lead and the leads beside it
    are of one time. The CRM's own counts reach back further than spend is known."""


CAMPAIGN_FIGURES: tuple[Figure, ...] = (
    Figure("spend", "spend", "all"),
    Figure("sessions", "sessions", "all"),
    Figure("leads", "leads", "all", ("cpl", "leads")),
    Figure("cpl", "cpl", "all"),
    Figure("new_customers", "new_customers", "all", ("cac_paid", "paid_customers")),
    Figure("cac_paid", "cac_paid", "all"),
    Figure("revenue_won", "revenue_won", "all", ("roi", "attributed_revenue")),
    Figure("roi", "roi", "all"),
    *(Figure(f"{kpi}_last_month", kpi, "month") for kpi in ("spend", "leads", "cpl")),
)
"""What a marketing lead compares campaigns by."""


def campaign_figures(catalogue: Catalogue) -> tuple[Figure, ...]:
    """These, and the KPIs of the company's own that it follows, where a campaign has them and the CRM a type for them."""
    own = (kpi for kpi in catalogue.own_followed if kpi.allows("campaign", "all") and kpi.unit in _UNITS)
    return (*CAMPAIGN_FIGURES, *(Figure(kpi.name, kpi.name, "all") for kpi in own))


PEOPLE_FIGURES: tuple[Figure, ...] = tuple(
    Figure(f"{kpi}_last_quarter", kpi, "quarter") for kpi in ("deals_won", "revenue_won", "avg_deal_size", "win_rate")
)

SMALL_SAMPLE = Reason("small_sample", Text("not enough data in the period", "données insuffisantes dans la période"))
"""A rate of so few cases says more about chance than about a person (KPI_DEFINITIONS R12)."""

_UNITS: Mapping[Unit, RecordUnit] = {Unit.MONEY: "money", Unit.RATIO: "ratio", Unit.COUNT: "count"}


@dataclass(frozen=True)
class Campaign:
    """A campaign as our joins know it."""

    key: str
    channel: str
    title: str


def campaign_values(
    results: Sequence[Result],
    campaigns: Iterable[Campaign],
    model: str,
    today: date,
    currency: str,
    catalogue: Catalogue = BUILT_IN,
) -> Iterator[RecordValue]:
    """Name, channel and figures of every campaign that has any, by our key. ``model``: the attribution model that is written."""
    table = _table(results, "campaign", campaign_figures(catalogue), model, today, currency, catalogue)
    with_figures = table.members() - {UNATTRIBUTED}
    for campaign in sorted((c for c in campaigns if c.key in with_figures), key=lambda c: c.key):
        yield RecordValue("campaigns", campaign.key, "name", campaign.title, "text")
        yield RecordValue("campaigns", campaign.key, "channel", campaign.channel, "channel")
        yield from table.values("campaigns", campaign.key, counts_paid=campaign.channel in PAID)


def people_values(results: Sequence[Result], model: str, today: date, currency: str) -> Iterator[RecordValue]:
    """Figures of every owner, by the owner's id. Rates of too few cases (setting ``kpis.min_cases``) are left empty."""
    table = _table(results, "owner", PEOPLE_FIGURES, model, today, currency, BUILT_IN)
    for owner_id in sorted(table.members() - {UNASSIGNED}):
        for value in table.values("users", owner_id):
            is_rate = not isinstance(BUILT_IN.kpis[_kpi_of(value.property)].formula, Measure)
            yield value._replace(value=None, reason=SMALL_SAMPLE) if is_rate and "small_sample" in value.flags else value


def _kpi_of(value: str) -> str:
    return next(figure.kpi for figure in PEOPLE_FIGURES if figure.value == value)


def last_full(period: Period, today: date) -> date | None:
    """The first day of the last period that is over; None for ``all``."""
    if period == "all":
        return None
    months = {"month": 1, "quarter": 3}[period]
    this = today.replace(day=1, month=(today.month - 1) // months * months + 1)
    before = this - timedelta(days=1)
    return before.replace(day=1, month=(before.month - 1) // months * months + 1)


@dataclass(frozen=True)
class _Table:
    """Results by figure and member; the member None is the total, which says what is known at all."""

    figures: tuple[Figure, ...]
    cells: Mapping[tuple[str, str | None], Result]
    today: date
    currency: str
    """The company's, ISO 4217."""
    catalogue: Catalogue

    def members(self) -> set[str]:
        return {member for _, member in self.cells if member is not None}

    def values(self, object: Object, member: str, *, counts_paid: bool = True) -> Iterator[RecordValue]:
        """``counts_paid``: whether the member's customers are those of a paid channel."""
        for figure in self.figures:
            if (part := self._part(figure, member)) is not None and (counts_paid or figure.kpi != "new_customers"):
                whole = self.catalogue.kpis[figure.kpi].unit
                value, since = rounded(part[0], whole, self.currency), part[1].period_start.isoformat()
                yield RecordValue(object, member, figure.value, value, _UNITS[whole], inputs={"since": since})
                continue
            found, total = self.cells.get((figure.value, member)), self.cells.get((figure.value, None))
            kpi = self.catalogue.kpis[figure.kpi]
            month, unit = last_full(figure.period, self.today), _UNITS[kpi.unit]
            if found is None:
                # A sum over a window that was loaded and has no row of this member is nothing: 0.
                is_sum = isinstance(kpi.formula, Measure) and total is not None and total.value is not None
                reason = None if is_sum else (total.reason if total else None) or kpi.nothing_below
                yield RecordValue(object, member, figure.value, Decimal(0) if is_sum else None, unit, reason, month)
                continue
            inputs = {name: value for name, value in found.inputs.items() if value is not None}
            yield RecordValue(
                object,
                member,
                figure.value,
                None if found.value is None else rounded(found.value, kpi.unit, self.currency),
                unit,
                found.reason,
                month,
                found.provisional_until,
                inputs,
                found.flags,
            )

    def _part(self, figure: Figure, member: str) -> tuple[Decimal, Result] | None:
        """The input that stands for the figure, and the result it is part of."""
        kpi, name = figure.part_of or ("", "")
        found = self.cells.get((kpi, member))
        value = found.inputs.get(name) if found is not None else None
        return (value, found) if value is not None and found is not None else None


def _table(
    results: Sequence[Result],
    by: By,
    figures: tuple[Figure, ...],
    model: str,
    today: date,
    currency: str,
    catalogue: Catalogue,
) -> _Table:
    wanted = {(figure.kpi, figure.period): (figure, last_full(figure.period, today)) for figure in figures}
    cells: dict[tuple[str, str | None], Result] = {}
    for result in results:
        if result.by not in (by, "total") or result.model not in (None, model):
            continue
        figure, start = wanted.get((result.kpi, result.period), (None, None))
        if figure is not None and (start is None or result.period_start == start):
            cells[figure.value, result.key if result.by == by else None] = result
    return _Table(figures, cells, today, currency, catalogue)


def rounded(value: Decimal, unit: Unit, currency: str) -> Decimal:
    """As it is written (R14): money half-even to the smallest coin, ratios to 4 decimals, counts as they are."""
    if unit is Unit.COUNT:
        return Decimal(plain(value.quantize(_COUNT_PLACES, rounding=ROUND_HALF_EVEN)))
    step = Decimal(1).scaleb(-get_currency_precision(currency)) if unit is Unit.MONEY else RATIO_PLACES
    return value.quantize(step, rounding=ROUND_HALF_EVEN) + 0


def month_name(month: date, locale: str) -> str:
    return str(format_date(month, "MMMM y", locale=locale))
