"""Of subscriptions: what is paid each month, how it changed, who stayed."""

from collections.abc import Mapping
from dataclasses import replace

from kpi.measures.base import By, Check, Facts, Measure, OwnPeriods, Sum
from kpi.measures.columns import COMPANY, REP
from kpi.schema.marts.recurring import MRR_PARTS
from kpi.text import Text
from kpi.units import Unit

_NOT_CONNECTED = Text(
    "no subscription is read from the CRM: its key does not open them, or there are none",
    "aucun abonnement n'est lu dans le CRM : sa clé ne les ouvre pas, ou il n'y en a pas",
)
_LOADED_FROM = Text("subscriptions are loaded from {day} on", "les abonnements sont chargés à partir du {day}")
_OF_CUSTOMERS: Mapping[By, str] = {"channel": "channel", **REP, **COMPANY}
_OF_PLANS: Mapping[By, str] = {"plan": "plan_id", "category": "category"}
_ASSUMED = (Check("assumed_end", "has_assumed_end", is_counted=True),)


def _facts(name: str, mart: str, plan_mart: str, own_periods: OwnPeriods = "no") -> Facts:
    return Facts(
        name=name,
        mart=mart,
        other_marts=dict.fromkeys(_OF_PLANS, plan_mart),
        members={**_OF_CUSTOMERS, **_OF_PLANS},
        not_connected=_NOT_CONNECTED,
        loaded_from=_LOADED_FROM,
        fed_by=("subscription_period",),
        borne_by=("subscription_period", "subscription_id"),
        checks=_ASSUMED,
        own_periods=own_periods,
    )


SUBSCRIPTION_FACTS = _facts("subscription", "mrr_level", "mrr_plan_level")
MOVEMENT_FACTS = _facts("movement", "mrr_change", "mrr_plan_change", "kinds")
SUBSCRIBER_YEAR_FACTS = _facts("subscriber_year", "subscriber_year", "subscriber_plan_year")
SUBSCRIBER_COHORT_FACTS = Facts(
    name="subscriber_cohort",
    mart="subscriber_cohort",
    members={"cohort": "age"},
    not_connected=_NOT_CONNECTED,
    loaded_from=_LOADED_FROM,
    fed_by=("subscription_period",),
    borne_by=("subscription_period", "subscription_id"),
    checks=(Check("partial_period", "is_partial"),),
)

# --- How much there is ------------------------------------------------------------------------------------

MRR = Measure(
    "mrr",
    Text("monthly recurring revenue", "revenu récurrent mensuel"),
    Unit.MONEY,
    SUBSCRIPTION_FACTS,
    Sum("mrr", per=MRR_PARTS),
    "change_on",
    level="closing",
)
MRR_OPENING = replace(
    MRR,
    name="mrr_opening",
    title=Text("recurring revenue at the opening", "revenu récurrent à l'ouverture"),
    level="opening",
)
SUBSCRIBERS = Measure(
    "subscribers",
    Text("paying customers", "clients abonnés"),
    Unit.COUNT,
    SUBSCRIPTION_FACTS,
    Sum("customers"),
    "change_on",
    level="closing",
)
SUBSCRIBERS_OPENING = replace(
    SUBSCRIBERS,
    name="subscribers_opening",
    title=Text("paying customers at the opening", "clients abonnés à l'ouverture"),
    level="opening",
)
SUBSCRIBERS_GONE_LATELY = Measure(
    "subscribers_gone_30_days",
    Text("customers who ceased to pay in the last 30 days", "clients ayant cessé de payer ces 30 derniers jours"),
    Unit.COUNT,
    SUBSCRIPTION_FACTS,
    Sum("customers_gone"),
    "change_on",
    trailing_days=30,
)
SUBSCRIPTIONS = Measure(
    "subscriptions",
    Text("active subscriptions", "abonnements actifs"),
    Unit.COUNT,
    SUBSCRIPTION_FACTS,
    Sum("subscriptions"),
    "change_on",
    level="closing",
)

# --- How it changed in a period ---------------------------------------------------------------------------


def _movement(column: str, title: Text) -> Measure:
    return Measure(column, title, Unit.MONEY, MOVEMENT_FACTS, Sum(column, per=MRR_PARTS), "period_start")


