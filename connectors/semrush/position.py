"""How far each domain and database has been read, and how many lines are due. Every line costs money.

The newest months are asked again once they are ``refresh_days`` old. Everything is asked again before the stored answers
reach the month after which they must go, so that a change of currency can still be worked out from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import orjson

from connectors.base import Cursor

WHOLE_AGAIN_DAYS = 28
"""Three days ahead of :data:`connectors.semrush.streams.RAW_DAYS`, for runs that fall out."""


@dataclass(frozen=True)
class Position:
    """When one domain and database was last asked, and when last in full. Days of the CRM's clock, UTC."""

    read_on: date
    whole_on: date


Positions = Mapping[str, Position]
"""By ``domain/database``."""


def lines_due(position: Position | None, today: date, *, months: int, refresh_days: int) -> int:
    """How many of the newest months to ask for, ``months`` at most; 0 when what is stored is fresh enough.

    A refresh takes in the month before the last reading, which was not over then or may have been restated since.
    """
    if position is None or (today - position.whole_on).days >= WHOLE_AGAIN_DAYS:
        return months
    if (today - position.read_on).days < refresh_days:
        return 0
    return min(months, months_between(position.read_on, today) + 2)


def months_between(first: date, last: date) -> int:
    """Calendar months from one day's month to the other's: 0 within a month."""
    return (last.year - first.year) * 12 + last.month - first.month


def moved(position: Position | None, today: date, *, lines: int, months: int) -> Position:
    """The position after ``lines`` were asked for today."""
    whole_on = today if position is None or lines >= months else position.whole_on
    return Position(today, whole_on)


def to_cursor(positions: Positions, *, counts_as_spend: bool) -> str:
    """Positions as text. The opt-in is part of it: rows made under the other choice must all be made again."""
    pairs = {pair: [p.read_on.isoformat(), p.whole_on.isoformat()] for pair, p in positions.items()}
    return orjson.dumps({"counts_as_spend": counts_as_spend, "pairs": pairs}).decode()


def from_cursor(cursor: Cursor, *, counts_as_spend: bool) -> dict[str, Position]:
    """The positions of a cursor; none where there is no cursor or the opt-in has changed since."""
    if cursor is None:
        return {}
    stored = orjson.loads(cursor)
    if stored["counts_as_spend"] != counts_as_spend:
        return {}
    return {
        pair: Position(date.fromisoformat(read_on), date.fromisoformat(whole_on))
        for pair, (read_on, whole_on) in stored["pairs"].items()
    }
