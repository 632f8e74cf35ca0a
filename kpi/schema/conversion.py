"""The types that the lake stores, and the converters that check a row against its model.

Every row of every source passes here, so that a row costs some microseconds and no more: no object per row, no format
string per instant (``strftime`` alone took 2 of the 30 that a deal may cost).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from kpi.schema.base import MONEY_SCALE


class BadValue(ValueError):
    """A value that its column cannot hold; the row is set aside with this text as the reason."""


@dataclass(frozen=True)
class Column:
    """A column as the stores see it."""

    name: str
    sql_type: str
    is_nullable: bool
    convert: Callable[[Any], Any]
    """From a Python value to one JSON can carry; raises :class:`BadValue`."""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadValue(f"expected text, got {type(value).__name__}")
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadValue(f"expected a whole number, got {value!r}")
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadValue(f"expected true or false, got {value!r}")
    return value


_MONEY_LIMIT = Decimal(10) ** (18 - MONEY_SCALE)
_MONEY_STEP = Decimal(1).scaleb(-MONEY_SCALE)


def _decimal(value: Any) -> str:
    if not isinstance(value, Decimal):
        raise BadValue(f"expected a Decimal, got {type(value).__name__}")
    if not (value.is_finite() and -_MONEY_LIMIT < value < _MONEY_LIMIT):
        raise BadValue(f"the number {value} does not fit DECIMAL(18,{MONEY_SCALE})")
    text = str(value)
    _whole, _point, decimals = text.partition(".")
    if len(decimals) <= MONEY_SCALE and "E" not in text:
        return text
    # With this many decimals no number is written with an exponent.
    return str(value.quantize(_MONEY_STEP))


def _date(value: Any) -> str:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise BadValue(f"expected a date, got {value!r}")
    return value.isoformat()


def _instant(value: Any) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise BadValue(f"expected an instant with a zone, got {value!r}")
    # Without its zone, an instant is written three times as fast.
    return (value if value.tzinfo is UTC else value.astimezone(UTC)).replace(tzinfo=None).isoformat()


_SQL: Mapping[Any, tuple[str, Callable[[Any], Any]]] = {
    str: ("VARCHAR", _text),
    int: ("BIGINT", _integer),
    bool: ("BOOLEAN", _boolean),
    Decimal: (f"DECIMAL(18,{MONEY_SCALE})", _decimal),
    date: ("DATE", _date),
    datetime: ("TIMESTAMP", _instant),
}


def columns(model: type[BaseModel]) -> tuple[Column, ...]:
    """The columns of a row model, in declaration order, typed for the lake."""
    found = []
    for name, field in model.model_fields.items():
        annotation = field.annotation
        nullable = False
        members = [a for a in get_args(annotation) if a is not NoneType]
        if NoneType in get_args(annotation):
            nullable, annotation = True, members[0]
        if get_origin(annotation) is Literal:
            annotation = str
        sql_type, convert = _SQL[annotation]
        found.append(Column(name, sql_type, nullable, convert))
    return tuple(found)


def converter(model: type[BaseModel], apart: Collection[str] = ()) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A function from a row's values to what JSON can carry, checked against the model. Nothing stands for null.

    ``apart``: columns that are filled elsewhere, the same for many rows. A pydantic object per row costs too much; this
    loop over the values does the same checks. It raises :class:`BadValue` naming the column.
    """
    changes = {c.name: None if c.convert is _text else c.convert for c in columns(model) if c.name not in apart}
    required = tuple(c.name for c in columns(model) if not c.is_nullable and c.name not in apart)

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        name = ""
        try:
            for name, value in row.items():
                if value is None:
                    continue
                change = changes[name]
                if change is not None:
                    out[name] = change(value)
                else:
                    # Most columns are text: looking here saves a call for each.
                    out[name] = value if value.__class__ is str else _text(value)
        except KeyError:
            raise BadValue(f"unknown column {name}") from None
        except BadValue as bad:
            raise BadValue(f"{name}: {bad}") from None
        for name in required:
            if name not in out:
                raise BadValue(f"{name}: missing")
        return out

    return convert
