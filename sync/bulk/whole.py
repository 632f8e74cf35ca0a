"""Whole-number arithmetic and texts of decimals, as expressions of the engine that made the marts.

DuckDB divides decimals as doubles; its whole numbers of 64 and 128 bits are exact. ``//`` cuts towards zero there, and ``%`` has
the sign of what is divided.
"""

from math import gcd

from kpi.units import KEPT_DECIMALS

SMALL = 2**61
"""Sums and products below this are worked out in 64 bits: dividing 128 bits takes fifty times as long."""
LARGE = 10**37
"""And below this in 128 bits."""

DIGITS = 18
"""Of a decimal that is held in 64 bits."""
EXACT = 10**27
"""What Decimal of 28 digits holds, with one to spare: it rounds what is larger or endless."""
ENDLESS = EXACT // 10 ** (KEPT_DECIMALS + 2)
"""And of a quotient without an end its whole part: Decimal rounds to 28 digits before it is cut to those that are kept, and it takes
three digits more to tell what is nearly a half from a half."""
SHORT_DIVISOR = 9_000
"""What is left of a division by this, times 10^15, is within 64 bits."""


def kind(largest: int) -> str:
    """The type that holds numbers of this size."""
    return "BIGINT" if largest < SMALL else "HUGEINT"


def tens(power: int) -> str:
    """10^power as a literal."""
    return str(10**power)


def rounded_quotient(above: str, below: str) -> str:
    """``above ÷ below``, half-even, of two columns or literals; ``below`` is not 0."""
    quotient, rest = f"({above} // {below})", f"ABS({above} % {below})"
    up = f"2 * {rest} > ABS({below}) OR (2 * {rest} = ABS({below}) AND {quotient} % 2 <> 0)"
    return f"({quotient} + CASE WHEN {up} THEN CASE WHEN ({above} < 0) = ({below} < 0) THEN 1 ELSE -1 END ELSE 0 END)"


def quotient(above: str, below: str, wide: str) -> str:
    """:func:`rounded_quotient` of two columns of this kind: in 64 bits wherever both fit, which takes a tenth of the time."""
    whole = rounded_quotient(above, below)
    if wide == "BIGINT":
        return whole
    # TRY_CAST: the engine may work it out also where the CASE leaves it aside.
    short = rounded_quotient(*(f"TRY_CAST({column} AS BIGINT)" for column in (above, below)))
    return f"CASE WHEN ABS({above}) < {SMALL} AND ABS({below}) < {SMALL} THEN CAST({short} AS HUGEINT) ELSE {whole} END"


def unscaled(column: str, decimals: int, largest: int) -> str:
    """A decimal column as a whole number of 10^-decimals. ``largest``: of these numbers, in size. Dividing 128 bits, which is how the engine
    cuts a long decimal, takes ten times as long as all that is done here in 64."""
    times = tens(decimals)
    is_short = largest < 10 ** (DIGITS - 2)
    if not decimals:
        return f"CAST(CAST({column} AS DECIMAL({DIGITS}, 0)) AS BIGINT)" if is_short else f"CAST({column} AS HUGEINT)"
    if not is_short or 2 * decimals + 2 > DIGITS:
        return f"CAST(CAST({column} AS DECIMAL(38, {decimals})) * {times} AS HUGEINT)"
    short = f"CAST({column} AS DECIMAL({DIGITS - 1}, {decimals}))"
    whole = f"CAST({short} AS DECIMAL({DIGITS - 1 - decimals}, 0))"  # rounded: what is left may be negative
    left = f"CAST({short} - {whole} AS DECIMAL({decimals + 1}, {decimals}))"
    return f"(CAST({whole} AS BIGINT) * {times} + CAST({left} * CAST({times} AS DECIMAL({decimals + 1}, 0)) AS BIGINT))"


def cut(number: str, step: int, largest: int) -> str:
    """``number ÷ step`` of numbers up to ``largest`` in size, all of which are whole multiples."""
    if step == 1:
        return number
    if largest < SMALL:
        return f"CAST({number} AS BIGINT) // {step}"
    return f"CASE WHEN ABS({number}) < {SMALL} THEN TRY_CAST({number} AS BIGINT) // {step} ELSE {number} // {step} END"


def decimal(number: str, places: int, scale: int, largest: int = LARGE) -> str:
    """A whole number of 10^-places, up to ``largest`` in size, as a DECIMAL of ``scale`` decimals: of 18 digits where they suffice,
    which takes half the time to write."""
    step = "0." + "1".rjust(places, "0").ljust(scale, "0")
    digits = 18 - scale if largest < 10 ** (18 - scale) else 38 - scale
    return f"CAST({number} AS DECIMAL({digits}, 0)) * CAST('{step}' AS DECIMAL({scale}, {scale}))"


