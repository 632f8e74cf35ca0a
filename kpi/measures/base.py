"""Measures: what is added up, counted or ranked in one family of facts. KPIs are formulas over them.

A *family* is a kind of fact (deals, leads, spend …). Which mart it is read from depends on what is asked: deals by
channel come from ``deal_credit``, by product from ``deal_product``, by category from ``deal_category``, otherwise from
``deal_outcome``. Everything that the engine must know to compose the SQL is declared here; nothing here composes any.

Conditions are SQL in the portable subset: comparisons, ``IS [NOT] NULL``, ``IN``, ``AND``, bare booleans.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, get_args

from kpi.expression import PRECISION, Evaluate, Expression
from kpi.text import Text
from kpi.undefined import Reason, Value
from kpi.units import Dimension, Unit

By = Literal[
    "total",
    "pipeline",
    "stage",
    "team",
    "owner",
    "channel",
    "campaign",
    "page",
    "device",
    "email",
    "network",
    "survey",
    "plan",
    "category",
    "product",
    "cohort",
    "company",
    "deal",
]
"""What results are shown by; ``total`` is not cut at all."""

BYS: tuple[By, ...] = get_args(By)

OwnPeriods = Literal["no", "kinds", "cuts"]

CREDITED_BY: frozenset[By] = frozenset({"channel", "campaign"})
"""Where an attribution model decides who gets the credit."""

SHARED_BY: frozenset[By] = frozenset({"category", "product"})
"""Where a deal is split into the lines it was sold by."""


@dataclass(frozen=True)
class Check:
    """Something about the rows behind a value that its reader must know; raises the flag of the same name."""

    flag: str
    where: str
    is_counted: bool = False
    """How many rows there are is shown among the inputs, as ``<measure>_<flag>``."""


@dataclass(frozen=True, eq=False)
class Facts:
    """A family: where it is read, what it can be cut by, when it is known, and what to say when it is not."""

    name: str
    mart: str
    members: Mapping[By, str]
    """Dimension -> column that holds its member."""
    not_connected: Text
    loaded_from: Text
    """Why a period before the first loaded day is undefined; ``{day}`` stands for that day."""
    fed_by: tuple[str, ...] = ()
    """Tables of :data:`kpi.schema.TABLES`: known once a source has read one of them to its end. None: always, with the CRM."""
    is_whole_history: bool = True
    """Sources give everything there ever was; else only what lies after the first day that was asked of them."""
    borne_by: tuple[str, str] | None = None
    """Table and column: known only where some row bears it. What nobody fills in is unknown, not zero."""
    credited_mart: str | None = None
    """The mart with one row per attribution model, which ``channel`` and ``campaign`` are read from."""
    product_mart: str | None = None
    category_mart: str | None = None
    """One row per deal (order, customer) and category, so that two products of a category count as one; None: ``product_mart`` is read."""
    other_marts: Mapping[By, str] = field(default_factory=dict)
    """Dimension -> the mart that tells it, where that is another one with the same columns."""
    shared: frozenset[str] = frozenset()
    """Columns that hold, in ``product_mart`` and ``category_mart``, their own share and not the whole deal's."""
    is_weighted: bool = False
    """Rows carry a ``credit``: one row may be part of a deal, lead or customer."""
    checks: tuple[Check, ...] = ()
    own_periods: OwnPeriods = "no"
    """Whether rows are whole periods, in columns ``period`` and ``period_start``, and not days: of each kind of period, read at
    exactly the kind asked; or of each kind and dimension (users), read at exactly both, in columns ``by`` and ``member`` too."""
    absent: Reason | None = None
    """What it means that a loaded window has no row. None: that there was nothing, and a sum of nothing is 0."""
    is_daily: bool = False
    """Rows are what a source reports of a day: of most members, one."""
    is_cohort: bool = False
    """Rows are counted where they began and followed for so many days (setting ``kpis.cohort_days``): until then they settle."""

    def mart_by(self, by: By, *, is_attributed: bool = False) -> str:
        """The mart that holds this family cut by ``by``."""
        if self.credited_mart and (is_attributed or by in CREDITED_BY):
            return self.credited_mart
        if self.category_mart and by == "category":
            return self.category_mart
        if self.product_mart and by in SHARED_BY:
            return self.product_mart
        return self.other_marts.get(by, self.mart)

    def holds_share(self, mart: str, column: str) -> bool:
        """Whether the column of that mart is a product's or category's own part already, and no credit is to be put to it."""
        return column in self.shared and mart in (self.product_mart, self.category_mart)

    @property
    def marts(self) -> frozenset[str]:
        """Every mart it may be read from."""
        marts = (self.mart, self.credited_mart, self.product_mart, self.category_mart, *self.other_marts.values())
        return frozenset(mart for mart in marts if mart)


