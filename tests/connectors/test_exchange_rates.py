"""Exchange rates: the ECB's figures to the digit, the day they are from, and no guess where there is none."""

import csv
import gzip
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from currency_converter import CurrencyConverter
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.exchange_rates import CARRY_DAYS, ecb_rates, last_day

PUBLISHED = Path(__file__).parents[2] / ".." / "shared" / "data" / "ecb_fx" / "eurofxref-hist.csv.gz"
FRIDAY = date(2014, 3, 28)
"""1 EUR = 1.3759 USD = 140.90 JPY on that day."""


def test_dollars_become_euros_at_the_rate_of_the_day() -> None:
    converted = ecb_rates("EUR")(Decimal("1375.90"), "USD", FRIDAY)
    assert converted is not None
    amount, rate, quoted_on = converted
    assert amount == 1000
    assert rate == Decimal("0.7267970055963369430917944618")
    assert quoted_on == FRIDAY


def test_euros_become_dollars_exactly() -> None:
    assert ecb_rates("USD")(Decimal("1000"), "EUR", FRIDAY) == (Decimal("1375.9000"), Decimal("1.3759"), FRIDAY)


def test_two_foreign_currencies_are_crossed_through_the_euro() -> None:
    converted = ecb_rates("JPY")(Decimal("1.3759"), "USD", FRIDAY)
    assert converted is not None
    assert converted[0] == Decimal("140.9")


def test_a_sunday_takes_the_rate_of_friday_and_says_so() -> None:
    friday, sunday = (ecb_rates("EUR")(Decimal(100), "USD", day) for day in (FRIDAY, date(2014, 3, 30)))
    assert sunday == friday
    assert sunday is not None
    assert sunday[2] == FRIDAY


def test_a_rate_is_carried_ten_days_and_no_further() -> None:
    fx = ecb_rates("EUR")
    final = last_day()
    assert fx(Decimal(1), "USD", date.fromordinal(final.toordinal() + CARRY_DAYS)) is not None
    assert fx(Decimal(1), "USD", date.fromordinal(final.toordinal() + CARRY_DAYS + 1)) is None


def test_a_currency_that_is_no_longer_quoted_has_no_rate() -> None:
    fx = ecb_rates("EUR")
    assert fx(Decimal("7.5345"), "HRK", date(2022, 12, 30)) is not None
    assert fx(Decimal("7.5345"), "HRK", date(2023, 6, 1)) is None


@pytest.mark.parametrize(
    ("currency", "home", "day"),
    [
        ("XOF", "EUR", FRIDAY),
        ("EUR", "XOF", FRIDAY),
        ("usd", "EUR", FRIDAY),
        ("Date", "EUR", FRIDAY),
        ("", "EUR", FRIDAY),
        ("USD", "EUR", date(1998, 12, 31)),
    ],
)
def test_what_the_ecb_does_not_quote_is_undefined(currency: str, home: str, day: date) -> None:
    assert ecb_rates(home)(Decimal(1), currency, day) is None


def test_the_home_currency_needs_no_rate_even_where_the_ecb_has_none() -> None:
    day = date(2199, 1, 1)
    assert ecb_rates("XOF")(Decimal("12.34"), "XOF", day) == (Decimal("12.34"), Decimal(1), day)


@settings(deadline=None)
@given(
    cents=st.integers(-(10**12), 10**12),
    day=st.dates(date(2015, 1, 1), date(2025, 12, 31)),
    pair=st.permutations(["EUR", "USD", "GBP", "JPY", "CHF"]),
)
def test_there_and_back_gives_the_amount_again(cents: int, day: date, pair: list[str]) -> None:
    """Within the last digits of 28, never a cent."""
    here, there, *_ = pair
    amount = Decimal(cents) / 100
    away = ecb_rates(there)(amount, here, day)
    assert away is not None
    back = ecb_rates(here)(away[0], there, day)
    assert back is not None
    assert abs(back[0] - amount) < Decimal("1e-12")
    assert day.toordinal() - 10 <= away[2].toordinal() <= day.toordinal()


def test_the_package_agrees_where_it_is_asked_for_decimals() -> None:
    package = CurrencyConverter(decimal=True)
    day = date(2024, 5, 14)
    for currency in sorted(package.currencies - {"EUR"}):
        first, last = package.bounds[currency]
        ours = ecb_rates("EUR")(Decimal(250), currency, day)
        if first <= day <= last:
            assert ours is not None
            assert abs(ours[0] - package.convert(Decimal(250), currency, "EUR", day)) < Decimal("1e-20"), currency
        else:
            assert ours is None, currency


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published ECB file is not beside this checkout")
def test_every_rate_is_the_published_figure() -> None:
    """All 7,126 days, every currency that was quoted on them, compared without rounding."""
    with gzip.open(PUBLISHED, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    fx = {name: ecb_rates(name) for name in rows[0] if name not in ("Date", "")}
    compared = 0
    for row in rows:
        day = date.fromisoformat(row["Date"])
        for currency, convert in fx.items():
            if row[currency] not in ("", "N/A"):
                assert convert(Decimal(1), "EUR", day) == (Decimal(row[currency]), Decimal(row[currency]), day)
                compared += 1
    assert compared > 200_000


def test_nothing_is_loaded_until_a_rate_is_needed() -> None:
    program = (
        "import sys; from decimal import Decimal; from datetime import date; from connectors.exchange_rates import ecb_rates;"
        "fx = ecb_rates('EUR'); fx(Decimal(1), 'EUR', date(2024, 1, 2)); assert 'currency_converter' not in sys.modules;"
        "fx(Decimal(1), 'USD', date(2024, 1, 2)); assert 'currency_converter' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
