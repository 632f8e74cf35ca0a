"""Of cohorts: what began in a period, and what had come of it within so many days (setting ``kpis.cohort_days``)."""

from kpi.measures.base import NO_CRM, Count, Facts, Measure, Sum
from kpi.measures.columns import FROM_KNOWN_CHANNELS, FROM_PAID_CHANNELS, ORIGIN, PIPELINE, REP
from kpi.text import Text
from kpi.units import Unit

LEAD_COHORT_FACTS = Facts(
    name="lead_cohort",
    mart="lead",
    credited_mart="lead_credit",
    is_weighted=True,
    members={**REP, **ORIGIN},
    not_connected=NO_CRM,
    loaded_from=Text("leads are loaded from {day} on", "les leads sont chargés à partir du {day}"),
    is_cohort=True,
)

DEAL_COHORT_FACTS = Facts(
    name="deal_cohort",
    mart="deal_outcome",
    credited_mart="deal_credit",
    is_weighted=True,
    members={**PIPELINE, **REP, **ORIGIN},
    not_connected=NO_CRM,
    loaded_from=Text("deals are loaded from {day} on", "les transactions sont chargées à partir du {day}"),
    is_cohort=True,
)

_BECAME_CUSTOMER = "customer_days IS NOT NULL"
_MAKES_SENSE = "NOT has_negative_cycle"

COHORT_LEADS = Measure(
    "cohort_leads",
    Text("leads of the cohort", "leads de la cohorte"),
    Unit.COUNT,
    LEAD_COHORT_FACTS,
    Count(),
    "lead_on",
    where="was_customer_before IS NULL",
)
COHORT_CUSTOMERS = Measure(
    "cohort_customers",
    Text("of these, customers within the window", "dont clients dans le délai"),
    Unit.COUNT,
    LEAD_COHORT_FACTS,
    Count(),
    "lead_on",
    where=_BECAME_CUSTOMER,
)
PAID_COHORT_CUSTOMERS = Measure(
    "paid_cohort_customers",
    Text(
        "customers that leads of paid channels became within the window",
        "clients issus, dans le délai, des leads de canaux payants",
    ),
    Unit.COUNT,
    LEAD_COHORT_FACTS,
    Count(),
    "lead_on",
    where=f"{_BECAME_CUSTOMER} AND {FROM_PAID_CHANNELS}",
    is_attributed=True,
)
COHORT_REVENUE = Measure(
    "cohort_revenue",
    Text("revenue that the leads brought within the window", "chiffre d'affaires apporté par les leads dans le délai"),
    Unit.MONEY,
    LEAD_COHORT_FACTS,
    Sum("cohort_revenue_home"),
    "lead_on",
    where=f"cohort_revenue_home IS NOT NULL AND {FROM_KNOWN_CHANNELS}",
    is_attributed=True,
)
COHORT_DEALS = Measure(
    "cohort_deals",
    Text("deals created", "transactions créées"),
    Unit.COUNT,
    DEAL_COHORT_FACTS,
    Count(),
    "created_on",
    where=_MAKES_SENSE,
)
COHORT_DEALS_WON = Measure(
    "cohort_deals_won",
    Text("of these, won within the window", "dont gagnées dans le délai"),
    Unit.COUNT,
    DEAL_COHORT_FACTS,
    Count(),
    "created_on",
    where="won_days IS NOT NULL",
)
COHORT_DEALS_EVER_WON = Measure(
    "cohort_deals_ever_won",
    Text("of these, won by now", "dont gagnées à ce jour"),
    Unit.COUNT,
    DEAL_COHORT_FACTS,
    Count(),
    "created_on",
    where=f"won_on IS NOT NULL AND {_MAKES_SENSE}",
)
