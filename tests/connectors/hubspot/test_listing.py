"""Several readers of one list: every record is given, whatever HubSpot does with an ``after`` of our choice."""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.base import Raw
from connectors.errors import ContractError, QuotaExhausted
from connectors.hubspot.client import HubSpotClient, Listed
from connectors.hubspot.kinds import KINDS
from connectors.hubspot.listing import QUEUE, READERS, Lister
from connectors.hubspot.position import Listing, Position, position_of

BEGAN = datetime(2026, 11, 21, tzinfo=UTC)


@dataclass
class FakeList:
    """A list of ids that answers as HubSpot may, in place of a client."""

    ids: list[int]
    is_refusing: bool = False
    """Refuses an ``after`` that no page gave out."""
    is_ignoring: bool = False
    is_exclusive: bool = False
    is_offset: bool = False
    """``after`` is a place, not an id."""
    total: int | None = None
    lives: int | None = None
    """Calls until the day's are used up."""
    later: dict[int, tuple[set[int], set[int]]] = field(default_factory=dict)
    """After so many calls: ids that are gone, ids that are new."""
    dropping: set[int] = field(default_factory=set)
    """Calls whose last row is missing."""
    calls: int = 0
    source: str = "hubspot"
    server_time: datetime = BEGAN

    def __post_init__(self) -> None:
        self.lock = threading.Lock()
        self.issued: set[str] = set()

    def highest(self, _object: str) -> tuple[int, int]:
        return max(self.ids, default=0), len(self.ids) if self.total is None else self.total

    def list_page(self, _object: str, _properties: Sequence[str], *, after: str | None = None, limit: int = 100) -> Listed:
        with self.lock:
            self.calls += 1
            if self.lives is not None and self.calls > self.lives:
                raise QuotaExhausted("hubspot", "the day's calls are used up")
            gone, new = self.later.pop(self.calls, (set(), set()))
            self.ids = sorted((set(self.ids) - gone) | new)
            if after is not None and after not in self.issued:
                if self.is_refusing:
                    raise ContractError("hubspot", "after is not a cursor of this list", status=400)
                if self.is_ignoring:
                    after = None
            start = self._start(after)
            found = self.ids[start : start + limit]
            has_more = start + limit < len(self.ids)
            following = str(self._following(start, limit)) if has_more else None
            if following:
                self.issued.add(following)
            if self.calls in self.dropping:
                found = found[:-1]
            return Listed(found, [{"id": str(one)} for one in found], following)

    def _start(self, after: str | None) -> int:
        if after is None:
            return 0
        if self.is_offset:
            return int(after)
        return (bisect_right if self.is_exclusive else bisect_left)(self.ids, int(after))

    def _following(self, start: int, limit: int) -> int:
        if self.is_offset:
            return start + limit
        return self.ids[start + limit - (1 if self.is_exclusive else 0)]


def lister(
    served: FakeList, listing: Listing | None = None, finish: Any = lambda records: records, block_size: int = 1
) -> Lister:
    return Lister(cast(HubSpotClient, served), KINDS["companies"], ["name"], listing, finish, block_size=block_size)


def listed(found: Lister) -> list[int]:
    return [int(record["id"]) for block in found.blocks() for record in block]


DENSE = list(range(1001, 6001))
CLUSTERS = [*range(1, 700), *range(10**6, 10**6 + 1_500), *range(10**10, 10**10 + 900, 3)]
EVERY_ANSWER: list[dict[str, Any]] = [
    {},
    {"is_refusing": True},
    {"is_ignoring": True},
    {"is_exclusive": True},
    {"is_offset": True},
    {"is_refusing": True, "is_exclusive": True},
]


@pytest.mark.parametrize("answers", EVERY_ANSWER, ids=lambda a: " ".join(a) or "as documented")
@pytest.mark.parametrize("ids", [DENSE, CLUSTERS, [5], []], ids=["dense", "clusters", "one", "none"])
def test_every_record_is_given_however_hubspot_takes_a_seed(ids: list[int], answers: dict[str, Any]) -> None:
    served = FakeList(list(ids), **answers)
    found = lister(served)
    assert set(listed(found)) == set(ids)
    assert found.listing is not None
    assert (found.listing.left, found.listing.count, found.listing.is_sure) == ((), len(ids), True)
    assert served.calls <= len(ids) // 100 + 3 * READERS + 60 + (len(ids) // 100 if answers.get("is_offset") else 0)


