"""Which records a pilot may write, how values are spelt, and why a line is in the plan."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from config.settings import Scope
from kpi.record_reasons import NO_CONTACT
from kpi.records import RecordValue
from sync.comparison import Living, in_scope, spelt, why
from sync.properties import PROPERTIES, definitions

NOW = datetime(2026, 9, 15, 8, tzinfo=UTC)
RECORDS = {
    ("deals", "1"): Living(NOW, "201", "default"),
    ("deals", "2"): Living(NOW, "202", "renewals"),
    ("contacts", "7"): Living(NOW, "201", None),
    ("companies", "9"): Living(NOW, None, None),
}


def written(scope: Scope) -> set[tuple[str, str]]:
    return {key for key, record in RECORDS.items() if in_scope(scope, *key, record)}


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(), set(RECORDS)),
        (Scope(records={"deals": ["1"]}), {("deals", "1")}),
        (Scope(owners=["201"]), {("deals", "1"), ("contacts", "7")}),
        (Scope(pipelines=["renewals"]), {("deals", "2"), ("contacts", "7"), ("companies", "9")}),
        (Scope(owners=["201"], pipelines=["renewals"]), {("contacts", "7")}),
    ],
)
def test_a_pilot_writes_only_the_records_it_names(scope: Scope, expected: set[tuple[str, str]]) -> None:
    """Named records exclude all others; owners and pipelines narrow further."""
    assert written(scope) == expected


def test_a_record_that_is_archived_or_gone_is_never_in_scope() -> None:
    """Only living records were read into the standing."""
    assert not in_scope(Scope(), "deals", "404", None)


@pytest.mark.parametrize(
    ("value", "text"),
    [(Decimal("1E+3"), "1000"), (Decimal("-0.50"), "-0.50"), (date(2026, 9, 1), "2026-09-01"), ("email", "email"), (None, None)],
)
def test_values_are_spelt_as_the_crm_stores_them(value: Decimal | date | str | None, text: str | None) -> None:
    """Digits and one point, never an exponent; ISO dates."""
    assert spelt(value) == text


def test_a_line_says_what_its_value_came_from_or_why_it_is_empty() -> None:
    """Month and inputs, or the reason, in the reader's language."""
    cost = RecordValue(
        "contacts",
        "7",
        "lead_cost",
        Decimal("65.52"),
        "money",
        None,
        date(2024, 9, 1),
        inputs={"spend": Decimal("196.540"), "leads": 3},
    )
    assert why(cost, "en") == "2024-09, spend 196.54, leads 3"
    empty = RecordValue("deals", "1", "deal_acquisition_cost", None, "money", NO_CONTACT)
    assert why(empty, "fr") == "la transaction n'a pas de contact"


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_every_property_has_a_label_and_a_description_in_both_languages(locale: str) -> None:
    """Names are ours, unique and short enough; a money property shows the currency; a choice offers words."""
    made = definitions(locale)
    assert len({(d.object, d.name) for d in made}) == len(PROPERTIES)
    for definition in made:
        assert definition.name.startswith("cadran_")
        assert len(definition.name) <= 50
        assert definition.label
        assert definition.description
        assert (definition.type == "enumeration") == bool(definition.options)
    assert {d.label for d in definitions("en")} != {d.label for d in definitions("fr")}
