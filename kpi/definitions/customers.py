"""Customers: what one is worth, how soon it has paid for itself, and whether those without a subscription still buy."""

from decimal import Decimal

from kpi.card import ANY_CHANGE, HALF_A_POINT, ONE_PERCENT, Example, Kpi, Source, WriteStep
from kpi.expression import Constant
from kpi.measures.base import By
from kpi.measures.commerce import MARGIN_COST_OF_YEAR, MARGIN_REVENUE_OF_YEAR
from kpi.measures.customers import (
    NEW_CUSTOMERS_OF_YEAR,
    OVERHEAD_OF_YEAR,
    PAID_CUSTOMERS_OF_YEAR,
    PAID_SPEND_OF_YEAR,
    SPEND_OF_YEAR,
)
from kpi.measures.deals import REVENUE_WON
from kpi.measures.retention import (
    ACTIVE,
    ACTIVE_OPENING,
    COHORT_BUYING,
    COHORT_FIRST_BUYERS,
    LAPSED,
    RETURNED,
)
from kpi.measures.subscriptions import (
    CUSTOMER_LOSSES,
    CUSTOMER_MONTHS,
    MRR,
    MRR_LOSSES,
    MRR_MONTHS,
    MRR_NEW_OF_YEAR,
    SUBSCRIBERS,
    SUBSCRIBERS_NEW_OF_YEAR,
)
from kpi.periods import Period
from kpi.text import Text
from kpi.units import Unit

_CHARTMOGUL = Source("ChartMogul, subscription metrics")
_STRIPE = Source("Stripe, billing analytics glossary", "https://docs.stripe.com/billing/subscriptions/analytics/glossary")
_SKOK = Source("David Skok, SaaS metrics 2.0, definitions", "https://www.forentrepreneurs.com/saas-metrics-2-definitions-2/")
_NETSUITE = Source(
    "Oracle NetSuite Help, SaaS metrics", "https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_0910123257.html"
)
_RETENTION = Source("GASP, customer retention", "https://gaspwiki.pages.dev/v1/metrics/core")

_CUTS: tuple[By, ...] = ("total", "channel", "plan")
_PEOPLE: tuple[By, ...] = ("total", "channel", "team", "owner")
_WHOLE: tuple[Period, ...] = ("year", "quarter", "month")
_NOT_DAYS: tuple[Period, ...] = ("all", *_WHOLE, "week")
_MONTH = Constant(Decimal(1), Unit.MONTHS)

_ARPA = MRR / SUBSCRIBERS
CHURN = CUSTOMER_LOSSES / CUSTOMER_MONTHS
REVENUE_CHURN = MRR_LOSSES / MRR_MONTHS
_MARGIN = (MARGIN_REVENUE_OF_YEAR - MARGIN_COST_OF_YEAR) / MARGIN_REVENUE_OF_YEAR
_CAC = (SPEND_OF_YEAR + OVERHEAD_OF_YEAR) / NEW_CUSTOMERS_OF_YEAR
_NO_CHURN = Text(
    "no churn was observed in the last 12 months, or nobody pays",
    "aucune attrition observée sur les 12 derniers mois, ou personne ne paie",
)
_NO_CHURN_OR_MARGIN = Text(
    "no churn was observed in the last 12 months, nobody pays, or nothing was sold whose cost is known",
    "aucune attrition observée sur les 12 derniers mois, personne ne paie, ou aucune vente au coût connu",
)
_NO_COST = Text(
    "no customer was won in the last 365 days, nothing was spent, no churn was observed or no margin is known",
    "aucun client gagné en 365 jours, aucune dépense, aucune attrition observée ou aucune marge connue",
)

