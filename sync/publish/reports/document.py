"""A report as one HTML file that loads nothing, for browsers, paper and mail programs; and as plain text, for chat."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from babel.dates import format_skeleton
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from kpi.text import Text
from sync.publish.i18n import Language
from sync.publish.letters import Part, as_text
from sync.publish.reports import pictures
from sync.publish.reports.campaigns import Campaigns
from sync.publish.reports.contents import Contents, Course
from sync.publish.reports.headline import said
from sync.publish.reports.outlook import Goal
from sync.publish.shelf import Figure
from sync.publish.web.page import TEMPLATES
from sync.publish.web.rendering import environment

HERE = Path(__file__).parent / "templates"
BARS = 6
"""Campaigns that are drawn."""


@cache
def _environment(locale: str) -> Environment:
    """The pages' own, with the report's template beside theirs."""
    return environment(locale).overlay(loader=FileSystemLoader([HERE, TEMPLATES]))


def html(contents: Contents, language: Language, *, watched: bool, notes: Sequence[str] = (), with_pictures: bool = True) -> str:
    """The whole file. ``watched``: whether alerts are set at all. ``notes``: what the reader is to know of the file itself.
    Without pictures it is a mail's body: many mail programs take them out and leave their words in a heap."""
    targets: dict[str, list[Goal]] = defaultdict(list)
    for goal in contents.goals:
        if goal.is_total:
            targets[goal.kpi].append(goal)
    known: dict[str, Any] = {
        "f": language,
        "lang": language.locale,
        "c": contents,
        "targets": targets,
        "watched": watched,
        "notes": notes,
        "version": version("cadran"),
        "has_targets": bool(targets),
        "notes_of": lambda figure: notes_of(figure, language),
        "courses": [_course(course, contents, language, with_pictures) for course in contents.courses if course.figures],
        "campaigns_picture": _campaigns(contents.campaigns, language) if with_pictures else "",
        "funnel_picture": _funnel(contents, language) if with_pictures else "",
    }
    return _environment(language.locale).get_template("report.html").render(known).strip() + "\n"


def text(contents: Contents, language: Language, notes: Sequence[str] = ()) -> str:
    """In words alone: the headline, every figure with its change, what is at risk."""
    before = Text("on the period before", "par rapport à la période précédente").in_(language.locale)
    colon = Text(": ", " : ").in_(language.locale)
    parts = [Part(contents.title, (contents.headline, *notes))]
    for section in contents.sections:
        items = []
        for line in section.lines:
            change = said(line.previous, language)
            aside = [line.instead, f"{change} {before}" if change else "", *notes_of(line.figure, language)]
            if line.figure is not None and line.figure.value is None:
                aside.append(language.text(line.figure.reason))
            told = ", ".join(word for word in aside if word)
            items.append(f"{line.title}{colon}{line.value}{f' ({told})' if told else ''}")
        parts.append(Part(section.title, items=tuple(items)))
    if contents.goals:
        heading = Text("Targets", "Cibles").in_(language.locale)
        told_goals = (f"{goal.name}, {goal.period}{colon}{goal.value} / {goal.wanted}, {goal.state}" for goal in contents.goals)
        parts.append(Part(heading, items=tuple(told_goals)))
    return as_text(parts)


def notes_of(figure: Figure | None, language: Language) -> list[str]:
    """Flags, and until when it may still settle."""
    if figure is None:
        return []
    found = language.flags(figure)
    if figure.provisional_until is not None:
        day = language.day(figure.provisional_until)
        found.append(Text(f"provisional until {day}", f"provisoire jusqu'au {day}").in_(language.locale))
    return found


def _course(course: Course, contents: Contents, language: Language, with_picture: bool) -> dict[str, Any]:
    labels = [_label(figure, language) for figure in course.figures]
    first = course.figures[0]
    picture = Markup("")
    if with_picture:

        def say(value: Decimal) -> str:
            return language.short(value, first.unit, first.currency)

        values = [figure.value for figure in course.figures]
        axis = [_axis_label(figure, language) for figure in course.figures]
        picture = pictures.lines(course.title, axis, values, say, partial=course.figures[-1].is_partial)
    rows = [(label, _told(figure, language)) for label, figure in zip(labels, course.figures, strict=True)]
    return {"title": course.title, "picture": picture, "rows": rows}


def _label(figure: Figure, language: Language) -> str:
    return language.day(figure.start) if figure.period == "week" else language.period(figure.period, figure.start)


def _axis_label(figure: Figure, language: Language) -> str:
    """The same in few letters."""
    return str(format_skeleton("MMMd" if figure.period == "week" else "yMMM", figure.start, locale=language.locale))


def _told(figure: Figure, language: Language) -> str:
    return language.text(figure.reason) if figure.value is None else language.value(figure)


def _campaigns(found: Campaigns | None, language: Language) -> Markup:
    """Cost and revenue of those that cost most, on one scale."""
    if found is None:
        return Markup("")
    spend, _, _, _, _, revenue, _ = found.titles
    rows = [(row.name, [(row.spend, row.told[0]), (row.revenue, row.told[1])]) for row in found.rows[:BARS]]
    title = Text("Campaigns: spend and revenue", "Campagnes : dépenses et chiffre d'affaires").in_(language.locale)
    return pictures.bars(title, rows, (spend, revenue))


def _funnel(contents: Contents, language: Language) -> Markup:
    rows = [(step.title, [(step.count, step.told)]) for step in contents.funnel if step.count is not None]
    return pictures.bars(Text("From visitor to customer", "Du visiteur au client").in_(language.locale), rows)
