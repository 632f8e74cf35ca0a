"""Of customers who buy now and then: whether they still do."""

from collections.abc import Mapping
from dataclasses import replace

from kpi.measures.base import NO_CRM, By, Check, Facts, Measure, Sum
from kpi.measures.columns import COMPANY, REP
from kpi.text import Text
from kpi.units import Unit

_LOADED_FROM = Text("purchases are loaded from {day} on", "les achats sont chargés à partir du {day}")
_MEMBERS: Mapping[By, str] = {"channel": "channel", **REP, **COMPANY}

ACTIVITY_FACTS = Facts(name="activity", mart="activity_level", members=_MEMBERS, not_connected=NO_CRM, loaded_from=_LOADED_FROM)
ACTIVITY_CHANGE_FACTS = Facts(
    name="activity_change",
    mart="activity_change",
    members=_MEMBERS,
    not_connected=NO_CRM,
    loaded_from=_LOADED_FROM,
    own_periods="kinds",
)
ACTIVITY_COHORT_FACTS = Facts(
    name="activity_cohort",
    mart="activity_cohort",
    members={"cohort": "age"},
    not_connected=NO_CRM,
    loaded_from=_LOADED_FROM,
    checks=(Check("partial_period", "is_partial"),),
)

ACTIVE = Measure(
    "active_customers",
    Text("active customers", "clients actifs"),
    Unit.COUNT,
    ACTIVITY_FACTS,
    Sum("customers"),
    "change_on",
    level="closing",
)
ACTIVE_OPENING = replace(
    ACTIVE,
    name="active_customers_opening",
    title=Text("active customers at the opening", "clients actifs à l'ouverture"),
    level="opening",
)
LAPSED = Measure(
    "lapsed_customers",
    Text("customers lost since the opening", "clients perdus depuis l'ouverture"),
    Unit.COUNT,
    ACTIVITY_CHANGE_FACTS,
    Sum("customers_lost"),
    "period_start",
)
RETURNED = Measure(
    "returned_customers",
    Text("customers who came back", "clients revenus"),
    Unit.COUNT,
    ACTIVITY_CHANGE_FACTS,
    Sum("customers_returned"),
    "period_start",
)
COHORT_FIRST_BUYERS = Measure(
    "cohort_first_buyers",
    Text("customers of the cohort", "clients de la cohorte"),
    Unit.COUNT,
    ACTIVITY_COHORT_FACTS,
    Sum("customers"),
    "cohort_on",
)
COHORT_BUYING = Measure(
    "cohort_buying_again",
    Text("those of them who buy so many months later", "ceux qui achètent tant de mois après"),
    Unit.COUNT,
    ACTIVITY_COHORT_FACTS,
    Sum("active"),
    "cohort_on",
)