MRR_NEW = _movement("mrr_new", Text("new recurring revenue", "revenu récurrent nouveau"))
MRR_EXPANSION = _movement("mrr_expansion", Text("expansion", "expansion"))
MRR_CONTRACTION = _movement("mrr_contraction", Text("contraction", "contraction"))
MRR_CHURNED = _movement("mrr_churned", Text("churned recurring revenue", "revenu récurrent perdu"))
MRR_REACTIVATION = _movement("mrr_reactivation", Text("reactivation", "réactivation"))
MRR_MOVED = _movement("mrr_moved", Text("recurring revenue from other plans", "revenu récurrent venu d'autres formules"))
MRR_FX = _movement("mrr_fx", Text("effect of exchange rates", "effet de change"))
MRR_GAINED = _movement(
    "mrr_gained", Text("increase of customers there at the opening", "hausse des clients présents à l'ouverture")
)
MRR_LOST = _movement("mrr_lost", Text("loss on customers there at the opening", "perte sur les clients présents à l'ouverture"))


def _heads(name: str, column: str, title: Text) -> Measure:
    return Measure(name, title, Unit.COUNT, MOVEMENT_FACTS, Sum(column), "period_start")


SUBSCRIBERS_LOST = _heads(
    "subscribers_lost", "customers_lost", Text("customers lost since the opening", "clients perdus depuis l'ouverture")
)
SUBSCRIBERS_RETURNED = _heads(
    "subscribers_returned",
    "customers_returned",
    Text("customers who had left before and are back", "clients partis avant et revenus"),
)
SUBSCRIBERS_AWAY = _heads(
    "subscribers_away",
    "customers_away",
    Text("customers who left since the opening and are back", "clients partis depuis l'ouverture et revenus"),
)

# --- The last year ----------------------------------------------------------------------------------------


def _of_year(name: str, column: str, title: Text, unit: Unit = Unit.MONEY) -> Measure:
    parts = MRR_PARTS if unit is Unit.MONEY else 1
    return Measure(name, title, unit, SUBSCRIBER_YEAR_FACTS, Sum(column, per=parts), None)


MRR_START_OF_YEAR = _of_year(
    "mrr_365_days_ago", "mrr_start", Text("recurring revenue 365 days ago", "revenu récurrent il y a 365 jours")
)
MRR_GAINED_OF_YEAR = _of_year(
    "mrr_gained_365_days",
    "mrr_gained",
    Text("increase since of the customers of then", "hausse depuis lors des clients d'alors"),
)
MRR_LOST_OF_YEAR = _of_year(
    "mrr_lost_365_days", "mrr_lost", Text("loss since on the customers of then", "perte depuis lors sur les clients d'alors")
)
SUBSCRIBERS_START_OF_YEAR = _of_year(
    "subscribers_365_days_ago",
    "customers_start",
    Text("paying customers 365 days ago", "clients abonnés il y a 365 jours"),
    Unit.COUNT,
)
SUBSCRIBERS_LOST_OF_YEAR = _of_year(
    "subscribers_lost_365_days",
    "customers_lost",
    Text("those of them who left since", "ceux qui sont partis depuis"),
    Unit.COUNT,
)
CUSTOMER_MONTHS = _of_year(
    "customer_months",
    "customer_months",
    Text("customers at the opening of each of the last 12 months", "clients à l'ouverture de chacun des 12 derniers mois"),
    Unit.COUNT,
)
CUSTOMER_LOSSES = _of_year(
    "customer_losses",
    "customer_losses",
    Text("customers lost in those months", "clients perdus durant ces mois"),
    Unit.COUNT,
)
MRR_MONTHS = _of_year(
    "mrr_months",
    "mrr_months",
    Text(
        "recurring revenue at the opening of each of the last 12 months",
        "revenu récurrent à l'ouverture de chacun des 12 derniers mois",
    ),
)
MRR_LOSSES = _of_year(
    "mrr_losses", "mrr_losses", Text("recurring revenue lost in those months", "revenu récurrent perdu durant ces mois")
)
MRR_NEW_OF_YEAR = _of_year(
    "mrr_new_12_months",
    "mrr_new",
    Text("new recurring revenue of the last 12 months", "revenu récurrent nouveau des 12 derniers mois"),
)
SUBSCRIBERS_NEW_OF_YEAR = _of_year(
    "subscribers_new_12_months",
    "customers_new",
    Text("new paying customers of the last 12 months", "nouveaux clients abonnés des 12 derniers mois"),
    Unit.COUNT,
)

# --- Cohorts ----------------------------------------------------------------------------------------------

COHORT_SUBSCRIBERS = Measure(
    "cohort_subscribers",
    Text("customers of the cohort", "clients de la cohorte"),
    Unit.COUNT,
    SUBSCRIBER_COHORT_FACTS,
    Sum("customers"),
    "cohort_on",
)
COHORT_STILL_PAYING = Measure(
    "cohort_still_paying",
    Text("those of them who pay so many months later", "ceux qui paient tant de mois après"),
    Unit.COUNT,
    SUBSCRIBER_COHORT_FACTS,
    Sum("active"),
    "cohort_on",
)
