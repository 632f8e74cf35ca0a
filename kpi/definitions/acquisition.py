"""Acquisition: what leads and customers cost, and what the money brought back."""

from kpi.card import ANY_CHANGE, HALF_A_POINT, ONE_PERCENT, Example, Kpi, Source
from kpi.measures.base import By
from kpi.measures.deals import ATTRIBUTED_REVENUE, PAID_REVENUE, REVENUE_WON
from kpi.measures.media import (
    CLICKS,
    CLICKS_OF_IMPRESSIONS,
    CONVERSION_VALUE,
    CONVERSIONS,
    IMPRESSIONS,
    IMPRESSIONS_WITH_CLICKS,
    OVERHEAD,
    PAID_SPEND,
    SPEND,
    SPEND_WITH_CLICKS,
    SPEND_WITH_CONVERSIONS,
    SPEND_WITH_IMPRESSIONS,
)
from kpi.measures.people import LEADS, MQLS, NEW_CUSTOMERS, OPPORTUNITIES, PAID_CUSTOMERS, SQLS
from kpi.periods import MONTHS_UP, WEEKS_UP
from kpi.text import Text

_LIFECYCLE = Source(
    "CRM Curator, HubSpot contact lifecycle stages",
    "https://crmcurator.com/articles/hubspot/hubspot-contact-lifecycle-stages/",
)
_COST_PER = Source("Jepto, Google Ads data source metrics", "https://www.jepto.com/help/google-ads-data-source-metrics")
_ADS_METRICS = Source("Google Ads API, metrics", "https://developers.google.com/google-ads/api/fields/v23/metrics")
_SKOK = Source("David Skok, SaaS metrics 2.0, definitions", "https://www.forentrepreneurs.com/saas-metrics-2-definitions-2/")
_NETSUITE = Source(
    "Oracle NetSuite Help, SaaS metrics",
    "https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_0910123257.html",
)
_GOOGLE_ROI = Source("Google Ads Help, return on investment", "https://support.google.com/google-ads/answer/1722066")

_MARKETING: tuple[By, ...] = ("total", "channel", "campaign")
_PEOPLE: tuple[By, ...] = (*_MARKETING, "team", "owner")

LEAD_COUNT = Kpi(
    name="leads",
    title=Text("Leads", "Leads"),
    explain=Text("How many contacts became leads in the period.", "Nombre de contacts devenus leads dans la période."),
    formula=LEADS,
    better="up",
    grains=(*_PEOPLE, "company"),
    undefined_when=Text("no CRM is connected", "aucun CRM n'est connecté"),
    caveats=Text(
        "What makes a contact a lead is a setting: its creation, or the lead lifecycle stage.",
        "Ce qui fait d'un contact un lead est un réglage : sa création, ou l'étape lead du cycle de vie.",
    ),
    source=_LIFECYCLE,
    example=Example({LEADS: "120"}, gives="120"),
    version=1,
    write_step=ANY_CHANGE,
)

CUSTOMER_COUNT = Kpi(
    name="new_customers",
    title=Text("New customers", "Nouveaux clients"),
    explain=Text(
        "How many customers won their first deal with us in the period.",
        "Nombre de clients dont la première transaction a été gagnée dans la période.",
    ),
    formula=NEW_CUSTOMERS,
    better="up",
    grains=(*_PEOPLE, "pipeline", "company"),
    undefined_when=Text("no CRM is connected", "aucun CRM n'est connecté"),
    caveats=Text(
        "A customer is a company or a contact, by setting; later purchases are not new.",
        "Un client est une entreprise ou un contact, selon le réglage ; les achats suivants ne sont pas nouveaux.",
    ),
    source=_LIFECYCLE,
    example=Example({NEW_CUSTOMERS: "8"}, gives="8"),
    version=1,
    write_step=ANY_CHANGE,
)

LEAD_TO_CUSTOMER = Kpi(
    name="lead_to_customer",
    title=Text("Lead-to-customer rate", "Taux de transformation des leads"),
    explain=Text(
        "New customers of the period for each lead of the same period.",
        "Nouveaux clients de la période pour chaque lead de la même période.",
    ),
    formula=NEW_CUSTOMERS / LEADS,
    better="up",
    grains=_PEOPLE,
    undefined_when=Text("no lead in the period", "aucun lead dans la période"),
    caveats=Text(
        "Period mode: the customers need not be the leads of the same period, so it may pass 100 % and is then flagged.",
        "Mode période : les clients ne sont pas forcément les leads de la même période ; le taux peut dépasser 100 % et est alors signalé.",
    ),
    source=_LIFECYCLE,
    example=Example({NEW_CUSTOMERS: "8", LEADS: "160"}, gives="0.05"),
    version=1,
    write_step=HALF_A_POINT,
    flags_above_one=True,
)

