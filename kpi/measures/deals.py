"""Of deals: won, lost, open, and how long they took."""

from dataclasses import replace

from kpi.measures.base import NO_CRM, Check, Count, Facts, Measure, Percentile, Sum
from kpi.measures.columns import (
    COMPANY,
    CRM_SOURCE,
    FROM_KNOWN_CHANNELS,
    FROM_PAID_CHANNELS,
    ORIGIN,
    PIPELINE,
    PRODUCT,
    REP,
    STAGE,
)
from kpi.text import Text
from kpi.units import Unit

_LOADED_FROM = Text("deals are loaded from {day} on", "les transactions sont chargées à partir du {day}")

DEAL_FACTS = Facts(
    name="deal",
    mart="deal_outcome",
    credited_mart="deal_credit",
    product_mart="deal_product",
    category_mart="deal_category",
    shared=frozenset({"amount_home"}),
    is_weighted=True,
    members={**PIPELINE, **REP, **ORIGIN, **PRODUCT, **COMPANY, "deal": "deal_id"},
    not_connected=NO_CRM,
    loaded_from=_LOADED_FROM,
)

STAY_FACTS = Facts(
    name="stay",
    mart="stage_stay",
    members={**STAGE, **REP},
    not_connected=NO_CRM,
    loaded_from=_LOADED_FROM,
)

SECONDS_PER_DAY = 86_400

REVENUE_WON = Measure(
    "revenue_won",
    Text("revenue won", "chiffre d'affaires gagné"),
    Unit.MONEY,
    DEAL_FACTS,
    Sum("amount_home"),
    "won_on",
    own_checks=CRM_SOURCE,
)
DEALS_WON = Measure(
    "deals_won", Text("deals won", "transactions gagnées"), Unit.COUNT, DEAL_FACTS, Count(), "won_on", own_checks=CRM_SOURCE
)
DEALS_LOST = Measure("deals_lost", Text("deals lost", "transactions perdues"), Unit.COUNT, DEAL_FACTS, Count(), "lost_on")
DEALS_WON_WITH_AMOUNT = Measure(
    "deals_won_with_amount",
    Text("won deals with an amount", "transactions gagnées avec un montant"),
    Unit.COUNT,
    DEAL_FACTS,
    Count(),
    "won_on",
    where="amount_home IS NOT NULL AND NOT is_zero_left_out",
)
OPEN_AMOUNT = Measure(
    "open_amount",
    Text("amount of open deals", "montant des transactions ouvertes"),
    Unit.MONEY,
    DEAL_FACTS,
    Sum("amount_home"),
    None,
    where="is_open",
)
ATTRIBUTED_REVENUE = Measure(
    "attributed_revenue",
    Text("attributed revenue", "chiffre d'affaires attribué"),
    Unit.MONEY,
    DEAL_FACTS,
    Sum("amount_home"),
    "won_on",
    where=FROM_KNOWN_CHANNELS,
    is_attributed=True,
    own_checks=CRM_SOURCE,
)
PAID_REVENUE = Measure(
    "paid_revenue",
    Text("revenue credited to paid channels", "chiffre d'affaires crédité aux canaux payants"),
    Unit.MONEY,
    DEAL_FACTS,
    Sum("amount_home"),
    "won_on",
    where=FROM_PAID_CHANNELS,
    is_attributed=True,
    own_checks=CRM_SOURCE,
)

_CYCLE_KNOWN = "cycle_s IS NOT NULL"
_NEGATIVE_CYCLE = (Check("negative_cycle", "has_negative_cycle", is_counted=True),)
CYCLE_TIME = Measure(
    "cycle_time",
    Text("total cycle time", "durée totale des cycles"),
    Unit.DAYS,
    DEAL_FACTS,
    Sum("cycle_s", per=SECONDS_PER_DAY),
    "won_on",
    own_checks=_NEGATIVE_CYCLE,
)
CYCLES = Measure(
    "cycles",
    Text("won deals with a known cycle", "transactions gagnées au cycle connu"),
    Unit.COUNT,
    DEAL_FACTS,
    Count(),
    "won_on",
    where=_CYCLE_KNOWN,
)
CYCLE_MEDIAN = Measure(
    "cycle_median",
    Text("median cycle of won deals", "cycle médian des transactions gagnées"),
    Unit.DAYS,
    DEAL_FACTS,
    Percentile("cycle_s", 1, 2, per=SECONDS_PER_DAY),
    "won_on",
    own_checks=_NEGATIVE_CYCLE,
)
CYCLE_P90 = Measure(
    "cycle_p90",
    Text("90th percentile of the cycles of won deals", "90e centile des cycles des transactions gagnées"),
    Unit.DAYS,
    DEAL_FACTS,
    Percentile("cycle_s", 9, 10, per=SECONDS_PER_DAY),
    "won_on",
    own_checks=_NEGATIVE_CYCLE,
)

