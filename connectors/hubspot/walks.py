"""Who reads which ids of a list, and the proof that nothing lies between two readers. Pure but for a lock.

A list goes in id order, and ``after`` is the id to go on from, so several readers can each walk a part of it. That HubSpot
lets one begin at an id of one's own choice (*seeding*) is UNVERIFIED (FACTS §5.1); this is built so that any answer is fine:

- refused, or ignored (the first page begins below the seed): the reader below walks through the part itself;
- accepted: the reader below, on arriving at the seam, must see as its next id one of those that the reader above began
  with. From the first record on, each part is so chained to the one below it, and all of them together are the serial list.
  Where the ids do not meet, the reader below goes on through the part above, whose pages then count for nothing.

A reader without work takes the upper half of what is left of the longest part, so that it does not matter how ids are spread.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from connectors.hubspot.spans import Span

FIRSTS_KEPT = 3
"""How many of a part's first ids the cursor keeps: the chain still closes when the very first is archived meanwhile."""


@dataclass(eq=False)
class Walk:
    """One reader's part of the list."""

    first: int
    """The id it begins at."""
    end: int | None
    """Where the part above begins; None: it goes on to the end of the list."""
    above: "Walk | None" = None
    after: str | None = None
    """What its next request asks for; None: the beginning of the list."""
    next_id: int = 0
    """No id below is still to come."""
    firsts: frozenset[int] | None = None
    """Ids that it began with; None: no answer yet. Empty: it found nothing."""
    is_split: bool = False
    """Split off from another part in this run: the walk below sees whether anything lies before its first record."""
    is_over: bool = False
    is_void: bool = False
    """The chain below did not meet it: its pages prove nothing."""

    @property
    def is_seeded(self) -> bool:
        return self.after is not None and self.firsts is None

    def limit(self, most: int) -> int:
        """Records to ask for: no more than there can be before the part above."""
        width = most if self.end is None else self.end - self.next_id
        return min(most, width) if width > 0 else most


class Step(NamedTuple):
    """What one page means for the list."""

    until: int | None
    """Records below this id count; those from it on are the part above's. None: all count."""
    covered: Span | None
    """The ids of which nothing is still to come from this walk; None: nothing is proved."""
    reopened: Span | None = None
    """Ids that were given by a part that proves nothing: they are to be given again."""


class Unseedable(Exception):
    """A part that an earlier run left cannot be gone on with: the list must begin again."""


