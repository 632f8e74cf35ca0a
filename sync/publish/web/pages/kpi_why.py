"""Why a value is another than before: ``cadran why``, asked of another process, on demand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from kpi.card import Kpi
from kpi.text import Text
from sync.grains import kept
from sync.publish.i18n import Language
from sync.publish.web.asking import NoAnswer
from sync.publish.web.filters import BadFilter
from sync.publish.web.page import N_, Look, Page
from sync.publish.web.signin.readers import may_see
from sync.publish.web.subject import BY_TITLES, CALENDAR, Subject, computed, cuts, one_of, subject
from sync.why import REASONS, WORDS
from sync.why_parts import ACROSS, REST

SHOWN = 25
"""Members, those that moved it most first."""


@dataclass(frozen=True)
class Part:
    name: str
    value: str
    is_up: bool


@dataclass(frozen=True)
class Moved:
    """What one member of the dimension added to the change."""

    label: str
    values: Sequence[str]
    whole: str


def show(look: Look) -> dict[str, Any]:
    kpi = computed(look)
    about = subject(look, kpi)
    before, after = _sides(look, about)
    across = _across(look, about)
    chosen = one_of("across", look.query.get("across") or across[0], across) if across else None
    answer, failed = None, None
    try:
        answer = look.ask.about(look.shelf.run_id, "why", kpi.name, *_words(about, before, after, chosen))
    except NoAnswer as none:
        failed = none.said
    place = {"period": about.period, **({"by": about.by, "key": about.key} if about.key else {})}
    here = {**place, "start": after.isoformat(), "before": before.isoformat()}
    return {
        "title": look.title(kpi.name) + (f", {about.label}" if about.label else ""),
        "failed": failed,
        "told": _told(look, kpi, answer) if answer else None,
        "before": look.language.period(about.period, before),
        "after": look.language.period(about.period, after),
        "across": [
            (by, BY_TITLES[by].in_(look.locale), f"/kpi/{kpi.name}/why?" + urlencode({**here, "across": by})) for by in across
        ],
        "chosen": chosen,
        "again": f"/kpi/{kpi.name}/why?" + urlencode({**here, **({"across": chosen} if chosen else {})}),
        "back": f"/kpi/{kpi.name}?" + urlencode({**place, "start": after.isoformat()}),
    }


def _sides(look: Look, about: Subject) -> tuple[date, date]:
    """First days of the two periods."""
    starts = {figure.start for figure in about.course}
    text = look.query.get("before", "")
    try:
        before = date.fromisoformat(text)
    except ValueError:
        before = None
    if about.period not in CALENDAR or before is None or before not in starts or about.figure is None:
        raise BadFilter(
            "before",
            text,
            Text(
                "before: write the first day of a period that has a value",
                "before : écrivez le premier jour d'une période qui a une valeur",
            ),
        )
    return before, about.figure.start


def _across(look: Look, about: Subject) -> list[str]:
    """Dimensions over which it can be taken apart, the usual one first. Never one whose members the reader may not see."""
    if about.by != "total":
        return []
    known = [by for by in ACROSS if by in cuts(about.kpi) and kept(about.kpi, by, about.period)]  # type: ignore[arg-type]
    return [by for by in known if by != "owner" or look.reader.owners is None]


def _words(about: Subject, before: date, after: date, across: str | None) -> list[str]:
    words = ["--from", _written(about.period, before), "--to", _written(about.period, after)]
    if about.period == "week":
        words += ["--period", "week"]
    if about.by != "total":
        words += ["--by", about.by, "--for", about.key]
    return [*words, "--across", across] if across else words


def _written(period: str, start: date) -> str:
    """As the command takes a period."""
    if period == "year" and start.month == 1:
        return f"{start.year}"
    if period == "quarter" and start.month % 3 == 1:
        return f"{start.year}-Q{start.month // 3 + 1}"
    return f"{start:%Y-%m}" if period == "month" else start.isoformat()


def _told(look: Look, kpi: Kpi, answer: Mapping[str, Any]) -> dict[str, Any]:
    language, unit, currency = look.language, answer["unit"], answer["currency"]

    def said(value: Any) -> str:
        return signed(language, Decimal(value), unit, currency)

    names = [part["part"] for part in answer["parts"]]
    titles = {measure.name: measure.title for measure in kpi.formula.inputs}
    labels = look.labels(answer["across"]) if answer["across"] else {}
    rest = Text("(rest)", "(reste)").in_(look.locale)
    known = [one for one in answer["members"] if may_see(look.reader, answer["across"], one["key"])]
    return {
        "before": language.amount(answer["from"]["value"], unit, currency),
        "after": language.amount(answer["to"]["value"], unit, currency),
        "change": said(answer["change"]) if answer["change"] is not None else None,
        "reason": language.text(REASONS.get(answer["reason"])) if answer["reason"] else None,
        "parts": [
            Part(language.text(WORDS[p["part"]]), said(p["value"]), not p["value"].startswith("-")) for p in answer["parts"]
        ],
        "inputs": [
            Part(language.text(titles[i["measure"]]) if i["measure"] in titles else i["measure"], said(i["value"]), True)
            for i in answer["inputs"]
        ],
        "columns": [language.text(WORDS[name]).partition(":")[0].strip() for name in names],
        "members": [
            Moved(
                rest if one["key"] == REST else labels.get(one["key"], one["key"]),
                [said(one[name]) for name in names],
                said(sum((Decimal(one[name]) for name in names), Decimal(0))),
            )
            for one in known[:SHOWN]
        ],
        "more": max(0, len(known) - SHOWN),
        "across": BY_TITLES[answer["across"]].in_(look.locale) if answer["across"] else None,
    }


def signed(language: Language, value: Decimal, unit: str, currency: str | None) -> str:
    """With its sign; of a rate in points."""
    if unit == "ratio":
        return language.points(value)
    return f"{'+' if value > 0 else ''}{language.amount(value, unit, currency)}"


PAGE = Page("/kpi/{kpi}/why", N_("Why it changed"), "kpi_why.html", show, filters=("period", "start"))
