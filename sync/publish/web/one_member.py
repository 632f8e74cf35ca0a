"""One member of a dimension by itself: several KPIs, period by period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import RedirectResponse

from kpi.text import Text
from sync.publish.shelf import Figure
from sync.publish.web.charts import over_time
from sync.publish.web.page import Answer, Look
from sync.publish.web.side_by_side import choice
from sync.publish.web.signin.readers import may_see
from sync.publish.web.tiles import is_calendar

COURSE = 13
"""How many periods: a year and the month before it."""
NOBODY_SO_CALLED = Text("Nothing is known of this one.", "Rien n'est connu à ce nom.")


@dataclass(frozen=True)
class Moment:
    """One period: a figure for each KPI, in the order of the columns."""

    title: str
    figures: Sequence[Figure | None]

    @property
    def is_partial(self) -> bool:
        return any(figure.is_partial for figure in self.figures if figure)


def one_member(look: Look, by: str, kpis: Mapping[str, Text], back: str) -> Answer:
    """The member that the address names as ``key``; without one, the page of all (``back``). Raises :class:`LookupError` for one that
    is not there, or that the reader may not see."""
    key = look.query.get("key", "")
    if not key:
        return RedirectResponse(back, 303)
    if key not in look.shelf.members(by) or not may_see(look.reader, by, key):
        raise LookupError(NOBODY_SO_CALLED)
    known = {kpi: heading.in_(look.locale) for kpi, heading in kpis.items() if kpi in look.catalogue.kpis}
    period = look.filters.period if is_calendar(look.filters.period) else "month"
    courses = {kpi: look.shelf.series(kpi, by=by, key=key, period=period, model=look.filters.model) for kpi in known}
    courses = {kpi: course for kpi, course in courses.items() if course}
    drawn = choice("kpi", look.query.get("kpi") or next(iter(courses or known)), list(known))
    return {
        "key": key,
        "label": look.labels(by).get(key, key),
        "drawn": drawn,
        "headings": {kpi: known[kpi] for kpi in courses},
        "titles": {kpi: look.title(kpi) for kpi in known},
        "moments": _moments(look, courses, period),
        "chart": _chart(look, drawn, courses.get(drawn, []), period),
        "by": by,
        "back": back,
        "period": period,
    }


def _moments(look: Look, courses: Mapping[str, Sequence[Figure]], period: str) -> list[Moment]:
    """The newest first."""
    starts = sorted({figure.start for course in courses.values() for figure in course}, reverse=True)[:COURSE]
    at = {kpi: {figure.start: figure for figure in course} for kpi, course in courses.items()}
    return [Moment(look.language.period(period, day), [at[kpi].get(day) for kpi in courses]) for day in starts]


def _chart(look: Look, kpi: str, course: Sequence[Figure], period: str) -> dict[str, Any] | None:
    return over_time(look.language, {look.title(kpi): course}, period=period, with_interval=True) if len(course) > 1 else None
