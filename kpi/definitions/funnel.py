"""The stages between a lead and an opportunity: how many, how many go on, and what each costs."""

from kpi.card import ANY_CHANGE, HALF_A_POINT, ONE_PERCENT, Example, Kpi, Source
from kpi.measures.base import By
from kpi.measures.media import SPEND
from kpi.measures.people import LEADS, MQLS, NEW_CUSTOMERS, OPPORTUNITIES, SQLS
from kpi.periods import MONTHS_UP
from kpi.text import Text

_LIFECYCLE = Source(
    "CRM Curator, HubSpot contact lifecycle stages",
    "https://crmcurator.com/articles/hubspot/hubspot-contact-lifecycle-stages/",
)
_COST_PER = Source("Jepto, Google Ads data source metrics", "https://www.jepto.com/help/google-ads-data-source-metrics")

_MARKETING: tuple[By, ...] = ("total", "channel", "campaign")
_PEOPLE: tuple[By, ...] = (*_MARKETING, "team", "owner")

_NO_STAGE = Text("no contact bears the date of this stage", "aucun contact ne porte la date de cette étape")
_STAMPS = Text(
    "By the stage dates of the CRM, whose criteria are yours. Who reached a later stage without this date passed it on the later one's, "
    "or not at all (setting kpis.skipped_stages).",
    "Selon les dates d'étape du CRM, dont les critères sont les vôtres. Qui a atteint une étape suivante sans cette date l'a passée à la "
    "suivante, ou pas du tout (réglage kpis.skipped_stages).",
)
_PERIOD_MODE = Text(
    f"{_STAMPS.en} Period mode: both sides are of this period, so it may pass 100 % and is then flagged.",
    f"{_STAMPS.fr} Mode période : les deux côtés sont de cette période ; le taux peut dépasser 100 % et est alors signalé.",
)

MQL_COUNT = Kpi(
    name="mqls",
    title=Text("Marketing-qualified leads (MQL)", "Leads qualifiés marketing (MQL)"),
    explain=Text(
        "How many contacts became marketing-qualified leads in the period.",
        "Nombre de contacts devenus leads qualifiés par le marketing dans la période.",
    ),
    formula=MQLS,
    better="up",
    grains=(*_PEOPLE, "company"),
    undefined_when=_NO_STAGE,
    caveats=_STAMPS,
    source=_LIFECYCLE,
    example=Example({MQLS: "60"}, gives="60"),
    version=1,
    write_step=ANY_CHANGE,
)

SQL_COUNT = Kpi(
    name="sqls",
    title=Text("Sales-qualified leads (SQL)", "Leads qualifiés ventes (SQL)"),
    explain=Text(
        "How many contacts became sales-qualified leads in the period.",
        "Nombre de contacts devenus leads qualifiés par les ventes dans la période.",
    ),
    formula=SQLS,
    better="up",
    grains=(*_PEOPLE, "company"),
    undefined_when=_NO_STAGE,
    caveats=_STAMPS,
    source=_LIFECYCLE,
    example=Example({SQLS: "60"}, gives="60"),
    version=1,
    write_step=ANY_CHANGE,
)

OPPORTUNITY_COUNT = Kpi(
    name="opportunities",
    title=Text("Opportunities", "Opportunités"),
    explain=Text(
        "How many contacts became opportunities in the period.", "Nombre de contacts devenus opportunités dans la période."
    ),
    formula=OPPORTUNITIES,
    better="up",
    grains=(*_PEOPLE, "company"),
    undefined_when=_NO_STAGE,
    caveats=_STAMPS,
    source=_LIFECYCLE,
    example=Example({OPPORTUNITIES: "60"}, gives="60"),
    version=1,
    write_step=ANY_CHANGE,
)

LEAD_TO_MQL = Kpi(
    name="lead_to_mql",
    title=Text("Lead-to-MQL rate", "Taux lead-MQL"),
    explain=Text("Marketing-qualified leads for each lead.", "Leads qualifiés par le marketing pour chaque lead."),
    formula=MQLS / LEADS,
    better="up",
    grains=_PEOPLE,
    periods=MONTHS_UP,
    undefined_when=Text("no lead in the period", "aucun lead dans la période"),
    caveats=_PERIOD_MODE,
    source=_LIFECYCLE,
    example=Example({MQLS: "30", LEADS: "120"}, gives="0.25"),
    version=1,
    write_step=HALF_A_POINT,
    flags_above_one=True,
)

