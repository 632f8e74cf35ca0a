"""Sales: what each rep won and how quickly, what is open today, how long each stage takes, and what the coming months should bring."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from kpi.text import Text
from sync.publish.forecast_store import forecast
from sync.publish.sales_outlook import PIPELINE, REVENUE, PipelineError, sales_outlook
from sync.publish.shelf import Figure
from sync.publish.web.chosen import chosen_start
from sync.publish.web.extract import asked, extract
from sync.publish.web.page import N_, Answer, Look, Page
from sync.publish.web.side_by_side import Table, kept_order, side_by_side
from sync.publish.web.signin.readers import visible_owners

BY_REP: Mapping[str, Text] = MappingProxyType(
    {
        "revenue_won": Text("Revenue won", "Chiffre d'affaires gagné"),
        "deals_won": Text("Deals won", "Gagnées"),
        "win_rate": Text("Win rate", "Taux de gain"),
        "avg_deal_size": Text("Deal size", "Montant moyen"),
        "cycle_days_median": Text("Cycle, median", "Cycle, médiane"),
        "quota_attainment": Text("Quota attained", "Quota atteint"),
    }
)
OPEN: Mapping[str, Text] = MappingProxyType(
    {"pipeline_value": Text("Open deals", "Transactions ouvertes"), "sales_velocity": Text("Velocity a day", "Vélocité par jour")}
)
STAGES: Mapping[str, Text] = MappingProxyType(
    {
        "stage_days_median": Text("Half leave within", "La moitié sort en"),
        "stage_days_p90": Text("Nine in ten within", "Neuf sur dix en"),
        "stage_days_mean": Text("Mean", "Moyenne"),
    }
)
MONTHS = 6
REP, PIPE, STAGE = Text("Sales rep", "Commercial"), Text("Pipeline", "Pipeline"), Text("Stage", "Étape")


@dataclass(frozen=True)
class Month:
    """What a month should bring. Texts are as the reader writes them, None where there is nothing to say."""

    title: str
    figure: Figure
    won: Decimal | None
    open_weighted: Decimal | None
    likely: tuple[Decimal, Decimal] | None
    by_past: Decimal | None
    by_past_likely: tuple[Decimal, Decimal] | None
    by_past_error: Decimal | None


def show(look: Look) -> Answer:
    start, starts = chosen_start(look, list(BY_REP))
    reps = side_by_side(look, "owner", BY_REP, start=start, names=REP)
    if kind := asked(look):
        return extract(look, reps, "sales", kind)
    months, error = _months(look)
    return {
        "start": start,
        "starts": starts,
        "extra": kept_order(look),
        "sort": {n: look.query[n] for n in ("sort", "dir") if look.query.get(n)},
        "reps": reps,
        "is_own": visible_owners(look.reader) is not None,
        "open_by_rep": _today(look, "owner", REP),
        "open_by_pipeline": _today(look, "pipeline", PIPE),
        "stages": side_by_side(look, "stage", STAGES, start=start, names=STAGE, whole=None, is_sorted=False),
        "months": months,
        "pipeline_error": error,
    }


def _today(look: Look, by: str, names: Text) -> Table:
    return side_by_side(look, by, OPEN, start=None, names=names, period="all", is_sorted=False)


def _months(look: Look) -> tuple[list[Month], PipelineError | None]:
    """The running month and those after it, and how far off the weighted forecast was in past ones."""
    first = look.shelf.today.replace(day=1) if look.shelf.today else None
    coming = look.shelf.series(PIPELINE, since=first)[:MONTHS] if first else []
    both = {one.start: one for one in sales_outlook(look.shelf, forecast(look.shelf, REVENUE))}
    months = [_month(look, figure, both.get(figure.start)) for figure in coming]
    return months, next((one.pipeline_error for one in both.values()), None)


def _month(look: Look, figure: Figure, outlook: Any) -> Month:
    def ends(found: Any) -> tuple[Decimal, Decimal] | None:
        return (found.low, found.high) if found else None

    return Month(
        title=look.language.period("month", figure.start),
        figure=figure,
        won=figure.inputs.get(REVENUE),
        open_weighted=figure.inputs.get("weighted_open"),
        likely=ends(outlook.pipeline_likely) if outlook else None,
        by_past=outlook.by_past if outlook else None,
        by_past_likely=ends(outlook.by_past_likely) if outlook else None,
        by_past_error=outlook.by_past_error if outlook else None,
    )


PAGE = Page("/sales", N_("Sales"), "sales.html", show, group="sales", order=10, filters=("period", "start", "compare"))
