"""Of leads and customers."""

from kpi.measures.base import NO_CRM, Check, Count, Facts, Measure
from kpi.measures.columns import COMPANY, CRM_SOURCE, ORIGIN, PIPELINE, REP
from kpi.text import Text
from kpi.units import Unit


def _contacts(name: str, not_connected: Text, borne_by: tuple[str, str] | None = None) -> Facts:
    """Leads, and those of them that went further: each stage is known, or not, by itself."""
    return Facts(
        name=name,
        mart="lead",
        credited_mart="lead_credit",
        is_weighted=True,
        members={**REP, **ORIGIN, **COMPANY},
        not_connected=not_connected,
        loaded_from=Text("leads are loaded from {day} on", "les leads sont chargés à partir du {day}"),
        borne_by=borne_by,
    )


def _stage(name: str, en: str, fr: str) -> Facts:
    nobody = Text(
        f"no contact in the CRM bears the date it became {en}", f"aucun contact du CRM ne porte la date où il est devenu {fr}"
    )
    return _contacts(name, nobody, borne_by=("contact", f"{name}_on"))


LEAD_FACTS = _contacts("lead", NO_CRM)
MQL_FACTS = _stage("mql", "a marketing-qualified lead", "un lead qualifié par le marketing")
SQL_FACTS = _stage("sql", "a sales-qualified lead", "un lead qualifié par les ventes")
OPPORTUNITY_FACTS = _stage("opportunity", "an opportunity", "une opportunité")

CUSTOMER_FACTS = Facts(
    name="customer",
    mart="customer",
    credited_mart="customer_credit",
    is_weighted=True,
    members={**PIPELINE, **REP, **ORIGIN, **COMPANY},
    not_connected=NO_CRM,
    loaded_from=Text("customers are loaded from {day} on", "les clients sont chargés à partir du {day}"),
)

LEADS = Measure("leads", Text("leads", "leads"), Unit.COUNT, LEAD_FACTS, Count(), "lead_on")
LEADS_OF_VISITS = Measure(
    "leads_of_visits",
    Text("leads that visits may have brought", "leads que des visites ont pu amener"),
    Unit.COUNT,
    LEAD_FACTS,
    Count(),
    "lead_on",
    where="may_come_of_visit",
)
NEW_CUSTOMERS = Measure(
    "new_customers",
    Text("new customers", "nouveaux clients"),
    Unit.COUNT,
    CUSTOMER_FACTS,
    Count(),
    "customer_on",
    own_checks=CRM_SOURCE,
)
PAID_CUSTOMERS = Measure(
    "paid_customers",
    Text("new customers credited to paid channels", "nouveaux clients crédités aux canaux payants"),
    Unit.COUNT,
    CUSTOMER_FACTS,
    Count(),
    "customer_on",
    where="is_paid",
    is_attributed=True,
    own_checks=CRM_SOURCE,
)

_DISORDER = (Check("stages_out_of_order", "has_stage_disorder", is_counted=True),)
MQLS = Measure(
    "mqls",
    Text("marketing-qualified leads", "leads qualifiés par le marketing"),
    Unit.COUNT,
    MQL_FACTS,
    Count(),
    "mql_on",
    own_checks=_DISORDER,
)
SQLS = Measure(
    "sqls",
    Text("sales-qualified leads", "leads qualifiés par les ventes"),
    Unit.COUNT,
    SQL_FACTS,
    Count(),
    "sql_on",
    own_checks=_DISORDER,
)
OPPORTUNITIES = Measure(
    "opportunities",
    Text("opportunities", "opportunités"),
    Unit.COUNT,
    OPPORTUNITY_FACTS,
    Count(),
    "opportunity_on",
    own_checks=_DISORDER,
)