MQL_TO_SQL = Kpi(
    name="mql_to_sql",
    title=Text("MQL-to-SQL rate", "Taux MQL-SQL"),
    explain=Text(
        "Sales-qualified leads for each marketing-qualified one.",
        "Leads qualifiés par les ventes pour chaque lead qualifié par le marketing.",
    ),
    formula=SQLS / MQLS,
    better="up",
    grains=_PEOPLE,
    periods=MONTHS_UP,
    undefined_when=Text("no marketing-qualified lead in the period", "aucun lead qualifié par le marketing dans la période"),
    caveats=_PERIOD_MODE,
    source=_LIFECYCLE,
    example=Example({SQLS: "30", MQLS: "120"}, gives="0.25"),
    version=1,
    write_step=HALF_A_POINT,
    flags_above_one=True,
)

SQL_TO_OPP = Kpi(
    name="sql_to_opp",
    title=Text("SQL-to-opportunity rate", "Taux SQL-opportunité"),
    explain=Text("Opportunities for each sales-qualified lead.", "Opportunités pour chaque lead qualifié par les ventes."),
    formula=OPPORTUNITIES / SQLS,
    better="up",
    grains=_PEOPLE,
    periods=MONTHS_UP,
    undefined_when=Text("no sales-qualified lead in the period", "aucun lead qualifié par les ventes dans la période"),
    caveats=_PERIOD_MODE,
    source=_LIFECYCLE,
    example=Example({OPPORTUNITIES: "30", SQLS: "120"}, gives="0.25"),
    version=1,
    write_step=HALF_A_POINT,
    flags_above_one=True,
)

OPP_TO_WON = Kpi(
    name="opp_to_won",
    title=Text("Opportunity-to-customer rate", "Taux opportunité-client"),
    explain=Text("New customers for each opportunity.", "Nouveaux clients pour chaque opportunité."),
    formula=NEW_CUSTOMERS / OPPORTUNITIES,
    better="up",
    grains=_PEOPLE,
    periods=MONTHS_UP,
    undefined_when=Text("no opportunity in the period", "aucune opportunité dans la période"),
    caveats=_PERIOD_MODE,
    source=_LIFECYCLE,
    example=Example({NEW_CUSTOMERS: "30", OPPORTUNITIES: "120"}, gives="0.25"),
    version=1,
    write_step=HALF_A_POINT,
    flags_above_one=True,
)

COST_PER_MQL = Kpi(
    name="cost_per_mql",
    title=Text("Cost per MQL", "Coût par MQL"),
    explain=Text(
        "Media spend for each marketing-qualified lead of the period.",
        "Dépenses média pour chaque lead qualifié par le marketing de la période.",
    ),
    formula=SPEND / MQLS,
    better="down",
    grains=_MARKETING,
    periods=MONTHS_UP,
    undefined_when=Text("no marketing-qualified lead in the period", "aucun lead qualifié par le marketing dans la période"),
    caveats=_STAMPS,
    source=_COST_PER,
    example=Example({SPEND: "3000", MQLS: "40"}, gives="75"),
    version=1,
    write_step=ONE_PERCENT,
)

COST_PER_SQL = Kpi(
    name="cost_per_sql",
    title=Text("Cost per SQL", "Coût par SQL"),
    explain=Text(
        "Media spend for each sales-qualified lead of the period.",
        "Dépenses média pour chaque lead qualifié par les ventes de la période.",
    ),
    formula=SPEND / SQLS,
    better="down",
    grains=_MARKETING,
    periods=MONTHS_UP,
    undefined_when=Text("no sales-qualified lead in the period", "aucun lead qualifié par les ventes dans la période"),
    caveats=_STAMPS,
    source=_COST_PER,
    example=Example({SPEND: "3000", SQLS: "40"}, gives="75"),
    version=1,
    write_step=ONE_PERCENT,
)

COST_PER_OPPORTUNITY = Kpi(
    name="cost_per_opportunity",
    title=Text("Cost per opportunity", "Coût par opportunité"),
    explain=Text("Media spend for each opportunity of the period.", "Dépenses média pour chaque opportunité de la période."),
    formula=SPEND / OPPORTUNITIES,
    better="down",
    grains=_MARKETING,
    periods=MONTHS_UP,
    undefined_when=Text("no opportunity in the period", "aucune opportunité dans la période"),
    caveats=_STAMPS,
    source=_COST_PER,
    example=Example({SPEND: "3000", OPPORTUNITIES: "40"}, gives="75"),
    version=1,
    write_step=ONE_PERCENT,
)
