"""The card of one KPI: what it is, what it is now, how it came there, by whom, and where to look behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from markupsafe import Markup

from kpi.card import Example, Kpi, RecordKpi
from kpi.flags import FLAGS
from kpi.forecast.models import TITLES as MODEL_TITLES
from kpi.measures.base import Measure
from kpi.text import Text
from kpi.uncertainty import TITLES
from sync.publish.shelf import Figure
from sync.publish.web.change import change, comparable
from sync.publish.web.course import LAST, drawn, expected, kept_forecast
from sync.publish.web.members import dimensions, members
from sync.publish.web.page import N_, Look, Page
from sync.publish.web.signin.readers import visible_owners
from sync.publish.web.subject import BY_TITLES, CALENDAR, Subject, definition, subject

BETTER = {
    "up": Text("higher is better", "plus haut est mieux"),
    "down": Text("lower is better", "plus bas est mieux"),
    "none": Text("neither higher nor lower is better", "ni haut ni bas n'est mieux"),
}


@dataclass(frozen=True)
class Input:
    """One thing that the formula is made of, or that is to be known about it."""

    title: str
    value: str
    is_note: bool
    """How many rows bear a flag: not part of the formula."""


def show(look: Look) -> dict[str, Any]:
    found = definition(look)
    card = {
        "kpi": found,
        "card_source": found.source.url if found.source.url and urlsplit(found.source.url).scheme in ("http", "https") else None,
        "better": look.language.text(BETTER[found.better]),
        "is_followed": found.name in look.catalogue.followed,
        "BY": {by: title.in_(look.locale) for by, title in BY_TITLES.items()},
    }
    if isinstance(found, RecordKpi):
        return {**card, "is_record": True, "formula": look.language.text(found.formula), "interval_kind": "", "example": None}
    return {
        **card,
        "is_record": False,
        "formula": found.formula.text(look.locale),
        "interval_kind": TITLES[found.estimator.kind if found.estimator else "none"].in_(look.locale),
        "example": _example(look, found),
        **_values(look, found),
    }


def _values(look: Look, kpi: Kpi) -> dict[str, Any]:
    about = subject(look, kpi)
    figure, filters = about.figure, look.filters
    is_own_model = filters.model in (None, look.shelf.model) or not (figure and figure.model)
    kept = kept_forecast(look.shelf, kpi.name, about.by, about.key, about.period) if is_own_model else None
    start = figure.start if figure and figure.period in CALENDAR else filters.start
    course = [
        one
        for one in about.course
        if (filters.since is None or one.start >= filters.since) and (filters.until is None or one.start < filters.until)
    ]
    if filters.since is None:
        course = course[-LAST.get(about.period, len(course)) :] if about.period in LAST else course
    title = look.title(kpi.name) + (f", {about.label}" if about.label else "")
    compared = comparable(look.shelf, figure, filters.compare) if figure else None
    return {
        "about": about,
        "figure": figure,
        "start": figure.start if figure else None,
        "starts": [one.start for one in about.course] if about.period == filters.period else [],
        "change": change(figure, compared, kpi.better),
        "compared": compared,
        "chart": drawn(look.language, title, course, kept),
        "chart_title": title,
        "kept": kept,
        "model_title": look.language.text(MODEL_TITLES[kept.forecast.model]) if kept and kept.forecast else "",
        "expected": expected(look.language, kept) if figure and figure.is_partial else None,
        "inputs": list(_inputs(look, kpi, figure)) if figure else [],
        "dimensions": dimensions(look, kpi),
        "members": members(look, kpi, about.period, start),
        "rows_of": _rows_of(look, about, is_own_model),
        "why_of": _why_of(look, about, compared),
        "link": lambda **changes: _link(look, about, **changes),
        "extra": _hidden(look, about),
    }


# --- what stands behind --------------------------------------------------------------------------------------------------


def _rows_of(look: Look, about: Subject, is_own_model: bool) -> str | Text | None:
    """The address of the rows behind the value, or why they are not shown."""
    if about.figure is None:
        return None
    if not may_look_behind(look, about.by, about.key):
        return OWN_ROWS_ONLY
    if not is_own_model:
        return Text(
            f"Rows are kept by the settings' own attribution ({look.shelf.model}): choose it above to see them.",
            f"Les lignes sont gardées selon l'attribution des réglages ({look.shelf.model}) : choisissez-la ci-dessus pour les voir.",
        )
    return f"/kpi/{about.kpi.name}/rows?" + urlencode(_place(about))


OWN_ROWS_ONLY = Text(
    "Your account shows your own records only: open your own line by sales rep to see the rows behind it.",
    "Votre compte ne montre que vos propres fiches : ouvrez votre ligne, par commercial, pour voir ce qu'il y a derrière.",
)


def may_look_behind(look: Look, by: str, key: str) -> bool:
    """A reader who is bound to own records may see rows only of figures that are made of nobody else's."""
    owners = visible_owners(look.reader)
    return owners is None or (by == "owner" and key in owners)


