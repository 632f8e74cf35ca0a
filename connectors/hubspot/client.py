"""The calls that Cadran makes to one HubSpot account, by what they give. Source and Target share one client.

Records come as HubSpot sent them (``dict``): the generated models cost 30 times the parsing. Which limit, which path,
which retry: decided in :mod:`connectors.hubspot.wire` and here, once, for all of them.
"""

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

import orjson
from hubspot import HubSpot

from connectors.base import Raw
from connectors.errors import ContractError, TransientError
from connectors.hubspot.errors import NoAnswer, Unsettled, error_of
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.wire import READ_S, Answer, Wire, governor_of
from connectors.quota import Governs
from connectors.quota_day import Budget
from connectors.transport import RetryRule, redact, retrying

LIST_PAGE = 100
SEARCH_PAGE = 200
BATCH = 100
"""Records of one list page, search page, batch read or batch update: the most that HubSpot takes
(https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis and .../search-the-crm, 2026-11-21)."""
HISTORY_BATCH = 50
"""Records of one batch read with history."""
LINK_BATCH = 1_000
"""Records of one association batch read
(https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide, 2026-11-21)."""

ADDRESS_MAX = 7_500
"""Longest query string we send: public code reports 414 from 8,000 characters on (FACTS §4)."""
SEARCH_BODY_MAX = 2_800
"""Longest search body we send; HubSpot takes 3,000 characters."""

NOTHING: frozenset[int] = frozenset()


class Listed(NamedTuple):
    """One page of a list."""

    ids: list[int]
    """In the order of the answer."""
    records: list[Raw]
    """Fewer than the ids where values came by batch read and a record was archived in between."""
    following: str | None
    """``after`` of the next page; None on the last one. By the documents it is the id of the next record."""


class Found(NamedTuple):
    """One page of a search."""

    records: list[Raw]
    last_id: int
    total: int
    """Records that match, this page's included."""
    has_more: bool


