"""Marts full of what no honest source would send, made from the columns that the schema declares.

A mart or a measure that is added is covered as it is: values are chosen by a column's type, the words that conditions of
measures look for are among the texts. The same seed gives the same rows.
"""

import random
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from kpi.measures import MEASURES
from kpi.measures.base import BYS
from kpi.periods import PERIODS
from kpi.schema import CREDIT_UNIT, MARTS, Column, columns
from sync.grains import MODELS
from tests.kpi.marts import Marts

SEED = 20_261_121
ROWS = 48
"""Of each mart: enough for ties, for groups of one, and for groups of some."""
DAYS = (date(2025, 10, 27), date(2027, 1, 4))
"""A year's end, a week that two years share, and days after today."""
TURNS = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 11, 21))
"""The turn of a year and today: days on which several rows fall, and conditions ask for."""
CALENDAR = "calendar_period"

_TEXTS = (
    "unattributed",
    "unallocated",
    "unassigned",
    "",
    " ",
    "a",
    "A",
    "a ",
    "é",
    "e\u0301",
    "O'Brien; DROP TABLE deal_outcome; --",
    'say "no"',
    "back\\slash\\n",
    "tab\tand\r\nline",
    "NULL",
    "\\N",
    "%_",
    "漢字 🎈",
    "x" * 300,
)
_WORDS = tuple(
    sorted(
        {
            word
            for m in MEASURES
            for text in (m.where, *(c.where for c in m.checks))
            for word in re.findall(r"'([^']*)'", text or "")
        }
    )
)
_AMOUNTS = ("0", "-0.000001", "0.000001", "10", "10", "-10", "0.1", "33.333333", "999999999999.999999", "-999999999999.999999")
_NUMBERS = (0, 0, 1, 1, 2, -1, 86_400, 86_400, 86_401, -86_400, 10**12, -(10**12))
_CREDITS = (0, 1, CREDIT_UNIT, CREDIT_UNIT, CREDIT_UNIT // 3, CREDIT_UNIT - CREDIT_UNIT // 3)


def fill(marts: Marts, seed: int = SEED, *, is_tame: bool = False) -> None:
    """Rows for every mart but the calendar, which is whole. ``is_tame``: without amounts of a trillion."""
    chance = Tame(seed) if is_tame else random.Random(seed)
    for mart, model in MARTS.items():
        if mart != CALENDAR:
            marts.insert(mart, [dict(_row(columns(model), chance)) for _ in range(ROWS)])


def _row(declared: tuple[Column, ...], chance: random.Random) -> Iterator[tuple[str, Any]]:
    kind = chance.choice(PERIODS)
    for column in declared:
        if column.is_nullable and chance.random() < 0.15:
            yield column.name, None
        elif column.name == "period":
            yield column.name, kind
        elif column.name == "period_start":
            yield column.name, _begun(kind, _day(chance))
        elif column.name in _NAMED:
            yield column.name, chance.choice(_NAMED[column.name])
        else:
            yield column.name, _OF_TYPE[column.type](chance)


_NAMED: dict[str, tuple[Any, ...]] = {"by": BYS, "model": (*MODELS, ""), "credit": _CREDITS}


class Tame(random.Random):
    """The same chance, with none of the largest among what there is to choose from."""

    def choice(self, seq: Any) -> Any:
        return super().choice([one for one in seq if not _is_huge(one)])

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        return super().randrange(start, stop, step) % 10**9 if stop == 10**12 else super().randrange(start, stop, step)


def _is_huge(value: Any) -> bool:
    try:
        return abs(Decimal(value)) > 10**9
    except (ArithmeticError, TypeError, ValueError):
        return False


def _begun(kind: str, day: date) -> date:
    starts = {
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": date(day.year, (day.month - 1) // 3 * 3 + 1, 1),
        "year": date(day.year, 1, 1),
    }
    return starts.get(kind, day)


def _day(chance: random.Random) -> date:
    if chance.random() < 0.3:
        return chance.choice(TURNS)
    first, last = DAYS
    return first + timedelta(days=chance.randrange((last - first).days + 1))


def _text(chance: random.Random) -> str:
    return chance.choice(_WORDS if _WORDS and chance.random() < 0.5 else _TEXTS)


def _number(chance: random.Random) -> int:
    return chance.choice(_NUMBERS) if chance.random() < 0.7 else chance.randrange(-(10**6), 10**6)


def _amount(chance: random.Random) -> Decimal:
    if chance.random() < 0.7:
        return Decimal(chance.choice(_AMOUNTS))
    return Decimal(chance.randrange(-(10**12), 10**12)).scaleb(-6)


_OF_TYPE: dict[type, Callable[[random.Random], Any]] = {
    str: _text,
    int: _number,
    bool: lambda chance: chance.random() < 0.5,
    Decimal: _amount,
    date: _day,
}