def test_ids_that_lie_close_together_are_each_given_once_and_by_hardly_more_calls_than_serially() -> None:
    served = FakeList(DENSE)
    assert sorted(listed(lister(served))) == DENSE
    assert served.calls <= len(DENSE) // 100 + READERS


def test_several_readers_are_at_work() -> None:
    seen: set[int] = set()

    def finish(records: list[Raw]) -> list[Raw]:
        seen.add(threading.get_ident())
        return records

    served = FakeList(list(range(20_000)))
    assert len(listed(lister(served, finish=finish))) == 20_000
    assert len(seen) > 1


def test_readers_wait_until_their_blocks_are_taken() -> None:
    """So that memory does not grow with the list."""
    served = FakeList(list(range(100_000)))
    blocks = lister(served).blocks()
    next(blocks)
    next(blocks)
    threading.Event().wait(0.2)
    assert served.calls <= 2 + QUEUE + 2 * READERS
    before = threading.active_count()
    blocks.close()  # type: ignore[attr-defined]
    assert threading.active_count() < before, "nobody reads on after the list was let go"


@pytest.mark.parametrize("answers", EVERY_ANSWER, ids=lambda a: " ".join(a) or "as documented")
def test_a_list_goes_on_from_every_cursor(answers: dict[str, Any]) -> None:
    """Cut after any block: what was given before and what the next process gives is everything."""
    ids = CLUSTERS
    found = lister(FakeList(list(ids), **answers), block_size=250)
    given_so_far: set[int] = set()
    for block in found.blocks():
        given_so_far |= {int(record["id"]) for record in block}
        cursor = Position(listing=found.listing).text
        again = lister(FakeList(list(ids), **answers), position_of(cursor).listing)
        assert given_so_far | set(listed(again)) == set(ids)
        assert again.listing is not None
        assert (again.listing.left, again.listing.count) == ((), len(ids))


def test_a_list_cut_by_the_days_quota_is_not_read_again() -> None:
    """Two days: together hardly more calls than one."""
    found = lister(FakeList(DENSE, lives=30))
    first: list[int] = []

    def take() -> None:
        for block in found.blocks():
            first.extend(int(record["id"]) for record in block)

    with pytest.raises(QuotaExhausted):
        take()
    assert len(first) >= 29 * 100, "what was answered before the refusal is given"
    second = FakeList(DENSE)
    assert sorted({*first, *listed(lister(second, found.listing))}) == DENSE
    assert second.calls <= (len(DENSE) - len(first)) // 100 + 2 * READERS


@pytest.mark.parametrize("call", [1, 2, 7, 20])
def test_a_row_that_a_page_lost_is_asked_for_again(call: int) -> None:
    found = lister(FakeList(DENSE, dropping={call}))
    assert set(listed(found)) == set(DENSE)


def test_the_same_page_following_itself_breaks_the_contract() -> None:
    served = FakeList(DENSE)
    page = Listed([1001], [{"id": "1001"}], "1001")
    served.list_page = lambda *_a, **_k: page  # type: ignore[method-assign]
    with pytest.raises(ContractError, match="the same page follows itself"):
        listed(lister(served))


def test_an_error_of_a_reader_is_raised_where_the_pages_are_taken() -> None:
    def finish(records: list[Raw]) -> list[Raw]:
        if any(record["id"] == "3000" for record in records):
            raise ContractError("hubspot", "no associations")
        return records

    with pytest.raises(ContractError, match="no associations"):
        listed(lister(FakeList(DENSE), finish=finish))


sparse = st.lists(st.integers(1, 10**7) | st.integers(1, 3_000), min_size=1, max_size=2_500, unique=True)


@settings(max_examples=40, deadline=None)
@given(
    ids=sparse,
    born=st.lists(st.integers(1, 10**7), max_size=40, unique=True),
    answers=st.sampled_from(EVERY_ANSWER[:4]),
    data=st.data(),
)
def test_what_stays_is_given_whatever_comes_and_goes_meanwhile(
    ids: list[int], born: list[int], answers: dict[str, Any], data: st.DataObject
) -> None:
    """Records vanish and appear between any two calls, anywhere in the list; those that stay are all given."""
    leaving = data.draw(st.lists(st.sampled_from(ids), max_size=60, unique=True))
    moments = data.draw(st.lists(st.integers(1, 30), min_size=4, max_size=4, unique=True))
    later = {at: (set(leaving[n::4]), set(born[n::4]) - set(ids)) for n, at in enumerate(moments)}
    found = lister(FakeList(sorted(ids), later=later, **answers))
    assert set(ids) - set(leaving) <= set(listed(found))
    assert found.listing is not None
    assert found.listing.left == ()
