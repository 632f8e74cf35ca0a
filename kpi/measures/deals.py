"""Of deals: won, lost, open, and how long they took."""

from dataclasses import replace

from kpi.channels import PAID, UNATTRIBUTED
from kpi.measures.base import Check, Count, Measure, Percentile, Sum
from kpi.text import Text
from kpi.units import Unit

SECONDS_PER_DAY = 86_400

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

# --- What was begun, lost, and what is expected ----------------------------------------------------------

DEALS_CREATED = Measure("deals_created", Text("deals created", "transactions créées"), Unit.COUNT, "deal", Count(), "created_on")
OPEN_DEALS = Measure(
    "open_deals", Text("open deals", "transactions ouvertes"), Unit.COUNT, "deal", Count(), None, where="is_open"
)
AMOUNT_LOST = Measure("amount_lost", Text("amount lost", "montant perdu"), Unit.MONEY, "deal", Sum("amount_home"), "lost_on")
DEAL_SIZE_MEDIAN = Measure(
    "deal_size_median",
    Text("median amount of won deals", "montant médian des transactions gagnées"),
    Unit.MONEY,
    "deal",
    Percentile("amount_home", 1, 2),
    "won_on",
)
LOST_CYCLE_MEDIAN = Measure(
    "lost_cycle_median",
    Text("median time to lose a deal", "durée médiane jusqu'à la perte"),
    Unit.DAYS,
    "deal",
    Percentile("lost_cycle_s", 1, 2, per=SECONDS_PER_DAY),
    "lost_on",
)
WEIGHTED_OPEN = Measure(
    "weighted_open",
    Text("weighted amount of open deals", "montant pondéré des transactions ouvertes"),
    Unit.MONEY,
    "deal",
    Sum("weighted_home"),
    "forecast_on",
    looks_ahead=True,
)

_YEAR = 365
REVENUE_OF_YEAR = replace(REVENUE_WON, name="revenue_won_365_days", trailing_days=_YEAR)
PRICED_OF_YEAR = replace(DEALS_WON_WITH_AMOUNT, name="deals_won_with_amount_365_days", trailing_days=_YEAR)
WON_OF_YEAR = replace(DEALS_WON, name="deals_won_365_days", trailing_days=_YEAR)
LOST_OF_YEAR = replace(DEALS_LOST, name="deals_lost_365_days", trailing_days=_YEAR)
CYCLE_TIME_OF_YEAR = replace(CYCLE_TIME, name="cycle_time_365_days", trailing_days=_YEAR)
CYCLES_OF_YEAR = replace(CYCLES, name="cycles_365_days", trailing_days=_YEAR)

# --- Time in a stage -------------------------------------------------------------------------------------

_LEFT = "stay_s IS NOT NULL"
STAY_TIME = Measure(
    "stay_time",
    Text("total time in the stage", "temps total dans l'étape"),
    Unit.DAYS,
    "stay",
    Sum("stay_s", per=SECONDS_PER_DAY),
    "left_on",
)
STAYS = Measure(
    "stays",
    Text("deals that left the stage", "transactions ayant quitté l'étape"),
    Unit.COUNT,
    "stay",
    Count(),
    "left_on",
    where=_LEFT,
)
STAY_MEDIAN = Measure(
    "stay_median",
    Text("median time in the stage", "temps médian dans l'étape"),
    Unit.DAYS,
    "stay",
    Percentile("stay_s", 1, 2, per=SECONDS_PER_DAY),
    "left_on",
)
STAY_P90 = Measure(
    "stay_p90",
    Text("90th percentile of the time in the stage", "90e centile du temps dans l'étape"),
    Unit.DAYS,
    "stay",
    Percentile("stay_s", 9, 10, per=SECONDS_PER_DAY),
    "left_on",
)