def _why_of(look: Look, about: Subject, compared: Figure | None) -> str | None:
    """The address of what moved the value since the one that it is compared with."""
    if about.figure is None or compared is None or compared.value is None or about.figure.value is None:
        return None
    return f"/kpi/{about.kpi.name}/why?" + urlencode({**_place(about), "before": compared.start.isoformat()})


def _place(about: Subject) -> dict[str, str]:
    place = {"period": about.period}
    if about.figure and about.period in CALENDAR:
        place["start"] = about.figure.start.isoformat()
    return {**place, "by": about.by, "key": about.key} if about.key else place


# --- links ---------------------------------------------------------------------------------------------------------------

_OWN = ("by", "key", "cut", "sort", "dir", "page")


def _link(look: Look, about: Subject, **changes: str | None) -> str:
    """The query of this page with something changed. Another order begins at the first page again."""
    kept = {name: look.query[name] for name in _OWN if look.query.get(name) and (name != "page" or "page" in changes)}
    if not about.key:
        kept = {name: value for name, value in kept.items() if name not in ("by", "key")}
    return look.filters.with_(**{**kept, **changes})


def _hidden(look: Look, about: Subject) -> Markup:
    """What the filters' form keeps besides its own fields."""
    names = ("by", "key", "cut", "sort", "dir") if about.key else ("cut", "sort", "dir")
    fields = (Markup('<input type="hidden" name="{}" value="{}">').format(n, look.query[n]) for n in names if look.query.get(n))
    return Markup("").join(fields)


# --- formula -------------------------------------------------------------------------------------------------------------


def _inputs(look: Look, kpi: Kpi, figure: Figure) -> Iterator[Input]:
    measures = {measure.name: measure for measure in kpi.formula.inputs}
    for name, value in figure.inputs.items():
        if (measure := measures.get(name)) is not None:
            yield Input(measure.title.in_(look.locale), _amount(look, measure, value, figure.currency), False)
            continue
        of = next((known for known in measures if name.startswith(f"{known}_")), None)
        flag = name.removeprefix(f"{of}_") if of else name
        told = FLAGS[flag].in_(look.locale) if flag in FLAGS else flag
        of_what = f"{measures[of].title.in_(look.locale)}, {told}" if of else told
        yield Input(of_what, look.language.amount(value, "count"), True)


def _amount(look: Look, measure: Measure, value: Any, currency: str | None) -> str:
    unit = str(measure.measures)
    return look.language.amount(value, unit, (currency or look.shelf.currency) if unit == "money" else None)


def _example(look: Look, kpi: Kpi) -> dict[str, Any] | None:
    example: Example | None = kpi.example
    if example is None:
        return None
    given = []
    for measure in kpi.formula.inputs:
        told = example.given[measure]
        parts = [told] if isinstance(told, str) else list(told)
        given.append((measure.title.in_(look.locale), " ; ".join(_amount(look, measure, part, None) for part in parts)))
    gives = None if example.gives is None else look.language.amount(example.gives, str(kpi.unit), look.shelf.currency)
    return {"given": given, "gives": gives}


PAGE = Page("/kpi/{kpi}", N_("KPI"), "kpi.html", show, filters=("period", "start", "range", "compare", "model"))
