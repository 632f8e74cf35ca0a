"""The rows behind one value, each with the record that it is about: read from the lake by another process, on demand."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from kpi.text import Text
from sync.publish.web.asking import NoAnswer
from sync.publish.web.page import N_, Look, Page
from sync.publish.web.pages.kpi import OWN_ROWS_ONLY, may_look_behind
from sync.publish.web.subject import CALENDAR, Subject, computed, subject, whole_number

FIRST, MOST = 20, 500
"""How many rows of each measure are shown at first, and at most."""

COLUMNS: dict[str, Text] = {
    "amount_home": Text("amount", "montant"),
    "share": Text("share credited", "part attribuée"),
    "created_on": Text("created on", "créé le"),
    "won_on": Text("won on", "gagné le"),
    "lost_on": Text("lost on", "perdu le"),
    "expected_on": Text("expected on", "attendu le"),
    "became_on": Text("became on", "devenu le"),
    "owner_id": Text("sales rep", "commercial"),
    "team_id": Text("team", "équipe"),
    "pipeline_id": Text("pipeline", "pipeline"),
    "stage_id": Text("stage", "étape"),
    "channel": Text("channel", "canal"),
    "campaign": Text("campaign", "campagne"),
    "day": Text("day", "jour"),
    "spend_home": Text("spend", "dépense"),
    "sessions": Text("sessions", "sessions"),
    "clicks": Text("clicks", "clics"),
    "impressions": Text("impressions", "impressions"),
    "month_on": Text("month", "mois"),
}
"""What people call the columns that are met most; the others keep the name that the documentation gives them."""
_LABELLED = {
    "owner_id": "owner",
    "team_id": "team",
    "pipeline_id": "pipeline",
    "stage_id": "stage",
    "channel": "channel",
    "campaign": "campaign",
}


@dataclass(frozen=True)
class Cell:
    text: str
    kind: Literal["", "number", "day"] = ""


@dataclass(frozen=True)
class Row:
    record: str | None
    link: str | None
    cells: list[Cell]


@dataclass(frozen=True)
class Behind:
    """The rows that one measure read."""

    title: str
    read: str
    count: int
    columns: list[str]
    rows: list[Row]


def show(look: Look) -> dict[str, Any]:
    kpi = computed(look)
    about = subject(look, kpi)
    if not may_look_behind(look, about.by, about.key):
        raise LookupError(OWN_ROWS_ONLY)
    limit = whole_number(look, "limit", FIRST, MOST)
    answer, failed = None, None
    try:
        answer = look.ask.about(look.shelf.run_id, "explain", kpi.name, *_words(about), "--limit", str(limit))
    except NoAnswer as none:
        failed = none.said
    found = [_behind(look, {m.name: m.title for m in kpi.formula.inputs}, part) for part in answer["rows"]] if answer else []
    return {
        "about": about,
        "title": look.title(kpi.name) + (f", {about.label}" if about.label else ""),
        "failed": failed,
        "found": found,
        "limit": limit,
        "more": _more(about, limit) if limit < MOST and any(one.count > len(one.rows) for one in found) else None,
        "again": _more(about, limit),
        "back": f"/kpi/{kpi.name}?" + urlencode(_place(about)),
    }


def _words(about: Subject) -> list[str]:
    words = ["--period", about.period]
    if about.by != "total":
        words += ["--by", about.by, "--for", about.key]
    if about.figure is not None and about.period in CALENDAR:
        words += ["--start", about.figure.start.isoformat()]
    return words


def _place(about: Subject) -> dict[str, str]:
    place = {"period": about.period, **({"by": about.by, "key": about.key} if about.key else {})}
    return {**place, "start": about.figure.start.isoformat()} if about.figure and about.period in CALENDAR else place


def _more(about: Subject, limit: int) -> str:
    return f"/kpi/{about.kpi.name}/rows?" + urlencode({**_place(about), "limit": MOST if limit > FIRST else 10 * FIRST})


def _behind(look: Look, titles: Mapping[str, Text], part: Mapping[str, Any]) -> Behind:
    sample = part["sample"]
    names = [n for n in dict.fromkeys(name for row in sample for name in row) if n not in ("record", "link")]
    names = [n for n in names if any(row.get(n) is not None for row in sample)]
    if all(row.get("share") in (None, "1") for row in sample):
        names = [n for n in names if n != "share"]  # nothing was shared out
    names.sort(key=lambda n: list(COLUMNS).index(n) if n in COLUMNS else len(COLUMNS))
    labels = {name: look.labels(by) for name, by in _LABELLED.items() if name in names}
    title = titles.get(part["measure"])
    return Behind(
        title=look.language.text(title) if title else part["measure"],
        read=part["read"],
        count=part["rows"],
        columns=[COLUMNS[n].in_(look.locale) if n in COLUMNS else n for n in names],
        rows=[
            Row(row.get("record"), safe_link(row.get("link")), [_cell(look, n, row.get(n), labels.get(n, {})) for n in names])
            for row in sample
        ],
    )


def _cell(look: Look, name: str, value: Any, labels: Mapping[str, str]) -> Cell:
    if value is None:
        return Cell("")
    if isinstance(value, bool):
        return Cell(Text("yes", "oui").in_(look.locale) if value else Text("no", "non").in_(look.locale))
    if name in _LABELLED:
        return Cell(labels.get(str(value), str(value)))
    if name.endswith("_on") or name == "day":
        return Cell(_day(look, str(value)), "day")
    if name.endswith("_home") or name == "share":
        try:
            unit = "ratio" if name == "share" else "money"
            return Cell(look.language.amount(Decimal(str(value)), unit, look.shelf.currency), "number")
        except InvalidOperation:
            return Cell(str(value))
    return Cell(str(value), "number" if isinstance(value, int) else "")


def _day(look: Look, text: str) -> str:
    try:
        return look.language.day(text)
    except ValueError:
        return text


def safe_link(link: Any) -> str | None:
    """Only a page that is reached by https."""
    return link if isinstance(link, str) and urlsplit(link).scheme == "https" else None


PAGE = Page("/kpi/{kpi}/rows", N_("Rows behind the value"), "kpi_rows.html", show, filters=("period", "start", "model"))
