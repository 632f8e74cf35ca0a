"""The Google Ads query language, read into a :class:`Query`.

https://developers.google.com/google-ads/api/docs/query/grammar (2026-11-21): SELECT, FROM, WHERE with conditions joined by
AND, ORDER BY, LIMIT. Whether a field exists is not decided here.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from connectors.sandbox.google_ads.errors import query_error

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      |(?P<number>-?\d+(?:\.\d+)?)
      |(?P<operator>!=|<=|>=|=|<|>|\(|\)|,)
      |(?P<word>[A-Za-z_][A-Za-z0-9_.]*))""",
    re.VERBOSE,
)

_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=", "LIKE")
_LISTS = ("IN", "NOT IN")


class Token(NamedTuple):
    kind: str
    text: str


@dataclass(frozen=True)
class Condition:
    """``field operator values``; BETWEEN has two values, IN and NOT IN any number, DURING the name of a range."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Query:
    fields: tuple[str, ...]
    resource: str
    conditions: tuple[Condition, ...] = ()
    order_by: tuple[tuple[str, bool], ...] = ()
    """Field and whether it descends."""
    limit: int | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """Every field that the query names, wherever."""
        return (*self.fields, *(condition.field for condition in self.conditions), *(field for field, _ in self.order_by))


def parse(text: str) -> Query:
    """The query in ``text``. Raises the vendor's ``queryError`` for what is not GAQL."""
    return _Parser(_tokens(text)).query()


def _tokens(text: str) -> list[Token]:
    tokens = []
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise query_error("BAD_SYMBOL", f"Error in query: unexpected symbol {text[place:].strip()[0]}.")
        kind = match.lastgroup or ""
        value = match.group(kind)
        tokens.append(Token(kind, re.sub(r"\\(.)", r"\1", value[1:-1]) if kind == "string" else value))
        place = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0

    def query(self) -> Query:
        self._expect("SELECT", "EXPECTED_SELECT")
        fields = self._fields()
        self._expect("FROM", "EXPECTED_FROM")
        resource = self._word()
        conditions: list[Condition] = []
        if self._takes("WHERE"):
            conditions.append(self._condition())
            while self._takes("AND"):
                conditions.append(self._condition())
        order_by = self._order_by() if self._takes("ORDER") else ()
        limit = self._limit() if self._takes("LIMIT") else None
        if self._place < len(self._tokens):
            raise query_error("UNEXPECTED_INPUT", f"Error in query: unexpected input {self._tokens[self._place].text}.")
        return Query(fields, resource, tuple(conditions), order_by, limit)

    def _fields(self) -> tuple[str, ...]:
        fields = [self._word()]
        while self._takes(","):
            fields.append(self._word())
        return tuple(fields)

    def _order_by(self) -> tuple[tuple[str, bool], ...]:
        self._expect("BY", "EXPECTED_BY")
        order = []
        while True:
            field = self._word()
            descends = self._takes("DESC")
            if not descends:
                self._takes("ASC")
            order.append((field, descends))
            if not self._takes(","):
                return tuple(order)

    def _limit(self) -> int:
        token = self._next()
        if token.kind != "number" or not token.text.isdigit():
            raise query_error("BAD_LIMIT_VALUE", f"Error in query: bad limit {token.text}.")
        if int(token.text) < 1:
            raise query_error("LIMIT_VALUE_TOO_LOW", "Error in query: the limit must be positive.")
        return int(token.text)

    def _condition(self) -> Condition:
        field = self._word()
        operator = self._next().text.upper()
        if operator == "NOT":
            operator = f"NOT {self._next().text.upper()}"
        if operator in _COMPARISONS:
            return Condition(field, operator, (self._value(),))
        if operator in _LISTS:
            return Condition(field, operator, self._list())
        if operator == "DURING":
            return Condition(field, operator, (self._word().upper(),))
        if operator == "BETWEEN":
            low = self._value()
            self._expect("AND", "EXPECTED_AND")
            return Condition(field, operator, (low, self._value()))
        raise query_error("BAD_OPERATOR", f"Error in query: bad operator {operator}.")

    def _list(self) -> tuple[str, ...]:
        if not self._takes("("):
            raise query_error("EXPECTED_LIST", "Error in query: expected a list in parentheses.")
        values = [self._value()]
        while self._takes(","):
            values.append(self._value())
        if not self._takes(")"):
            raise query_error("UNEXPECTED_INPUT", "Error in query: expected a closing parenthesis.")
        return tuple(values)

    def _value(self) -> str:
        token = self._next()
        if token.kind == "operator":
            raise query_error("BAD_VALUE", f"Error in query: bad value {token.text}.")
        return token.text

    def _word(self) -> str:
        token = self._next()
        if token.kind != "word":
            raise query_error("BAD_FIELD_NAME", f"Error in query: bad field name {token.text}.")
        return token.text

    def _next(self) -> Token:
        if self._place == len(self._tokens):
            raise query_error("UNEXPECTED_END_OF_QUERY", "Error in query: unexpected end of query.")
        token = self._tokens[self._place]
        self._place += 1
        return token

    def _takes(self, text: str) -> bool:
        """Step over ``text`` if it comes next."""
        if self._place == len(self._tokens) or self._tokens[self._place].kind == "string":
            return False
        if self._tokens[self._place].text.upper() != text:
            return False
        self._place += 1
        return True

    def _expect(self, text: str, code: str) -> None:
        if not self._takes(text):
            raise query_error(code, f"Error in query: expected {text}.")
