"""Of spend, of what ads did, and of other cost."""

from kpi.measures.base import Check, Facts, Measure, Sum
from kpi.measures.columns import ORIGIN
from kpi.text import Text
from kpi.units import Unit

SPEND_FACTS = Facts(
    name="spend",
    mart="spend",
    members=ORIGIN,
    not_connected=Text("no spend source is connected", "aucune source de dépenses n'est connectée"),
    loaded_from=Text("spend is loaded from {day} on", "les dépenses sont chargées à partir du {day}"),
    fed_by=("ad_spend_daily", "cost_entry", "seo_estimate"),
    is_whole_history=False,
    is_daily=True,
    checks=(
        Check("estimate", "cost_class = 'estimate'"),
        Check("mixed_zones", "is_other_zone"),
        Check("stale_rate", "has_stale_rate"),
    ),
)

OVERHEAD_FACTS = Facts(
    name="overhead",
    mart="overhead",
    members={},
    not_connected=Text(
        "no cost file with salaries, agencies and tools is connected",
        "aucun fichier de coûts (salaires, agences, outils) n'est connecté",
    ),
    loaded_from=Text("the cost file begins on {day}", "le fichier de coûts commence le {day}"),
    fed_by=("cost_entry",),
    is_whole_history=False,
)

SPEND = Measure("spend", Text("spend", "dépenses"), Unit.MONEY, SPEND_FACTS, Sum("spend_home"), "spend_on")
PAID_SPEND = Measure(
    "paid_spend",
    Text("spend in paid channels", "dépenses des canaux payants"),
    Unit.MONEY,
    SPEND_FACTS,
    Sum("spend_home"),
    "spend_on",
    where="is_paid_channel",
)
OVERHEAD = Measure(
    "overhead",
    Text("other marketing and sales cost", "autres coûts marketing et commerciaux"),
    Unit.MONEY,
    OVERHEAD_FACTS,
    Sum("amount_home"),
    "cost_on",
)
SPEND_WITH_CLICKS = Measure(
    "spend_with_clicks",
    Text("spend where clicks are counted", "dépenses dont les clics sont comptés"),
    Unit.MONEY,
    SPEND_FACTS,
    Sum("spend_home"),
    "spend_on",
    where="clicks IS NOT NULL",
)
CLICKS = Measure(
    "clicks", Text("clicks", "clics"), Unit.COUNT, SPEND_FACTS, Sum("clicks"), "spend_on", where="clicks IS NOT NULL"
)
SPEND_WITH_IMPRESSIONS = Measure(
    "spend_with_impressions",
    Text("spend where impressions are counted", "dépenses dont les impressions sont comptées"),
    Unit.MONEY,
    SPEND_FACTS,
    Sum("spend_home"),
    "spend_on",
    where="impressions IS NOT NULL",
)
IMPRESSIONS = Measure(
    "impressions",
    Text("impressions", "impressions"),
    Unit.COUNT,
    SPEND_FACTS,
    Sum("impressions"),
    "spend_on",
    where="impressions IS NOT NULL",
)
_BOTH_COUNTED = "clicks IS NOT NULL AND impressions IS NOT NULL"
CLICKS_OF_IMPRESSIONS = Measure(
    "clicks_of_impressions", Text("clicks", "clics"), Unit.COUNT, SPEND_FACTS, Sum("clicks"), "spend_on", where=_BOTH_COUNTED
)
IMPRESSIONS_WITH_CLICKS = Measure(
    "impressions_with_clicks",
    Text("impressions", "impressions"),
    Unit.COUNT,
    SPEND_FACTS,
    Sum("impressions"),
    "spend_on",
    where=_BOTH_COUNTED,
)
_CONVERSIONS_COUNTED = "conversions IS NOT NULL"
SPEND_WITH_CONVERSIONS = Measure(
    "spend_with_conversions",
    Text("spend where conversions are counted", "dépenses dont les conversions sont comptées"),
    Unit.MONEY,
    SPEND_FACTS,
    Sum("spend_home"),
    "spend_on",
    where=_CONVERSIONS_COUNTED,
)
CONVERSIONS = Measure(
    "conversions",
    Text("conversions as the platforms count them", "conversions telles que les régies les comptent"),
    Unit.COUNT,
    SPEND_FACTS,
    Sum("conversions"),
    "spend_on",
    where=_CONVERSIONS_COUNTED,
)
CONVERSION_VALUE = Measure(
    "conversion_value",
    Text("conversion value as the platforms claim it", "valeur de conversion que revendiquent les régies"),
    Unit.MONEY,
    SPEND_FACTS,
    Sum("conversions_value_home"),
    "spend_on",
    where=_CONVERSIONS_COUNTED,
)

_LEADS_COUNTED = "leads IS NOT NULL"
SPEND_WITH_LEADS = Measure(
    "spend_with_leads",
    Text("spend where platforms count leads", "dépenses dont les régies comptent les leads"),
    Unit.MONEY,
    SPEND_FACTS,
    Sum("spend_home"),
    "spend_on",
    where=_LEADS_COUNTED,
)
PLATFORM_LEADS = Measure(
    "platform_leads",
    Text("leads as the platforms claim them", "leads que revendiquent les régies"),
    Unit.COUNT,
    SPEND_FACTS,
    Sum("leads"),
    "spend_on",
    where=_LEADS_COUNTED,
)

# --- Days whose conversions have all come -----------------------------------------------------------------

_MATURE = f"{_CONVERSIONS_COUNTED} AND is_mature"
MATURE_SPEND = Measure(
    "mature_spend",
    Text("spend of mature days where conversions are counted", "dépenses des jours mûrs dont les conversions sont comptées"),
    Unit.MONEY,
    SPEND_FACTS,
    Sum("spend_home"),
    "spend_on",
    where=_MATURE,
)
MATURE_VALUE = Measure(
    "mature_conversion_value",
    Text("conversion value of mature days as the platforms claim it", "valeur de conversion des jours mûrs selon les régies"),
    Unit.MONEY,
    SPEND_FACTS,
    Sum("conversions_value_home"),
    "spend_on",
    where=_MATURE,
)

# --- Held against what came later (R17) -------------------------------------------------------------------

LAGGED_SPEND = Measure(
    "lagged_spend",
    Text("spend before the lag", "dépenses avant le décalage"),
    Unit.MONEY,
    SPEND_FACTS,
    Sum("spend_home"),
    "lagged_on",
)
LAGGED_PAID_SPEND = Measure(
    "lagged_paid_spend",
    Text("spend in paid channels before the lag", "dépenses des canaux payants avant le décalage"),
    Unit.MONEY,
    SPEND_FACTS,
    Sum("spend_home"),
    "lagged_on",
    where="is_paid_channel",
)
LAGGED_OVERHEAD = Measure(
    "lagged_overhead",
    Text("other marketing and sales cost before the lag", "autres coûts marketing et commerciaux avant le décalage"),
    Unit.MONEY,
    OVERHEAD_FACTS,
    Sum("amount_home"),
    "lagged_on",
)
