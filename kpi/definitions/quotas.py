"""How sales stand against what was aimed at, and against what was forecast."""

from kpi.card import ONE_PERCENT, Example, Kpi, Source, WriteStep
from kpi.expression import AboveZero, Absolute, expression
from kpi.measures.deals import REVENUE_WON
from kpi.measures.quotas import ACTIVE_REPS, EXPECTED_OPEN, FORECAST_AT_START, QUOTA
from kpi.text import Text
from kpi.undefined import Reason

_HALF_A_POINT = WriteStep(ONE_PERCENT.amount / 2)
_NO_QUOTA = Text(
    "no goal of the CRM says what was to be won in the period (setting `kpis.revenue_goals` names them)",
    "aucun objectif du CRM ne dit ce qui était à gagner dans la période (le réglage `kpis.revenue_goals` les nomme)",
)
_GOALS = Source("HubSpot Knowledge Base, create goals", "https://knowledge.hubspot.com/goals/create-goals")
_SHARED_OUT = Text(
    "A goal is shared out over its days; of an owner's goals that cover the same day the shortest counts. A period has a quota once "
    "the goals reach its last day.",
    "Un objectif est réparti sur ses jours ; si plusieurs objectifs d'un commercial couvrent un jour, le plus court compte. Une "
    "période a un quota dès que les objectifs vont jusqu'à son dernier jour.",
)

QUOTA_ATTAINMENT = Kpi(
    name="quota_attainment",
    title=Text("Quota attainment", "Atteinte du quota"),
    explain=Text("Revenue won as a share of the quota.", "Chiffre d'affaires gagné rapporté au quota."),
    formula=REVENUE_WON / QUOTA,
    better="up",
    grains=("total", "team", "owner"),
    periods=("year", "quarter", "month"),
    undefined_when=_NO_QUOTA,
    caveats=_SHARED_OUT,
    source=_GOALS,
    example=Example({REVENUE_WON: "90000", QUOTA: "120000"}, gives="0.75"),
    version=1,
    write_step=_HALF_A_POINT,
)

PIPELINE_COVERAGE = Kpi(
    name="pipeline_coverage",
    title=Text("Pipeline coverage", "Couverture du pipeline"),
    explain=Text(
        "How many times the open deals expected in the period cover what is left of the quota.",
        "Combien de fois les transactions ouvertes attendues couvrent le reste du quota.",
    ),
    formula=EXPECTED_OPEN
    / AboveZero(
        QUOTA - REVENUE_WON,
        Reason(
            "quota_met",
            Text(
                "nothing is left to cover: the quota is met, or there is none",
                "rien à couvrir : le quota est atteint, ou il n'y en a pas",
            ),
        ),
    ),
    better="up",
    grains=("total", "team", "owner"),
    periods=("year", "quarter", "month"),
    undefined_when=_NO_QUOTA,
    caveats=_SHARED_OUT,
    source=Source(
        "HubHorizon, HubSpot sales forecasting cheat sheet", "https://hubhorizon.io/blog/hubspot-sales-forecasting-cheat-sheet"
    ),
    example=Example({EXPECTED_OPEN: "90000", QUOTA: "120000", REVENUE_WON: "90000"}, gives="3"),
    version=1,
    write_step=_HALF_A_POINT,
)

REVENUE_PER_REP = Kpi(
    name="revenue_per_rep",
    title=Text("Revenue per sales rep", "Chiffre d'affaires par commercial"),
    explain=Text(
        "Revenue won per owner who created, won or lost a deal in the period.",
        "Chiffre d'affaires gagné par propriétaire ayant créé, gagné ou perdu une transaction dans la période.",
    ),
    formula=REVENUE_WON / ACTIVE_REPS,
    better="up",
    grains=("total", "team"),
    periods=("all", "year", "quarter", "month"),
    undefined_when=Text(
        "nobody created, won or lost a deal in the period", "personne n'a créé, gagné ou perdu de transaction dans la période"
    ),
    caveats=Text(
        "Teams are those of today. Revenue of deals without an owner counts, and nobody for it.",
        "Les équipes sont celles d'aujourd'hui. Le chiffre d'affaires des transactions sans propriétaire compte, sans personne en face.",
    ),
    source=Source("HubSpot, default deal properties", "https://knowledge.hubspot.com/crm-deals/hubspots-default-deal-properties"),
    example=Example({REVENUE_WON: "90000", ACTIVE_REPS: "3"}, gives="30000"),
    version=1,
    write_step=ONE_PERCENT,
)

_NO_FORECAST = Text(
    "nothing was won in the period, or no forecast was kept when it began",
    "rien n'a été gagné dans la période, ou aucune prévision n'a été conservée à son début",
)
_AS_KNOWN = Text(
    "The weighted forecast as the last run up to the period's first day knew it, or the first run of the three days after.",
    "La prévision pondérée telle que connue par la dernière exécution jusqu'au premier jour de la période, ou par la première des "
    "trois jours suivants.",
)
_TEXTBOOK = Source("Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 5.8", "https://otexts.com/fpp3/accuracy.html")

FORECAST_ACCURACY = Kpi(
    name="forecast_accuracy",
    title=Text("Forecast accuracy", "Précision de la prévision"),
    explain=Text(
        "How near the forecast at the period's start came to what was won: 100 % is exact.",
        "À quel point la prévision du début de période s'est approchée du réalisé : 100 % est exact.",
    ),
    formula=expression(1) - Absolute(REVENUE_WON - FORECAST_AT_START) / REVENUE_WON,
    better="up",
    grains=("total", "pipeline", "team", "owner"),
    periods=("year", "quarter", "month"),
    undefined_when=_NO_FORECAST,
    caveats=_AS_KNOWN,
    source=_TEXTBOOK,
    example=Example({REVENUE_WON: "100000", FORECAST_AT_START: "80000"}, gives="0.8"),
    version=1,
    write_step=_HALF_A_POINT,
)

FORECAST_BIAS = Kpi(
    name="forecast_bias",
    title=Text("Forecast bias", "Biais de la prévision"),
    explain=Text(
        "By how much the forecast at the period's start was above (+) or below (−) what was won.",
        "De combien la prévision du début de période dépassait (+) ou manquait (−) le réalisé.",
    ),
    formula=(FORECAST_AT_START - REVENUE_WON) / REVENUE_WON,
    better="none",
    grains=("total", "pipeline", "team", "owner"),
    periods=("year", "quarter", "month"),
    undefined_when=_NO_FORECAST,
    caveats=_AS_KNOWN,
    source=_TEXTBOOK,
    example=Example({REVENUE_WON: "100000", FORECAST_AT_START: "80000"}, gives="-0.2"),
    version=1,
    write_step=_HALF_A_POINT,
)
