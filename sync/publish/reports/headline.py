"""What moved, in one sentence made of the figures: the first KPI, then what changed most for better and for worse.

How much something moved is its difference as a share of what it was. Left out: figures of too few cases, of a period that is not over,
and changes that chance alone would explain (both intervals overlap).
"""

from collections.abc import Sequence
from decimal import Decimal

from kpi.text import Text
from sync.publish.i18n import Language
from sync.publish.reports.lines import Line, Section
from sync.publish.reports.span import Span
from sync.publish.web.change import Change


def headline(sections: Sequence[Section], language: Language, span: Span) -> str:
    lines = [line for section in sections for line in section.lines]
    colon = Text(": ", " : ").in_(language.locale)
    semicolon = Text("; ", " ; ").in_(language.locale)
    first = next((line for line in lines if not line.instead and _is_known(line)), None)
    if first is None:
        told = language.period(span.period, span.start)
        return Text(
            f"None of the figures that are followed is known for {told}.",
            f"Aucun des chiffres suivis n'est connu ({told}).",
        ).in_(language.locale)
    parts = [f"{first.title}{colon}{first.value}{_against(first.previous, language)}"]
    moved = sorted((line for line in lines if line is not first and _is_news(line)), key=_size, reverse=True)
    for tone, words in (
        ("good", Text("best change", "meilleure évolution")),
        ("bad", Text("worst change", "moins bonne évolution")),
    ):
        most = next((line for line in moved if line.previous.tone == tone), None)
        if most is not None:
            parts.append(f"{words.in_(language.locale)}{colon}{most.title} ({said(most.previous, language)})")
    return semicolon.join(parts) + "."


def said(change: Change, language: Language) -> str:
    """A change as it is read; '' where there is none."""
    if change.difference is None or change.share is None:
        return ""
    return language.points(change.difference) if change.is_points else language.percent(change.share, signed=True)


def _against(change: Change, language: Language) -> str:
    told = said(change, language)
    if not told:
        return Text(", nothing to compare it with", ", sans période à laquelle la comparer").in_(language.locale)
    if change.is_early:
        return Text(", and the period is not over", ", période en cours").in_(language.locale)
    return Text(f", {told} on the period before", f", {told} par rapport à la période précédente").in_(language.locale)


def _is_known(line: Line) -> bool:
    return line.figure is not None and line.figure.value is not None and "small_sample" not in line.figure.flags


def _is_news(line: Line) -> bool:
    if line.instead or not _is_known(line) or line.previous.tone == "even" or line.figure is None:
        return False
    now, before = line.figure.interval, line.previous.before.interval if line.previous.before else None
    return now is None or before is None or now.low > before.high or now.high < before.low


def _size(line: Line) -> Decimal:
    """From nothing to something is no larger than a doubling."""
    before, difference = line.previous.before, line.previous.difference
    if before is None or before.value is None or difference is None:
        return Decimal(0)
    return abs(difference / before.value) if before.value else Decimal(1)
