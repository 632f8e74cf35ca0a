"""A complete list of one object type, read by several readers at once, fast enough to fill HubSpot's limit.

At 190 calls in 10 s and answers after 200 ms, one reader gets a quarter of what it may. :mod:`.walks` says who reads which
ids and proves that nothing is lost between two readers; here are the threads, and what is left of the list after each
block, so that a list which is cut off (killed, the day's calls used up) goes on where it was.

Memory does not grow with the list: readers wait when :data:`QUEUE` blocks are not taken yet.
"""

import logging
import queue
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from connectors.base import Raw
from connectors.errors import ContractError
from connectors.hubspot.client import LINK_BATCH, LIST_PAGE, HubSpotClient, Listed
from connectors.hubspot.kinds import Kind
from connectors.hubspot.position import Listing
from connectors.hubspot.spans import EVERYTHING, Span, among, joined, without
from connectors.hubspot.walks import FIRSTS_KEPT, Board, Unseedable, Walk

log = logging.getLogger("cadran.hubspot")

READERS = 8
"""Readers of one list. 19 calls a second at 200 ms keep four of them under way; the rest read associations, and wait."""
QUEUE = 4
"""Blocks that wait to be taken."""
REFUSED = 400
IN_VAIN = 3
"""A page with fewer rows than it could hold is asked for once more, until that has brought nothing so many times."""


@dataclass(frozen=True)
class _Part:
    """What one page adds to what is read."""

    walk: Walk
    firsts: tuple[int, ...]
    """The first ids of the page."""
    ids: Sequence[int]
    """Those that count, in order."""
    covered: Span | None
    reopened: Span | None


@dataclass
class _Block:
    """Pages that travel together, so that their associations cost one call per thousand records."""

    records: list[Raw] = field(default_factory=list)
    parts: list[_Part] = field(default_factory=list)


