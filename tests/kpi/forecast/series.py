"""Series whose future is known, because they are made by rule."""

import random
from decimal import Decimal

SEASON = (10, -5, 20, 0, -10, 5, 30, -20, -15, -10, 5, -10)
"""By month, around the level."""


def decimals(*values: object) -> list[Decimal]:
    return [Decimal(str(value)) for value in values]


def seasonal(seed: int, months: int) -> list[Decimal]:
    """A level that grows by two a month, a season, and a little chance."""
    chance = random.Random(seed)
    return [Decimal(100 + 2 * i + SEASON[i % 12] + chance.randint(-5, 5)) for i in range(months)]


def noise(seed: int, months: int) -> list[Decimal]:
    """Around 100, by chance alone."""
    chance = random.Random(seed)
    return [Decimal(100 + chance.randint(-20, 20)) for _ in range(months)]


def as_a_year_before(seed: int, months: int) -> list[Decimal]:
    """Each month that of a year before and a little chance: nothing can know more than the seasonal naive forecast."""
    chance = random.Random(seed)
    values = [Decimal(100 + chance.randint(-30, 30)) for _ in range(12)]
    while len(values) < months:
        values.append(values[-12] + chance.randint(-5, 5))
    return values
