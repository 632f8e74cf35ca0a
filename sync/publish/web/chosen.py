"""Which period a page looks at, of those that its KPIs have values of."""

from collections.abc import Sequence
from datetime import date

from kpi.periods import period_end
from kpi.text import Text
from sync.publish.web.filters import BadFilter
from sync.publish.web.page import Look
from sync.publish.web.tiles import is_calendar


def chosen_start(look: Look, kpis: Sequence[str]) -> tuple[date | None, list[date]]:
    """First day of the period, and those that can be chosen instead: begun ones with values at total, the oldest first.

    The period holds the filters' ``start``, else it is the newest one that is over, else the running one; None where the kind of
    period leaves no choice. A day within is enough: who goes from months to quarters keeps the quarter of the month that was looked
    at. Raises :class:`BadFilter` for a day that no such period holds.
    """
    period, asked, today = look.filters.period, look.filters.start, look.shelf.today or date.max
    if not is_calendar(period):
        return None, []
    starts = [day for day in look.shelf.starts("total", period, kpis) if day <= today]
    if asked is None:
        whole = [day for day in starts if period_end(period, day) <= today]  # type: ignore[arg-type]
        return max(whole or starts, default=None), starts
    found = max((day for day in starts if day <= asked), default=None)
    if found is None or period_end(period, found) <= asked:  # type: ignore[arg-type]
        known = f"{starts[0].isoformat()} – {starts[-1].isoformat()}" if starts else "—"
        said = Text(f"start: there are values of {known}", f"start : il y a des valeurs pour {known}")
        raise BadFilter("start", asked.isoformat(), said)
    return found, starts
