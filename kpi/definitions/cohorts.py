"""Cohorts: what came of those who began in the period. Cohort mode (KPI_DEFINITIONS R9): both sides are the same people."""

from kpi.card import HALF_A_POINT, ONE_PERCENT, Example, Kpi, Source
from kpi.measures.base import By
from kpi.measures.cohorts import (
    COHORT_CUSTOMERS,
    COHORT_DEALS,
    COHORT_DEALS_EVER_WON,
    COHORT_DEALS_WON,
    COHORT_LEADS,
    COHORT_REVENUE,
    PAID_COHORT_CUSTOMERS,
)
from kpi.measures.media import PAID_SPEND, SPEND
from kpi.periods import MONTHS_UP
from kpi.text import Text

_LIFECYCLE = Source(
    "CRM Curator, HubSpot contact lifecycle stages",
    "https://crmcurator.com/articles/hubspot/hubspot-contact-lifecycle-stages/",
)
_VELOCITY_METRICS = Source(
    "QuarterOne, sales velocity metrics calculations",
    "http://help.quarterone.com/en/articles/3650265-sales-velocity-metrics-calculations",
)
_SKOK = Source("David Skok, SaaS metrics 2.0, definitions", "https://www.forentrepreneurs.com/saas-metrics-2-definitions-2/")
_GOOGLE_ROI = Source("Google Ads Help, return on investment", "https://support.google.com/google-ads/answer/1722066")

_MARKETING: tuple[By, ...] = ("total", "channel", "campaign")
_LEADS: tuple[By, ...] = (*_MARKETING, "team", "owner")
_DEALS: tuple[By, ...] = ("total", "pipeline", "team", "owner", "channel", "campaign")

_PROVISIONAL = Text(
    "The window is the setting kpis.cohort_days (90 days); until it has passed the value is provisional.",
    "Le délai est le réglage kpis.cohort_days (90 jours) ; tant qu'il n'est pas écoulé, la valeur est provisoire.",
)
_BROUGHT = Text(
    "A customer counts for the oldest contact of its first won deal.",
    "Un client compte pour le plus ancien contact de sa première transaction gagnée.",
)

LEAD_TO_CUSTOMER = Kpi(
    name="lead_to_customer_cohort",
    title=Text("Lead-to-customer rate, by cohort", "Taux de transformation des leads, par cohorte"),
    explain=Text(
        "Of the leads of the period, the share that became customers within the window.",
        "Part des leads de la période devenus clients dans le délai.",
    ),
    formula=COHORT_CUSTOMERS / COHORT_LEADS,
    better="up",
    grains=_LEADS,
    periods=MONTHS_UP,
    undefined_when=Text("no lead in the period", "aucun lead dans la période"),
    caveats=Text(f"Cohort mode. {_BROUGHT.en} {_PROVISIONAL.en}", f"Mode cohorte. {_BROUGHT.fr} {_PROVISIONAL.fr}"),
    source=_LIFECYCLE,
    example=Example({COHORT_CUSTOMERS: "8", COHORT_LEADS: "160"}, gives="0.05"),
    version=1,
    write_step=HALF_A_POINT,
    interval="share",
)

WIN_RATE = Kpi(
    name="win_rate_cohort",
    title=Text("Win rate, by cohort", "Taux de gain, par cohorte"),
    explain=Text(
        "Of the deals created in the period, the share won within the window.",
        "Part des transactions créées dans la période qui ont été gagnées dans le délai.",
    ),
    formula=COHORT_DEALS_WON / COHORT_DEALS,
    better="up",
    grains=_DEALS,
    periods=MONTHS_UP,
    undefined_when=Text("no deal was created in the period", "aucune transaction créée dans la période"),
    caveats=Text(
        f"Cohort mode: open deals are below the line. {_PROVISIONAL.en}",
        f"Mode cohorte : les transactions ouvertes sont au dénominateur. {_PROVISIONAL.fr}",
    ),
    source=_VELOCITY_METRICS,
    example=Example({COHORT_DEALS_WON: "12", COHORT_DEALS: "50"}, gives="0.24"),
    version=1,
    write_step=HALF_A_POINT,
    interval="share",
)

