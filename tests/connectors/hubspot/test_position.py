"""The cursor of a stream as text and back, and the spans of ids that are left of a list."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.hubspot.position import BEGINNING, Changes, Listing, Position, position_of
from connectors.hubspot.spans import EVERYTHING, Span, among, joined, without

AT = datetime(2026, 11, 21, 7, 30, 0, 250_000, tzinfo=UTC)
LATER = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "position",
    [
        BEGINNING,
        Position(since=AT, archive_at=AT, list_at=LATER),
        Position(since=AT, changes=Changes(LATER, 4711)),
        Position(listing=Listing(AT)),
        Position(since=AT, listing=Listing(AT, ((7, 19), (44, None)), {19: (19, 21, 30)}, 250, None, False)),
        Position(since=AT, listing=Listing(AT, (), {}, 250, "91")),
    ],
)
def test_a_position_survives_being_text(position: Position) -> None:
    found = position_of(position.text)
    assert found.text == position.text
    assert (found.since, found.archive_at, found.list_at, found.changes) == (
        position.since,
        position.archive_at,
        position.list_at,
        position.changes,
    )
    assert "\n" not in position.text


def test_no_cursor_is_the_beginning() -> None:
    assert position_of(None) == BEGINNING


def test_a_cursor_of_an_older_home_had_read_changes_and_archive_up_to_its_instant() -> None:
    assert position_of("2026-11-20T08:00:00+00:00") == Position(*[datetime(2026, 11, 20, 8, tzinfo=UTC)] * 3)


def test_what_changed_while_a_first_list_was_read_is_the_next_reads() -> None:
    assert Position(listing=Listing(AT)).listed() == Position(since=AT, archive_at=AT, list_at=AT)


def test_a_repair_does_not_take_back_the_changes_that_were_read_meanwhile() -> None:
    assert Position(since=LATER, listing=Listing(AT)).listed() == Position(since=LATER, archive_at=AT, list_at=AT)


spans = st.tuples(st.integers(0, 40), st.none() | st.integers(0, 40))


def members(some: tuple[Span, ...]) -> set[int]:
    return {one for one in range(60) if among(some, [one])}


@given(st.lists(spans, max_size=6), st.lists(spans, max_size=6))
def test_spans_hold_what_was_left_after_what_was_taken(taken: list[Span], given_back: list[Span]) -> None:
    left, expected = EVERYTHING, set(range(60))
    for span in taken:
        left, expected = without(left, span), expected - members((span,))
    assert members(left) == expected
    for span in given_back:
        if span[1] is None or span[0] < span[1]:
            left, expected = joined(left, span), expected | members((span,))
    assert members(left) == expected
    assert among(left, sorted(range(0, 60, 3))) == len(expected & set(range(0, 60, 3)))
    assert all(end is not None and end < first for (_, end), (first, _) in pairwise(left)), "in order, apart"
