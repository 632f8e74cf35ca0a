"""Measures: what is added up, counted or ranked in one family of facts. KPIs are formulas over them.

A *family* is a kind of fact (deals, leads, spend …). Which mart it is read from depends on what is asked: deals by
channel come from ``deal_credit``, by product from ``deal_product``, otherwise from ``deal_outcome``. Everything that
the engine must know to compose the SQL is declared here; nothing here composes any.

Conditions are SQL in the portable subset: comparisons, ``IS [NOT] NULL``, ``IN``, ``AND``, bare booleans.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, get_args

from kpi.channels import PAID, UNATTRIBUTED
from kpi.expression import PRECISION, Evaluate, Expression
from kpi.text import Text
from kpi.undefined import Reason, Value
from kpi.units import Dimension, Unit

By = Literal["total", "pipeline", "owner", "channel", "campaign", "product", "company", "deal"]
"""What results are shown by; ``total`` is not cut at all."""

BYS: tuple[By, ...] = get_args(By)

CREDITED_BY: frozenset[By] = frozenset({"channel", "campaign"})
"""Where an attribution model decides who gets the credit."""

Family = Literal["deal", "lead", "customer", "spend", "overhead", "web", "visitors"]


@dataclass(frozen=True)
class Check:
    """Something about the rows behind a value that its reader must know; raises the flag of the same name."""

    flag: str
    where: str
    is_counted: bool = False
    """How many rows there are is shown among the inputs, as ``<measure>_<flag>``."""


@dataclass(frozen=True)
class Facts:
    """A family: where it is read, what it can be cut by, and what to say when it is not there."""

    mart: str
    members: Mapping[By, str]
    """Dimension -> column that holds its member."""
    not_connected: Text
    loaded_from: Text
    """Why a period before the first loaded day is undefined; ``{day}`` stands for that day."""
    credited_mart: str | None = None
    """The mart with one row per attribution model, which ``channel`` and ``campaign`` are read from."""
    product_mart: str | None = None
    shared: frozenset[str] = frozenset()
    """Columns that hold, in ``product_mart``, the product's own share and not the whole deal's."""
    is_weighted: bool = False
    """Rows carry a ``credit``: one row may be part of a deal, lead or customer."""
    checks: tuple[Check, ...] = ()
    is_per_period: bool = False
    """Rows are whole periods (users), not days: read at exactly the period and dimension asked."""

    def mart_by(self, by: By, *, is_attributed: bool = False) -> str:
        """The mart that holds this family cut by ``by``."""
        if self.credited_mart and (is_attributed or by in CREDITED_BY):
            return self.credited_mart
        return self.product_mart if self.product_mart and by == "product" else self.mart


_NO_CRM = Text("no CRM is connected", "aucun CRM n'est connecté")
_NO_WEB = Text("no web analytics source is connected", "aucune source d'audience web n'est connectée")

FAMILIES: Mapping[Family, Facts] = MappingProxyType(
    {
        "deal": Facts(
            loaded_from=Text("deals are loaded from {day} on", "les transactions sont chargées à partir du {day}"),
            mart="deal_outcome",
            credited_mart="deal_credit",
            product_mart="deal_product",
            shared=frozenset({"amount_home"}),
            is_weighted=True,
            members={
                "pipeline": "pipeline_id",
                "owner": "owner_id",
                "channel": "channel",
                "campaign": "campaign",
                "product": "product_id",
                "company": "company_id",
                "deal": "deal_id",
            },
            not_connected=_NO_CRM,
        ),
        "lead": Facts(
            loaded_from=Text("leads are loaded from {day} on", "les leads sont chargés à partir du {day}"),
            mart="lead",
            credited_mart="lead_credit",
            is_weighted=True,
            members={"owner": "owner_id", "channel": "channel", "campaign": "campaign", "company": "company_id"},
            not_connected=_NO_CRM,
        ),
        "customer": Facts(
            loaded_from=Text("customers are loaded from {day} on", "les clients sont chargés à partir du {day}"),
            mart="customer",
            credited_mart="customer_credit",
            is_weighted=True,
            members={
                "pipeline": "pipeline_id",
                "owner": "owner_id",
                "channel": "channel",
                "campaign": "campaign",
                "company": "company_id",
            },
            not_connected=_NO_CRM,
        ),
        "spend": Facts(
            loaded_from=Text("spend is loaded from {day} on", "les dépenses sont chargées à partir du {day}"),
            mart="spend",
            members={"channel": "channel", "campaign": "campaign"},
            not_connected=Text("no spend source is connected", "aucune source de dépenses n'est connectée"),
            checks=(Check("estimate", "cost_class = 'estimate'"),),
        ),
        "overhead": Facts(
            loaded_from=Text("the cost file begins on {day}", "le fichier de coûts commence le {day}"),
            mart="overhead",
            members={},
            not_connected=Text(
                "no cost file with salaries, agencies and tools is connected",
                "aucun fichier de coûts (salaires, agences, outils) n'est connecté",
            ),
        ),
        "web": Facts(
            loaded_from=Text("web sessions are loaded from {day} on", "les sessions web sont chargées à partir du {day}"),
            mart="web",
            members={"channel": "channel", "campaign": "campaign"},
            not_connected=_NO_WEB,
            checks=(
                Check("sampled", "is_sampled"),
                Check("thresholded", "is_thresholded"),
                Check("other_row", "has_other_row"),
            ),
        ),
        "visitors": Facts(
            loaded_from=Text("visitors are loaded from {day} on", "les visiteurs sont chargés à partir du {day}"),
            mart="visitors",
            members={"channel": "member", "campaign": "member"},
            not_connected=_NO_WEB,
            is_per_period=True,
        ),
    }
)


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

    def between(self, n: int, low: int, high: int) -> Decimal:
        """The percentile of ``n`` values, given those at the ranks just below and just above it, in shown units."""
        part = (n - 1) * self.numerator % self.denominator
        whole = Decimal(low * (self.denominator - part) + high * part)
        return PRECISION.divide(whole, Decimal(self.denominator * self.per))

    def of(self, values: Sequence[int]) -> Decimal:
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
    family: Family
    aggregate: Aggregate
    time: str | None
    """Date column that puts a row into a period; None for a stock, which has no period."""
    where: str | None = None
    is_attributed: bool = False
    """Read with attribution at every grain, total included."""
    own_checks: tuple[Check, ...] = ()

    @property
    def facts(self) -> Facts:
        return FAMILIES[self.family]

    @property
    def checks(self) -> tuple[Check, ...]:
        """What to look for in the rows behind it: its own, its family's, and amounts without a value at home."""
        amounts: tuple[Check, ...] = ()
        if isinstance(self.aggregate, Sum) and self.measures is Unit.MONEY:
            amounts = (Check("amount_missing", f"{self.aggregate.column} IS NULL", is_counted=True),)
        return (*amounts, *self.facts.checks, *self.own_checks)

    def can_be_cut_by(self, by: By) -> bool:
        """Whether its family has a column for that dimension."""
        return by == "total" or (by in self.facts.members and not (self.is_attributed and by == "product"))

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


