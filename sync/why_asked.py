"""What ``cadran why`` is asked: a KPI, and two periods or two runs to compare."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.errors import ConfigurationError
from kpi.card import Kpi, RecordKpi
from kpi.measures.base import By
from kpi.periods import Period
from sync.grains import kept
from sync.house import House

_FORMS: tuple[tuple[Period, re.Pattern[str]], ...] = (
    ("year", re.compile(r"(\d{4})$")),
    ("quarter", re.compile(r"(\d{4})-?Q([1-4])$", re.IGNORECASE)),
    ("month", re.compile(r"(\d{4})-(\d{2})$")),
    ("day", re.compile(r"(\d{4})-(\d{2})-(\d{2})$")),
)


@dataclass(frozen=True)
class Side:
    """One end of the comparison: a period as known now, or as known by a run."""

    label: str
    run_id: int | None = None
    period: Period | None = None
    start: date | None = None


def side(text: str) -> Side:
    """``run:12``, ``2026``, ``2026-Q3``, ``2026-09`` or ``2026-09-14`` (a day, or with ``--period week`` the week that begins on
    it). Raises :class:`ConfigurationError`."""
    number = re.fullmatch(r"run:(\d+)", text)
    if number:
        return Side(text, run_id=int(number[1]))
    for period, form in _FORMS:
        if found := form.match(text):
            year, *rest = (int(part) for part in found.groups())
            month = (rest[0] * 3 - 2 if period == "quarter" else rest[0]) if rest else 1
            try:
                return Side(text, period=period, start=date(year, month, rest[1] if len(rest) > 1 else 1))
            except ValueError:
                break
    raise ConfigurationError(
        f"{text!r} is neither a period nor a run: write 2026, 2026-Q3, 2026-09, 2026-09-14, or run:12 (`cadran restatements` names runs)"
    )


@dataclass(frozen=True)
class Asked:
    """What is to be explained."""

    kpi: Kpi
    by: By
    key: str
    period: Period
    before: Side
    after: Side
    start: date | None
    """Of two runs: which period; None: the newest that both know."""
    across: By | None
    model: str

    @property
    def is_restatement(self) -> bool:
        return self.before.run_id is not None


def asked(
    house: House, kpi: str, by: Any, key: str, period: Any, before: str, after: str, start: date | None, across: Any
) -> Asked:
    """The question, checked: :class:`ConfigurationError` says what is wrong with it."""
    found = house.catalogue.definition(kpi)
    if isinstance(found, RecordKpi):
        raise ConfigurationError(f"{kpi} stands on single records; `cadran explain {kpi}` tells where a value comes from")
    one, two = side(before), side(after)
    if (one.run_id is None) != (two.run_id is None):
        raise ConfigurationError("--from and --to are two periods, or two runs: not one of each")
    named = {given.period for given in (one, two) if given.period is not None}
    if named == {"day"} and period == "week":
        named = {"week"}
    if len(named) > 1 or (named and period is not None and period not in named):
        raise ConfigurationError("--from, --to and --period name different kinds of period; compare a month with a month")
    chosen: Period = named.pop() if named else (period or "month")
    if by not in found.grains or not kept(found, by, chosen):
        raise ConfigurationError(f"{kpi} is not kept by {by} and {chosen}; `cadran kpis {kpi}` says what it is kept by")
    if across is not None and (across not in found.grains or not kept(found, across, chosen)):
        raise ConfigurationError(f"{kpi} is not kept by {across} and {chosen}: nothing can be told across it")
    if by != "total" and across is not None:
        raise ConfigurationError("--across takes the total apart: leave out --by and --for")
    return Asked(found, by, key, chosen, one, two, start, across, house.settings.attribution.model)
