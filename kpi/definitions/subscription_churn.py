"""What stays of recurring revenue and of those who pay it, and what goes."""

from kpi.card import HALF_A_POINT, Example, Kpi, Source
from kpi.measures.base import By
from kpi.measures.subscriptions import (
    COHORT_STILL_PAYING,
    COHORT_SUBSCRIBERS,
    MRR_GAINED,
    MRR_GAINED_OF_YEAR,
    MRR_LOST,
    MRR_LOST_OF_YEAR,
    MRR_OPENING,
    MRR_START_OF_YEAR,
    SUBSCRIBERS,
    SUBSCRIBERS_GONE_LATELY,
    SUBSCRIBERS_LOST,
    SUBSCRIBERS_LOST_OF_YEAR,
    SUBSCRIBERS_OPENING,
    SUBSCRIBERS_START_OF_YEAR,
)
from kpi.periods import Period
from kpi.text import Text

_STRIPE = Source("Stripe, billing analytics glossary", "https://docs.stripe.com/billing/subscriptions/analytics/glossary")
_NRR = Source("SaaS Metrics Standards Board, net revenue retention", "https://www.saasmetricsboard.com/")
_GRR = Source("SaaS Metrics Standards Board, gross revenue retention", "https://www.saasmetricsboard.com/gross-revenue-retention")
_STRIPE_CHURN = Source(
    "Stripe Support, calculating churn rate", "https://support.stripe.com/questions/calculating-churn-rate-in-billing"
)
_CHURN = Source("Stripe Support, billing analytics", "https://support.stripe.com/questions/billing-analytics")
_RETENTION = Source("GASP, customer retention", "https://gaspwiki.pages.dev/v1/metrics/core")
_NETSUITE = Source(
    "Oracle NetSuite Help, SaaS metrics", "https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_0910123257.html"
)
_RATES: tuple[By, ...] = ("total", "channel", "team", "owner", "plan")
_WHOLE: tuple[Period, ...] = ("year", "quarter", "month")
_NO_SUBSCRIPTION = Text("no subscription is read from the CRM", "aucun abonnement n'est lu dans le CRM")
_NOTHING_BEFORE = Text("nobody paid when the period began", "personne ne payait au début de la période")
_NOTHING_A_YEAR_AGO = Text("nobody paid 365 days ago", "personne ne payait il y a 365 jours")

# --- What stays -------------------------------------------------------------------------------------------

NRR = Kpi(
    name="nrr",
    title=Text("Net revenue retention (NRR)", "Rétention nette du revenu (NRR)"),
    explain=Text(
        "Of what customers paid when the period began, the share they pay at its end, increases included.",
        "De ce que les clients payaient au début de la période, la part payée à la fin, hausses comprises.",
    ),
    formula=(MRR_OPENING + MRR_GAINED - MRR_LOST) / MRR_OPENING,
    better="up",
    grains=_RATES,
    periods=_WHOLE,
    undefined_when=_NOTHING_BEFORE,
    caveats=Text(
        "New customers are not in it, nor those who came back (a setting). The headline is nrr_12_months.",
        "Les nouveaux clients n'y sont pas, ni ceux revenus (réglage). Le chiffre de référence est nrr_12_months.",
    ),
    source=_NRR,
    example=Example({MRR_OPENING: "10000", MRR_GAINED: "800", MRR_LOST: "1300"}, gives="0.95"),
    version=1,
    write_step=HALF_A_POINT,
)

GRR = Kpi(
    name="grr",
    title=Text("Gross revenue retention (GRR)", "Rétention brute du revenu (GRR)"),
    explain=Text(
        "Of what customers paid when the period began, the share that was not lost; increases do not count.",
        "De ce que les clients payaient au début de la période, la part non perdue ; les hausses ne comptent pas.",
    ),
    formula=(MRR_OPENING - MRR_LOST) / MRR_OPENING,
    better="up",
    grains=_RATES,
    periods=_WHOLE,
    undefined_when=_NOTHING_BEFORE,
    caveats=Text(
        "Never above 100 %, and never above NRR. The headline is grr_12_months.",
        "Jamais au-dessus de 100 %, ni du NRR. Le chiffre de référence est grr_12_months.",
    ),
    source=_GRR,
    example=Example({MRR_OPENING: "10000", MRR_LOST: "1300"}, gives="0.87"),
    version=1,
    write_step=HALF_A_POINT,
)