MEDIA_SPEND = Kpi(
    name="spend",
    title=Text("Media spend", "Dépenses média"),
    explain=Text(
        "Money spent on ads and on anything else that names a channel.",
        "Argent dépensé en publicité et en tout ce qui nomme un canal.",
    ),
    formula=SPEND,
    better="none",
    grains=_MARKETING,
    undefined_when=Text("no spend source is connected", "aucune source de dépenses n'est connectée"),
    caveats=Text(
        "Salaries, agencies and tools without a channel are not in it. Estimates are, only when the settings say so, and are flagged.",
        "Salaires, agences et outils sans canal n'y sont pas. Les estimations y sont seulement si le réglage le dit, et sont signalées.",
    ),
    source=_ADS_METRICS,
    example=Example({SPEND: "3000"}, gives="3000"),
    version=1,
    write_step=ONE_PERCENT,
)

COST_PER_LEAD = Kpi(
    name="cpl",
    title=Text("Cost per lead (CPL)", "Coût par lead (CPL)"),
    explain=Text("Media spend for each lead of the period.", "Dépenses média pour chaque lead de la période."),
    formula=SPEND / LEADS,
    better="down",
    grains=_MARKETING,
    undefined_when=Text("no lead in the period", "aucun lead dans la période"),
    caveats=Text(
        "Leads are those of the CRM, not the conversions an ad platform claims. At total, leads that cost nothing are in it too.",
        "Les leads sont ceux du CRM, non les conversions que revendique une régie. Au total, les leads gratuits sont comptés aussi.",
    ),
    source=_COST_PER,
    example=Example({SPEND: "3000", LEADS: "120"}, gives="25"),
    version=1,
    write_step=ONE_PERCENT,
)

CAC_PAID = Kpi(
    name="cac_paid",
    title=Text("Customer acquisition cost, paid (CAC)", "Coût d'acquisition client, payant (CAC)"),
    explain=Text(
        "Ad spend for each new customer that is credited to a paid channel.",
        "Dépenses publicitaires pour chaque nouveau client crédité à un canal payant.",
    ),
    formula=PAID_SPEND / PAID_CUSTOMERS,
    better="down",
    grains=_MARKETING,
    periods=WEEKS_UP,
    undefined_when=Text(
        "no new customer credited to a paid channel in the period",
        "aucun nouveau client crédité à un canal payant dans la période",
    ),
    caveats=Text(
        "Depends on the attribution model. Media cost only; only paid channels are shown.",
        "Dépend du modèle d'attribution. Coût média seulement ; seuls les canaux payants sont montrés.",
    ),
    source=_SKOK,
    example=Example({PAID_SPEND: "3200", PAID_CUSTOMERS: "8"}, gives="400"),
    version=1,
    write_step=ONE_PERCENT,
)

CAC_BLENDED = Kpi(
    name="cac_blended",
    title=Text("Customer acquisition cost, blended (CAC)", "Coût d'acquisition client, complet (CAC)"),
    explain=Text(
        "All marketing and sales cost, salaries and agencies included, for each new customer of the period.",
        "Tous les coûts marketing et commerciaux, salaires et agences compris, pour chaque nouveau client de la période.",
    ),
    formula=(SPEND + OVERHEAD) / NEW_CUSTOMERS,
    better="down",
    grains=("total",),
    periods=("all", "year", "quarter", "month"),
    undefined_when=Text("no new customer in the period", "aucun nouveau client dans la période"),
    caveats=Text(
        "As complete as the cost file. Costs count on the day the file gives them: a yearly invoice weighs on its month.",
        "Aussi complet que le fichier de coûts. Un coût compte au jour que donne le fichier : une facture annuelle pèse sur son mois.",
    ),
    source=_NETSUITE,
    example=Example({SPEND: "3000", OVERHEAD: "9000", NEW_CUSTOMERS: "8"}, gives="1500"),
    version=1,
    write_step=ONE_PERCENT,
)