WIN_RATE_TO_THE_END = Kpi(
    name="win_rate_created",
    title=Text("Win rate of the deals created, to this day", "Taux de gain des transactions créées, à ce jour"),
    explain=Text(
        "Of the deals created in the period, the share that has been won by now, however long it took.",
        "Part des transactions créées dans la période gagnées à ce jour, quelle qu'en soit la durée.",
    ),
    formula=COHORT_DEALS_EVER_WON / COHORT_DEALS,
    better="up",
    grains=_DEALS,
    periods=MONTHS_UP,
    undefined_when=Text("no deal was created in the period", "aucune transaction créée dans la période"),
    caveats=Text(
        "Cohort mode without a window: old periods had more time than new ones, so do not compare them; the windowed rate can be.",
        "Mode cohorte sans délai : les périodes anciennes ont eu plus de temps ; pour comparer, prendre le taux avec délai.",
    ),
    source=_VELOCITY_METRICS,
    example=Example({COHORT_DEALS_EVER_WON: "15", COHORT_DEALS: "50"}, gives="0.3"),
    version=1,
    write_step=HALF_A_POINT,
    interval="share",
)

CAC = Kpi(
    name="cac_cohort",
    title=Text("Customer acquisition cost, by cohort (CAC)", "Coût d'acquisition client, par cohorte (CAC)"),
    explain=Text(
        "Spend of the period in paid channels for each customer that its leads from paid channels became within the window.",
        "Dépenses de la période dans les canaux payants pour chaque client issu, dans le délai, de ses leads de canaux payants.",
    ),
    formula=PAID_SPEND / PAID_COHORT_CUSTOMERS,
    better="down",
    grains=_MARKETING,
    periods=MONTHS_UP,
    undefined_when=Text(
        "no lead of a paid channel in the period has become a customer",
        "aucun lead d'un canal payant de la période n'est devenu client",
    ),
    caveats=Text(
        f"Cohort mode, media cost only. {_BROUGHT.en} Too high at first: customers are still to come. {_PROVISIONAL.en}",
        f"Mode cohorte, coût média seulement. {_BROUGHT.fr} Trop élevé au début : des clients sont à venir. {_PROVISIONAL.fr}",
    ),
    source=_SKOK,
    example=Example({PAID_SPEND: "3200", PAID_COHORT_CUSTOMERS: "8"}, gives="400"),
    version=1,
    write_step=ONE_PERCENT,
)

ROI = Kpi(
    name="roi_cohort",
    title=Text("Marketing return on investment, by cohort (ROI)", "Retour sur investissement marketing, par cohorte (ROI)"),
    explain=Text(
        "What one unit of the period's media spend brought back beyond itself, through the deals of its leads won within the window.",
        "Ce qu'une unité des dépenses média de la période a rapporté au-delà d'elle-même, par les transactions de ses leads gagnées dans le délai.",
    ),
    formula=(COHORT_REVENUE - SPEND) / SPEND,
    better="up",
    grains=_MARKETING,
    periods=MONTHS_UP,
    undefined_when=Text("no spend in the period", "aucune dépense dans la période"),
    caveats=Text(
        f"Cohort mode, on revenue. A deal counts for its oldest contact; leads that no touch explains are left out. {_PROVISIONAL.en}",
        f"Mode cohorte, sur le chiffre d'affaires. Une transaction compte pour son plus ancien contact ; les leads d'origine inconnue sont exclus. {_PROVISIONAL.fr}",
    ),
    source=_GOOGLE_ROI,
    example=Example({COHORT_REVENUE: "5000", SPEND: "1000"}, gives="4"),
    version=1,
    write_step=HALF_A_POINT,
    interval="returns",
)