class Lister:
    """One complete list of live records. ``finish`` adds to a block's records what the list does not give."""

    def __init__(
        self,
        client: HubSpotClient,
        kind: Kind,
        properties: Sequence[str],
        listing: Listing | None,
        finish: Callable[[list[Raw]], list[Raw]],
        *,
        block_size: int = LINK_BATCH,
    ) -> None:
        self.listing = listing
        """What holds once the blocks given so far are stored; None before the first answer."""
        self.total: int | None = None
        """Live records, as search counts them."""
        self._client = client
        self._kind = kind
        self._properties = properties
        self._finish = finish
        self._block_size = block_size
        self._in_vain = 0

    def blocks(self) -> Iterator[list[Raw]]:
        """The records, in blocks; :attr:`listing` moves on with each. What was read before an error is given before it."""
        try:
            yield from self._blocks(can_seed=True)
        except Unseedable:
            log.info("%s: HubSpot does not go on with a list that an earlier run began; it is read again", self._kind.plural)
            began = self.listing.began if self.listing else self._client.server_time
            self.listing = Listing(began)
            yield from self._blocks(can_seed=False)

    def _blocks(self, *, can_seed: bool) -> Iterator[list[Raw]]:
        left, seams = (self.listing.left, self.listing.seams) if self.listing else (EVERYTHING, None)
        self._board = Board.of(left, dict(seams or {}), LIST_PAGE)
        self._board.can_seed = can_seed
        self._seams = dict(seams or {})
        self._block = _Block()
        self._lock = threading.Lock()
        self._queue: queue.Queue[_Block | None] = queue.Queue(QUEUE)
        self._stop = threading.Event()
        self._is_abandoned = False
        self._error: BaseException | None = None
        self._given = self.listing.count if self.listing else 0
        first = self._board.take(0)
        if first is None:
            return
        # The first page alone: it may be the only one, and it says when the list began.
        self._turn(first)
        self._state = self.listing = self.listing or Listing(self._client.server_time)
        if not first.is_over and self._kind.is_searchable:
            self._board.highest, self.total = self._client.highest(self._kind.plural)
        if not first.is_over:
            self._board.active.remove(first)
            self._board.waiting.insert(0, first)
        while not self._queue.empty():
            yield self._take(self._queue.get() or _Block())
        if self._board.waiting:
            yield from self._by_readers()
        if self._block.parts:
            yield self._take(self._finished(self._block))
        self.listing = self._state
        if self.listing and (not self._board.is_sure or self.listing.left):
            self.listing = replace(self.listing, is_sure=False)

    def _by_readers(self) -> Iterator[list[Raw]]:
        readers = [threading.Thread(target=self._read, daemon=True) for _ in range(self._readers())]
        for reader in readers:
            reader.start()
        running = len(readers)
        try:
            while running:
                block = self._queue.get()
                if block is None:
                    running -= 1
                else:
                    yield self._take(block)
        finally:
            self._is_abandoned = True
            self._stop.set()
            self._board.failed()
            for reader in readers:
                reader.join()
        if self._error is not None:
            raise self._error

    def _readers(self) -> int:
        return max(1, min(READERS, int(self._pages_left() / 4) + len(self._board.waiting) - 1))

    def _pages_left(self) -> float:
        return 0 if self.total is None else (self.total - self._given) / LIST_PAGE

    # --- a reader's thread ----------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            while not self._stop.is_set() and (walk := self._board.take(self._pages_left())):
                while not (walk.is_over or self._stop.is_set()):
                    self._turn(walk)
        except BaseException as error:  # noqa: BLE001 - handed over: it is raised where the pages are taken
            with self._lock:
                self._error = self._error or error
            self._stop.set()
            self._board.failed()
        finally:
            self._put(None)

    def _turn(self, walk: Walk) -> None:
        """One page of a walk."""
        is_seeded = walk.is_seeded
        try:
            page = self._page(walk)
        except ContractError as error:
            if not is_seeded or error.status != REFUSED:
                raise
            self._board.refused(walk)
            return
        ids = sorted(set(page.ids))
        step = self._board.arrived(walk, ids, page.following)
        if step is None:
            return
        kept, records = ids, page.records
        if step.until is not None:
            kept = [one for one in ids if one < step.until]
            records = [one for one in records if int(one["id"]) < step.until]
        self._collect(records, _Part(walk, tuple(ids[:FIRSTS_KEPT]), kept, step.covered, step.reopened))

    def _page(self, walk: Walk) -> Listed:
        limit = walk.limit(LIST_PAGE)
        page = self._ask(walk, limit)
        if page.following is not None and len(page.ids) < limit and self._in_vain < IN_VAIN:
            again = self._ask(walk, limit)
            if set(again.ids) <= set(page.ids):
                self._in_vain += 1
            else:
                page = Listed([*page.ids, *again.ids], [*page.records, *again.records], again.following)
        if page.following is not None and page.following == walk.after:
            raise ContractError(self._client.source, f"list {self._kind.plural}: the same page follows itself")
        return page

    def _ask(self, walk: Walk, limit: int) -> Listed:
        return self._client.list_page(self._kind.plural, self._properties, after=walk.after, limit=limit)

    def _collect(self, records: Sequence[Raw], part: _Part) -> None:
        with self._lock:
            self._block.records += _once(records)
            self._block.parts.append(part)
            self._given += len(records)
            if len(self._block.records) < self._block_size:
                return
            block, self._block = self._block, _Block()
        self._put(self._finished(block))

    def _put(self, block: _Block | None) -> None:
        """Wait for room in the queue, unless nobody takes from it any more."""
        while True:
            try:
                self._queue.put(block, timeout=0.2)
                return
            except queue.Full:
                if self._is_abandoned:
                    return

    def _finished(self, block: _Block) -> _Block:
        return replace(block, records=self._finish(block.records))

    # --- what is left -----------------------------------------------------------------------------------------

    def _take(self, block: _Block) -> list[Raw]:
        """The block's records; what is left of the list is noted."""
        left, count = self._state.left, self._state.count
        for part in block.parts:
            if part.reopened:
                left = joined(left, part.reopened)
            if part.covered is None or part.walk.is_void:
                continue
            first, end = part.covered
            # Up to and with the end: where `after` is the last id given, it is the page's own.
            upto = None if end is None else bisect_right(part.ids, end)
            count += among(left, part.ids[bisect_left(part.ids, first) : upto])
            left = without(left, part.covered)
            self._seams[first] = part.firsts
        self._seams = {at: self._seams[at] for _, at in left if at is not None and at in self._seams}
        self._state = replace(self._state, left=left, seams=self._seams, count=count)
        self.listing = self._state if self._board.is_by_id else Listing(self._state.began)
        return block.records


def _once(records: Sequence[Raw]) -> list[Raw]:
    """Each id once: a page may repeat a row."""
    return list({record["id"]: record for record in records}.values())