ARPA = Kpi(
    name="arpa",
    title=Text("Average revenue per account (ARPA)", "Revenu moyen par client (ARPA)"),
    explain=Text(
        "Monthly recurring revenue for each paying customer, at the end of the period.",
        "Revenu récurrent mensuel par client abonné, à la fin de la période.",
    ),
    formula=_ARPA,
    better="up",
    grains=("total", "channel", "team", "owner", "plan"),
    periods=_NOT_DAYS,
    undefined_when=Text("nobody pays at the end of the period", "personne ne paie à la fin de la période"),
    caveats=Text(
        "Customers at the end of the period, not their average over it. Businesses without subscriptions: arpu.",
        "Clients à la fin de la période, non leur moyenne. Sans abonnements : arpu.",
    ),
    source=_CHARTMOGUL,
    example=Example({MRR: "12500", SUBSCRIBERS: "250"}, gives="50"),
    version=1,
    write_step=ONE_PERCENT,
)

ARPU = Kpi(
    name="arpu",
    title=Text("Average revenue per active customer (ARPU)", "Revenu moyen par client actif (ARPU)"),
    explain=Text(
        "Won revenue of the period for each customer who is active at its end.",
        "Chiffre d'affaires gagné dans la période par client actif à sa fin.",
    ),
    formula=REVENUE_WON / ACTIVE,
    better="up",
    grains=("total",),
    periods=_WHOLE,
    undefined_when=Text("no customer is active at the end of the period", "aucun client n'est actif à la fin de la période"),
    caveats=Text(
        "Revenue of deals. A customer is active while it has bought, in a deal or an order, in the last 365 days (a setting).",
        "Chiffre d'affaires des transactions. Un client est actif s'il a acheté (transaction ou commande) depuis 365 jours (réglage).",
    ),
    source=_CHARTMOGUL,
    example=Example({REVENUE_WON: "30000", ACTIVE: "120"}, gives="250"),
    version=1,
    write_step=ONE_PERCENT,
)

LTV_SIMPLE = Kpi(
    name="ltv_simple",
    title=Text("Customer lifetime value, simple (LTV)", "Valeur vie client, simple (LTV)"),
    explain=Text(
        "Revenue that a customer brings until it leaves, at today's price and the churn of the last year.",
        "Chiffre d'affaires qu'un client apporte jusqu'à son départ, au prix actuel et à l'attrition de la dernière année.",
    ),
    formula=_ARPA / CHURN,
    better="up",
    grains=_CUTS,
    periods=("all",),
    undefined_when=_NO_CHURN,
    caveats=Text(
        "Revenue, not profit. Churn per month is customers lost in the last 12 whole months over customers at the opening of each.",
        "Du chiffre d'affaires, non un profit. L'attrition mensuelle rapporte les clients perdus sur les 12 derniers mois entiers aux "
        "clients présents à l'ouverture de chacun.",
    ),
    source=_STRIPE,
    example=Example({MRR: "5000", SUBSCRIBERS: "100", CUSTOMER_LOSSES: "24", CUSTOMER_MONTHS: "1200"}, gives="2500"),
    version=1,
    write_step=ONE_PERCENT,
)

_LTV_INPUTS = {MRR: "5000", SUBSCRIBERS: "100", MARGIN_REVENUE_OF_YEAR: "60000", MARGIN_COST_OF_YEAR: "12000"}
_CHURN_INPUTS = {CUSTOMER_LOSSES: "24", CUSTOMER_MONTHS: "1200"}
_CAC_INPUTS = {SPEND_OF_YEAR: "10000", OVERHEAD_OF_YEAR: "10000", NEW_CUSTOMERS_OF_YEAR: "50"}

LTV = Kpi(
    name="ltv",
    title=Text("Customer lifetime value (LTV)", "Valeur vie client (LTV)"),
    explain=Text(
        "Gross margin that a customer brings until it leaves, at today's price and the churn of the last year.",
        "Marge brute qu'un client apporte jusqu'à son départ, au prix actuel et à l'attrition de la dernière année.",
    ),
    formula=_ARPA * _MARGIN / CHURN,
    better="up",
    grains=("total", "channel"),
    periods=("all",),
    undefined_when=_NO_CHURN_OR_MARGIN,
    caveats=Text(
        "Margin is that of all sales of the last 365 days whose cost is known. Without costs there is no value: ltv_simple needs none.",
        "La marge est celle des ventes des 365 derniers jours au coût connu. Sans coûts, pas de valeur : ltv_simple n'en demande pas.",
    ),
    source=_SKOK,
    example=Example({**_LTV_INPUTS, **_CHURN_INPUTS}, gives="2000"),
    version=1,
    write_step=ONE_PERCENT,
)

