"""The course of a value: its history with the interval of each, and what is forecast of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kpi.forecast.intervals import Range
from sync.publish.forecast_store import Coming, Kept, forecast
from sync.publish.i18n import Language
from sync.publish.shelf import Figure, Shelf
from sync.publish.web.charts import over_time
from sync.publish.web.page import N_

FORECAST = N_("Forecast")
LAST = {"day": 92, "week": 53, "month": 25, "quarter": 13, "year": 10}
"""How many periods are drawn unless the reader asks for others."""


@dataclass(frozen=True)
class Expected:
    """What the running period is expected to end at."""

    value: str
    low: str | None
    high: str | None
    times: str | None
    """How often past values lay within."""


def kept_forecast(shelf: Shelf, kpi: str, by: str, key: str, period: str) -> Kept | None:
    """Of the settings' own attribution model. None: none is made of this."""
    return forecast(shelf, kpi, by, key, period)


def drawn(language: Language, title: str, figures: Sequence[Figure], found: Kept | None) -> dict[str, Any] | None:
    """What the chart is given; None where there is no course to draw."""
    if len(figures) < 2:
        return None
    chart = over_time(language, {title: figures}, period=figures[0].period, with_interval=True)
    coming = [one for one in found.coming if one.start >= figures[0].start] if found else []
    if not coming:
        return chart
    starts = sorted({figure.start for figure in figures} | {one.start for one in coming})
    places = {start: place for place, start in enumerate(starts)}
    chart["labels"] = [language.period(figures[0].period, start) for start in starts]
    old = [places[start] for start in sorted({figure.start for figure in figures})]
    for series in chart["series"]:
        for name, absent in (("values", None), ("told", "—"), ("low", None), ("high", None)):
            if name in series:
                spread = dict(zip(old, series[name], strict=True))
                series[name] = [spread.get(place, absent) for place in range(len(starts))]
    chart["series"].append(_dashed(language, coming, len(starts), places, figures[0]))
    return chart


def _dashed(language: Language, coming: Sequence[Coming], length: int, places: dict[Any, int], like: Figure) -> dict[str, Any]:
    at = {places[one.start]: one for one in coming}
    ranges = {place: one.ahead.wide or one.ahead.likely for place, one in at.items()}
    return {
        "name": language.gettext(FORECAST),
        "dashed": True,
        "values": [at[place].ahead.value if place in at else None for place in range(length)],
        "low": [_end(ranges.get(place), "low") for place in range(length)],
        "high": [_end(ranges.get(place), "high") for place in range(length)],
        "told": [_told(language, at[place], like) if place in at else "—" for place in range(length)],
    }


def _end(found: Range | None, name: str) -> Any:
    return getattr(found, name) if found else None


def _told(language: Language, one: Coming, like: Figure) -> str:
    said = language.amount(one.ahead.value, like.unit, like.currency)
    reach = one.ahead.wide or one.ahead.likely
    if reach is None:
        return said
    low, high = (language.amount(end, like.unit, like.currency) for end in (reach.low, reach.high))
    return f"{said} ({low} … {high})"


def expected(language: Language, found: Kept | None) -> Expected | None:
    """Of the running period; None where it is not known."""
    present = found.present if found else None
    if found is None or present is None:
        return None
    reach = present.wide or present.likely
    low, high = (language.amount(end, found.unit, found.currency) for end in (reach.low, reach.high)) if reach else (None, None)
    times = language.percent(reach.level) if reach else None
    return Expected(language.amount(present.value, found.unit, found.currency), low, high, times)
