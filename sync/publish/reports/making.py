"""A report made into files: HTML, PDF or both, in one language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kpi.text import Text
from sync.house import House
from sync.publish.i18n import Language
from sync.publish.reports.contents import Contents, gather
from sync.publish.reports.document import html, text
from sync.publish.reports.pdf import Maker, NoPdf, pdf
from sync.publish.reports.span import Span
from sync.publish.shelf import Shelf
from sync.publish.web.rendering import language as language_of_zone

Format = Literal["html", "pdf", "both"]


@dataclass(frozen=True)
class Made:
    """What can be written and sent."""

    title: str
    headline: str
    files: dict[str, bytes]
    """Name -> what is in it. Where no PDF can be made, the HTML is there instead."""
    no_pdf: str | None
    """Why there is none that was asked for."""
    body: str
    """As a mail's HTML."""
    text: str
    """As plain text."""


def make(
    house: House,
    shelf: Shelf,
    span: Span,
    *,
    locale: str,
    format: Format,
    follow: Sequence[str],
    name: str = "",
    since_run: int | None = None,
    since: date | None = None,
    makers: Sequence[Maker] | None = None,
) -> Made:
    """``follow``: roles and KPIs. ``name``: what the settings call it. ``since_run``, ``since``: see
    :func:`~sync.publish.reports.contents.gather`."""
    language = language_of_zone(locale, shelf.about.get("zone"))
    contents = gather(house, shelf, language, span, follow, name=name, since_run=since_run, since=since)
    watched = bool(house.settings.alerts.rules)
    whole = html(contents, language, watched=watched)
    stem, files, no_pdf = _stem(span, name, locale), {}, None
    if format != "html":
        try:
            files[f"{stem}.pdf"] = pdf(whole, makers)
        except NoPdf as error:
            no_pdf = str(error)
    if format != "pdf" or no_pdf:
        files[f"{stem}.html"] = whole.encode()
    notes = [_without_pdf(language)] if no_pdf else []
    return Made(
        title=_subject(house, contents),
        headline=contents.headline,
        files=dict(sorted(files.items())),
        no_pdf=no_pdf,
        body=html(contents, language, watched=watched, notes=notes, with_pictures=False),
        text=text(contents, language, notes),
    )


def _stem(span: Span, name: str, locale: str) -> str:
    day = f"{span.start:%Y-%m}" if span.kind == "monthly" else span.start.isoformat()
    return "-".join(filter(None, ("cadran", span.kind, day, name if name != span.kind else ""))) + f".{locale}"


def _subject(house: House, contents: Contents) -> str:
    """Which report of which account it is, where there are several."""
    told = [house.name] if house.name != "default" else []
    told += [contents.name] if contents.name not in ("", contents.span.kind) else []
    return f"{contents.title} ({', '.join(told)})" if told else contents.title


def _without_pdf(language: Language) -> str:
    return Text(
        "No PDF could be made on the machine that sends this; the report is attached as HTML.",
        "La machine qui envoie ce rapport n'a pas pu en faire un PDF ; il est joint en HTML.",
    ).in_(language.locale)