SECONDS_PER_DAY = 86_400

# --- Deals ---------------------------------------------------------------------------------------------

REVENUE_WON = Measure(
    "revenue_won", Text("revenue won", "chiffre d'affaires gagné"), Unit.MONEY, "deal", Sum("amount_home"), "won_on"
)
DEALS_WON = Measure("deals_won", Text("deals won", "transactions gagnées"), Unit.COUNT, "deal", Count(), "won_on")
DEALS_LOST = Measure("deals_lost", Text("deals lost", "transactions perdues"), Unit.COUNT, "deal", Count(), "lost_on")
DEALS_WON_WITH_AMOUNT = Measure(
    "deals_won_with_amount",
    Text("won deals with an amount", "transactions gagnées avec un montant"),
    Unit.COUNT,
    "deal",
    Count(),
    "won_on",
    where="amount_home IS NOT NULL",
)
OPEN_AMOUNT = Measure(
    "open_amount",
    Text("amount of open deals", "montant des transactions ouvertes"),
    Unit.MONEY,
    "deal",
    Sum("amount_home"),
    None,
    where="is_open",
)
ATTRIBUTED_REVENUE = Measure(
    "attributed_revenue",
    Text("attributed revenue", "chiffre d'affaires attribué"),
    Unit.MONEY,
    "deal",
    Sum("amount_home"),
    "won_on",
    where=f"channel <> '{UNATTRIBUTED}'",
    is_attributed=True,
)
_PAID_CHANNELS = ", ".join(f"'{channel}'" for channel in sorted(PAID))
PAID_REVENUE = Measure(
    "paid_revenue",
    Text("revenue credited to paid channels", "chiffre d'affaires crédité aux canaux payants"),
    Unit.MONEY,
    "deal",
    Sum("amount_home"),
    "won_on",
    where=f"channel IN ({_PAID_CHANNELS})",
    is_attributed=True,
)

_CYCLE_KNOWN = "cycle_s IS NOT NULL"
_NEGATIVE_CYCLE = (Check("negative_cycle", "has_negative_cycle", is_counted=True),)
CYCLE_TIME = Measure(
    "cycle_time",
    Text("total cycle time", "durée totale des cycles"),
    Unit.DAYS,
    "deal",
    Sum("cycle_s", per=SECONDS_PER_DAY),
    "won_on",
    own_checks=_NEGATIVE_CYCLE,
)
CYCLES = Measure(
    "cycles",
    Text("won deals with a known cycle", "transactions gagnées au cycle connu"),
    Unit.COUNT,
    "deal",
    Count(),
    "won_on",
    where=_CYCLE_KNOWN,
)
CYCLE_MEDIAN = Measure(
    "cycle_median",
    Text("median cycle of won deals", "cycle médian des transactions gagnées"),
    Unit.DAYS,
    "deal",
    Percentile("cycle_s", 1, 2, per=SECONDS_PER_DAY),
    "won_on",
    own_checks=_NEGATIVE_CYCLE,
)
CYCLE_P90 = Measure(
    "cycle_p90",
    Text("90th percentile of the cycles of won deals", "90e centile des cycles des transactions gagnées"),
    Unit.DAYS,
    "deal",
    Percentile("cycle_s", 9, 10, per=SECONDS_PER_DAY),
    "won_on",
    own_checks=_NEGATIVE_CYCLE,
)