LTV_REVENUE = Kpi(
    name="ltv_rev",
    title=Text("Customer lifetime value by revenue churn (LTV)", "Valeur vie client par l'attrition du revenu (LTV)"),
    explain=Text(
        "The same with the revenue that is lost instead of the customers.",
        "La même avec le revenu perdu au lieu des clients perdus.",
    ),
    formula=_ARPA * _MARGIN / REVENUE_CHURN,
    better="up",
    grains=("total", "channel"),
    periods=("all",),
    undefined_when=_NO_CHURN_OR_MARGIN,
    caveats=Text(
        "Gross revenue churn: with the net one a lifetime could have no end.",
        "Attrition brute du revenu : avec la nette, une vie pourrait n'avoir pas de fin.",
    ),
    source=_SKOK,
    example=Example({**_LTV_INPUTS, MRR_LOSSES: "1500", MRR_MONTHS: "60000"}, gives="1600"),
    version=1,
    write_step=ONE_PERCENT,
)

LTV_CAC = Kpi(
    name="ltv_cac",
    title=Text("LTV to CAC", "Ratio LTV/CAC"),
    explain=Text(
        "How many times its cost of acquisition a customer brings back in margin.",
        "Combien de fois son coût d'acquisition un client rapporte en marge.",
    ),
    formula=_ARPA * _MARGIN / CHURN / _CAC,
    better="up",
    grains=("total",),
    periods=("all",),
    undefined_when=_NO_COST,
    caveats=Text(
        "All marketing and sales cost of the last 365 days for each customer won in them. That 3 is good is folklore, not a rule.",
        "Tous les coûts marketing et commerciaux des 365 derniers jours par client gagné. Que 3 soit bon est un usage, non une règle.",
    ),
    source=_SKOK,
    example=Example({**_LTV_INPUTS, **_CHURN_INPUTS, **_CAC_INPUTS}, gives="5"),
    version=1,
    write_step=HALF_A_POINT,
)

LTV_CAC_PAID = Kpi(
    name="ltv_cac_paid",
    title=Text("LTV to CAC, paid media", "Ratio LTV/CAC, médias payants"),
    explain=Text(
        "How many times its cost in ads a customer of a paid channel brings back in margin.",
        "Combien de fois son coût publicitaire un client d'un canal payant rapporte en marge.",
    ),
    formula=_ARPA * _MARGIN / CHURN / (PAID_SPEND_OF_YEAR / PAID_CUSTOMERS_OF_YEAR),
    better="up",
    grains=("total", "channel"),
    periods=("all",),
    undefined_when=_NO_COST,
    caveats=Text(
        "Media cost only, and customers as the attribution model credits them. By channel, the lifetime is that of the channel's customers.",
        "Coût média seulement, clients selon le modèle d'attribution. Par canal, la vie est celle des clients du canal.",
    ),
    source=_SKOK,
    example=Example({**_LTV_INPUTS, **_CHURN_INPUTS, PAID_SPEND_OF_YEAR: "10000", PAID_CUSTOMERS_OF_YEAR: "20"}, gives="4"),
    version=1,
    write_step=HALF_A_POINT,
)

