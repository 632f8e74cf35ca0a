"""Acquisition: what leads and customers cost, and what the money brought back."""

from kpi.card import ANY_CHANGE, HALF_A_POINT, ONE_PERCENT, Example, Kpi, Source
from kpi.measures.base import By
from kpi.measures.deals import ATTRIBUTED_REVENUE, PAID_REVENUE, REVENUE_WON
from kpi.measures.media import OVERHEAD, PAID_SPEND, SPEND
from kpi.measures.people import LEADS, NEW_CUSTOMERS, PAID_CUSTOMERS
from kpi.periods import WEEKS_UP
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
        "As complete as the cost file. A cost counts on the day the file gives it; `kpis.spread_costs` spreads a yearly invoice over its months.",
        "Aussi complet que le fichier de coûts. Un coût compte au jour que donne le fichier ; `kpis.spread_costs` étale une facture annuelle "
        "sur ses mois.",
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