NO_CRM = Text("no CRM is connected", "aucun CRM n'est connecté")


@dataclass(frozen=True)
class Count:
    """How many rows; where rows carry credit, how many whole ones their credits make."""

    def __str__(self) -> str:
        return "COUNT"


@dataclass(frozen=True)
class Sum:
    """The sum of a column, weighted by credit. Null adds nothing; ``per`` stored units make one that is shown."""

    column: str
    per: int = 1

    def __str__(self) -> str:
        return f"SUM({self.column})" + (f" / {self.per}" if self.per != 1 else "")


@dataclass(frozen=True)
class Percentile:
    """The value below which ``numerator / denominator`` of the rows lie, by linear interpolation between ranks (R12)."""

    column: str
    numerator: int
    denominator: int
    per: int = 1

    def __str__(self) -> str:
        return f"PERCENTILE({self.column}, {self.numerator}/{self.denominator})" + (f" / {self.per}" if self.per != 1 else "")

    def between(self, n: int, low: int | Decimal, high: int | Decimal) -> Decimal:
        """The percentile of ``n`` values, given those at the ranks just below and just above it, in shown units."""
        part = (n - 1) * self.numerator % self.denominator
        whole = Decimal(low * (self.denominator - part) + high * part)
        return PRECISION.divide(whole, Decimal(self.denominator * self.per))

    def of(self, values: Sequence[int | Decimal]) -> Decimal:
        """The percentile of at least one stored value."""
        ordered = sorted(values)
        rank = (len(ordered) - 1) * self.numerator // self.denominator
        return self.between(len(ordered), ordered[rank], ordered[min(rank + 1, len(ordered) - 1)])


Aggregate = Count | Sum | Percentile


@dataclass(frozen=True)
class Measure(Expression):
    """One number per group of rows. It is also the simplest formula."""

    name: str
    title: Text
    """In lower case: it stands inside formulas."""
    measures: Unit
    """How it is shown."""
    facts: Facts
    aggregate: Aggregate
    time: str | None
    """Date column that puts a row into a period; None for a stock, which has no period."""
    where: str | None = None
    is_attributed: bool = False
    """Read with attribution at every grain, total included."""
    own_checks: tuple[Check, ...] = ()
    trailing_days: int | None = None
    """Of ``all`` only so many days are read, today the last of them."""
    looks_ahead: bool = False
    """Days after today are read too: what is expected."""
    level: Literal["opening", "closing"] | None = None
    """Rows are changes of a level: it is what they sum to before the period begins, or up to its end."""

    @property
    def checks(self) -> tuple[Check, ...]:
        """What to look for in the rows behind it: its own, its family's, and amounts without a value at home."""
        amounts: tuple[Check, ...] = ()
        if isinstance(self.aggregate, Sum) and self.measures is Unit.MONEY:
            amounts = (Check("amount_missing", f"{self.aggregate.column} IS NULL", is_counted=True),)
        return (*amounts, *self.facts.checks, *self.own_checks)

    @property
    def is_dated(self) -> bool:
        """Whether each of its rows has a day of its own, up to today: then any days may be put together into a period."""
        has_days = self.time is not None and self.facts.own_periods == "no"
        return has_days and not (self.looks_ahead or self.trailing_days or self.level)

    def can_be_cut_by(self, by: By) -> bool:
        """Whether its family has a column for that dimension."""
        return by == "total" or (by in self.facts.members and not (self.is_attributed and by in SHARED_BY))

    def is_credited(self, by: By) -> bool:
        """Whether an attribution model decides its value at that grain."""
        return self.facts.credited_mart is not None and (self.is_attributed or by in CREDITED_BY)

    @property
    def dimension(self) -> Dimension:
        return Dimension.of(self.measures)

    @property
    def inputs(self) -> tuple["Measure", ...]:
        return (self,)

    @property
    def sample(self) -> Expression | None:
        """A percentile rests on the values it ranks; a plain count or sum on nothing but itself."""
        return self if isinstance(self.aggregate, Percentile) else None

    def text(self, locale: str = "en") -> str:
        return self.title.in_(locale)

    def recipe(self) -> str:
        """How it is read at total, in one line of SQL's words; the same in every language."""
        conditions = [c for c in (self.where, "model = …" if self.is_attributed else None) if c]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        time = f" BY {self.time}" if self.time else ""
        return f"{self.aggregate} FROM {self.facts.mart_by('total', is_attributed=self.is_attributed)}{where}{time}"

    def prepare(self, inputs: Sequence["Measure"], zero: Reason) -> Evaluate:
        place = list(inputs).index(self)

        def read(values: Sequence[Value]) -> Value:
            return values[place]

        return read