@dataclass
class Board:
    """The parts of one list, shared by its readers."""

    page_size: int
    waiting: list[Walk] = field(default_factory=list)
    active: list[Walk] = field(default_factory=list)
    highest: int | None = None
    """The highest id there is; None: not known, and then the last part is not split."""
    can_seed: bool = True
    is_by_id: bool = True
    """``after`` is an id, as the documents say, so that a later run can go on from one."""
    is_sure: bool = True
    """No answer contradicted another."""

    def __post_init__(self) -> None:
        self._changed = threading.Condition()

    @classmethod
    def of(cls, left: Sequence[Span], seams: dict[int, tuple[int, ...]], page_size: int) -> "Board":
        """The parts that an earlier run left; a fresh list has one."""
        walks = []
        for first, end in left:
            walk = Walk(first, end, next_id=first, after=str(first) if first else None)
            if end is not None:
                # What was read above is known by its first ids alone; if they are not met, the walk goes on to the end.
                walk.above = Walk(end, None, next_id=end, firsts=frozenset(seams.get(end, ())), is_over=True)
            walks.append(walk)
        return cls(page_size, waiting=walks)

    # --- giving out work ------------------------------------------------------------------------------------

    def take(self, pages_left: float) -> Walk | None:
        """A part to walk; None when there is nothing worth another reader. ``pages_left``: of the whole list, as far as known."""
        with self._changed:
            while self.waiting:
                walk = self.waiting.pop(0)
                if not walk.is_over:
                    self.active.append(walk)
                    return walk
            upper = self._split(pages_left)
            if upper:
                self.active.append(upper)
            return upper

    def _split(self, pages_left: float) -> Walk | None:
        if not self.can_seed or self.highest is None or pages_left < 2 * len(self.active) + 2:
            return None
        longest = max((walk for walk in self.active if not walk.is_over), key=self._rest, default=None)
        if longest is None or self._rest(longest) < 4 * self.page_size:
            return None
        # On whole pages: where ids lie close together, no page is then left half empty.
        half = self._rest(longest) // 2 // self.page_size * self.page_size
        at = longest.next_id + half
        upper = Walk(at, longest.end, longest.above, after=str(at), next_id=at, is_split=True)
        longest.end, longest.above = at, upper
        return upper

    def _rest(self, walk: Walk) -> int:
        end = walk.end if walk.end is not None else (self.highest or 0) + 1
        return end - walk.next_id

    # --- taking in pages ------------------------------------------------------------------------------------

    def refused(self, walk: Walk) -> None:
        """HubSpot did not begin at the walk's seed. Raises :class:`Unseedable` when nobody reads below it."""
        with self._changed:
            self.can_seed = False
            walk.is_over = walk.is_void = True
            self._leave(walk)
            below = next((one for one in [*self.active, *self.waiting] if one.above is walk), None)
            self._changed.notify_all()
            if below is None:
                raise Unseedable
            below.end, below.above = walk.end, walk.above

    def failed(self) -> None:
        """A reader met an error: nobody needs to wait for anything any more."""
        with self._changed:
            for walk in [*self.active, *self.waiting]:
                walk.is_over = True
            self._changed.notify_all()

    def arrived(self, walk: Walk, ids: Sequence[int], following: str | None) -> Step | None:
        """What a page means. ``ids`` in order; ``following``: what the walk's next request asks for, None at the list's end.

        None: the page is not to be used, because HubSpot ignored the seed, or the chain below did not meet this walk.
        """
        if walk.is_seeded and ids and ids[0] < walk.first:
            self.refused(walk)
            return None
        seen = list(ids)
        if following is not None:
            least = ids[-1] if ids else walk.next_id
            if not following.isdecimal() or int(following) < least:
                self.is_by_id = self.can_seed = False
            # Passed back as it is; where it is no id, the next one is at least this.
            seen.append(int(following) if self.is_by_id else least + 1)
        with self._changed:
            if walk.is_void:
                return None
            if walk.firsts is None:
                if walk.is_split and ids:
                    walk.next_id = ids[0]
                walk.firsts = frozenset(seen)
                self._changed.notify_all()
            start, walk.next_id = walk.next_id, max([walk.next_id, *seen[-1:]])
            walk.after = following
            step = self._close(walk, start, seen, is_end=following is None)
            if walk.is_over:
                self._leave(walk)
            return step

    def _close(self, walk: Walk, start: int, seen: Sequence[int], *, is_end: bool) -> Step:
        """Whether the walk has come to its end, and met the part above."""
        while True:
            end, above = walk.end, walk.above
            beyond = [] if end is None else [one for one in seen if one >= end]
            if end is None or above is None or not (beyond or is_end):
                walk.is_over = is_end
                if walk.is_split and not walk.firsts:
                    return Step(None, None)  # that nothing is here, the walk below will see
                return Step(None, (start, None if is_end else walk.next_id))
            if above.firsts is None and above in self.waiting:
                above.is_over = True
                walk.end, walk.above = above.end, above.above  # nobody has begun it: it is read through
                continue
            while above.firsts is None and not above.is_over:
                self._changed.wait()
                above = walk.above or above
            if walk.end != end:
                continue  # the part above could not be seeded
            if walk.is_over:
                return Step(None, None)  # a reader failed: nothing is proved any more
            met = next((one for one in beyond if one in (above.firsts or ())), None)
            if met is not None or (is_end and not beyond and not above.firsts):
                walk.is_over = True
                return Step(met, None if walk.is_split and not walk.firsts else (start, met))
            if not is_end and above.firsts and max(beyond) < max(above.firsts):
                return Step(None, (start, walk.next_id))  # records that are new since the part above began
            return self._read_through(walk, above, start, is_end=is_end)

    def _read_through(self, walk: Walk, above: Walk, start: int, *, is_end: bool) -> Step:
        """The chain does not close: the walk goes on through the part above."""
        # What the walk has read itself needs no other's word.
        first = max(above.first, start)
        reopened = (first, above.end) if above.end is None or first < above.end else None
        above.is_void = above.is_over = True
        walk.end, walk.above = above.end, above.above
        self._leave(above)
        self._changed.notify_all()
        if is_end:
            # Where another reader saw records the list ends: no telling which is right.
            self.is_sure, walk.is_over = self.is_sure and not above.firsts, True
            return Step(None, (start, None), reopened)
        return Step(None, (start, walk.next_id), reopened)

    def _leave(self, walk: Walk) -> None:
        if walk in self.active:
            self.active.remove(walk)
