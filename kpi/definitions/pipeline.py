"""Open deals: what they are worth, how fast they move, what they promise."""

from kpi.card import ONE_DAY, ONE_PERCENT, Example, Kpi, Source
from kpi.measures.base import By
from kpi.measures.deals import (
    CYCLE_TIME_OF_YEAR,
    CYCLES_OF_YEAR,
    LOST_OF_YEAR,
    OPEN_AMOUNT,
    OPEN_DEALS,
    PRICED_OF_YEAR,
    REVENUE_OF_YEAR,
    REVENUE_WON,
    STAY_MEDIAN,
    STAY_P90,
    STAY_TIME,
    STAYS,
    WEIGHTED_OPEN,
    WON_OF_YEAR,
)
from kpi.periods import MONTHS_UP
from kpi.text import Text

_DEAL_PROPERTIES = Source(
    "HubSpot Knowledge Base, HubSpot's default deal properties",
    "https://knowledge.hubspot.com/crm-deals/hubspots-default-deal-properties",
)

_WHOLE_DEALS: tuple[By, ...] = (
    "total",
    "pipeline",
    "team",
    "owner",
    "channel",
    "campaign",
    "category",
    "product",
    "company",
)

PIPELINE_VALUE = Kpi(
    name="pipeline_value",
    title=Text("Pipeline value", "Valeur du pipeline"),
    explain=Text("Amounts of the deals that are open now.", "Montants des transactions ouvertes à ce jour."),
    formula=OPEN_AMOUNT,
    better="up",
    grains=(*_WHOLE_DEALS, "deal"),
    periods=("all",),
    undefined_when=Text("no CRM is connected", "aucun CRM n'est connecté"),
    caveats=Text(
        "A stock at one moment: it does not add up over days. Earlier moments come from earlier runs.",
        "Un stock à un instant donné : il ne s'additionne pas sur plusieurs jours. Les instants passés viennent des exécutions passées.",
    ),
    source=_DEAL_PROPERTIES,
    example=Example({OPEN_AMOUNT: "25000"}, gives="25000"),
    version=1,
    write_step=ONE_PERCENT,
)

VELOCITY = Kpi(
    name="sales_velocity",
    title=Text("Sales velocity, per day", "Vélocité commerciale, par jour"),
    explain=Text(
        "What the open deals promise to bring per day, at the size, win rate and cycle of the last 365 days.",
        "Ce que promettent les transactions ouvertes par jour, au montant, taux de gain et cycle des 365 derniers jours.",
    ),
    formula=OPEN_DEALS
    * (REVENUE_OF_YEAR / PRICED_OF_YEAR)
    * (WON_OF_YEAR / (WON_OF_YEAR + LOST_OF_YEAR))
    / (CYCLE_TIME_OF_YEAR / CYCLES_OF_YEAR),
    better="up",
    grains=("total", "pipeline", "team", "owner", "channel", "category", "product"),
    periods=("all",),
    undefined_when=Text(
        "nothing was won or decided in the last 365 days, or cycles of no length",
        "rien n'a été gagné ou décidé dans les 365 derniers jours, ou des cycles de durée nulle",
    ),
    caveats=Text(
        "Money per day. Every open deal counts: those that nobody closes make it look better.",
        "Argent par jour. Toute transaction ouverte compte : celles que personne ne ferme l'embellissent.",
    ),
    source=Source("KPI Tree, sales velocity analysis", "https://kpitree.co/integrations/salesforce/sales-velocity-analysis"),
    example=Example(
        {
            OPEN_DEALS: "18",
            REVENUE_OF_YEAR: "1008000",
            PRICED_OF_YEAR: "24",
            WON_OF_YEAR: "24",
            LOST_OF_YEAR: "76",
            CYCLE_TIME_OF_YEAR: "1872",
            CYCLES_OF_YEAR: "24",
        },
        gives="2326.153846",
    ),
    version=1,
    write_step=ONE_PERCENT,
)