NRR_OF_YEAR = Kpi(
    name="nrr_12_months",
    title=Text("Net revenue retention, 12 months (NRR)", "Rétention nette du revenu, 12 mois (NRR)"),
    explain=Text(
        "Of what customers paid 365 days ago, the share they pay today, increases included.",
        "De ce que les clients payaient il y a 365 jours, la part payée aujourd'hui, hausses comprises.",
    ),
    formula=(MRR_START_OF_YEAR + MRR_GAINED_OF_YEAR - MRR_LOST_OF_YEAR) / MRR_START_OF_YEAR,
    better="up",
    grains=_RATES,
    periods=("all",),
    undefined_when=_NOTHING_A_YEAR_AGO,
    caveats=Text(
        "The customers of then only; each compared with itself, exchange rates aside.",
        "Les seuls clients d'alors ; chacun comparé à lui-même, hors change.",
    ),
    source=_NRR,
    example=Example({MRR_START_OF_YEAR: "10000", MRR_GAINED_OF_YEAR: "2100", MRR_LOST_OF_YEAR: "1300"}, gives="1.08"),
    version=1,
    write_step=HALF_A_POINT,
)

GRR_OF_YEAR = Kpi(
    name="grr_12_months",
    title=Text("Gross revenue retention, 12 months (GRR)", "Rétention brute du revenu, 12 mois (GRR)"),
    explain=Text(
        "Of what customers paid 365 days ago, the share that has not been lost since.",
        "De ce que les clients payaient il y a 365 jours, la part qui n'a pas été perdue depuis.",
    ),
    formula=(MRR_START_OF_YEAR - MRR_LOST_OF_YEAR) / MRR_START_OF_YEAR,
    better="up",
    grains=_RATES,
    periods=("all",),
    undefined_when=_NOTHING_A_YEAR_AGO,
    caveats=Text(
        "Who left and came back at the same price has lost nothing.", "Qui est parti et revenu au même prix n'a rien perdu."
    ),
    source=_GRR,
    example=Example({MRR_START_OF_YEAR: "10000", MRR_LOST_OF_YEAR: "1300"}, gives="0.87"),
    version=1,
    write_step=HALF_A_POINT,
)

CHURN_GROSS = Kpi(
    name="mrr_churn_gross",
    title=Text("Revenue churn, gross", "Attrition du revenu, brute"),
    explain=Text(
        "Of what customers paid when the period began, the share that was lost.",
        "De ce que les clients payaient au début de la période, la part perdue.",
    ),
    formula=MRR_LOST / MRR_OPENING,
    better="down",
    grains=_RATES,
    periods=_WHOLE,
    undefined_when=_NOTHING_BEFORE,
    caveats=Text("100 % less gross retention.", "100 % moins la rétention brute."),
    source=_NETSUITE,
    example=Example({MRR_LOST: "1300", MRR_OPENING: "10000"}, gives="0.13"),
    version=1,
    write_step=HALF_A_POINT,
)

CHURN_NET = Kpi(
    name="mrr_churn_net",
    title=Text("Revenue churn, net", "Attrition du revenu, nette"),
    explain=Text(
        "Of what customers paid when the period began, the share that was lost less what others pay more.",
        "De ce que les clients payaient au début de la période, la part perdue moins ce que d'autres paient en plus.",
    ),
    formula=(MRR_LOST - MRR_GAINED) / MRR_OPENING,
    better="down",
    grains=_RATES,
    periods=_WHOLE,
    undefined_when=_NOTHING_BEFORE,
    caveats=Text("Below 0 where increases are larger than losses.", "Inférieure à 0 quand les hausses dépassent les pertes."),
    source=_NETSUITE,
    example=Example({MRR_LOST: "1300", MRR_GAINED: "800", MRR_OPENING: "10000"}, gives="0.05"),
    version=1,
    write_step=HALF_A_POINT,
)

LOGO_CHURN = Kpi(
    name="logo_churn",
    title=Text("Customer churn", "Taux d'attrition des clients"),
    explain=Text(
        "Of the customers who paid when the period began, the share that no longer does at its end.",
        "Parmi les clients qui payaient au début de la période, la part qui ne paie plus à la fin.",
    ),
    formula=SUBSCRIBERS_LOST / SUBSCRIBERS_OPENING,
    better="down",
    grains=_RATES,
    periods=_WHOLE,
    undefined_when=_NOTHING_BEFORE,
    caveats=Text(
        "Of subscriptions; without them, customer_churn tells who stopped buying. By plan, who changes plan is lost to the old one. "
        "Stripe's way of counting is logo_churn_30_days.",
        "Pour les abonnements ; sans eux, customer_churn dit qui n'achète plus. Par formule, qui en change est perdu pour l'ancienne. "
        "Le compte à la façon de Stripe est logo_churn_30_days.",
    ),
    source=_CHURN,
    example=Example({SUBSCRIBERS_LOST: "3", SUBSCRIBERS_OPENING: "150"}, gives="0.02"),
    version=1,
    write_step=HALF_A_POINT,
    interval="share",
)

