"""Formulas as people write them in the settings: ``(revenue_won - spend) / spend``.

A text becomes the same :mod:`kpi.expression` objects that built-in KPIs are made of, so it is held to the same units. Names
of measures and KPIs, whole and decimal numbers, ``+ − × ÷`` (or ``- * /``) and parentheses are all there is; nothing is ever
evaluated as code. What cannot be understood, or would have no value whatever the data, is a :class:`Fault` with its column.

Why a parser of our own: it needs exact decimals and the column of every operator, and no package of the base install gives
both (``ast`` reads decimals as floats and takes names such as ``in`` for its own; sqlglot knows no columns of operators).
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from zlib import crc32

from kpi.expression import Constant, Expression, Operation, Operator
from kpi.measures.base import Measure
from kpi.units import UnitClash

MAX_LENGTH = 500
"""Characters of a formula."""
MAX_DEPTH = 30
"""Parentheses within each other."""
MAX_PARTS = 200
"""Measures, numbers and operations of a formula, those of the KPIs that it names included."""
MAX_DIGITS = 20


class Fault(ValueError):
    """What is wrong with a text, and where; ``column`` counts characters from 1."""

    def __init__(self, sentence: str, text: str, column: int) -> None:
        self.sentence, self.text, self.column = sentence, text, column
        super().__init__(sentence)

    def pointed(self, indent: str = "    ") -> str:
        """The sentence, and below it the text, where there is any, with a caret under the place."""
        if not self.text.strip():
            return self.sentence
        line = re.sub(r"\s", " ", self.text).rstrip()
        return f"column {self.column}: {self.sentence}\n{indent}{line}\n{indent}{' ' * (self.column - 1)}^"


class Token(NamedTuple):
    kind: str
    """name | number | string | mark | end"""
    text: str
    column: int


def tokens(text: str, marks: str) -> Iterator[Token]:
    """The words of ``text``, an ``end`` after the last; ``marks`` is a pattern of what may stand between them.

    A number is whatever begins like one: what it says is checked where it is used.
    """
    pattern = re.compile(
        rf"""\s*(?:(?P<name>[^\W\d]\w*)|(?P<number>\.?\d(?:[\w.%]|,(?=\d)|(?<=[eE])[+-](?=\d))*)"""
        rf"""|(?P<string>'[^']*'|"[^"]*")|(?P<mark>{marks})|(?P<odd>\S))"""
    )
    place = 0
    while found := pattern.match(text, place):
        kind = found.lastgroup or ""
        if kind == "odd":
            raise Fault(f"`{found[kind]}` has no meaning here", text, found.start(kind) + 1)
        yield Token(kind, found[kind], found.start(kind) + 1)
        place = found.end()
    yield Token("end", "", len(text.rstrip()) + 1)


def number(token: Token, text: str) -> Decimal:
    """The exact value of a number's token. Raises :class:`Fault` for what only looks like one."""
    if re.fullmatch(r"\d+(\.\d+)?", token.text):
        if len(token.text) > MAX_DIGITS:
            raise Fault(f"a number has at most {MAX_DIGITS} digits", text, token.column)
        return Decimal(token.text)
    written = token.text
    if re.fullmatch(r"\d+,\d+", written):
        hint = f"write {written.replace(',', '.')}"
    elif re.fullmatch(r"\d+(\.\d+)?%", written):
        hint = f"write {format(Decimal(written[:-1]).scaleb(-2), 'f')}"
    elif re.fullmatch(r"\.\d+", written):
        hint = f"write 0{written}"
    else:
        hint = "write whole or decimal digits, such as 1000 or 0.25"
    raise Fault(f"`{written}` is not a number; {hint}", text, token.column)


def nearest(wrong: str, known: Iterable[str], otherwise: str = "`cadran kpis --measures` lists what there is") -> str:
    """The end of a sentence about an unknown name: the known ones that are most like it, else ``otherwise`` if they are many."""
    known = list(known)
    near = difflib.get_close_matches(wrong.casefold(), known, n=1, cutoff=0.6) or [k for k in known if wrong and wrong in k][:3]
    if near:
        return f"did you mean {' or '.join(f'`{name}`' for name in near)}?"
    return f"known: {', '.join(sorted(known))}" if len(known) <= 30 else otherwise


_OPERATORS: Mapping[str, Operator] = {"+": "+", "-": "−", "−": "−", "–": "−", "*": "×", "×": "×", "/": "÷", "÷": "÷"}
_BINDS: Mapping[str, int] = {"+": 1, "−": 1, "×": 2, "÷": 2}
_MARKS = "[-+*/()×÷−–]"


def parse(text: str, names: Mapping[str, Expression]) -> Expression:
    """The formula that ``text`` writes. ``names``: what each name stands for.

    Raises :class:`Fault` at the first thing that is wrong: an empty text, an unknown name, what is no number, parentheses that
    do not meet, units that do not go together or that no unit names, and a division that no data could define.
    """
    if not text.strip():
        raise Fault("the formula is empty; write for example `spend / leads`", text, 1)
    if len(text) > MAX_LENGTH:
        raise Fault(f"a formula has at most {MAX_LENGTH} characters; name parts of it as KPIs of their own", text, MAX_LENGTH + 1)
    reader = _Reader(text, names)
    whole, column = reader.sum(0), reader.top
    rest = reader.next()
    if rest.kind != "end":
        raise Fault(
            "an operator is missing before this" if rest.text != ")" else "nothing opens this parenthesis", text, rest.column
        )
    if not whole.inputs:
        raise Fault("the formula names no measure, so it would be the same whatever the data", text, 1)
    try:
        _ = whole.unit
    except UnitClash as clash:
        raise Fault(f"the formula is {whole.dimension}: {clash}", text, column) from None
    return whole


