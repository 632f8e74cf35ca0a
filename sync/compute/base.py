"""What computing needs of an engine."""

from dataclasses import dataclass

from kpi.scan import Run

FETCHED = 2_000
"""Rows that are fetched from an engine at a time."""


@dataclass(frozen=True)
class Engine:
    """Reads the marts. Rows come back as int, Decimal, date and str, exactly as stored or added up."""

    dialect: str
    """What sqlglot calls its SQL."""
    run: Run
    is_embedded: bool = False
    """It holds the marts itself: what it makes of them need not leave it."""