LOGO_CHURN_OF_YEAR = Kpi(
    name="logo_churn_12_months",
    title=Text("Customer churn, 12 months", "Taux d'attrition des clients, 12 mois"),
    explain=Text(
        "Of the customers who paid 365 days ago, the share that no longer does.",
        "Parmi les clients qui payaient il y a 365 jours, la part qui ne paie plus.",
    ),
    formula=SUBSCRIBERS_LOST_OF_YEAR / SUBSCRIBERS_START_OF_YEAR,
    better="down",
    grains=_RATES,
    periods=("all",),
    undefined_when=_NOTHING_A_YEAR_AGO,
    caveats=Text("Who left and came back is not lost.", "Qui est parti et revenu n'est pas perdu."),
    source=_CHURN,
    example=Example({SUBSCRIBERS_LOST_OF_YEAR: "18", SUBSCRIBERS_START_OF_YEAR: "150"}, gives="0.12"),
    version=1,
    write_step=HALF_A_POINT,
    interval="share",
)

LOGO_CHURN_AS_STRIPE = Kpi(
    name="logo_churn_30_days",
    title=Text("Customer churn as Stripe counts it, 30 days", "Taux d'attrition à la façon de Stripe, 30 jours"),
    explain=Text(
        "Of the customers who paid 30 days ago and of those who came since, the share that left.",
        "Parmi les clients qui payaient il y a 30 jours et ceux arrivés depuis, la part qui est partie.",
    ),
    formula=SUBSCRIBERS_GONE_LATELY / (SUBSCRIBERS + SUBSCRIBERS_GONE_LATELY),
    better="down",
    grains=_RATES,
    periods=("all",),
    undefined_when=Text("nobody paid in the last 30 days", "personne n'a payé ces 30 derniers jours"),
    caveats=Text(
        "Who pays now and who left are together who was there and who came. Who comes back and leaves again counts twice. Lower than "
        "logo_churn while many come.",
        "Qui paie et qui est parti font ensemble qui était là et qui est arrivé. Qui revient et repart compte deux fois. Plus bas que "
        "logo_churn tant qu'il en arrive beaucoup.",
    ),
    source=_STRIPE_CHURN,
    example=Example({SUBSCRIBERS_GONE_LATELY: "4", SUBSCRIBERS: "196"}, gives="0.02"),
    version=1,
    write_step=HALF_A_POINT,
    interval="share",
)

RETENTION = Kpi(
    name="retention_rate",
    title=Text("Customer retention", "Taux de fidélisation"),
    explain=Text(
        "Of the customers who paid when the period began, the share that still does at its end.",
        "Parmi les clients qui payaient au début de la période, la part qui paie encore à la fin.",
    ),
    formula=(SUBSCRIBERS_OPENING - SUBSCRIBERS_LOST) / SUBSCRIBERS_OPENING,
    better="up",
    grains=_RATES,
    periods=_WHOLE,
    undefined_when=_NOTHING_BEFORE,
    caveats=Text(
        "100 % less customer churn: new customers and those who came back are not retained ones. Who left and was back by the end "
        "has stayed. Both are a setting (kpis.subscriptions.reactivation_in_retention).",
        "100 % moins l'attrition : ni les nouveaux clients ni ceux revenus ne sont des clients fidélisés. Qui est parti et revenu avant la "
        "fin est resté. Les deux sont un réglage (kpis.subscriptions.reactivation_in_retention).",
    ),
    source=_RETENTION,
    example=Example({SUBSCRIBERS_OPENING: "150", SUBSCRIBERS_LOST: "3"}, gives="0.98"),
    version=1,
    write_step=HALF_A_POINT,
    interval="share",
)

COHORT_RETENTION = Kpi(
    name="retention_cohort",
    title=Text("Cohort retention", "Fidélisation par cohorte"),
    explain=Text(
        "Of the customers who began to pay in a month, the share that paid so many months later.",
        "Parmi les clients qui ont commencé à payer un mois donné, la part qui payait tant de mois après.",
    ),
    formula=COHORT_STILL_PAYING / COHORT_SUBSCRIBERS,
    better="up",
    grains=("cohort",),
    periods=("all", "month"),
    undefined_when=_NO_SUBSCRIPTION,
    caveats=Text(
        "The month is the cohort's, the member its age in months. Paying on one day of the month is enough. The newest diagonal is partial.",
        "Le mois est celui de la cohorte, le membre son âge en mois. Payer un jour du mois suffit. La dernière diagonale est partielle.",
    ),
    source=_STRIPE,
    example=Example({COHORT_STILL_PAYING: "80", COHORT_SUBSCRIBERS: "100"}, gives="0.8"),
    version=1,
    write_step=HALF_A_POINT,
    interval="share",
)
