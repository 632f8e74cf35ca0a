"""Columns from properties of the account's own: what is wrong on its face, and what an account makes of it."""

from collections.abc import Mapping

import pytest

from config.mapping import Offer, Property, faults, offers_of, settle

OFFERS = {
    "deals": (Offer("amount", "number", "amount"), Offer("close_at", "instant", "closedate")),
    "custom.": (Offer("label", "text", None),),
}


def nothing_archived() -> Mapping[str, Property]:
    return {}


def never() -> Mapping[str, Property]:
    raise AssertionError("archived properties are asked for only where one is missing")


def properties(*found: tuple[str, str, str]) -> dict[str, Property]:
    return {name: Property(name, label, type) for name, label, type in found}


def test_a_choice_that_can_be_followed_has_no_fault() -> None:
    assert faults({"deals": {"amount": "net"}, "custom.machines": {"label": "serial"}}, OFFERS) == []


def test_an_unknown_object_and_an_unknown_column_are_named_with_the_nearest_known_one() -> None:
    assert faults({"deal": {"amount": "net"}, "deals": {"amout": "net"}, "custom.": {}}, OFFERS) == [
        "`deal` is no object that can be mapped; did you mean `deals`?",
        "`deals.amout` is no column that can be mapped; did you mean `amount`?",
    ]


def test_what_is_like_nothing_is_answered_with_all_there_is() -> None:
    assert faults({"zzz": {}}, OFFERS) == ["`zzz` is no object that can be mapped; known: custom.<name>, deals"]


def test_a_family_offers_the_same_for_each_of_its_objects() -> None:
    assert offers_of("custom.machines", OFFERS) == OFFERS["custom."]
    assert offers_of("customs", OFFERS) is None


def test_a_property_of_a_fitting_type_is_taken_and_its_label_kept() -> None:
    active = properties(("net", "Net amount", "number"))
    found = settle("deals", {"amount": "net"}, OFFERS["deals"], active, never, {})
    assert (found.columns, found.labels, list(found.notes)) == ({"amount": "net"}, {"net": "Net amount"}, [])


@pytest.mark.parametrize(
    ("chosen", "note"),
    [
        (
            {"amount": "word"},
            "mapping of deals.amount: word is of type string, which does not hold a number; amount is read instead",
        ),
        (
            {"close_at": "net"},
            "mapping of deals.close_at: net is of type number, which does not hold a date; closedate is read instead",
        ),
    ],
)
def test_one_of_another_type_is_not_followed(chosen: dict[str, str], note: str) -> None:
    active = properties(("word", "Word", "string"), ("net", "Net", "number"))
    found = settle("deals", chosen, OFFERS["deals"], active, never, {})
    assert (found.columns, list(found.notes)) == ({}, [note])


def test_a_missing_one_falls_back_and_says_so() -> None:
    found = settle("deals", {"amount": "net"}, OFFERS["deals"], {}, nothing_archived, {})
    assert list(found.notes) == ["mapping of deals.amount: this account has no property net; amount is read instead"]


def test_an_archived_one_is_told_from_a_missing_one() -> None:
    def archived() -> Mapping[str, Property]:
        return properties(("net", "Net", "number"))

    found = settle("deals", {"amount": "net"}, OFFERS["deals"], {}, archived, {})
    assert list(found.notes) == ["mapping of deals.amount: net is archived; amount is read instead"]


def test_a_property_with_the_label_of_a_vanished_one_is_named() -> None:
    """As after a rename, which makes a new property: the label was kept from the last time."""
    active = properties(("net_2", "Net amount", "number"))
    found = settle("deals", {"amount": "net"}, OFFERS["deals"], active, nothing_archived, {"net": "Net amount"})
    assert list(found.notes) == [
        "mapping of deals.amount: this account has no property net; net_2 has its label (Net amount): was it replaced?; "
        "amount is read instead"
    ]
    assert found.labels == {"net": "Net amount"}, "so that the next run can still say it"


def test_a_column_without_a_standard_property_stays_empty() -> None:
    found = settle("custom.machines", {"label": "serial"}, OFFERS["custom."], {}, nothing_archived, {})
    assert list(found.notes) == ["mapping of custom.machines.label: this account has no property serial; the column stays empty"]