PAYBACK = Kpi(
    name="cac_payback_months",
    title=Text("CAC payback", "Délai d'amortissement du CAC"),
    explain=Text(
        "Months until a new customer's margin has paid what it cost to win it.",
        "Mois nécessaires pour que la marge d'un nouveau client rembourse son coût d'acquisition.",
    ),
    formula=_CAC / (MRR_NEW_OF_YEAR / SUBSCRIBERS_NEW_OF_YEAR * _MARGIN) * _MONTH,
    better="down",
    grains=("total",),
    periods=("all",),
    undefined_when=Text(
        "no customer was won in the last 365 days, no subscription began in the last 12 months, or no margin is known",
        "aucun client gagné en 365 jours, aucun abonnement commencé en 12 mois, ou aucune marge connue",
    ),
    caveats=Text(
        "Cost and customers of the last 365 days; recurring revenue of customers who began to pay in the last 12 whole months.",
        "Coûts et clients des 365 derniers jours ; revenu récurrent des clients arrivés dans les 12 derniers mois entiers.",
    ),
    source=_SKOK,
    example=Example(
        {
            **_CAC_INPUTS,
            MRR_NEW_OF_YEAR: "2500",
            SUBSCRIBERS_NEW_OF_YEAR: "50",
            MARGIN_REVENUE_OF_YEAR: "60000",
            MARGIN_COST_OF_YEAR: "12000",
        },
        gives="10",
    ),
    version=1,
    write_step=WriteStep(Decimal("0.5")),
)

PAYBACK_PAID = Kpi(
    name="cac_payback_months_paid",
    title=Text("CAC payback, paid media", "Délai d'amortissement du CAC, médias payants"),
    explain=Text(
        "Months until the margin of a new customer of a paid channel has paid what it cost in ads.",
        "Mois nécessaires pour que la marge d'un nouveau client d'un canal payant rembourse son coût publicitaire.",
    ),
    formula=PAID_SPEND_OF_YEAR / PAID_CUSTOMERS_OF_YEAR / (MRR_NEW_OF_YEAR / SUBSCRIBERS_NEW_OF_YEAR * _MARGIN) * _MONTH,
    better="down",
    grains=("total", "channel"),
    periods=("all",),
    undefined_when=Text(
        "no customer was credited to a paid channel in the last 365 days, no subscription began in the last 12 months, or no margin is known",
        "aucun client crédité à un canal payant en 365 jours, aucun abonnement commencé en 12 mois, ou aucune marge connue",
    ),
    caveats=Text(
        "Media cost only, and customers as the attribution model credits them. At total, recurring revenue is that of all new customers.",
        "Coût média seulement, clients selon le modèle d'attribution. Au total, le revenu récurrent est celui de tous les nouveaux clients.",
    ),
    source=_SKOK,
    example=Example(
        {
            PAID_SPEND_OF_YEAR: "10000",
            PAID_CUSTOMERS_OF_YEAR: "20",
            MRR_NEW_OF_YEAR: "2500",
            SUBSCRIBERS_NEW_OF_YEAR: "50",
            MARGIN_REVENUE_OF_YEAR: "60000",
            MARGIN_COST_OF_YEAR: "12000",
        },
        gives="12.5",
    ),
    version=1,
    write_step=WriteStep(Decimal("0.5")),
)

# --- Without subscriptions --------------------------------------------------------------------------------

_ACTIVE_IS = Text(
    "Active is who bought, in a won deal or an order, in the last 365 days (setting kpis.lapsed_after_days).",
    "Est actif qui a acheté, transaction gagnée ou commande, depuis 365 jours (réglage kpis.lapsed_after_days).",
)
_NOBODY_ACTIVE = Text("no customer was active when the period began", "aucun client n'était actif au début de la période")
_NO_CRM = Text("no CRM is connected", "aucun CRM n'est connecté")

ACTIVE_CUSTOMERS = Kpi(
    name="active_customers",
    title=Text("Active customers", "Clients actifs"),
    explain=Text("Customers who still buy, at the end of the period.", "Clients qui achètent encore, à la fin de la période."),
    formula=ACTIVE,
    better="up",
    grains=_PEOPLE,
    periods=_NOT_DAYS,
    undefined_when=_NO_CRM,
    caveats=_ACTIVE_IS,
    source=_NETSUITE,
    example=Example({ACTIVE: "120"}, gives="120"),
    version=1,
    write_step=ANY_CHANGE,
)

