"""Reading one object type: everything by list, or what changed by search. Either way no record can be skipped.

*Everything* goes by list (:mod:`.listing`): no limit of 5 calls a second, no ceiling, no index lag. *Changes* go by search
with a keyset: ``modified >= since`` and ``hs_object_id > last`` on every page, sorted by id, never an offset. A person who
edits a record while pages are read moves it out of no window: the window has no upper end, a record keeps its id, and one
already passed is found by the next read, whose window begins before this read's first answer. (Paging by offset
inside a window loses rows that way: https://github.com/airbytehq/airbyte/pull/44899. An upper end would starve a
record that a workflow touches every few seconds.)

A first list that was cut off goes on in the next run, a week later perhaps: then what changed since it began follows at once.

The next read begins at HubSpot's clock (``Date``) at this read's first answer, less ``search_lag``, because the search
index shows changes only after a few moments. What search never shows has a schedule: archived records are taken from the
archive list (HubSpot purges it after 90 days), and a complete list mends what moves no modified date (calculated values,
associations) and tells which records are gone for good.

Every page carries the cursor that holds after it, so that a read which is cut off goes on where it was.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from connectors.base import BadValue, Page, Raw
from connectors.errors import ContractError
from connectors.hubspot.client import LINK_BATCH, HubSpotClient, Listed
from connectors.hubspot.linking import completed
from connectors.hubspot.listing import REFUSED, Lister
from connectors.hubspot.position import Changes, Listing
from connectors.hubspot.reading_plan import ReadingPlan, Search, changed_since
from connectors.hubspot.values import moment

log = logging.getLogger("cadran.hubspot")


class Reading:
    """A plan carried out."""

    def __init__(self, client: HubSpotClient, plan: ReadingPlan) -> None:
        self.position = plan.position
        """What holds once the pages given so far are stored."""
        self._client = client
        self._plan = plan
        self._kind = plan.kind
        self._properties = plan.properties

    def pages(self) -> Iterator[Page]:
        if self._plan.search is not None:
            yield from self._changes(self._plan.search)
        if self._plan.list_is_due:
            yield from self._list()
            if self._plan.search_after_list is not None:
                yield from self._changes(self._plan.search_after_list)
        elif self._plan.archive_is_due:
            yield from self._archive()

    # --- what changed -----------------------------------------------------------------------------------------

    def _changes(self, search: Search) -> Iterator[Page]:
        begun = self.position.changes
        began, last_id = (begun.began, begun.after_id) if begun else (None, 0)
        total: int | None = None
        block: list[Raw] = []
        has_more = True
        while has_more:
            found = self._client.search_page(self._kind.plural, search.filters, search.names, after_id=last_id)
            began = began or self._client.server_time
            total = found.total if total is None else total
            last_id, has_more = found.last_id, found.has_more
            fresh = [record for record in found.records if not self._is_known(record, search.known)]
            ids = [str(record["id"]) for record in fresh]
            block += self._client.batch_read(self._kind.plural, ids, self._properties) if search.is_lean else fresh
            self.position = replace(self.position, changes=Changes(began, last_id))
            if block and (len(block) >= LINK_BATCH or not (has_more and self._kind.links)):
                yield Page(self._completed(block), cursor=self.position.text, total=total)
                block = []
        if block:
            yield Page(self._completed(block), cursor=self.position.text, total=total)
        self.position = replace(self.position, since=began, changes=None)
        yield Page((), cursor=self.position.text)

    def _is_known(self, record: Raw, known: Mapping[str, datetime]) -> bool:
        """Whether this version of a record was read before."""
        read = known.get(str(record["id"]))
        if read is None:
            return False
        try:
            return moment(str((record.get("properties") or {}).get(self._kind.modified)), self._kind.modified) == read
        except BadValue:
            return False

    def _archive(self) -> Iterator[Page]:
        """What was archived since the archive list was last begun."""
        began: datetime | None = None
        since = self.position.archive_at
        for page in self._client.records(self._kind.plural, self._properties, archived=True):
            began = began or self._client.server_time
            fresh = [record for record in page.records if since is None or _archived_since(record, since)]
            if fresh:
                yield Page(fresh)
        self.position = replace(self.position, archive_at=began)
        yield Page((), cursor=self.position.text)

    # --- everything -------------------------------------------------------------------------------------------

    def _list(self) -> Iterator[Page]:
        """Every live record, then every archived one. The last page says whether it is complete."""
        lister = Lister(
            self._client,
            self._kind,
            self._properties,
            self.position.listing,
            self._completed,
            block_size=LINK_BATCH if self._kind.links or self._plan.with_history else 1,
        )
        for records in lister.blocks():
            self.position = replace(self.position, listing=lister.listing)
            yield self._listed(records, lister.total)
        self.position = replace(self.position, listing=lister.listing or Listing(self._client.server_time))
        if self._kind.has_archive:
            yield from self._archived()
        is_complete = self._is_complete()
        self.position = self.position.listed()
        yield replace(self._listed((), None), is_complete=is_complete)

    @property
    def _listing(self) -> Listing:
        """The list under way."""
        return self.position.listing or Listing(self._client.server_time)

    def _archived(self) -> Iterator[Page]:
        """Archived records follow the live ones."""
        listing = self._listing
        for page in self._archive_from(listing.archived_after):
            self.position = replace(self.position, listing=replace(listing, archived_after=page.following))
            if page.records:
                yield self._listed(page.records, None)

    def _archive_from(self, after: str | None) -> Iterator[Listed]:
        try:
            yield from self._client.records(self._kind.plural, self._properties, archived=True, after=after)
        except ContractError as error:
            if after is None or error.status != REFUSED:
                raise
            # HubSpot does not go on with a list of an earlier run: from the beginning.
            yield from self._client.records(self._kind.plural, self._properties, archived=True)

    def _listed(self, records: Sequence[Raw], total: int | None) -> Page:
        return Page(records, cursor=self.position.text, total=total, is_listing=True)

    def _is_complete(self) -> bool:
        """Whether what the list did not give is gone. Its count is checked against search's, which is another end point."""
        listing, plural = self._listing, self._kind.plural
        if not listing.is_sure:
            log.warning("%s: HubSpot's answers to the complete list contradict each other; nothing is taken as gone", plural)
            return False
        if not self._kind.is_searchable:
            return True
        total = self._client.count(plural, [])
        if listing.count >= total:
            return True
        edited = self._client.count(plural, [changed_since(self._kind, listing.began - self._plan.schedule.search_lag)])
        if listing.count + edited >= total:
            return True
        log.warning(
            "%s: the complete list gave %d records and search counts %d, of which %d changed since the list began; "
            "nothing is taken as gone",
            plural,
            listing.count,
            total,
            edited,
        )
        return False

    def _completed(self, records: list[Raw]) -> list[Raw]:
        return completed(self._client, self._kind, records, with_history=self._plan.with_history)


def _archived_since(record: Raw, since: datetime) -> bool:
    try:
        return moment(str(record.get("archivedAt")), "archivedAt") >= since
    except BadValue:
        return True  # normalise sets it aside with its reason
