"""The types that the lake stores, and the check of a row against its model.

Every row of every source passes here, so that a row may cost half a microsecond and no more: ``msgspec`` checks and encodes
it in one go each (a loop over its values took five times as long).
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType, NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from pydantic import BaseModel

from kpi.schema.base import MONEY_SCALE


class BadValue(ValueError):
    """A value that its column cannot hold; the row is set aside with this text as the reason."""


@dataclass(frozen=True)
class Column:
    """A column as the stores see it."""

    name: str
    type: type
    """Of its values in Python."""
    sql_type: str
    is_nullable: bool


SEQUENCE = "_seq"
"""Set by whoever stores rows: their order in a read."""

_MONEY_LIMIT = Decimal(10) ** (18 - MONEY_SCALE)
_MONEY_STEP = Decimal(1).scaleb(-MONEY_SCALE)


def _fitting(value: Decimal, name: str) -> Decimal:
    """The number in a form that the lake's type holds: as it is, or rounded to its decimals."""
    if not (value.is_finite() and -_MONEY_LIMIT < value < _MONEY_LIMIT):
        raise BadValue(f"{name}: the number {value} does not fit DECIMAL(18,{MONEY_SCALE})")
    text = str(value)
    _whole, _point, decimals = text.partition(".")
    if len(decimals) <= MONEY_SCALE and "E" not in text:
        return value
    # With this many decimals no number is written with an exponent.
    return value.quantize(_MONEY_STEP)


_SQL: Mapping[Any, str] = MappingProxyType(
    {
        str: "VARCHAR",
        int: "BIGINT",
        bool: "BOOLEAN",
        Decimal: f"DECIMAL(18,{MONEY_SCALE})",
        date: "DATE",
        datetime: "TIMESTAMP",
    }
)
_WORDS: Mapping[Any, str] = MappingProxyType(
    {
        str: "text",
        int: "a whole number",
        bool: "true or false",
        Decimal: "a Decimal",
        date: "a date",
        datetime: "an instant with a zone",
    }
)


def columns(model: type[BaseModel]) -> tuple[Column, ...]:
    """The columns of a row model, in declaration order, typed for the lake."""
    found = []
    for name, field in model.model_fields.items():
        annotation: Any = field.annotation
        nullable = False
        members = [a for a in get_args(annotation) if a is not NoneType]
        if NoneType in get_args(annotation):
            nullable, annotation = True, members[0]
        if get_origin(annotation) is Literal:
            annotation = str
        found.append(Column(name, annotation, _SQL[annotation], nullable))
    return tuple(found)


def checker(model: type[BaseModel], apart: Collection[str] = ()) -> Callable[[Mapping[str, Any]], msgspec.Struct]:
    """A function from a row's values to a record of the model that :func:`encoded` makes a line of. Nothing stands for null.

    ``apart``: columns that are filled elsewhere, the same for many rows. Raises :class:`BadValue` naming the column.
    """
    chosen = {c.name: c for c in columns(model) if c.name not in apart}
    record = msgspec.defstruct(
        model.__name__,
        [*(_field(c) for c in chosen.values()), (SEQUENCE, int, 0)],
        omit_defaults=True,
        forbid_unknown_fields=True,
        kw_only=True,
        gc=False,
    )
    decimals = tuple(c.name for c in chosen.values() if c.type is Decimal)
    instants = tuple(c.name for c in chosen.values() if c.type is datetime)
    convert = msgspec.convert

    def check(row: Mapping[str, Any]) -> msgspec.Struct:
        try:
            found = convert(row, record, builtin_types=_AS_THEY_ARE)
        except msgspec.ValidationError as error:
            raise BadValue(_reason(error, row, chosen)) from None
        for name in decimals:
            value = getattr(found, name)
            if value is not None:
                fitting = _fitting(value, name)
                if fitting is not value:
                    setattr(found, name, fitting)
        for name in instants:
            value = getattr(found, name)
            # The lake's instants have no zone: of another one's text it would keep the clock and drop the offset.
            if value is not None and value.tzinfo is not UTC:
                setattr(found, name, value.astimezone(UTC))
        return found

    return check


_AS_THEY_ARE = (datetime, date, Decimal)
"""No text is read as one of these: where a number or an instant is meant, its reader makes one."""
_NARROWED: Mapping[Any, Any] = MappingProxyType(
    {
        datetime: Annotated[datetime, msgspec.Meta(tz=True)],
        int: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)],
    }
)


def _field(column: Column) -> tuple[str, Any] | tuple[str, Any, Any]:
    kind = _NARROWED.get(column.type, column.type)
    return (column.name, kind | None, None) if column.is_nullable else (column.name, kind)


_PLACE = re.compile(r" - at `\$\.(\w+)`$")
_UNKNOWN = re.compile(r"unknown field `(\w+)`")
_MISSING = re.compile(r"missing required field `(\w+)`")


def _reason(error: msgspec.ValidationError, row: Mapping[str, Any], chosen: Mapping[str, Column]) -> str:
    """The error in the words of whoever has to mend the value. The value of a text is not said: it may be a person's."""
    said = str(error)
    if found := _UNKNOWN.search(said):
        return f"unknown column {found[1]}"
    if found := _MISSING.search(said):
        return f"{found[1]}: missing"
    place = _PLACE.search(said)
    if place is None:
        return said
    name = place[1]
    value, kind = row[name], chosen[name].type
    if value is None:
        return f"{name}: missing"
    got = type(value).__name__ if kind in (str, Decimal) else repr(value)
    return f"{name}: expected {_WORDS[kind]}, got {got}"


_ENCODER = msgspec.json.Encoder()


def encoded(record: msgspec.Struct) -> bytes:
    """A checked row as one object of JSON, without a line's end: decimals as text, instants in ISO 8601, UTC."""
    return _ENCODER.encode(record)
