"""A figure of several days shared out over them, so that the parts add up to it exactly. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from connectors.base import BadValue

LONGEST_DAYS = 3_660
"""A mistyped year must not make a cost of millions of days."""


def days_of(first: date, last: date) -> list[date]:
    """Each day from ``first`` to ``last``, both inclusive. Raises :class:`BadValue` when they are no period."""
    if last < first:
        raise BadValue(f"date_to: {last} comes before the first day, {first}")
    count = (last - first).days + 1
    if count > LONGEST_DAYS:
        raise BadValue(f"date_to: {first} to {last} is more than {LONGEST_DAYS // 366} years; is a year mistyped?")
    return [first + timedelta(days=step) for step in range(count)]


def shared_out(amount: Decimal, parts: int) -> Iterator[Decimal]:
    """``amount`` in equal parts by largest remainder: in cents, or in its own last decimal where it has more than two. The first
    parts hold the cents that are left over."""
    exponent = amount.as_tuple().exponent
    step = Decimal(1).scaleb(min(-2, exponent if isinstance(exponent, int) else 0))
    sign = -1 if amount < 0 else 1
    for units in counts_shared_out(int(abs(amount) / step), parts):
        yield sign * units * step


def counts_shared_out(total: int, parts: int) -> Iterator[int]:
    """A count in whole parts that differ by one at most."""
    each, left = divmod(total, parts)
    return (each + (part < left) for part in range(parts))