# --- What was begun, lost, and what is expected ----------------------------------------------------------

DEALS_CREATED = Measure(
    "deals_created", Text("deals created", "transactions créées"), Unit.COUNT, DEAL_FACTS, Count(), "created_on"
)
OPEN_DEALS = Measure(
    "open_deals", Text("open deals", "transactions ouvertes"), Unit.COUNT, DEAL_FACTS, Count(), None, where="is_open"
)
AMOUNT_LOST = Measure("amount_lost", Text("amount lost", "montant perdu"), Unit.MONEY, DEAL_FACTS, Sum("amount_home"), "lost_on")
DEAL_SIZE_MEDIAN = Measure(
    "deal_size_median",
    Text("median amount of won deals", "montant médian des transactions gagnées"),
    Unit.MONEY,
    DEAL_FACTS,
    Percentile("amount_home", 1, 2),
    "won_on",
    where="NOT is_zero_left_out",
)
LOST_CYCLE_MEDIAN = Measure(
    "lost_cycle_median",
    Text("median time to lose a deal", "durée médiane jusqu'à la perte"),
    Unit.DAYS,
    DEAL_FACTS,
    Percentile("lost_cycle_s", 1, 2, per=SECONDS_PER_DAY),
    "lost_on",
)
WEIGHTED_OPEN = Measure(
    "weighted_open",
    Text("weighted amount of open deals", "montant pondéré des transactions ouvertes"),
    Unit.MONEY,
    DEAL_FACTS,
    Sum("weighted_home"),
    "forecast_on",
    looks_ahead=True,
)


def of_last(measure: Measure, days: int) -> Measure:
    """The same of so many days, today the last of them."""
    return replace(measure, name=f"{measure.name}_{days}_days", trailing_days=days)


YEAR = 365
REVENUE_OF_YEAR = of_last(REVENUE_WON, YEAR)
PRICED_OF_YEAR = of_last(DEALS_WON_WITH_AMOUNT, YEAR)
WON_OF_YEAR = of_last(DEALS_WON, YEAR)
LOST_OF_YEAR = of_last(DEALS_LOST, YEAR)
CYCLE_TIME_OF_YEAR = of_last(CYCLE_TIME, YEAR)
CYCLES_OF_YEAR = of_last(CYCLES, YEAR)

# --- Time in a stage -------------------------------------------------------------------------------------

_LEFT = "stay_s IS NOT NULL"
STAY_TIME = Measure(
    "stay_time",
    Text("total time in stages", "temps total dans les étapes"),
    Unit.DAYS,
    STAY_FACTS,
    Sum("stay_s", per=SECONDS_PER_DAY),
    "left_on",
)
STAYS = Measure(
    "stays",
    Text("stays in a stage that ended", "passages terminés dans une étape"),
    Unit.COUNT,
    STAY_FACTS,
    Count(),
    "left_on",
    where=_LEFT,
)
STAY_MEDIAN = Measure(
    "stay_median",
    Text("median time in a stage", "temps médian dans une étape"),
    Unit.DAYS,
    STAY_FACTS,
    Percentile("stay_s", 1, 2, per=SECONDS_PER_DAY),
    "left_on",
)
STAY_P90 = Measure(
    "stay_p90",
    Text("90th percentile of the time in a stage", "90e centile du temps dans une étape"),
    Unit.DAYS,
    STAY_FACTS,
    Percentile("stay_s", 9, 10, per=SECONDS_PER_DAY),
    "left_on",
)