def decimal_text(number: str, units: int, largest: int) -> str | None:
    """``number ÷ units`` as :func:`kpi.units.kept` writes it. ``number``: a column of whole numbers up to ``largest`` in size.
    None where that is more than is exact."""
    places = next((p for p in range(KEPT_DECIMALS + 1) if 10**p % units == 0), None)
    text = _decimal_text(number, units, largest, places)
    bound = SMALL if places is None else SMALL * units // 10**places
    if text is None or largest < bound:
        return text
    short = _decimal_text(f"TRY_CAST({number} AS BIGINT)", units, bound - 1, places)  # few members are as large as the largest
    return f"CASE WHEN ABS({number}) < {bound} THEN {short} ELSE {text} END"


def _decimal_text(number: str, units: int, largest: int, places: int | None) -> str | None:
    """``places``: decimals that hold every quotient; None where there are none."""
    if places is not None:
        times = 10**places // units
        if largest * times >= EXACT:
            return None
        return _text(number if times == 1 else f"(CAST({number} AS {kind(largest * times)}) * {times})", places, largest * times)
    if largest // units + 1 >= ENDLESS:
        return None
    common = gcd(10**KEPT_DECIMALS, units)
    times, below = 10**KEPT_DECIMALS // common, units // common
    if below <= SHORT_DIVISOR and units < 10**KEPT_DECIMALS:
        whole = f"WHEN {number} % {units} = 0 THEN CAST({number} // {units} AS VARCHAR)"
        return f"CASE {whole} ELSE {_endless(number, units, times, below, largest)} END"
    if largest * times >= LARGE:
        return None
    long = f"(CAST({number} AS {kind(largest * times)}) * {times})"
    return (
        f"CASE WHEN {number} % {units} = 0 THEN CAST({number} // {units} AS VARCHAR) "
        f"ELSE {_text(rounded_quotient(long, str(below)), KEPT_DECIMALS, largest * times // below + 1)} END"
    )


def _endless(number: str, units: int, times: int, below: int, largest: int) -> str:
    """Fifteen decimals, all in 64 bits, however large the whole part is: what is left of the division is below 10^15 × ``below`` when
    it is made ``times`` as large. What is no whole number is at least 1 ÷ units away from one: rounding never carries into it."""
    rest = f"ABS({number}) % {units}"
    long = f"({rest if largest < SMALL else f'CAST({rest} AS BIGINT)'} * {times})"
    if below % 2 and 2 * below <= SHORT_DIVISOR:
        decimals = f"(2 * {long} + {below}) // {2 * below}"  # there is no halfway
    else:
        decimals = f"{long} // {below} + CASE WHEN 2 * ({long} % {below}) + {long} // {below} % 2 > {below} THEN 1 ELSE 0 END"
    sign = f"CASE WHEN {number} < 0 THEN '-' ELSE '' END"
    text = f"concat({sign}, ABS({number}) // {units}, '.', substr(CAST({tens(KEPT_DECIMALS)} + {decimals} AS VARCHAR), 2))"
    cut_off = f"WHEN {number} IS NOT NULL THEN rtrim({text}, '0')"  # which takes longer than all the rest
    return f"CASE WHEN ({decimals}) % 10 <> 0 THEN {text} {cut_off} END"


def _text(number: str, places: int, largest: int) -> str:
    """Most amounts are whole or end with the cents: cutting zeros off a text takes longer than all the rest."""
    if not places:
        return f"CAST({number} AS VARCHAR)"
    whole = f"WHEN {number} % {tens(places)} = 0 THEN CAST({number} // {tens(places)} AS VARCHAR) "

    def ends(few: int) -> str:
        """That the last of so many decimals is none that is cut off."""
        return f"AND {number} % {tens(places - few + 1)} <> 0 " if few > 2 else ""

    short = "".join(
        f"WHEN {number} % {tens(places - few)} = 0 {ends(few)}THEN "
        f"CAST({decimal(f'({number} // {tens(places - few)})', few, few, largest // 10 ** (places - few))} AS VARCHAR) "
        for few in (1, 2, 4)
        if few < places
    )
    if largest < 10 ** (38 - places):
        full = f"CAST({decimal(number, places, places, largest)} AS VARCHAR)"
        return f"CASE {whole}{short}WHEN {number} % 10 <> 0 THEN {full} WHEN {number} IS NOT NULL THEN rtrim({full}, '0') END"
    fraction = f"rtrim(lpad(CAST(ABS({number}) % {tens(places)} AS VARCHAR), {places}, '0'), '0')"
    sign = f"CASE WHEN {number} < 0 THEN '-' ELSE '' END"
    return f"CASE {whole}ELSE concat({sign}, ABS({number}) // {tens(places)}, '.', {fraction}) END"
