"""Values within composed SQL."""

from datetime import date
from decimal import Decimal


def literal(value: str | int | Decimal | date | bool) -> str:
    """A literal that every engine reads: the only way of a text into a query."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | Decimal):
        return format(value, "d" if isinstance(value, int) else "f")
    if isinstance(value, date):
        return f"CAST('{value.isoformat()}' AS DATE)"
    return "'" + value.replace("'", "''") + "'"
