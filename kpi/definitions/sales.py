"""Sales: what was won, how often, how fast, and what is still open. A deal counts on the day it closed."""

from kpi.card import ANY_CHANGE, HALF_A_POINT, ONE_DAY, ONE_PERCENT, Example, Kpi, Source
from kpi.measures.base import By
from kpi.measures.deals import (
    AMOUNT_LOST,
    CYCLE_MEDIAN,
    CYCLE_P90,
    CYCLE_TIME,
    CYCLES,
    DEAL_SIZE_MEDIAN,
    DEALS_CREATED,
    DEALS_LOST,
    DEALS_WON,
    DEALS_WON_WITH_AMOUNT,
    LOST_CYCLE_MEDIAN,
    REVENUE_WON,
)
from kpi.periods import MONTHS_UP, WEEKS_UP
from kpi.text import Text

_DEAL_PROPERTIES = Source(
    "HubSpot Knowledge Base, HubSpot's default deal properties",
    "https://knowledge.hubspot.com/crm-deals/hubspots-default-deal-properties",
)
_WON_BY_PROBABILITY = Source("fivetran/dbt_hubspot, pull request 161", "https://github.com/fivetran/dbt_hubspot/pull/161")
_VELOCITY_GUIDE = Source("Storylane, sales velocity guide", "https://www.storylane.io/feeds/blog/sales-velocity")
_VELOCITY_METRICS = Source(
    "QuarterOne, sales velocity metrics calculations",
    "http://help.quarterone.com/en/articles/3650265-sales-velocity-metrics-calculations",
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
_NOT_BY_LINE: tuple[By, ...] = ("total", "pipeline", "team", "owner", "channel", "campaign", "company")
"""An open deal's lines are a draft."""

REVENUE = Kpi(
    name="revenue_won",
    title=Text("Revenue won", "Chiffre d'affaires gagné"),
    explain=Text(
        "Amounts, in the company's currency, of the deals won in the period.",
        "Montants, dans la devise de l'entreprise, des transactions gagnées dans la période.",
    ),
    formula=REVENUE_WON,
    better="up",
    grains=(*_WHOLE_DEALS, "deal"),
    undefined_when=Text("no CRM is connected", "aucun CRM n'est connecté"),
    caveats=Text(
        "A won deal without an amount adds nothing and is flagged. The won date is the first entry into a won stage, else the close date.",
        "Une transaction gagnée sans montant n'ajoute rien et est signalée. La date de gain est la première entrée dans une étape "
        "gagnée, sinon la date de fermeture.",
    ),
    source=_DEAL_PROPERTIES,
    example=Example({REVENUE_WON: "1000"}, gives="1000"),
    version=1,
    write_step=ONE_PERCENT,
)

WON = Kpi(
    name="deals_won",
    title=Text("Deals won", "Transactions gagnées"),
    explain=Text("How many deals were won in the period.", "Nombre de transactions gagnées dans la période."),
    formula=DEALS_WON,
    better="up",
    grains=_WHOLE_DEALS,
    undefined_when=Text("no CRM is connected", "aucun CRM n'est connecté"),
    caveats=Text(
        "Won means a closed stage with probability 1: closed alone may be lost. By product or category a deal counts once in each that it "
        "holds, so they do not add up to the total.",
        "Gagnée signifie une étape fermée de probabilité 1 : fermée seule peut vouloir dire perdue. Par produit ou catégorie, une "
        "transaction compte une fois dans chacun de ceux qu'elle contient : leur somme n'est pas le total.",
    ),
    source=_WON_BY_PROBABILITY,
    example=Example({DEALS_WON: "3"}, gives="3"),
    version=1,
    write_step=ANY_CHANGE,
)

AVERAGE_SIZE = Kpi(
    name="avg_deal_size",
    title=Text("Average deal size", "Montant moyen d'une transaction gagnée"),
    explain=Text("What one won deal brings on average.", "Ce que rapporte en moyenne une transaction gagnée."),
    formula=REVENUE_WON / DEALS_WON_WITH_AMOUNT,
    better="up",
    grains=_WHOLE_DEALS,
    periods=WEEKS_UP,
    undefined_when=Text("no won deal with an amount in the period", "aucune transaction gagnée avec un montant dans la période"),
    caveats=Text(
        "Deals without an amount are left out of both sides; an amount of zero stays in unless kpis.zero_amount_deals leaves it out. "
        "By product or category: its part of the deals that hold it.",
        "Les transactions sans montant sont exclues des deux côtés ; un montant nul reste compté, sauf si kpis.zero_amount_deals "
        "l'exclut. Par produit ou catégorie : sa part des transactions qui les contiennent.",
    ),
    source=_VELOCITY_GUIDE,
    example=Example({REVENUE_WON: "10005534", DEALS_WON_WITH_AMOUNT: "4238"}, gives="2360.909391"),
    version=1,
    write_step=ONE_PERCENT,
)

WIN_RATE = Kpi(
    name="win_rate",
    title=Text("Win rate", "Taux de gain"),
    explain=Text(
        "Of the deals decided in the period, the share that was won.",
        "Part des transactions décidées dans la période qui ont été gagnées.",
    ),
    formula=DEALS_WON / (DEALS_WON + DEALS_LOST),
    better="up",
    grains=_WHOLE_DEALS,
    undefined_when=Text("no deal was won or lost in the period", "aucune transaction gagnée ni perdue dans la période"),
    caveats=Text(
        "Open deals are not in it, so deals that nobody closes as lost make it look better.",
        "Les transactions ouvertes n'y figurent pas : celles que personne ne ferme comme perdues embellissent le taux.",
    ),
    source=_VELOCITY_METRICS,
    example=Example({DEALS_WON: "3", DEALS_LOST: "1"}, gives="0.75"),
    version=1,
    write_step=HALF_A_POINT,
)

_NO_CYCLE = Text("no won deal with a known cycle in the period", "aucune transaction gagnée au cycle connu dans la période")
_NEGATIVE = Text(
    "A deal won before it was created (imported or back-dated) is left out and counted as an error.",
    "Une transaction gagnée avant sa création (importée ou antidatée) est exclue et comptée comme une erreur.",
)

CYCLE_MEAN = Kpi(
    name="cycle_days_mean",
    title=Text("Sales cycle, mean", "Cycle de vente, moyenne"),
    explain=Text(
        "Days from creation to winning, on average, over the deals won in the period.",
        "Jours entre la création et le gain, en moyenne, des transactions gagnées dans la période.",
    ),
    formula=CYCLE_TIME / CYCLES,
    better="down",
    grains=(*_WHOLE_DEALS, "deal"),
    periods=WEEKS_UP,
    undefined_when=_NO_CYCLE,
    caveats=Text(
        f"{_NEGATIVE.en} A few long cycles pull it up: the median is the headline.",
        f"{_NEGATIVE.fr} Quelques longs cycles le tirent vers le haut : la médiane fait référence.",
    ),
    source=_VELOCITY_METRICS,
    example=Example({CYCLE_TIME: "275", CYCLES: "5"}, gives="55"),
    version=1,
    write_step=ONE_DAY,
)

CYCLE_MEDIAN_DAYS = Kpi(
    name="cycle_days_median",
    title=Text("Sales cycle, median", "Cycle de vente, médiane"),
    explain=Text(
        "Half of the deals won in the period took fewer days than this from creation to winning.",
        "La moitié des transactions gagnées dans la période ont pris moins de jours entre la création et le gain.",
    ),
    formula=CYCLE_MEDIAN,
    better="down",
    grains=_WHOLE_DEALS,
    periods=WEEKS_UP,
    undefined_when=_NO_CYCLE,
    caveats=_NEGATIVE,
    source=_VELOCITY_METRICS,
    example=Example({CYCLE_MEDIAN: ("5", "10", "20", "40", "200")}, gives="20"),
    version=1,
    write_step=ONE_DAY,
)

CYCLE_P90_DAYS = Kpi(
    name="cycle_days_p90",
    title=Text("Sales cycle, 90th percentile", "Cycle de vente, 90e centile"),
    explain=Text(
        "Nine in ten of the deals won in the period took fewer days than this from creation to winning.",
        "Neuf transactions gagnées sur dix dans la période ont pris moins de jours entre la création et le gain.",
    ),
    formula=CYCLE_P90,
    better="down",
    grains=_WHOLE_DEALS,
    periods=WEEKS_UP,
    undefined_when=_NO_CYCLE,
    caveats=_NEGATIVE,
    source=_VELOCITY_METRICS,
    example=Example({CYCLE_P90: ("5", "10", "20", "40", "200")}, gives="136"),
    version=1,
    write_step=ONE_DAY,
)

CREATED = Kpi(
    name="deals_created",
    title=Text("Deals created", "Transactions créées"),
    explain=Text("How many deals were begun in the period.", "Nombre de transactions commencées dans la période."),
    formula=DEALS_CREATED,
    better="up",
    grains=_NOT_BY_LINE,
    undefined_when=Text("no CRM is connected", "aucun CRM n'est connecté"),
    caveats=Text(
        "By the day the CRM gives as creation: imported deals bear the day of the import unless it was set.",
        "Au jour de création donné par le CRM : une transaction importée porte le jour de l'import sauf s'il a été renseigné.",
    ),
    source=_DEAL_PROPERTIES,
    example=Example({DEALS_CREATED: "40"}, gives="40"),
    version=1,
    write_step=ANY_CHANGE,
)

LOST = Kpi(
    name="deals_lost",
    title=Text("Deals lost", "Transactions perdues"),
    explain=Text("How many deals were lost in the period.", "Nombre de transactions perdues dans la période."),
    formula=DEALS_LOST,
    better="down",
    grains=_NOT_BY_LINE,
    undefined_when=Text("no CRM is connected", "aucun CRM n'est connecté"),
    caveats=Text(
        "Lost means a closed stage with probability 0. Deals that nobody closes are not in it.",
        "Perdue signifie une étape fermée de probabilité 0. Les transactions que personne ne ferme n'y sont pas.",
    ),
    source=_WON_BY_PROBABILITY,
    example=Example({DEALS_LOST: "5"}, gives="5"),
    version=1,
    write_step=ANY_CHANGE,
)

MEDIAN_SIZE = Kpi(
    name="deal_size_median",
    title=Text("Deal size, median", "Montant d'une transaction gagnée, médiane"),
    explain=Text(
        "Half of the won deals brought less, half brought more.",
        "La moitié des transactions gagnées ont rapporté moins, l'autre moitié plus.",
    ),
    formula=DEAL_SIZE_MEDIAN,
    better="up",
    grains=_NOT_BY_LINE,
    periods=MONTHS_UP,
    undefined_when=Text("no won deal with an amount in the period", "aucune transaction gagnée avec un montant dans la période"),
    caveats=Text(
        "Far from the average, a few large deals carry the revenue. An amount of zero stays in unless kpis.zero_amount_deals leaves it out.",
        "Loin de la moyenne, quelques grosses transactions portent le chiffre d'affaires. Un montant nul reste compté, sauf si "
        "kpis.zero_amount_deals l'exclut.",
    ),
    source=_VELOCITY_GUIDE,
    example=Example({DEAL_SIZE_MEDIAN: ("100", "200.50", "900")}, gives="200.5"),
    version=1,
    write_step=ONE_PERCENT,
)

WIN_RATE_VALUE = Kpi(
    name="win_rate_value",
    title=Text("Win rate by value", "Taux de gain en valeur"),
    explain=Text(
        "Of the money decided in the period, the share that was won.",
        "Part des montants décidés dans la période qui a été gagnée.",
    ),
    formula=REVENUE_WON / (REVENUE_WON + AMOUNT_LOST),
    better="up",
    grains=_NOT_BY_LINE,
    periods=MONTHS_UP,
    undefined_when=Text(
        "nothing with an amount was won or lost in the period", "rien avec un montant n'a été gagné ni perdu dans la période"
    ),
    caveats=Text(
        "Below the win rate, large deals are lost more often than small ones. Lost deals often bear no amount and are flagged.",
        "Inférieur au taux de gain, les grosses transactions se perdent plus souvent. Les perdues sont souvent sans montant et signalées.",
    ),
    source=_VELOCITY_METRICS,
    example=Example({REVENUE_WON: "3000", AMOUNT_LOST: "9000"}, gives="0.25"),
    version=1,
    write_step=HALF_A_POINT,
)

LOST_CYCLE_MEDIAN_DAYS = Kpi(
    name="lost_cycle_days_median",
    title=Text("Time to lose, median", "Durée avant perte, médiane"),
    explain=Text(
        "Days from creation to losing, of the deals lost in the period: half were lost sooner.",
        "Jours entre la création et la perte des transactions perdues dans la période : la moitié l'ont été plus tôt.",
    ),
    formula=LOST_CYCLE_MEDIAN,
    better="down",
    grains=_NOT_BY_LINE,
    periods=MONTHS_UP,
    undefined_when=Text(
        "no lost deal with a known duration in the period", "aucune transaction perdue de durée connue dans la période"
    ),
    caveats=Text(
        "Much longer than the cycle of won deals, time goes into deals that are lost already.",
        "Bien plus long que le cycle des gagnées, du temps passe dans des transactions déjà perdues.",
    ),
    source=_VELOCITY_METRICS,
    example=Example({LOST_CYCLE_MEDIAN: ("5", "10", "20", "40", "200")}, gives="20"),
    version=1,
    write_step=ONE_DAY,
)
