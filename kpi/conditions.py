"""Which rows a measure of the settings counts: ``amount_home >= 10000 and pipeline_id in ("default", "partners")``.

A text is read into comparisons of columns with literals and written anew as SQL, so that no word of it reaches an engine as
it was typed. Columns are those that the mart declares; a literal must be of its column's type. There is no ``or``: what can be
either is ``in (…)``, and what adds up is two measures.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from kpi.language import Fault, Token, nearest, number, tokens
from kpi.schema import Column
from kpi.sql import literal

_MARKS = r"<=|>=|<>|!=|==|[=<>(),-]"
_COMPARED: Mapping[str, str] = {"=": "=", "<>": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_WORDS = frozenset({"and", "or", "not", "in", "is", "null", "true", "false", "like", "between"})
_KINDS: Mapping[type, str] = {str: "text", int: "a whole number", Decimal: "a number", date: "a date", bool: "true or false"}
_SHOWN: Mapping[type, str] = {str: '"words"', int: "12", Decimal: "12.50", date: '"2026-01-31"', bool: "true"}

MAX_LENGTH = 1000
"""Characters of a condition."""


def condition(text: str, columns: Mapping[str, Column]) -> str:
    """SQL in the portable subset for what ``text`` asks; every comparison in it must hold. Raises :class:`Fault`."""
    if not text.strip():
        raise Fault("the condition is empty; write for example `amount_home >= 10000`, or leave `where` out", text, 1)
    if len(text) > MAX_LENGTH:
        raise Fault(f"a condition has at most {MAX_LENGTH} characters", text, MAX_LENGTH + 1)
    return " AND ".join(_Conditions(text, columns).all())


class _Conditions:
    def __init__(self, text: str, columns: Mapping[str, Column]) -> None:
        self._text, self._columns = text, columns
        self._tokens = list(tokens(text, _MARKS))
        self._place = 0

    def all(self) -> list[str]:
        found = [self._one()]
        while (token := self._next()).kind != "end":
            if self._is(token, "or"):
                raise self._fault("there is no `or`: list the values with `in (…)`, or add two measures in a formula", token)
            if not self._is(token, "and"):
                raise self._fault("`and` is missing before this", token)
            found.append(self._one())
        return found

    def _one(self) -> str:
        token = self._next()
        if token.text == "(":
            raise self._fault("a condition has no parentheses but those of `in (…)`", token)
        wants = not self._is(token, "not")
        if not wants:
            token = self._next()
        column = self._column(token)
        name = f'"{column.name}"'
        operator = self._next()
        if operator.kind == "end" or self._is(operator, "and", "or"):
            self._place -= 1
            if column.type is not bool:
                raise self._fault(f"`{column.name}` is {_KINDS[column.type]}: compare it with something", token)
            return f"{name} = {literal(wants)}"
        if not wants:
            raise self._fault("`not` stands only before a column that is true or false, before `in`, or in `is not null`", token)
        if self._is(operator, "is"):
            return f"{name} IS {self._null()}"
        if self._is(operator, "not"):
            following = self._next()
            if not self._is(following, "in"):
                raise self._fault("after `not` only `in (…)` can stand here", following)
            return f"{name} NOT IN {self._list(column)}"
        if self._is(operator, "in"):
            return f"{name} IN {self._list(column)}"
        sign = _COMPARED.get({"!=": "<>", "==": "="}.get(operator.text, operator.text))
        if sign is None:
            raise self._fault("one of = <> < <= > >= in, is null or is not null must stand here", operator)
        if column.type is bool and sign not in ("=", "<>"):
            raise self._fault(f"`{column.name}` is true or false: it is not more or less than anything", operator)
        return f"{name} {sign} {self._literal(column)}"

    def _null(self) -> str:
        token = self._next()
        if self._is(token, "not"):
            token, no = self._next(), "NOT "
        else:
            no = ""
        if not self._is(token, "null"):
            raise self._fault("only `null` or `not null` can stand here", token)
        return f"{no}NULL"

    def _list(self, column: Column) -> str:
        opening = self._next()
        if opening.text != "(":
            raise self._fault('a list in parentheses must stand here, such as ("a", "b")', opening)
        values = [self._literal(column)]
        while (token := self._next()).text == ",":
            values.append(self._literal(column))
        if token.text != ")":
            raise self._fault("a comma or the closing parenthesis is missing here", token)
        return f"({', '.join(values)})"

    def _column(self, token: Token) -> Column:
        if token.kind != "name" or token.text.casefold() in _WORDS:
            raise self._fault("a column must stand here", token)
        if token.text not in self._columns:
            raise self._fault(f"there is no column {token.text}; {nearest(token.text, self._columns)}", token)
        return self._columns[token.text]

    def _literal(self, column: Column) -> str:
        token = self._next()
        value: str | Decimal | date | bool = self._value(token)
        if column.type is date and isinstance(value, str):
            try:
                if not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
                    raise ValueError
                value = date.fromisoformat(value)
            except ValueError:
                raise self._fault(f'`{token.text}` is not a day; write it as "2026-01-31"', token) from None
        wanted = Decimal if column.type in (int, Decimal) else column.type
        if type(value) is not wanted:
            raise self._fault(f"`{column.name}` is {_KINDS[column.type]}: write it as {_SHOWN[column.type]}", token)
        return literal(value)

    def _value(self, token: Token) -> str | Decimal | bool:
        if token.text == "-" and self._tokens[self._place].kind == "number":
            return -number(self._next(), self._text)
        if token.kind == "number":
            if re.fullmatch(r"\d+(,\d+)+", token.text):
                digits = token.text.split(",")
                one = f"{'.'.join(digits)} for one, " if len(digits) == 2 else ""
                raise self._fault(f"`{token.text}` is not a number; write {one}{', '.join(digits)} for several", token)
            return number(token, self._text)
        if token.kind == "string":
            if re.search(r"[\x00-\x1f\\]", token.text):
                raise self._fault("a text holds no backslash and no control character", token)
            return token.text[1:-1]
        if self._is(token, "true", "false"):
            return self._is(token, "true")
        if self._is(token, "null"):
            raise self._fault("nothing equals null; write `is null` or `is not null`", token)
        raise self._fault("a number, a text in quotes, a day in quotes, true or false must stand here", token)

    def _next(self) -> Token:
        token = self._tokens[min(self._place, len(self._tokens) - 1)]
        self._place += 1
        return token

    @staticmethod
    def _is(token: Token, *words: str) -> bool:
        return token.kind == "name" and token.text.casefold() in words

    def _fault(self, sentence: str, token: Token) -> Fault:
        return Fault(sentence, self._text, token.column)