class HubSpotClient:
    """One account behind one credential. Thread-safe.

    Every method may raise the errors of :mod:`connectors.errors` that stand for a refused credential, a missing scope, a
    used-up quota, an outage that outlasted the retries, or an answer that HubSpot's documents do not describe.
    """

    def __init__(
        self,
        source: str,
        settings: HubSpotSettings,
        *,
        governor: Governs | None = None,
        rule: RetryRule = RetryRule(),
        read_s: float = READ_S,
    ) -> None:
        self.source = source
        self._token = settings.token
        self._rule = rule
        self.wire = Wire(
            source,
            settings.base_url,
            settings.token,
            settings.api_version,
            governor or governor_of(settings.base_url, settings.token),
            Budget(source, settings.daily_share, settings.daily_reserve),
            read_s=read_s,
        )
        self._hub = HubSpot(api_factory=self.wire.api)

    def close(self) -> None:
        self.wire.close()

    @property
    def requests_sent(self) -> int:
        """Calls that left the house, retries included."""
        return self.wire.requests_sent

    @property
    def server_time(self) -> datetime:
        """HubSpot's clock as its latest answer gave it, UTC. Windows are cut by it, never by ours."""
        if self.wire.server_time is None:
            raise ContractError(self.source, "HubSpot's answers carry no Date header")
        return self.wire.server_time

    # --- the one way in ---------------------------------------------------------------------------------------

    def ask(
        self, call: Callable[[], Answer], *, what: str, accept: Collection[int] = NOTHING, repeat_silent: bool = True
    ) -> Answer:
        """A 2xx answer, or one whose status is in ``accept``, after retries.

        ``repeat_silent`` False: a call that got no answer is not sent again; :class:`Unsettled` is raised instead.
        """
        attempts = itertools.count(1)

        def attempt() -> Answer:
            number = next(attempts)
            try:
                answer = call()
            except NoAnswer as silence:
                if repeat_silent:
                    raise
                raise Unsettled(str(silence)) from None
            if 200 <= answer.status < 300 or answer.status in accept:
                return answer
            window_s = self.wire.governor.allowance("burst").period_s
            error = error_of(
                self.source, answer, what=what, attempt=number, bucket=answer.bucket, window_s=window_s, midnight=self._midnight
            )
            if isinstance(error, TransientError) and error.status == 429 and error.retry_after_s:
                self.wire.governor.hold(answer.bucket, error.retry_after_s)
            raise error

        return retrying(attempt, self._rule)

    def ask_json(self, call: Callable[[], Answer], *, what: str) -> Raw:
        """The JSON object of a reading call. An empty answer is asked for again."""
        found = self.find_json(call, what=what, missing=NOTHING)
        assert found is not None  # noqa: S101 - only a missing status gives nothing
        return found

    def find_json(self, call: Callable[[], Answer], *, what: str, missing: Collection[int]) -> Raw | None:
        """The JSON object of a reading call; None where HubSpot answers one of ``missing``. An empty answer is asked for again:
        it says nothing, least of all that something is not there."""

        def full() -> Answer:
            answer = call()
            if 200 <= answer.status < 300 and not answer.body:
                raise TransientError(self.source, f"{what}: an empty answer", status=answer.status)
            return answer

        answer = self.ask(full, what=what, accept=missing)
        if answer.status in missing:
            return None
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            excerpt = redact(answer.body[:200].decode("utf-8", "replace"))
            raise ContractError(self.source, f"{what}: not a JSON object: {excerpt!r}", status=answer.status)
        return body

    def results(self, body: Raw, what: str) -> list[Raw]:
        """``results`` of an answer."""
        found = body.get("results")
        if not isinstance(found, list):
            raise ContractError(self.source, f"{what}: the answer has no `results`")
        return found

    def _midnight(self) -> datetime | None:
        """When the account's day ends, UTC; None before the account's zone is known."""
        return self.wire.governor.day().ends_at

    # --- the account ------------------------------------------------------------------------------------------

    def account(self) -> Raw:
        """``portalId, timeZone, companyCurrency, uiDomain …``: the cheapest authenticated call.

        https://developers.hubspot.com/docs/api-reference/latest/account/account-information/guide (2026-11-21)
        """
        what = "read the account's details"
        body = self.ask_json(lambda: self.wire.send("GET", "/account-info/v3/details"), what=what)
        for key in ("portalId", "timeZone", "companyCurrency"):
            if not body.get(key):
                raise ContractError(self.source, f"{what}: the answer has no `{key}`")
        self.wire.governor.learn_zone(str(body["timeZone"]))
        return body

    def token_info(self) -> Raw | None:
        """``appId`` and ``scopes`` of the credential; None where HubSpot does not tell (an OAuth token).

        Seen live on service keys and private apps, 2026-09 (FACTS §2.1). The body carries the token: it is never logged.
        """
        body = {"tokenKey": self._token.get_secret_value()}
        return self.find_json(
            lambda: self.wire.send("POST", "/oauth/v2/private-apps/get/access-token-info", body=body),
            what="read the key's scopes",
            missing={400, 404},
        )

    # --- definitions ------------------------------------------------------------------------------------------

    @cached_property
    def properties(self) -> Any:
        """The client's property endpoints; answers must be asked for through :meth:`ask`."""
        return self._hub.crm.properties.core_api

    @cached_property
    def groups(self) -> Any:
        return self._hub.crm.properties.groups_api

    def property_definitions(self, object: str, *, archived: bool = False) -> list[Raw]:
        """Every property of an object; unpaged."""
        what = f"read the property definitions of {object}"
        api = self.properties
        return self.results(
            self.ask_json(lambda: api.get_all(object, archived=_flag(archived), _preload_content=False), what=what), what
        )

    @cached_property
    def _pipelines(self) -> Any:
        return self._hub.crm.pipelines.pipelines_api

    def pipelines(self, object: str) -> list[Raw]:
        """Pipelines with their stages inside; unpaged."""
        what = f"read the pipelines of {object}"
        return self.results(self.ask_json(lambda: self._pipelines.get_all(object, _preload_content=False), what=what), what)

    @cached_property
    def _owners(self) -> Any:
        return self._hub.crm.owners.owners_api

    def owners(self, *, archived: bool) -> Iterator[list[Raw]]:
        """Pages of owners; old records point to archived ones."""

        def page(after: str | None) -> Answer:
            more = {"after": after} if after else {}
            answer: Answer = self._owners.get_page(limit=LIST_PAGE, archived=_flag(archived), _preload_content=False, **more)
            return answer

        yield from self._pages(page, "read the owners")

    # --- records ----------------------------------------------------------------------------------------------

    @cached_property
    def _objects(self) -> Any:
        return self._hub.crm.objects.basic_api

    @cached_property
    def batches(self) -> Any:
        """The client's batch endpoints; answers must be asked for through :meth:`ask`."""
        return self._hub.crm.objects.batch_api

    @cached_property
    def _searches(self) -> Any:
        return self._hub.crm.objects.search_api

    @cached_property
    def _links(self) -> Any:
        return self._hub.crm.associations.v4.batch_api

    def list_page(
        self,
        object: str,
        properties: Sequence[str],
        *,
        after: str | None = None,
        limit: int = LIST_PAGE,
        archived: bool = False,
    ) -> Listed:
        """One page of every live (or every archived) record, in id order. ``after`` None: the beginning.

        ``after`` is passed back, ``paging.next.link`` is never followed. More names than an address can hold are fetched
        by batch read instead.
        """
        fits = fits_address(properties)
        more = {"after": after} if after is not None else {}
        what = f"list {object}"
        api = self._objects
        body = self.ask_json(
            lambda: api.get_page(
                object,
                limit=limit,
                properties=list(properties) if fits else ["hs_object_id"],
                archived=_flag(archived),
                _preload_content=False,
                **more,
            ),
            what=what,
        )
        records = self.results(body, what)
        ids = [self._id(record, what) for record in records]
        if not fits:
            records = self.batch_read(object, [str(one) for one in ids], properties, archived=archived)
        return Listed(ids, records, _after(body))

    def records(
        self, object: str, properties: Sequence[str], *, archived: bool = False, after: str | None = None
    ) -> Iterator[Listed]:
        """Pages of every record from ``after`` on, in id order, one after the other."""
        while True:
            page = self.list_page(object, properties, after=after, archived=archived)
            yield page
            if page.following is None:
                return
            if page.following == after:
                raise ContractError(self.source, f"list {object}: the same page follows itself")
            after = page.following

    def search(self, object: str, filters: Sequence[Raw], properties: Sequence[str], *, after_id: int) -> Found:
        """One page of records above ``after_id``, in id order, without an offset and so without search's ceiling of 10,000.

        A body that would be too long asks for ids only; the values then come by batch read.
        """
        if search_fits(filters, properties):
            return self.search_page(object, filters, properties, after_id=after_id)
        found = self.search_page(object, filters, ["hs_object_id"], after_id=after_id)
        return found._replace(records=self.batch_read(object, [str(record["id"]) for record in found.records], properties))

    def search_page(self, object: str, filters: Sequence[Raw], properties: Sequence[str], *, after_id: int) -> Found:
        """The same, where the names are known to fit (:func:`search_fits`)."""
        what = f"search {object}"
        body = _search_body(filters, properties, after_id)
        answer = self.ask_json(lambda: self._searches.do_search(object, body, _preload_content=False), what=what)
        found = self.results(answer, what)
        ids = [self._id(record, what) for record in found]
        total = int(answer.get("total") or 0)
        return Found(
            records=found,
            last_id=max(ids, default=after_id),
            total=total,
            # A total that counts more than it shows (seen while the index catches up) is asked about once more.
            has_more=bool(found) and (_after(answer) is not None or total > len(found)),
        )

    def count(self, object: str, filters: Sequence[Raw]) -> int:
        """How many live records match, as far as the search index knows."""
        return self._one(object, filters)[1]

    def highest(self, object: str) -> tuple[int, int]:
        """(highest id, 0 when there is none; number of live records), as far as the search index knows."""
        found, total = self._one(object, [])
        return (self._id(found[0], f"search {object}") if found else 0), total

    def _one(self, object: str, filters: Sequence[Raw]) -> tuple[list[Raw], int]:
        what = f"count {object} by search"
        body: Raw = {
            "filterGroups": [{"filters": list(filters)}] if filters else [],
            "sorts": [{"propertyName": "hs_object_id", "direction": "DESCENDING"}],
            "properties": ["hs_object_id"],
            "limit": 1,
        }
        answer = self.ask_json(lambda: self._searches.do_search(object, body, _preload_content=False), what=what)
        return self.results(answer, what), int(answer.get("total") or 0)

    def survivor(self, object: str, record_id: str) -> str | None:
        """The id that a record's id leads to: its own, or that of the record it was merged into; None: nobody knows it."""
        what = f"read {object} {record_id}"
        api = self._objects
        found = self.find_json(
            lambda: api.get_by_id(object, record_id, properties=["hs_object_id"], archived="false", _preload_content=False),
            what=what,
            missing={404},
        )
        return None if found is None else str(self._id(found, what))

    def _id(self, record: Raw, what: str) -> int:
        try:
            return int(record["id"])
        except (KeyError, TypeError, ValueError):
            raise ContractError(self.source, f"{what}: a record without an id that is a number") from None

    def batch_read(
        self, object: str, ids: Sequence[str], properties: Sequence[str], *, history: bool = False, archived: bool = False
    ) -> list[Raw]:
        """Records by id, in id order; an id that is gone is not among them (207). ``history``: every earlier value too.
        ``archived``: archived records, and none else."""
        more = {"archived": _flag(True)} if archived else {}
        found: list[Raw] = []
        size = HISTORY_BATCH if history else BATCH
        what = f"read {object} by id"
        for start in range(0, len(ids), size):
            body = {
                "inputs": [{"id": one} for one in ids[start : start + size]],
                "properties": [] if history else list(properties),
                "propertiesWithHistory": list(properties) if history else [],
            }
            answer = self.ask_json(
                lambda body=body: self.batches.read(object, body, _preload_content=False, **more),  # type: ignore[misc]
                what=what,
            )
            found += self.results(answer, what)
        return sorted(found, key=lambda record: self._id(record, what))

    def links(self, from_object: str, to_object: str, ids: Sequence[str]) -> dict[str, list[Raw]]:
        """Associations by ``from`` id; ids without any are not in the answer. Each ``from`` pages on its own."""
        found: dict[str, list[Raw]] = {}
        what = f"read the associations from {from_object} to {to_object}"
        waiting: list[Raw] = [{"id": one} for one in ids]
        while waiting:
            inputs, waiting = waiting[:LINK_BATCH], waiting[LINK_BATCH:]
            body = {"inputs": inputs}
            answer = self.ask_json(
                lambda body=body: self._links.get_page(from_object, to_object, body, _preload_content=False),  # type: ignore[misc]
                what=what,
            )
            for one in self.results(answer, what):
                from_id = str(one["from"]["id"])
                found.setdefault(from_id, []).extend(one.get("to") or ())
                if after := _after(one):
                    waiting.append({"id": from_id, "after": after})
        return found

    def _pages(self, page: Callable[[str | None], Answer], what: str) -> Iterator[list[Raw]]:
        after: str | None = None
        while True:
            body = self.ask_json(lambda after=after: page(after), what=what)  # type: ignore[misc]
            yield self.results(body, what)
            following = _after(body)
            if following is None:
                return
            if following == after:
                raise ContractError(self.source, f"{what}: the same page follows itself")
            after = following


def _after(body: Mapping[str, Any]) -> str | None:
    """``paging.next.after``; absent on the last page."""
    following = ((body.get("paging") or {}).get("next") or {}).get("after")
    return None if following is None else str(following)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def fits_address(properties: Sequence[str]) -> bool:
    """Whether a list may ask for so many names."""
    return sum(len("properties=&") + len(name) for name in properties) <= ADDRESS_MAX


def search_fits(filters: Sequence[Raw], properties: Sequence[str]) -> bool:
    """Whether a search may ask for so many names."""
    return len(orjson.dumps(_search_body(filters, properties, 10**15))) <= SEARCH_BODY_MAX


def _search_body(filters: Sequence[Raw], properties: Sequence[str], after_id: int) -> Raw:
    keyset = {"propertyName": "hs_object_id", "operator": "GT", "value": str(after_id)}
    return {
        "filterGroups": [{"filters": [*filters, keyset]}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": list(properties),
        "limit": SEARCH_PAGE,
    }
