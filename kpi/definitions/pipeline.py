"""Open deals: what they are worth, how fast they move, what they promise."""

from kpi.card import ONE_DAY, ONE_PERCENT, Example, Kpi, Source
from kpi.measures.base import By
from kpi.measures.deals import (
    CYCLE_TIME,
    CYCLES,
    DEALS_LOST,
    DEALS_WON,
    DEALS_WON_WITH_AMOUNT,
    OPEN_AMOUNT,
    OPEN_DEALS,
    REVENUE_WON,
    STAY_MEDIAN,
    STAY_P90,
    STAY_TIME,
    STAYS,
    WEIGHTED_OPEN,
    YEAR,
    of_last,
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


def velocity(days: int) -> Kpi:
    """At the size, win rate and cycle of the last ``days`` days, today included (setting ``kpis.velocity_days``)."""
    revenue, priced, won, lost, cycle_time, cycles = (
        of_last(measure, days) for measure in (REVENUE_WON, DEALS_WON_WITH_AMOUNT, DEALS_WON, DEALS_LOST, CYCLE_TIME, CYCLES)
    )
    return Kpi(
        name="sales_velocity",
        title=Text("Sales velocity, per day", "Vélocité commerciale, par jour"),
        explain=Text(
            f"What the open deals promise to bring per day, at the size, win rate and cycle of the last {days} days.",
            f"Ce que promettent les transactions ouvertes par jour, au montant, taux de gain et cycle des {days} derniers jours.",
        ),
        formula=OPEN_DEALS * (revenue / priced) * (won / (won + lost)) / (cycle_time / cycles),
        better="up",
        grains=("total", "pipeline", "team", "owner", "channel", "category", "product"),
        periods=("all",),
        undefined_when=Text(
            f"nothing was won or decided in the last {days} days, or cycles of no length",
            f"rien n'a été gagné ou décidé dans les {days} derniers jours, ou des cycles de durée nulle",
        ),
        caveats=Text(
            "Money per day. Every open deal counts: those that nobody closes make it look better.",
            "Argent par jour. Toute transaction ouverte compte : celles que personne ne ferme l'embellissent.",
        ),
        source=Source("KPI Tree, sales velocity analysis", "https://kpitree.co/integrations/salesforce/sales-velocity-analysis"),
        example=Example(
            {OPEN_DEALS: "18", revenue: "1008000", priced: "24", won: "24", lost: "76", cycle_time: "1872", cycles: "24"},
            gives="2326.153846",
        ),
        version=1,
        write_step=ONE_PERCENT,
    )


VELOCITY = velocity(YEAR)

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

_STAYS_BY: tuple[By, ...] = ("stage", "pipeline", "team", "owner")
_NO_STAY = Text("no deal left a stage in the period", "aucune transaction n'a quitté une étape dans la période")
_STAY_SOURCE = Source(
    "HubSpot Knowledge Base, calculated stage properties", "https://knowledge.hubspot.com/properties/stage-calculated-properties"
)
_FIRST_STAY = Text(
    "From the first entry into the stage to the first entry into the next; deals still in it are not in the figure. By pipeline (the "
    "stage's own), team and owner (the deal's today), every stay in any stage is a case: compare those who have the same stages.",
    "De la première entrée dans l'étape à la première entrée dans la suivante ; les transactions qui y sont encore ne comptent pas. "
    "Par pipeline (celui de l'étape), équipe et propriétaire (celui de la transaction aujourd'hui), chaque passage dans une étape, quelle "
    "qu'elle soit, est un cas : à comparer entre ceux qui ont les mêmes étapes.",
)

STAGE_MEAN = Kpi(
    name="stage_days_mean",
    title=Text("Time in stage, mean", "Temps par étape, moyenne"),
    explain=Text("Days that deals spent in a stage, on average.", "Jours passés dans une étape, en moyenne."),
    formula=STAY_TIME / STAYS,
    better="down",
    grains=_STAYS_BY,
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
    explain=Text("Half of the stays in a stage were shorter.", "La moitié des passages dans une étape ont été plus courts."),
    formula=STAY_MEDIAN,
    better="down",
    grains=_STAYS_BY,
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
    explain=Text("Nine stays in ten in a stage were shorter.", "Neuf passages sur dix dans une étape ont été plus courts."),
    formula=STAY_P90,
    better="down",
    grains=_STAYS_BY,
    periods=MONTHS_UP,
    undefined_when=_NO_STAY,
    caveats=_FIRST_STAY,
    source=_STAY_SOURCE,
    example=Example({STAY_P90: ("5", "10", "20", "40", "200")}, gives="136"),
    version=1,
    write_step=ONE_DAY,
)
