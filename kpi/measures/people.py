"""Of leads and customers."""

from kpi.measures.base import Check, Count, Measure
from kpi.text import Text
from kpi.units import Unit

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

_DISORDER = (Check("stages_out_of_order", "has_stage_disorder", is_counted=True),)
MQLS = Measure(
    "mqls",
    Text("marketing-qualified leads", "leads qualifiés par le marketing"),
    Unit.COUNT,
    "mql",
    Count(),
    "mql_on",
    own_checks=_DISORDER,
)
SQLS = Measure(
    "sqls",
    Text("sales-qualified leads", "leads qualifiés par les ventes"),
    Unit.COUNT,
    "sql",
    Count(),
    "sql_on",
    own_checks=_DISORDER,
)
OPPORTUNITIES = Measure(
    "opportunities",
    Text("opportunities", "opportunités"),
    Unit.COUNT,
    "opportunity",
    Count(),
    "opportunity_on",
    own_checks=_DISORDER,
)