ROI = Kpi(
    name="roi",
    title=Text("Marketing return on investment (ROI)", "Retour sur investissement marketing (ROI)"),
    explain=Text(
        "What one unit of media spend brought back beyond itself: 4 means four gained for one spent.",
        "Ce qu'une unité de dépense média a rapporté au-delà d'elle-même : 4 signifie quatre gagnés pour un dépensé.",
    ),
    formula=(ATTRIBUTED_REVENUE - SPEND) / SPEND,
    better="up",
    grains=_MARKETING,
    periods=WEEKS_UP,
    undefined_when=Text("no spend in the period", "aucune dépense dans la période"),
    caveats=Text(
        "On revenue, not on margin. Revenue that no touch explains is left out. Deals of this spend may still be won later.",
        "Sur le chiffre d'affaires, non sur la marge. Celui qu'aucun contact marketing n'explique est exclu. "
        "Des transactions issues de ces dépenses peuvent encore être gagnées.",
    ),
    source=_GOOGLE_ROI,
    example=Example({ATTRIBUTED_REVENUE: "5000", SPEND: "1000"}, gives="4"),
    version=1,
    write_step=HALF_A_POINT,
    interval="returns",
)

ROAS_CRM = Kpi(
    name="roas_crm",
    title=Text("Return on ad spend, from the CRM (ROAS)", "Retour sur dépenses publicitaires, d'après le CRM (ROAS)"),
    explain=Text(
        "Won revenue credited to paid channels for each unit spent in them.",
        "Chiffre d'affaires gagné crédité aux canaux payants pour chaque unité dépensée dans ceux-ci.",
    ),
    formula=PAID_REVENUE / PAID_SPEND,
    better="up",
    grains=_MARKETING,
    periods=WEEKS_UP,
    undefined_when=Text("no spend in paid channels in the period", "aucune dépense dans les canaux payants dans la période"),
    caveats=Text(
        "Won revenue of the CRM, not the conversion value an ad platform claims; only paid channels are shown.",
        "Chiffre d'affaires du CRM, non la valeur de conversion que revendique une régie ; seuls les canaux payants sont montrés.",
    ),
    source=_COST_PER,
    example=Example({PAID_REVENUE: "5000", PAID_SPEND: "1000"}, gives="5"),
    version=1,
    write_step=HALF_A_POINT,
    interval="returns",
)

COST_PER_CLICK = Kpi(
    name="cpc",
    title=Text("Cost per click (CPC)", "Coût par clic (CPC)"),
    explain=Text("Spend for each click on an ad.", "Dépense pour chaque clic sur une annonce."),
    formula=SPEND_WITH_CLICKS / CLICKS,
    better="down",
    grains=_MARKETING,
    undefined_when=Text("no click in the period", "aucun clic dans la période"),
    caveats=Text(
        "Only spend whose clicks are counted: files are left out.",
        "Seules les dépenses dont les clics sont comptés : hors fichiers.",
    ),
    source=_ADS_METRICS,
    example=Example({SPEND_WITH_CLICKS: "500", CLICKS: "400"}, gives="1.25"),
    version=1,
    write_step=ONE_PERCENT,
)

COST_PER_THOUSAND = Kpi(
    name="cpm",
    title=Text("Cost per thousand impressions (CPM)", "Coût pour mille impressions (CPM)"),
    explain=Text("Spend for each thousand times an ad was shown.", "Dépense pour mille affichages d'une annonce."),
    formula=SPEND_WITH_IMPRESSIONS / IMPRESSIONS * 1000,
    better="down",
    grains=_MARKETING,
    undefined_when=Text("no impression in the period", "aucune impression dans la période"),
    caveats=Text(
        "Only spend whose impressions are counted: files are left out.",
        "Seules les dépenses dont les impressions sont comptées : hors fichiers.",
    ),
    source=_ADS_METRICS,
    example=Example({SPEND_WITH_IMPRESSIONS: "500", IMPRESSIONS: "80000"}, gives="6.25"),
    version=1,
    write_step=ONE_PERCENT,
)

