"""What a run computes: which KPIs, at which dimensions, for which kinds of period and under which attribution models."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kpi.card import Kpi
from kpi.measures.base import By, Measure
from kpi.periods import ROLLING, Period
from kpi.window import Asked
from sync.campaign_values import PEOPLE_FIGURES, campaign_figures
from sync.house import House

MODELS = ("first", "last")
"""Attribution models that are kept unless the settings name others (``attribution.models``)."""

PERIODS_BY: Mapping[By, tuple[Period, ...]] = {
    "total": ("all", "year", "quarter", "month", "week", "day", *ROLLING),
    "channel": ("all", "year", "quarter", "month", "week", "day", *ROLLING),
    "campaign": ("all", "year", "quarter", "month", "week", *ROLLING),
    "pipeline": ("all", "year", "quarter", "month", "week", *ROLLING),
    "stage": ("all", "year", "quarter", "month"),
    "team": ("all", "year", "quarter", "month", "week", *ROLLING),
    "owner": ("all", "year", "quarter", "month", "week", *ROLLING),
    "category": ("all", "year", "quarter", "month"),
    "product": ("all", "year", "quarter", "month"),
    "company": ("all", "year"),
    "deal": ("all",),
    "page": ("all", "year", "quarter", "month", "week"),
    "device": ("all", "year", "quarter", "month", "week"),
    "email": ("all", "year", "quarter", "month"),
    "network": ("all", "year", "quarter", "month", "week"),
    "survey": ("all", "year", "quarter", "month"),
    "plan": ("all", "year", "quarter", "month"),
    "cohort": ("all", "month"),
}
"""Which periods are kept at which grain: a company's week says nothing, and would be most of the rows."""


def kept(kpi: Kpi, by: By, period: Period) -> bool:
    """Whether a KPI's values are kept at this grain and period. What a single company, colleague or day is too small for would be
    a third of all values: there only what adds up is, and by channel and day what analytics and ad platforms report by the day."""
    if period not in PERIODS_BY[by] or not kpi.allows(by, period):
        return False
    is_plain = isinstance(kpi.formula, Measure)
    if (by, period) == ("channel", "day"):
        families = {measure.facts.name for measure in kpi.formula.inputs}
        return families <= _BY_DAY or (is_plain and families == {"lead"})
    return is_plain or (by, period) not in _TOO_SMALL


_BY_DAY = frozenset({"web", "spend"})
_TOO_SMALL = frozenset({("owner", "week"), ("team", "week"), ("company", "year")})


def computed_kpis(house: House) -> Mapping[str, Kpi]:
    """The KPIs that a run computes, by name: all, or those that are followed and those that records show (``kpis.compute``)."""
    kpis = house.catalogue.kpis
    if house.settings.kpis.compute == "all":
        return kpis
    shown = (figure.kpi for figure in (*campaign_figures(house.catalogue), *PEOPLE_FIGURES))
    wanted = {*house.catalogue.followed, *shown, FORECAST}
    return {name: kpi for name, kpi in kpis.items() if name in wanted}


FORECAST = "weighted_forecast"
"""Kept in any case: its accuracy can be told only from what was forecast in the past."""


def everything(kpis: Iterable[Kpi], models: Sequence[str] = MODELS) -> Iterator[tuple[By, Asked]]:
    """What is computed in a run, by dimension. What does not depend on the model is the same for all: it is computed with the first."""
    kpis = tuple(kpis)
    for by, periods in PERIODS_BY.items():
        yield (
            by,
            {
                model: {
                    period: [k for k in kpis if kept(k, by, period) and (model == models[0] or k.is_credited(by))]
                    for period in periods
                }
                for model in models
            },
        )
