"""Our property definitions held against the CRM's: created, described, migrated, taken away, or left alone."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from connectors.base import PropertyDef, PropertyState
from sync.definitions import Definitions, plan_by_hand, plan_definitions

GROUP = "cadran"


def wanted(*names: str, type: str = "number") -> list[PropertyDef]:
    return [PropertyDef("deals", f"cadran_{n}", n, "d", type) for n in names]  # type: ignore[arg-type]


def standing(name: str, **changes: object) -> PropertyState:
    return replace(PropertyState("deals", f"cadran_{name}", name, "d", "number", GROUP), **changes)  # type: ignore[arg-type]


def planned(
    definitions: Sequence[PropertyDef],
    *states: PropertyState,
    archived: Sequence[PropertyState] = (),
    room: dict[str, int] | None = None,
) -> Definitions:
    return plan_definitions(definitions, states, lambda: archived, lambda: room or {}, GROUP)


def outcomes(found: Definitions) -> dict[str, str]:
    return {c.property.removeprefix("cadran_"): c.outcome for c in found.lines}


def test_only_our_own_properties_are_touched() -> None:
    """A name of ours in another group is left alone, its values too; a stranger in our group is nobody's business."""
    found = planned(
        wanted("new", "theirs", "old", "same"),
        standing("theirs", group="dealinformation"),
        standing("old", label="other"),
        standing("same"),
        replace(standing("x"), name="their_own"),
    )
    assert outcomes(found) == {"new": "create", "theirs": "foreign", "old": "update"}
    assert found.blocked == {("deals", "cadran_theirs")}
    assert "dealinformation" in next(c.reason for c in found.lines if c.outcome == "foreign")
    assert [d.name for d in found.wanted] == ["cadran_new", "cadran_old"]


def test_an_archived_name_comes_back_with_its_values_and_a_new_one_without() -> None:
    """What the ledger remembers of a property that is gone for good means nothing any more."""
    found = planned(wanted("gone", "new"), archived=[standing("gone", is_archived=True)])
    assert outcomes(found) == {"gone": "create", "new": "create"}
    assert (found.restored, found.fresh) == ({("deals", "cadran_gone")}, {("deals", "cadran_new")})


def test_a_new_version_may_give_our_property_another_type() -> None:
    """Ours alone: in our group. It is archived and created anew, and every value is written again."""
    found = planned(wanted("cost"), standing("cost", type="string"))
    [line] = found.lines
    assert (line.outcome, line.old, line.comes_back) == ("update", "(of type string)", True)
    assert found.retyped == {("deals", "cadran_cost")}
    foreign = planned(wanted("cost"), standing("cost", type="string", group="other"))
    assert outcomes(foreign) == {"cost": "foreign"}


def test_what_a_version_no_longer_has_is_taken_away() -> None:
    """Only with our prefix and in our group."""
    found = planned(
        wanted("kept"), standing("kept"), standing("dropped"), standing("elsewhere", group="x"), replace(standing("y"), name="y")
    )
    assert outcomes(found) == {"dropped": "clear"}
    assert not found.changes_values


@pytest.mark.parametrize(
    ("change", "is_different"),
    [
        ({"description": "other"}, True),
        ({"display": "currency"}, True),
        ({"display": None}, False),
        ({"options": (("a", "A"), ("b", "Bee"))}, True),
        ({"options": (("b", "B"), ("a", "A"))}, True),
        ({"options": (("a", "A"), ("b", "B"), ("theirs", "Added by a person"))}, False),
    ],
)
def test_everything_that_is_shown_is_compared(change: dict[str, object], is_different: bool) -> None:
    """Options that people added are theirs, and stay when the list is written."""
    [definition] = wanted("band")
    definition = replace(definition, display="unformatted", options=(("a", "A"), ("b", "B")))
    state = standing("band", display="unformatted", options=definition.options)
    found = planned([definition], replace(state, **change))  # type: ignore[arg-type]
    assert outcomes(found) == ({"band": "update"} if is_different else {})


def test_options_that_people_added_are_written_with_ours() -> None:
    [definition] = wanted("band")
    definition = replace(definition, label="New label", options=(("a", "A"),))
    found = planned([definition], standing("band", options=(("a", "A"), ("z", "Zed"))))
    assert found.wanted[0].options == (("a", "A"), ("z", "Zed"))


def test_what_does_not_fit_is_said_and_its_values_left_out() -> None:
    """The account has room for two more; the most important come first, in the order of the declarations."""
    found = planned(wanted("first", "second", "third", "fourth"), room={"deals": 2})
    assert outcomes(found) == {"first": "create", "second": "create", "third": "rejected", "fourth": "rejected"}
    assert found.blocked == {("deals", "cadran_third"), ("deals", "cadran_fourth")}
    assert "2 more custom properties are needed on deals" in found.lines[2].reason
    assert [d.name for d in found.wanted] == ["cadran_first", "cadran_second"]


def test_nothing_is_asked_where_nothing_is_missing() -> None:
    """Archives and limits cost calls."""

    def never() -> list[PropertyState]:
        raise AssertionError

    found = plan_definitions(wanted("a"), [standing("a")], never, never, GROUP)  # type: ignore[arg-type]
    assert found == Definitions()


def test_where_people_make_them_each_one_that_is_missing_is_said_and_its_values_are_left_out() -> None:
    """A label of their own is theirs; what is no longer used is not spoken of."""
    steps = {"cadran_new": "make it", "cadran_old": "another type"}
    states = [standing("old", type="string"), standing("same", label="my own words"), standing("gone")]
    found = plan_by_hand(wanted("new", "old", "same"), states, lambda one: steps.get(one.name))
    assert [(c.property, c.old, c.outcome, c.reason) for c in found.lines] == [
        ("cadran_new", None, "rejected", "make it"),
        ("cadran_old", "old", "rejected", "another type"),
    ]
    assert found.blocked == {("deals", "cadran_new"), ("deals", "cadran_old")}
    assert (found.wanted, found.fresh) == ((), frozenset())
