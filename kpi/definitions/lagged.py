"""Cost held against what it brought later, for those who sell slowly (R17)."""

from dataclasses import replace

from kpi.card import Example
from kpi.definitions import acquisition
from kpi.measures.deals import ATTRIBUTED_REVENUE
from kpi.measures.media import LAGGED_OVERHEAD, LAGGED_PAID_SPEND, LAGGED_SPEND
from kpi.measures.people import NEW_CUSTOMERS, PAID_CUSTOMERS
from kpi.periods import MONTHS_UP
from kpi.text import Text

_LAGGED = Text(
    "Cost of `kpis.cost_lag_days` earlier (setting): for a long sales cycle. While the setting is 0 it equals the KPI without lag.",
    "Coûts d'il y a `kpis.cost_lag_days` jours (réglage) : pour un cycle de vente long. Tant que le réglage vaut 0, égal à l'indicateur "
    "sans décalage.",
)

CAC_PAID_LAGGED = replace(
    acquisition.CAC_PAID,
    name="cac_paid_lagged",
    title=Text("Customer acquisition cost, paid, cost lagged", "Coût d'acquisition client, payant, coûts décalés"),
    formula=LAGGED_PAID_SPEND / PAID_CUSTOMERS,
    periods=MONTHS_UP,
    caveats=_LAGGED,
    example=Example({LAGGED_PAID_SPEND: "3200", PAID_CUSTOMERS: "8"}, gives="400"),
)

CAC_BLENDED_LAGGED = replace(
    acquisition.CAC_BLENDED,
    name="cac_blended_lagged",
    title=Text("Customer acquisition cost, blended, cost lagged", "Coût d'acquisition client, complet, coûts décalés"),
    formula=(LAGGED_SPEND + LAGGED_OVERHEAD) / NEW_CUSTOMERS,
    periods=MONTHS_UP,
    caveats=_LAGGED,
    example=Example({LAGGED_SPEND: "3000", LAGGED_OVERHEAD: "9000", NEW_CUSTOMERS: "8"}, gives="1500"),
)

ROI_LAGGED = replace(
    acquisition.ROI,
    name="roi_lagged",
    title=Text("Marketing return on investment, cost lagged", "Retour sur investissement marketing, coûts décalés"),
    formula=(ATTRIBUTED_REVENUE - LAGGED_SPEND) / LAGGED_SPEND,
    periods=MONTHS_UP,
    caveats=_LAGGED,
    example=Example({ATTRIBUTED_REVENUE: "5000", LAGGED_SPEND: "1000"}, gives="4"),
)
