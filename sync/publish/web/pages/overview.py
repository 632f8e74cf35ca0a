"""What a role looks at first: each followed KPI with its value, course, comparison, target and maturity."""

from typing import Any

from markupsafe import Markup

from kpi.roles import OWN, ROLES, resolved
from kpi.text import Text
from sync.publish.web.charts import over_time
from sync.publish.web.chosen import chosen_start
from sync.publish.web.filters import BadFilter
from sync.publish.web.page import N_, Look, Page
from sync.publish.web.tiles import is_calendar, targets, tile

ROLE_TITLES = {
    "sales": Text("Sales", "Ventes"),
    "marketing": Text("Marketing", "Marketing"),
    "finance": Text("Finance", "Finance"),
    OWN: Text("Our own", "Les nôtres"),
}


def show(look: Look) -> dict[str, Any]:
    roles = _roles(look)
    role = look.query.get("role") or next(iter(roles))
    if role not in roles:
        names = ", ".join(roles)
        raise BadFilter("role", role, Text(f"role: choose among {names}", f"role : choisissez parmi {names}"))
    filters = look.filters
    start, starts = chosen_start(look, roles[role])
    wanted = targets(look)
    tiles = [tile(look, kpi, start, wanted.get(kpi)) for kpi in roles[role]]
    first = roles[role][0]
    period = filters.period if is_calendar(filters.period) else "month"
    course = look.shelf.series(first, period=period, model=filters.model)
    compared = {
        "previous": Text("compared with the period before", "par rapport à la période précédente"),
        "last_year": Text("compared with last year", "par rapport à l'année dernière"),
    }.get(filters.compare)
    return {
        "roles": [(name, ROLE_TITLES[name].in_(look.locale)) for name in roles],
        "role": role,
        "tiles": tiles,
        "start": start,
        "starts": starts,
        "compared": look.language.text(compared),
        "chart": over_time(look.language, {look.title(first): course}, period=period) if len(course) > 1 else None,
        "chart_title": look.title(first),
        "extra": Markup('<input type="hidden" name="role" value="{}">').format(role),
    }


def _roles(look: Look) -> dict[str, tuple[str, ...]]:
    """Role -> its KPIs; those of the company's own where it has some."""
    own = tuple(name for name, kpi in look.catalogue.kpis.items() if kpi.is_own)
    found = {role: resolved([role], own) for role in ROLES}
    return {**found, OWN: own} if own else found


PAGE = Page(
    "/", N_("Overview"), "overview.html", show, group="overview", order=0, filters=("period", "start", "compare", "model")
)