def names_in(text: str) -> dict[str, int]:
    """The names of a formula with the column of their first use; as many as can be read where the rest is wrong."""
    found: dict[str, int] = {}
    try:
        for token in tokens(text, _MARKS):
            if token.kind == "name":
                found.setdefault(token.text, token.column)
    except Fault:
        pass
    return found


def written(formula: Expression) -> str:
    """The formula as it is written in the settings: parsing it gives it back."""
    if isinstance(formula, Operation):
        return formula.joined(written(formula.left), written(formula.right))
    return formula.name if isinstance(formula, Measure) else formula.text()


class _Reader:
    """Reads by precedence: a sum is made of products, a product of single things."""

    def __init__(self, text: str, names: Mapping[str, Expression]) -> None:
        self._text, self._names = text, names
        self._tokens = list(tokens(text, _MARKS))
        self._place = self._depth = self._parts = 0
        self.top = 1
        """Column of the operator that was applied last."""

    def next(self) -> Token:
        token = self._tokens[self._place]
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def sum(self, weakest: int) -> Expression:
        """What stands here, up to the first operator that binds no stronger than ``weakest``."""
        left = self._single()
        while True:
            token = self._tokens[self._place]
            operator = _OPERATORS.get(token.text) if token.kind == "mark" else None
            if operator is None or _BINDS[operator] <= weakest:
                return left
            self.next()
            left = self._applied(operator, left, self.sum(_BINDS[operator]), token.column)

    def _single(self) -> Expression:
        token = self.next()
        if token.kind == "number":
            return self._counted(Constant(number(token, self._text)), token)
        if token.kind == "name":
            if token.text not in self._names:
                raise Fault(
                    f"no measure or KPI is called {token.text}; {nearest(token.text, self._names)}", self._text, token.column
                )
            return self._counted(self._names[token.text], token)
        if token.text == "(":
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise Fault(f"more than {MAX_DEPTH} parentheses within each other", self._text, token.column)
            inner = self.sum(0)
            closing = self.next()
            if closing.text != ")":
                what = "this parenthesis is never closed" if closing.kind == "end" else "an operator is missing before this"
                raise Fault(what, self._text, token.column if closing.kind == "end" else closing.column)
            self._depth -= 1
            return inner
        if token.kind == "mark" and token.text in "-−–":
            raise Fault("a formula has no sign before a value; write a − b", self._text, token.column)
        what = "the formula ends here" if token.kind == "end" else f"`{token.text}` stands here"
        raise Fault(f"a name, a number or a parenthesis is missing: {what}", self._text, token.column)

    def _counted(self, part: Expression, token: Token) -> Expression:
        self._parts += _size(part) + 1
        if self._parts > MAX_PARTS:
            raise Fault(f"with the KPIs that it names the formula has more than {MAX_PARTS} parts", self._text, token.column)
        return part

    def _applied(self, operator: Operator, left: Expression, right: Expression, column: int) -> Expression:
        try:
            made = Operation(operator, left, right)
        except UnitClash as clash:
            raise Fault(str(clash), self._text, column) from None
        if operator == "÷" and _is_always_zero(right):
            raise Fault(f"this division is never defined: {written(right)} is 0 whatever the data", self._text, column)
        self.top = column
        return made


def _size(part: Expression) -> int:
    return _size(part.left) + _size(part.right) + 1 if isinstance(part, Operation) else 1


_PROBES = (1_000_003, 7_368_787, 15_485_867)
"""Primes that the values of a probe are made from."""


def _is_always_zero(formula: Expression) -> bool:
    """Whether a formula is 0 for every value of its measures.

    A quotient of polynomials that is 0 at points taken at random is 0 everywhere, but for a chance that is nothing here
    (Schwartz and Zippel); the points are fixed, so that the answer is.
    """
    inputs = formula.inputs
    return all(
        _at(formula, {measure: Fraction(pow(prime, 3 + place, 2_147_483_647), prime) for place, measure in enumerate(inputs)})
        == 0
        for prime in _PROBES
    )


def _at(formula: Expression, values: Mapping[Measure, Fraction]) -> Fraction:
    """Exact. Every division within has been looked at before, so that none is by 0."""
    if isinstance(formula, Operation):
        left, right = _at(formula.left, values), _at(formula.right, values)
        return _EXACT[formula.operator](left, right)
    if isinstance(formula, Constant):
        return Fraction(formula.value)
    return values[formula] if isinstance(formula, Measure) else Fraction(crc32(formula.text().encode()) + 1, _PROBES[0])


def _quotient(left: Fraction, right: Fraction) -> Fraction:
    return left / right if right else Fraction(1)


_EXACT: Mapping[Operator, Callable[[Fraction, Fraction], Fraction]] = {
    "+": lambda a, b: a + b,
    "−": lambda a, b: a - b,
    "×": lambda a, b: a * b,
    "÷": _quotient,
}
