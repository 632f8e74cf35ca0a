"""What vendors write, read into values: each refusal names the field."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import BadValue
from connectors.values import currency, day, number, optional, text, whole


def test_an_id_stays_the_same_when_its_type_changes() -> None:
    """Text today, a number tomorrow: the vendor's habit, not another record."""
    assert text({"id": 2385}, "id") == text({"id": "2385"}, "id") == "2385"


@pytest.mark.parametrize("value", [None, "", 1.5, True, {}, []])
def test_what_is_no_id_is_refused(value: Any) -> None:
    with pytest.raises(BadValue, match=r"^id: "):
        text({"id": value}, "id")


def test_numbers_are_exact() -> None:
    assert number("56.70", "spend") == Decimal("56.70")
    assert number(0.1, "spend") == Decimal("0.1")
    assert whole("12.0", "clicks") == 12
    for bad in ("n/a", "NaN", "Infinity", True, None):
        with pytest.raises(BadValue, match=r"^spend: .* is not a number"):
            number(bad, "spend")
    with pytest.raises(BadValue, match="whole"):
        whole("1.5", "clicks")


def test_what_is_absent_is_undefined_and_not_nought() -> None:
    assert optional({}, "leads") is None
    assert optional({"leads": "-"}, "leads", frozenset({None, "-"})) is None
    assert optional({"leads": "0"}, "leads") == 0


def test_a_day_may_bear_its_midnight_and_no_other_hour() -> None:
    assert day("2026-11-01", "date") == day("2026-11-01 00:00:00", "date") == date(2026, 11, 1)
    for bad in ("2026-11-01 23:00:00", "01/11/2026", "2026-02-30", "", None):
        with pytest.raises(BadValue, match=r"^date: "):
            day(bad, "date")


def test_only_currencies_are_currencies() -> None:
    assert currency({"currency": "eur"}, "currency") == "EUR"
    for bad in ("EURO", "€", "XXX", "", None):
        with pytest.raises(BadValue, match=r"^currency: "):
            currency({"currency": bad}, "currency")