# --- Leads and customers -------------------------------------------------------------------------------

LEADS = Measure("leads", Text("leads", "leads"), Unit.COUNT, "lead", Count(), "lead_on")
NEW_CUSTOMERS = Measure(
    "new_customers", Text("new customers", "nouveaux clients"), Unit.COUNT, "customer", Count(), "customer_on"
)
PAID_CUSTOMERS = Measure(
    "paid_customers",
    Text("new customers credited to paid channels", "nouveaux clients crédités aux canaux payants"),
    Unit.COUNT,
    "customer",
    Count(),
    "customer_on",
    where="is_paid",
    is_attributed=True,
)

# --- Spend and other cost ------------------------------------------------------------------------------

SPEND = Measure("spend", Text("spend", "dépenses"), Unit.MONEY, "spend", Sum("spend_home"), "spend_on")
PAID_SPEND = Measure(
    "paid_spend",
    Text("spend in paid channels", "dépenses des canaux payants"),
    Unit.MONEY,
    "spend",
    Sum("spend_home"),
    "spend_on",
    where="is_paid_channel",
)
OVERHEAD = Measure(
    "overhead",
    Text("other marketing and sales cost", "autres coûts marketing et commerciaux"),
    Unit.MONEY,
    "overhead",
    Sum("amount_home"),
    "cost_on",
)
SPEND_WITH_CLICKS = Measure(
    "spend_with_clicks",
    Text("spend where clicks are counted", "dépenses dont les clics sont comptés"),
    Unit.MONEY,
    "spend",
    Sum("spend_home"),
    "spend_on",
    where="clicks IS NOT NULL",
)
CLICKS = Measure("clicks", Text("clicks", "clics"), Unit.COUNT, "spend", Sum("clicks"), "spend_on", where="clicks IS NOT NULL")
SPEND_WITH_IMPRESSIONS = Measure(
    "spend_with_impressions",
    Text("spend where impressions are counted", "dépenses dont les impressions sont comptées"),
    Unit.MONEY,
    "spend",
    Sum("spend_home"),
    "spend_on",
    where="impressions IS NOT NULL",
)
IMPRESSIONS = Measure(
    "impressions",
    Text("impressions", "impressions"),
    Unit.COUNT,
    "spend",
    Sum("impressions"),
    "spend_on",
    where="impressions IS NOT NULL",
)
_BOTH_COUNTED = "clicks IS NOT NULL AND impressions IS NOT NULL"
CLICKS_OF_IMPRESSIONS = Measure(
    "clicks_of_impressions", Text("clicks", "clics"), Unit.COUNT, "spend", Sum("clicks"), "spend_on", where=_BOTH_COUNTED
)
IMPRESSIONS_WITH_CLICKS = Measure(
    "impressions_with_clicks",
    Text("impressions", "impressions"),
    Unit.COUNT,
    "spend",
    Sum("impressions"),
    "spend_on",
    where=_BOTH_COUNTED,
)

# --- Web -----------------------------------------------------------------------------------------------

SESSIONS = Measure("sessions", Text("sessions", "sessions"), Unit.COUNT, "web", Sum("sessions"), "visit_on")
KEY_EVENT_SESSIONS = Measure(
    "key_event_sessions",
    Text("sessions with a key event", "sessions avec un événement clé"),
    Unit.COUNT,
    "web",
    Sum("key_event_sessions"),
    "visit_on",
)
USERS = Measure("users", Text("users", "utilisateurs"), Unit.COUNT, "visitors", Sum("users"), "period_start")

MEASURES: tuple[Measure, ...] = (
    REVENUE_WON,
    DEALS_WON,
    DEALS_LOST,
    DEALS_WON_WITH_AMOUNT,
    OPEN_AMOUNT,
    ATTRIBUTED_REVENUE,
    PAID_REVENUE,
    CYCLE_TIME,
    CYCLES,
    CYCLE_MEDIAN,
    CYCLE_P90,
    LEADS,
    NEW_CUSTOMERS,
    PAID_CUSTOMERS,
    SPEND,
    PAID_SPEND,
    OVERHEAD,
    SPEND_WITH_CLICKS,
    CLICKS,
    SPEND_WITH_IMPRESSIONS,
    IMPRESSIONS,
    CLICKS_OF_IMPRESSIONS,
    IMPRESSIONS_WITH_CLICKS,
    SESSIONS,
    KEY_EVENT_SESSIONS,
    USERS,
)
"""Every measure a formula may use."""
