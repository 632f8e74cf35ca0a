"""Customers: what they are worth, who stays, what recurring revenue gained and lost, cohort by cohort."""

from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from kpi.text import Text
from sync.publish.shelf import Figure
from sync.publish.web.charts import over_time
from sync.publish.web.page import N_, Look, Page
from sync.publish.web.subject import one_of
from sync.publish.web.tiles import Tile, is_calendar, tile
from sync.publish.web.triangle import triangle

GROUPS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (Text("Worth", "Valeur"), ("ltv", "ltv_cac", "cac_payback_months", "customer_value", "arpa", "arpu")),
    (
        Text("Subscriptions", "Abonnements"),
        ("mrr", "subscribers", "nrr_12_months", "grr_12_months", "nrr", "grr", "logo_churn", "mrr_churn_gross"),
    ),
    (
        Text("Buyers", "Acheteurs"),
        ("active_customers", "new_customers", "customer_churn", "customer_retention", "repeat_rate", "repeat_rate_12m"),
    ),
    (Text("Satisfaction", "Satisfaction"), ("nps", "csat", "ces", "ticket_resolution_rate")),
)
GAINS = ("mrr_new", "mrr_expansion", "mrr_reactivation", "mrr_moved", "mrr_fx")
LOSSES = ("mrr_contraction", "mrr_churned")
"""Kept as positive amounts; drawn below the line."""
COHORTS = ("retention_cohort", "purchase_cohort", "ltv_historic")
LAST = 13
"""Periods of the movements."""


@dataclass(frozen=True)
class Movement:
    """A period's opening, movements and close of recurring revenue."""

    start: Figure
    figures: dict[str, Figure | None]


def show(look: Look) -> dict[str, Any]:
    filters, shelf = look.filters, look.shelf
    names = [name for _, kpis in GROUPS for name in kpis]
    start = filters.start
    starts = shelf.starts("total", filters.period, names) if is_calendar(filters.period) else []
    if start is None and is_calendar(filters.period):
        start = shelf.last_whole("total", filters.period, names)
    computed = set(shelf.kpis())
    tiles = [(title.in_(look.locale), [tile(look, k, start) for k in kpis if k in computed]) for title, kpis in GROUPS]
    cohorts = [name for name in COHORTS if name in computed]
    cohort = one_of("cohort", look.query.get("cohort") or cohorts[0], cohorts) if cohorts else None
    period = filters.period if is_calendar(filters.period) else "month"
    moves, kinds = _movements(look, period)
    return {
        "start": start,
        "starts": starts,
        "groups": [
            (title, [one for one in found if _is_known(one)], [one for one in found if not _is_known(one)])
            for title, found in tiles
        ],
        "moves": moves,
        "kinds": [(name, look.title(name), name in LOSSES) for name in kinds],
        "moves_period": period,
        "chart": _chart(look, moves, kinds, period) if len(moves) > 1 else None,
        "cohorts": [(name, look.title(name)) for name in cohorts],
        "cohort": cohort,
        "cohort_title": look.title(cohort) if cohort else "",
        "cohort_explain": look.catalogue.definition(cohort).explain.in_(look.locale) if cohort else "",
        "triangle": triangle(shelf, cohort) if cohort else None,
        "extra": Markup('<input type="hidden" name="cohort" value="{}">').format(cohort) if look.query.get("cohort") else "",
    }


def _is_known(one: Tile) -> bool:
    return one.figure is not None and one.figure.value is not None


def _movements(look: Look, period: str) -> tuple[list[Movement], list[str]]:
    """The last periods, the oldest first, and the kinds of movement that there were."""
    filters = look.filters
    wanted = (*GAINS, *LOSSES, "mrr_net_new", "mrr")
    found = look.shelf.history(wanted, by="total", period=period, since=filters.since, until=filters.until)
    today = look.shelf.today
    by_start: dict[Any, dict[str, Figure | None]] = {}
    for figure in found:
        if today is None or figure.start <= today:
            by_start.setdefault(figure.start, {})[figure.kpi] = figure
    moves = [
        Movement(first, {name: row.get(name) for name in wanted})
        for _, row in sorted(by_start.items())
        if (first := next((one for one in row.values() if one is not None), None)) is not None
    ]
    moves = moves if filters.since else moves[-LAST:]
    kinds = [n for n in (*GAINS, *LOSSES) if any((one := move.figures[n]) and one.value for move in moves)]
    return moves, kinds


def _chart(look: Look, moves: list[Movement], kinds: list[str], period: str) -> dict[str, Any] | None:
    named = {
        look.title(name): [
            replace(one, value=-one.value) if name in LOSSES and one.value is not None else one
            for move in moves
            if (one := move.figures[name]) is not None
        ]
        for name in kinds
    }
    return over_time(look.language, named, period=period, kind="stacked") if named else None


PAGE = Page(
    "/customers",
    N_("Customers"),
    "customers.html",
    show,
    group="customers",
    filters=("period", "start", "range", "compare", "model"),
)
