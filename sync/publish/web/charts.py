"""What a chart is given: labels, series, and each value in words, for the table that stands beside it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from sync.publish.i18n import Language
from sync.publish.shelf import Figure

Kind = Literal["line", "bar", "stacked"]


def over_time(
    language: Language, named: Mapping[str, Sequence[Figure]], *, period: str, kind: Kind = "line", with_interval: bool = False
) -> dict[str, Any]:
    """Several courses over the same kind of period: name -> figures. The unit is that of the first figure."""
    starts = sorted({figure.start for figures in named.values() for figure in figures})
    first = next((figure for figures in named.values() for figure in figures), None)
    unit, currency = (first.unit, first.currency) if first else ("count", None)
    return {
        "kind": kind,
        "heading": language.period(period).capitalize(),
        "labels": [language.period(period, start) for start in starts],
        "unit": unit,
        "currency": currency,
        "series": [_course(language, name, figures, starts, with_interval) for name, figures in named.items()],
    }


def _course(
    language: Language, name: str, figures: Iterable[Figure], starts: Sequence[date], with_interval: bool
) -> dict[str, Any]:
    by_start = {figure.start: figure for figure in figures}
    found = [by_start.get(start) for start in starts]
    course: dict[str, Any] = {
        "name": name,
        "values": [figure.value if figure else None for figure in found],
        "told": [_told(language, figure) for figure in found],
    }
    if with_interval and any(figure and figure.interval for figure in found):
        course["low"] = [figure.interval.low if figure and figure.interval else None for figure in found]
        course["high"] = [figure.interval.high if figure and figure.interval else None for figure in found]
    return course


def _told(language: Language, figure: Figure | None) -> str:
    """A value in words; why there is none; that its period is not over."""
    if figure is None or figure.value is None:
        return language.text(figure.reason) if figure else "—"
    return language.value(figure) + (f" ({language.flags(figure)[0]})" if figure.is_partial else "")
