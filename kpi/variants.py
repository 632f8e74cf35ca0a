"""KPIs whose formula a setting decides, where real systems count differently (KPI_DEFINITIONS §2, §4).

The card of the KPI is replaced by that of the variant: its formula, its words and its fingerprint are those in force, so a value
carries the choice it was made with, and a changed setting shows as a changed definition. What a setting decides about rows is
not here: it is in the marts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from kpi.card import Example, Kpi, example_value
from kpi.definitions.customers import ARPA, ARPU, CHURN, REVENUE_CHURN
from kpi.definitions.pipeline import velocity
from kpi.definitions.subscription_churn import RETENTION
from kpi.expression import AtMost, Expression, Operation, expression
from kpi.measures.base import Measure
from kpi.measures.deals import REVENUE_WON, YEAR
from kpi.measures.retention import ACTIVE, ACTIVE_OPENING
from kpi.measures.subscriptions import (
    MRR,
    SUBSCRIBERS,
    SUBSCRIBERS_AWAY,
    SUBSCRIBERS_LOST,
    SUBSCRIBERS_OPENING,
    SUBSCRIBERS_RETURNED,
)
from kpi.registry import BUILT_IN, Catalogue
from kpi.text import Text


@dataclass(frozen=True)
class Choices:
    """The settings that decide a formula, each with the default of KPI_DEFINITIONS."""

    arpa_customers: Literal["end", "average"] = "end"
    """Whom revenue is divided among: the customers at the end of the period, or the average of its opening and its end."""
    longest_life_months: int | None = None
    """How long a customer is taken to stay at most, in lifetime values; None: as long as churn says, and no value without churn."""
    velocity_days: int = YEAR
    """How many days, today included, the size, win rate and cycle of sales velocity are taken from."""
    reactivation_in_retention: Literal["net", "exclude", "include"] = "net"
    """Who is retained besides those who paid all the time: who left and was back by the end (net), nobody, or also who had left
    before the period and came back in it."""


def with_choices(choices: Choices, built_in: Catalogue = BUILT_IN) -> Catalogue:
    """The catalogue with the variants that were chosen in the places of the KPIs of their names. What they read is there beside the
    measures of the default: a formula of one's own that names either goes on meaning what it says."""
    if choices == Choices():
        return built_in
    known = built_in.definitions
    kpis = {kpi.name: kpi for kpi in known.kpis}
    chosen = {kpi.name: kpi for kpi in _chosen(choices, kpis)}
    measures = dict.fromkeys((*known.measures, *(measure for kpi in chosen.values() for measure in kpi.formula.inputs)))
    return replace(built_in, definitions=replace(known, kpis=tuple((kpis | chosen).values()), measures=tuple(measures)))


def _chosen(choices: Choices, kpis: Mapping[str, Kpi]) -> Iterator[Kpi]:
    if choices.arpa_customers == "average":
        yield from (ARPA_OF_AVERAGE, ARPU_OF_AVERAGE)
    if choices.reactivation_in_retention != "net":
        yield RETENTIONS[choices.reactivation_in_retention]
    if choices.velocity_days != YEAR:
        yield velocity(choices.velocity_days)
    if choices.longest_life_months is not None:
        for kpi in kpis.values():
            formula = _capped(kpi.formula, choices.longest_life_months)
            if formula != kpi.formula:
                yield _of_capped_life(kpi, formula, choices.longest_life_months)


# --- revenue per customer -----------------------------------------------------------------------------------


def _average(opening: Measure, closing: Measure) -> Expression:
    return Operation("×", opening + closing, expression(Decimal("0.5")))


_NOBODY = Text("nobody is a customer at the opening nor at the end", "personne n'est client ni à l'ouverture ni à la fin")

ARPA_OF_AVERAGE = replace(
    ARPA,
    explain=Text(
        "Monthly recurring revenue at the end of the period for each paying customer, on average over the period.",
        "Revenu récurrent mensuel en fin de période par client abonné, en moyenne sur la période.",
    ),
    formula=MRR / _average(SUBSCRIBERS_OPENING, SUBSCRIBERS),
    periods=tuple(period for period in ARPA.periods if period != "all"),
    undefined_when=_NOBODY,
    caveats=Text(
        "The average of the customers at the opening and at the end (setting kpis.arpa_customers). Lifetime values rest on the end.",
        "La moyenne des clients à l'ouverture et à la fin (réglage kpis.arpa_customers). Les valeurs vie s'appuient sur la fin.",
    ),
    example=Example({MRR: "12500", SUBSCRIBERS_OPENING: "150", SUBSCRIBERS: "250"}, gives="62.5"),
)

