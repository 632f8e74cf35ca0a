"""Restatements: which figures of the past moved after their period was over, by how much, and why.

They are found by another process (``cadran restatements``), when the reader asks: the page itself is there at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Any
from urllib.parse import urlencode

from kpi.text import Text
from sync.publish.i18n import Language
from sync.publish.web.asking import NoAnswer
from sync.publish.web.page import N_, Look, Page
from sync.publish.web.pages.kpi_why import signed
from sync.publish.web.signin.readers import may_see
from sync.publish.web.subject import BY_TITLES, one_of, whole_number
from sync.restated import why
from sync.restatements import Because

ON_A_PAGE = 50
DAYS: dict[str, Text] = {
    "7": Text("the last 7 days", "les 7 derniers jours"),
    "31": Text("the last 31 days", "les 31 derniers jours"),
    "92": Text("the last 92 days", "les 92 derniers jours"),
    "all": Text("all runs that are kept", "toutes les exécutions gardées"),
}
"""How far back runs are looked at."""
USUAL_DAYS = "31"
OF: dict[str, Text] = {
    "total": Text("totals", "totaux"),
    "all": Text("totals and members", "totaux et membres"),
}
SORTS: dict[str, Text] = {
    "run": Text("the newest run first", "la dernière exécution d'abord"),
    "change": Text("the largest change first", "le plus grand écart d'abord"),
}


@dataclass(frozen=True)
class Line:
    run: int
    at: datetime
    kpi: str
    title: str
    of: str
    """'' at total."""
    period: str
    old: str
    new: str
    change: str
    was_provisional: bool
    why: str
    size: Decimal
    """Of the change, as a share of the value before; of a rate in points of one."""


def show(look: Look) -> dict[str, Any]:
    query = look.query
    days = one_of("days", query.get("days") or USUAL_DAYS, DAYS)
    of = one_of("of", query.get("of") or "total", OF)
    sort = one_of("sort", query.get("sort") or "run", SORTS)
    known = look.shelf.kpis()
    kpi = one_of("kpi", query["kpi"], known) if query.get("kpi") else ""
    is_asked = look.is_part or "show" in query
    chosen = {"days": days, "of": of, "sort": sort, "kpi": kpi}
    lines, failed = None, None
    if is_asked and look.shelf.run_id is not None:
        try:
            found = look.ask.about(look.shelf.run_id, "restatements", *_words(look, days, kpi))
            lines = _sorted(_lines(look, found, of), sort)
        except NoAnswer as none:
            failed = none.said
    pages = max(1, ceil(len(lines or ()) / ON_A_PAGE))
    page = whole_number(look, "page", 1, pages) if lines is not None else 1
    return {
        "choices": [(name, said.in_(look.locale), offered) for name, said, offered in _choices(look)],
        "chosen": chosen,
        "kpis": sorted(
            ((name, look.title(name)) for name in known if name in look.catalogue.kpis), key=lambda one: one[1].casefold()
        ),
        "address": "/restatements?" + urlencode({**chosen, "show": "1"}),
        "page_address": lambda number: "/restatements?" + urlencode({**chosen, "show": "1", "page": number}),
        "lines": None if lines is None else lines[(page - 1) * ON_A_PAGE : page * ON_A_PAGE],
        "count": len(lines or ()),
        "number": page,
        "pages": pages,
        "failed": failed,
        "is_synced": look.shelf.run_id is not None,
    }


def _choices(look: Look) -> list[tuple[str, Text, list[tuple[str, str]]]]:
    offered = (
        ("days", Text("Found in", "Trouvées dans"), DAYS),
        ("of", Text("Of", "De"), OF),
        ("sort", Text("Order", "Ordre"), SORTS),
    )
    return [(name, said, [(key, text.in_(look.locale)) for key, text in known.items()]) for name, said, known in offered]


def _words(look: Look, days: str, kpi: str) -> list[str]:
    words = ["--kpi", kpi] if kpi else []
    if days == "all" or look.shelf.today is None:
        return words
    return [*words, "--since", (look.shelf.today - timedelta(days=int(days))).isoformat()]


def _lines(look: Look, found: Sequence[Mapping[str, Any]], of: str) -> list[Line]:
    shown = [one for one in found if of == "all" or one["by"] == "total"]
    shown = [one for one in shown if may_see(look.reader, one["by"], one["key"] or None)]
    labels = {by: look.labels(by) for by in {one["by"] for one in shown} - {"total"}}
    return [_line(look, one, labels.get(one["by"], {})) for one in shown]


def _line(look: Look, one: Mapping[str, Any], labels: Mapping[str, str]) -> Line:
    language, unit, currency = look.language, one["unit"], one["currency"]
    known = one["kpi"] in look.catalogue.kpis
    causes = [Because(cause["cause"], cause["rows"], cause["tables"], tuple(cause["names"])) for cause in one["causes"]]
    return Line(
        run=one["run"],
        at=datetime.fromisoformat(one["at"]),
        kpi=one["kpi"] if known else "",
        title=look.title(one["kpi"]) if known else one["kpi"],
        of="" if one["by"] == "total" else f"{BY_TITLES[one['by']].in_(look.locale)} {labels.get(one['key'], one['key'])}",
        period=language.period(one["period"], date.fromisoformat(one["period_start"])),
        old=language.amount(one["old"], unit, currency),
        new=language.amount(one["new"], unit, currency),
        change=_change(language, one),
        was_provisional=one["was_provisional"],
        why=why(causes, look.locale),
        size=_size(one),
    )


def _change(language: Language, one: Mapping[str, Any]) -> str:
    if one["change"] is None:
        return ""
    change = Decimal(one["change"])
    said = signed(language, change, one["unit"], one["currency"])
    share = f" ({language.percent(_share(one), signed=True)})" if one["unit"] != "ratio" and Decimal(one["old"]) else ""
    return said + share


def _share(one: Mapping[str, Any]) -> Decimal:
    return Decimal(one["change"]) / abs(Decimal(one["old"]))


def _size(one: Mapping[str, Any]) -> Decimal:
    """A value that came or went, or was 0 before, counts as the largest."""
    if one["change"] is None:
        return Decimal("Infinity")
    if one["unit"] == "ratio":
        return abs(Decimal(one["change"]))
    return abs(_share(one)) if Decimal(one["old"]) else Decimal("Infinity")


def _sorted(lines: list[Line], sort: str) -> list[Line]:
    """They come with the newest run first."""
    return sorted(lines, key=lambda line: line.size, reverse=True) if sort == "change" else lines


PAGE = Page("/restatements", N_("Restatements"), "restatements.html", show, group="system", order=60)