LOST_CUSTOMERS = Kpi(
    name="lapsed_customers",
    title=Text("Lost customers", "Clients perdus"),
    explain=Text(
        "Customers who were active when the period began and are not at its end.",
        "Clients actifs au début de la période et qui ne le sont plus à la fin.",
    ),
    formula=LAPSED,
    better="down",
    grains=_PEOPLE,
    periods=_WHOLE,
    undefined_when=_NO_CRM,
    caveats=_ACTIVE_IS,
    source=_NETSUITE,
    example=Example({LAPSED: "12"}, gives="12"),
    version=1,
    write_step=ANY_CHANGE,
)

RETURNED_CUSTOMERS = Kpi(
    name="returned_customers",
    title=Text("Customers won back", "Clients reconquis"),
    explain=Text("Lost customers who bought again in the period.", "Clients perdus qui ont racheté dans la période."),
    formula=RETURNED,
    better="up",
    grains=_PEOPLE,
    periods=_WHOLE,
    undefined_when=_NO_CRM,
    caveats=_ACTIVE_IS,
    source=_NETSUITE,
    example=Example({RETURNED: "3"}, gives="3"),
    version=1,
    write_step=ANY_CHANGE,
)

CUSTOMER_CHURN = Kpi(
    name="customer_churn",
    title=Text("Customer churn, by purchases", "Taux d'attrition, selon les achats"),
    explain=Text(
        "Of the customers who were active when the period began, the share that no longer is at its end.",
        "Parmi les clients actifs au début de la période, la part qui ne l'est plus à la fin.",
    ),
    formula=LAPSED / ACTIVE_OPENING,
    better="down",
    grains=_PEOPLE,
    periods=_WHOLE,
    undefined_when=_NOBODY_ACTIVE,
    caveats=Text(f"{_ACTIVE_IS.en} Subscriptions have logo_churn.", f"{_ACTIVE_IS.fr} Pour les abonnements : logo_churn."),
    source=_NETSUITE,
    example=Example({LAPSED: "12", ACTIVE_OPENING: "120"}, gives="0.1"),
    version=1,
    write_step=HALF_A_POINT,
    interval="share",
)

CUSTOMER_RETENTION = Kpi(
    name="customer_retention",
    title=Text("Customer retention, by purchases", "Taux de fidélisation, selon les achats"),
    explain=Text(
        "Of the customers who were active when the period began, the share that still is at its end.",
        "Parmi les clients actifs au début de la période, la part qui l'est encore à la fin.",
    ),
    formula=(ACTIVE_OPENING - LAPSED) / ACTIVE_OPENING,
    better="up",
    grains=_PEOPLE,
    periods=_WHOLE,
    undefined_when=_NOBODY_ACTIVE,
    caveats=Text(
        f"{_ACTIVE_IS.en} Subscriptions have retention_rate.", f"{_ACTIVE_IS.fr} Pour les abonnements : retention_rate."
    ),
    source=_RETENTION,
    example=Example({ACTIVE_OPENING: "120", LAPSED: "12"}, gives="0.9"),
    version=1,
    write_step=HALF_A_POINT,
    interval="share",
)

PURCHASE_COHORT = Kpi(
    name="purchase_cohort",
    title=Text("Cohorts of buyers", "Cohortes d'acheteurs"),
    explain=Text(
        "Of the customers who first bought in a month, the share that bought so many months later.",
        "Parmi les clients dont le premier achat date d'un mois donné, la part qui a acheté tant de mois après.",
    ),
    formula=COHORT_BUYING / COHORT_FIRST_BUYERS,
    better="up",
    grains=("cohort",),
    periods=("all", "month"),
    undefined_when=_NO_CRM,
    caveats=Text(
        "The month is the cohort's, the member its age in months. The newest diagonal is partial. Subscriptions have retention_cohort.",
        "Le mois est celui de la cohorte, le membre son âge en mois. La dernière diagonale est partielle. Pour les abonnements : "
        "retention_cohort.",
    ),
    source=_STRIPE,
    example=Example({COHORT_BUYING: "25", COHORT_FIRST_BUYERS: "100"}, gives="0.25"),
    version=1,
    write_step=HALF_A_POINT,
    interval="share",
)