ARPU_OF_AVERAGE = replace(
    ARPU,
    explain=Text(
        "Won revenue of the period for each active customer, on average over the period.",
        "Chiffre d'affaires gagné dans la période par client actif, en moyenne sur la période.",
    ),
    formula=REVENUE_WON / _average(ACTIVE_OPENING, ACTIVE),
    undefined_when=_NOBODY,
    caveats=Text(
        f"{ARPU.caveats.en} The average of the opening and the end is a setting too (kpis.arpa_customers).",
        f"{ARPU.caveats.fr} La moyenne de l'ouverture et de la fin est un réglage aussi (kpis.arpa_customers).",
    ),
    example=Example({REVENUE_WON: "30000", ACTIVE_OPENING: "80", ACTIVE: "120"}, gives="300"),
)

# --- who came back ------------------------------------------------------------------------------------------

_SETTING = "kpis.subscriptions.reactivation_in_retention"

RETENTIONS: Mapping[str, Kpi] = {
    "exclude": replace(
        RETENTION,
        explain=Text(
            "Of the customers who paid when the period began, the share that paid until its end without a break.",
            "Parmi les clients qui payaient au début de la période, la part qui a payé jusqu'à la fin sans interruption.",
        ),
        formula=(SUBSCRIBERS_OPENING - SUBSCRIBERS_LOST - SUBSCRIBERS_AWAY) / SUBSCRIBERS_OPENING,
        caveats=Text(
            f"Who left is not retained, even if back by the end (setting {_SETTING}); logo_churn counts only who is gone at the end.",
            f"Qui est parti n'est pas fidélisé, même revenu avant la fin (réglage {_SETTING}) ; logo_churn ne compte que les absents de la fin.",
        ),
        example=Example({SUBSCRIBERS_OPENING: "150", SUBSCRIBERS_LOST: "3", SUBSCRIBERS_AWAY: "6"}, gives="0.94"),
    ),
    "include": replace(
        RETENTION,
        explain=Text(
            "Customers who pay at the end of the period and are not new, for each who paid when it began.",
            "Clients qui paient à la fin de la période sans être nouveaux, par client qui payait à son début.",
        ),
        formula=(SUBSCRIBERS_OPENING - SUBSCRIBERS_LOST + SUBSCRIBERS_RETURNED) / SUBSCRIBERS_OPENING,
        caveats=Text(
            f"Who had left before and came back in the period counts as retained (setting {_SETTING}), so it can pass 100 %.",
            f"Qui était parti avant et revient dans la période compte comme fidélisé (réglage {_SETTING}) : peut dépasser 100 %.",
        ),
        example=Example({SUBSCRIBERS_OPENING: "150", SUBSCRIBERS_LOST: "3", SUBSCRIBERS_RETURNED: "6"}, gives="1.02"),
        flags_above_one=True,
        interval="none",
    ),
}

# --- lifetimes ----------------------------------------------------------------------------------------------

CAPPED = "lifetime_capped"


def _capped(formula: Expression, most: int) -> Expression:
    """Divided by churn is multiplied by the lifetime: wherever a formula does so, the lifetime is held to so many months."""
    if not isinstance(formula, Operation):
        return formula
    left = _capped(formula.left, most)
    if formula.operator == "÷" and formula.right in (CHURN, REVENUE_CHURN):
        churn = formula.right
        assert isinstance(churn, Operation)  # noqa: S101 - both are quotients
        return left * AtMost(churn.right, churn.left, most, CAPPED)
    return Operation(formula.operator, left, _capped(formula.right, most))


def _of_capped_life(kpi: Kpi, formula: Expression, most: int) -> Kpi:
    caveats = Text(
        f"{kpi.caveats.en} A lifetime counts for {most} months at most, also where nobody has left (setting "
        "kpis.subscriptions.longest_life_months; flag lifetime_capped).",
        f"{kpi.caveats.fr} Une vie compte {most} mois au plus, même si personne n'est parti (réglage "
        "kpis.subscriptions.longest_life_months ; signal lifetime_capped).",
    )
    made = replace(kpi, formula=formula, caveats=caveats, undefined_when=_WITHOUT_VALUE[kpi.name])
    given = kpi.example.given if kpi.example else {}
    return replace(made, example=Example(given, gives=example_value(made)))


_NOBODY_PAYS = Text("nobody pays, or nobody did in the last 12 months", "personne ne paie, ou n'a payé ces 12 derniers mois")
_NO_MARGIN = Text("nobody pays, or nothing was sold whose cost is known", "personne ne paie, ou aucune vente au coût connu")
_NO_COST = Text(
    "no customer was won in the last 365 days, nothing was spent, nobody pays or no margin is known",
    "aucun client gagné en 365 jours, aucune dépense, personne ne paie ou aucune marge connue",
)
_WITHOUT_VALUE: Mapping[str, Text] = {
    "ltv_simple": _NOBODY_PAYS,
    "ltv": _NO_MARGIN,
    "ltv_rev": _NO_MARGIN,
    "ltv_cac": _NO_COST,
    "ltv_cac_paid": _NO_COST,
}