WEIGHTED_FORECAST = Kpi(
    name="weighted_forecast",
    title=Text("Weighted forecast", "Prévision pondérée"),
    explain=Text(
        "What the period should bring: won already, plus open deals expected in it at the probability of their stage.",
        "Ce que la période devrait rapporter : le gagné, plus les transactions ouvertes attendues, à la probabilité de leur étape.",
    ),
    formula=REVENUE_WON + WEIGHTED_OPEN,
    better="up",
    grains=("total", "pipeline", "team", "owner"),
    periods=("year", "quarter", "month"),
    undefined_when=Text("no CRM is connected", "aucun CRM n'est connecté"),
    caveats=Text(
        "Open deals whose expected day has passed are expected today, or not at all (setting kpis.overdue_deals). "
        "Right on average over many deals, never for one.",
        "Une transaction ouverte dont l'échéance est passée est attendue aujourd'hui, ou pas du tout (réglage kpis.overdue_deals). "
        "Juste en moyenne sur beaucoup de transactions, jamais pour une.",
    ),
    source=Source(
        "HubHorizon, HubSpot sales forecasting cheat sheet", "https://hubhorizon.io/blog/hubspot-sales-forecasting-cheat-sheet"
    ),
    example=Example({REVENUE_WON: "10000", WEIGHTED_OPEN: "4500"}, gives="14500"),
    version=1,
    write_step=ONE_PERCENT,
)

_BY_STAGE: tuple[By, ...] = ("stage",)
_NO_STAY = Text("no deal left the stage in the period", "aucune transaction n'a quitté l'étape dans la période")
_STAY_SOURCE = Source(
    "HubSpot Knowledge Base, calculated stage properties", "https://knowledge.hubspot.com/properties/stage-calculated-properties"
)
_FIRST_STAY = Text(
    "From the first entry into the stage to the first entry into the next; deals still in it are not in the figure.",
    "De la première entrée dans l'étape à la première entrée dans la suivante ; les transactions qui y sont encore ne comptent pas.",
)

STAGE_MEAN = Kpi(
    name="stage_days_mean",
    title=Text("Time in stage, mean", "Temps par étape, moyenne"),
    explain=Text("Days that deals spent in the stage, on average.", "Jours passés dans l'étape, en moyenne."),
    formula=STAY_TIME / STAYS,
    better="down",
    grains=_BY_STAGE,
    periods=MONTHS_UP,
    undefined_when=_NO_STAY,
    caveats=_FIRST_STAY,
    source=_STAY_SOURCE,
    example=Example({STAY_TIME: "30", STAYS: "4"}, gives="7.5"),
    version=1,
    write_step=ONE_DAY,
)

STAGE_MEDIAN = Kpi(
    name="stage_days_median",
    title=Text("Time in stage, median", "Temps par étape, médiane"),
    explain=Text("Half of the deals left the stage sooner.", "La moitié des transactions ont quitté l'étape plus tôt."),
    formula=STAY_MEDIAN,
    better="down",
    grains=_BY_STAGE,
    periods=MONTHS_UP,
    undefined_when=_NO_STAY,
    caveats=_FIRST_STAY,
    source=_STAY_SOURCE,
    example=Example({STAY_MEDIAN: ("2", "3", "10")}, gives="3"),
    version=1,
    write_step=ONE_DAY,
)

STAGE_P90 = Kpi(
    name="stage_days_p90",
    title=Text("Time in stage, 90th percentile", "Temps par étape, 90e centile"),
    explain=Text("Nine deals in ten left the stage sooner.", "Neuf transactions sur dix ont quitté l'étape plus tôt."),
    formula=STAY_P90,
    better="down",
    grains=_BY_STAGE,
    periods=MONTHS_UP,
    undefined_when=_NO_STAY,
    caveats=_FIRST_STAY,
    source=_STAY_SOURCE,
    example=Example({STAY_P90: ("5", "10", "20", "40", "200")}, gives="136"),
    version=1,
    write_step=ONE_DAY,
)
