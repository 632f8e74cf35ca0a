"""Who may do and see what."""

import pytest

from config.serve import Role
from sync.publish.web.signin.readers import Action, Reader, bound_to, may, may_see, visible_owners


def reader(role: Role = "viewer", owners: frozenset[str] | None = None) -> Reader:
    return Reader("anne", role, "en", owners, "password")


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("viewer", {"read"}), ("editor", {"read", "change"}), ("admin", {"read", "change", "undo", "users"})],
)
def test_each_role_may_do_what_those_before_it_may(role: Role, allowed: set[Action]) -> None:
    actions: tuple[Action, ...] = ("read", "change", "undo", "users")
    assert {action for action in actions if may(reader(role), action)} == allowed


def test_only_viewers_are_bound_and_only_when_the_settings_say_so() -> None:
    assert bound_to("viewer", ["12"], own_records_only=False) is None
    assert bound_to("viewer", ["12", "13"], own_records_only=True) == {"12", "13"}
    assert bound_to("editor", ["12"], own_records_only=True) is None
    assert bound_to("viewer", ["*"], own_records_only=True) is None
    assert bound_to("viewer", [], own_records_only=True) == frozenset()  # forgotten owners show too little, not too much


def test_a_bound_reader_sees_own_figures_by_owner_and_those_of_the_company() -> None:
    bound = reader(owners=frozenset({"12"}))
    assert visible_owners(bound) == {"12"}
    assert may_see(bound, "owner", "12")
    assert may_see(bound, "owner")
    assert not may_see(bound, "owner", "13")
    assert not may_see(bound, "owner", "")
    assert not any(may_see(bound, by, "1") for by in ("deal", "contact", "company"))
    assert all(may_see(bound, by, "x") for by in ("total", "channel", "campaign", "team"))
    assert not may_see(reader(owners=frozenset()), "owner")
    assert may_see(reader(), "owner", "13")
