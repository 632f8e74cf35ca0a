"""Of what was sold and what it cost."""

from dataclasses import replace

from kpi.measures.base import Check, Facts, Measure, Sum
from kpi.measures.columns import COMPANY, FROM_KNOWN_CHANNELS, ORIGIN, PRODUCT
from kpi.text import Text
from kpi.units import Unit

MARGIN_FACTS = Facts(
    name="margin",
    mart="sold_line",
    credited_mart="sold_credit",
    product_mart="sold_line",
    shared=frozenset({"net_home", "costed_net", "costed_cost"}),
    is_weighted=True,
    members={**ORIGIN, **PRODUCT, **COMPANY},
    not_connected=Text(
        "no sold product bears a cost: enter costs in the CRM, or set kpis.gross_margin",
        "aucun produit vendu ne porte de coût : saisissez les coûts dans le CRM, ou réglez kpis.gross_margin",
    ),
    loaded_from=Text("sales are loaded from {day} on", "les ventes sont chargées à partir du {day}"),
    borne_by=("sold_line", "cost_home"),
)

_COST_KNOWN = (
    Check("cost_missing", "has_no_cost", is_counted=True),
    Check("assumed_margin", "is_assumed", is_counted=True),
)

SOLD_REVENUE = Measure(
    "sold_revenue",
    Text("revenue of deals and orders", "chiffre d'affaires des transactions et commandes"),
    Unit.MONEY,
    MARGIN_FACTS,
    Sum("net_home"),
    "sold_on",
)
MARGIN_REVENUE = Measure(
    "margin_revenue",
    Text("revenue whose cost is known", "chiffre d'affaires dont le coût est connu"),
    Unit.MONEY,
    MARGIN_FACTS,
    Sum("costed_net"),
    "sold_on",
    own_checks=_COST_KNOWN,
)
MARGIN_COST = Measure(
    "margin_cost",
    Text("cost of the goods sold", "coût des marchandises vendues"),
    Unit.MONEY,
    MARGIN_FACTS,
    Sum("costed_cost"),
    "sold_on",
)
MARGIN_REVENUE_ATTRIBUTED = replace(
    MARGIN_REVENUE,
    name="margin_revenue_attributed",
    title=Text("attributed revenue whose cost is known", "chiffre d'affaires attribué dont le coût est connu"),
    where=FROM_KNOWN_CHANNELS,
    is_attributed=True,
)
MARGIN_COST_ATTRIBUTED = replace(
    MARGIN_COST,
    name="margin_cost_attributed",
    title=Text("cost of the goods of attributed sales", "coût des marchandises des ventes attribuées"),
    where=FROM_KNOWN_CHANNELS,
    is_attributed=True,
)

_YEAR = 365
MARGIN_REVENUE_OF_YEAR = replace(MARGIN_REVENUE, name="margin_revenue_365_days", trailing_days=_YEAR)
MARGIN_COST_OF_YEAR = replace(MARGIN_COST, name="margin_cost_365_days", trailing_days=_YEAR)