CLICK_RATE = Kpi(
    name="ctr",
    title=Text("Click-through rate (CTR)", "Taux de clic (CTR)"),
    explain=Text("The share of ad impressions that were clicked.", "Part des affichages d'annonces qui ont été cliqués."),
    formula=CLICKS_OF_IMPRESSIONS / IMPRESSIONS_WITH_CLICKS,
    better="up",
    grains=_MARKETING,
    undefined_when=Text("no impression in the period", "aucune impression dans la période"),
    caveats=Text(
        "Total clicks over total impressions, never the mean of daily rates. Above 100 % it is flagged.",
        "Total des clics sur total des impressions, jamais la moyenne des taux quotidiens. Au-delà de 100 %, il est signalé.",
    ),
    source=_ADS_METRICS,
    example=Example({CLICKS_OF_IMPRESSIONS: "20", IMPRESSIONS_WITH_CLICKS: "1000"}, gives="0.02"),
    version=1,
    write_step=HALF_A_POINT,
    interval="share",
    flags_above_one=True,
)

_NO_STAGE = Text("no contact bears the date of this stage", "aucun contact ne porte la date de cette étape")
_STAMPS = Text(
    "By the stage dates of the CRM, whose criteria are yours. Who reached a later stage without this date passed it on the later one's.",
    "Selon les dates d'étape du CRM, dont les critères sont les vôtres. Qui a atteint une étape suivante sans cette date l'a passée à la suivante.",
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

ATTRIBUTED = Kpi(
    name="attributed_revenue",
    title=Text("Attributed revenue", "Chiffre d'affaires attribué"),
    explain=Text(
        "Won revenue as the attribution model shares it out; what no touch explains stands under unattributed.",
        "Chiffre d'affaires gagné tel que le modèle d'attribution le répartit ; ce qu'aucun contact n'explique figure sous non attribué.",
    ),
    formula=REVENUE_WON,
    better="up",
    grains=("channel", "campaign"),
    undefined_when=Text("no CRM is connected", "aucun CRM n'est connecté"),
    caveats=Text(
        "Over all channels it sums to the revenue won. Platforms' own claims are another number and never added.",
        "Sur tous les canaux, la somme est le chiffre d'affaires gagné. Ce que revendiquent les régies est un autre chiffre, jamais additionné.",
    ),
    source=Source(
        "HubSpot, attribution models", "https://blog.hubspot.com/customers/a-closer-look-at-attribution-models-in-hubspot"
    ),
    example=Example({REVENUE_WON: "5000"}, gives="5000"),
    version=1,
    write_step=ONE_PERCENT,
)

COST_PER_ACTION = Kpi(
    name="cpa",
    title=Text("Cost per conversion (CPA)", "Coût par conversion (CPA)"),
    explain=Text(
        "Spend for each conversion that the ad platforms count.", "Dépense pour chaque conversion que comptent les régies."
    ),
    formula=SPEND_WITH_CONVERSIONS / CONVERSIONS,
    better="down",
    grains=_MARKETING,
    undefined_when=Text("no conversion in the period", "aucune conversion dans la période"),
    caveats=Text(
        "The platforms' own count, by their window and rules: not the leads of the CRM. Several platforms may claim one sale.",
        "Le compte des régies, selon leur fenêtre et leurs règles : pas les leads du CRM. Plusieurs régies peuvent revendiquer une vente.",
    ),
    source=_COST_PER,
    example=Example({SPEND_WITH_CONVERSIONS: "500", CONVERSIONS: "12.5"}, gives="40"),
    version=1,
    write_step=ONE_PERCENT,
)

ROAS_PLATFORM = Kpi(
    name="roas_platform",
    title=Text("Return on ad spend, as platforms claim (ROAS)", "Retour sur dépenses publicitaires, selon les régies (ROAS)"),
    explain=Text(
        "Conversion value that the ad platforms claim, for each unit spent on them.",
        "Valeur de conversion que revendiquent les régies, pour chaque unité dépensée.",
    ),
    formula=CONVERSION_VALUE / SPEND_WITH_CONVERSIONS,
    better="up",
    grains=_MARKETING,
    undefined_when=Text(
        "no spend where conversions are counted in the period", "aucune dépense aux conversions comptées dans la période"
    ),
    caveats=Text(
        "Their value, window and view-through rules. Beside the CRM's figure it shows how much they claim too much.",
        "Leur valeur, leur fenêtre, leurs conversions après vue. À côté du chiffre du CRM, il montre ce qu'elles revendiquent en trop.",
    ),
    source=_ADS_METRICS,
    example=Example({CONVERSION_VALUE: "5000", SPEND_WITH_CONVERSIONS: "1000"}, gives="5"),
    version=1,
    write_step=HALF_A_POINT,
)
