"""Why a figure moved, for the message: ``cadran why`` asked of it, within a time that a message can wait."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from connectors.errors import CadranError
from kpi.text import Text
from sync.house import House
from sync.publish.alerts.readings import Reading
from sync.why import WORDS, signed
from sync.why_asked import asked
from sync.why_parts import REST, Explained, explained

log = logging.getLogger("cadran.alerts")

T = TypeVar("T")

SECONDS = 20.0
"""How long all the questions of one look may take together."""
MEMBERS = 3
"""Of the dimension that a change is taken apart by: so many that moved it most are named."""

NOT_TOLD = Text("could not be told in time", "n'a pas pu être dit à temps")
NOT_APART = Text("cannot be taken apart for this figure", "ne se décompose pas pour cette valeur")


@dataclass(frozen=True)
class Because:
    """A change taken apart; or, in ``reason``, why it is not."""

    found: Explained | None
    labels: Mapping[str, str]
    reason: Text | None = None

    def lines(self, locale: str) -> list[str]:
        """Parts, then the members that moved it most; each a line."""
        if self.found is None:
            return [(self.reason or NOT_APART).in_(locale)]
        found = self.found
        lines = [f"{signed(value, found, locale)}  {WORDS[name].in_(locale)}" for name, value in found.parts.items()]
        for name, value in found.inputs.items():
            measure = next(m for m in found.asked.kpi.formula.inputs if m.name == name)
            lines.append(f"{signed(value, found, locale)}  {measure.title.in_(locale)}")
        whole = {member: sum(values.values(), Decimal(0)) for member, values in found.members.items()}
        most = sorted((member for member in whole if whole[member]), key=lambda member: -abs(whole[member]))[:MEMBERS]
        labels = {**self.labels, REST: Text("(rest)", "(reste)").in_(locale)}
        if most:
            of = Text("most of it", "surtout").in_(locale)
            colon = Text(": ", " : ").in_(locale)
            lines.append(
                of + colon + "; ".join(f"{labels.get(member, member)} {signed(whole[member], found, locale)}" for member in most)
            )
        return lines


def because(house: House, reading: Reading, labels: Callable[[str], Mapping[str, str]], seconds: float) -> Because:
    """Why the reading's value is not what it was. Waits for ``seconds`` at most."""
    before = written(reading.settings.period, reading.was_start) if reading.was_start is not None else None
    after = written(reading.settings.period, reading.start) if reading.start is not None else None
    if before is None or after is None or reading.kpi is None:
        return Because(None, {}, NOT_APART)
    if seconds <= 0:
        return Because(None, {}, NOT_TOLD)
    rule, kpi = reading.settings, reading.kpi

    def ask() -> Because:
        question = asked(house, kpi, rule.by, reading.member, rule.period, before, after, None, None)
        found = explained(house, question)
        if found.change is None or not (found.parts or len(found.inputs) > 1):
            return Because(None, {}, NOT_APART)  # what one input did is the change itself
        return Because(found, labels(found.across) if found.across else {})

    return within(seconds, ask) or Because(None, {}, NOT_TOLD)


def written(period: str, start: date) -> str | None:
    """A period as ``cadran why`` is asked for it; None for one that it does not compare."""
    if period == "quarter":
        return f"{start.year}-Q{(start.month - 1) // 3 + 1}" if start.month % 3 == 1 else None
    forms = {"year": f"{start:%Y}", "month": f"{start:%Y-%m}", "week": start.isoformat(), "day": start.isoformat()}
    return forms.get(period)


def within(seconds: float, ask: Callable[[], T]) -> T | None:
    """What is answered in that time; None for no answer, or an error, which is logged. A question that takes longer goes on by
    itself until the program ends, and nobody listens."""
    answers: list[T] = []

    def run() -> None:
        try:
            answers.append(ask())
        except CadranError as error:
            log.info("why is not told: %s", error)
        except Exception as error:  # noqa: BLE001 - a message must go out, with the reason or without
            log.warning("why is not told: %s", type(error).__name__)

    thread = threading.Thread(target=run, name="why", daemon=True)
    thread.start()
    thread.join(seconds)
    return answers[0] if answers else None
