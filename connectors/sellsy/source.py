"""Sellsy as a source: companies, contacts, individuals, opportunities, pipelines, colleagues, invoices and credit notes.

How lists are read stands in :mod:`connectors.sellsy.reading`, what they become in :mod:`connectors.sellsy.normalise`.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.base import Cursor, NormaliseContext, Page, Place, Quote, Raw, Reach, ReadContext, Row, Stream
from connectors.errors import ContractError, MissingScope
from connectors.sellsy import normalise, reading, streams
from connectors.sellsy.client import BUCKET, PAGE, SellsyClient
from connectors.sellsy.fields import own_fields
from connectors.sellsy.oauth import READ_SCOPES, WRITE_SCOPES
from connectors.sellsy.settings import SellsySettings
from connectors.sellsy.streams import STREAMS

NOT_FOUND = frozenset({404})


class SellsySource:
    """One Sellsy account to read from. ``client`` is shared with the target."""

    type = "sellsy"
    streams_at_once = 2
    has_echo = False
    """What we wrote costs no further reading: every read gives everything."""

    def __init__(self, section_id: str, settings: SellsySettings, client: SellsyClient) -> None:
        self.id = section_id
        self.client = client
        self.settings = settings
        self._choices = normalise.Choices(frozenset(settings.count_as_lost), counts_deposits=settings.deposits == "count")
        self._facts: Mapping[str, Any] | None = None
        self._currency: str | None = None
        self._lock = threading.RLock()

    @property
    def requests_sent(self) -> int:
        """Calls to Sellsy so far, writes and tries included."""
        return self.client.requests_sent

    @property
    def refused_429(self) -> int:
        """How many of them Sellsy refused as too many."""
        return self.client.refused_429

    def streams(self) -> tuple[Stream, ...]:
        return STREAMS

    def check(self) -> Reach:
        """Four calls: who it is, its currency, the client's scopes, the quotas."""
        account_id, currency = self.account_id(), self.currency()
        scopes = self._scopes()
        notes = [*_scope_notes(scopes), *self.client.login.notes(), self._quota_note()]
        return Reach(account_id, f"Sellsy {account_id}", currency, self.settings.timezone, scopes, tuple(notes))

    def account_id(self) -> str:
        """The settings' word for the account, else the id of its first user: the API names no account."""
        if self.settings.account_id is not None:
            return self.settings.account_id
        first = next(self.client.pages("/staffs", what="read staffs", scopes=("staffs.read",), limit=1))[0]
        if not first:
            raise ContractError(self.id, "the account has no user, so that nothing tells it from another: set account_id")
        return str(first[0]["id"])

    def currency(self, *, anew: bool = False) -> str:
        """The account's own, ISO 4217; asked once unless ``anew``."""
        if self._currency is not None and not anew:
            return self._currency
        known = self.client.every("/currencies", what="read currencies", scopes=("accounts.read",), order=None)
        found = next((str(one["code"]) for one in known if one.get("is_default")), None)
        if found is None:
            raise ContractError(self.id, "no currency of the account is marked as its own")
        self._currency = found
        return found

    def _scopes(self) -> tuple[str, ...]:
        """Those of the client, as Sellsy tells them; none where it does not."""
        response = self.client.call("GET", "/scopes", what="read the scopes", accept=frozenset({403, 404}))
        try:
            body = response.json()
        except ValueError:
            body = None
        if response.status == 200 and not isinstance(body, list):
            raise ContractError(self.id, "the scopes are no list", status=response.status)
        return tuple(sorted(map(str, body))) if isinstance(body, list) else ()

    def _quota_note(self) -> str:
        try:
            quotas = self.client.document(
                self.client.call("GET", "/quotas", what="read the quotas", scopes=("accounts.read",)), "quotas"
            )
        except MissingScope:
            return "quotas unknown (scope accounts.read)"
        told = [
            f"{rate['used']} of {rate['limit']} a {period.removesuffix('s')}"
            for period in ("seconds", "minutes", "days", "months")
            if isinstance(rate := quotas.get(f"api_rate_{period}"), dict) and rate.get("limit")
        ]
        return f"calls used: {', '.join(told)}" if told else "Sellsy tells no quotas"

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        """The custom fields that are ours, asked anew, and the account's currency."""
        with self._lock:
            found = own_fields(self.definitions())
            self._facts = {"currency": self.currency(), "fields": found}
            return self._facts

    def definitions(self) -> list[Raw]:
        """The definitions of all custom fields."""
        return self.client.every("/custom-fields", what="read the custom fields", scopes=("custom-fields.read",))

    def fields(self) -> Mapping[str, Any]:
        """Those of them that are ours, as last described."""
        with self._lock:
            found: Mapping[str, Any] = (self._facts or self.describe())["fields"]
            return found

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        """Everything, each time. Raises :class:`MissingScope` naming the scope."""
        if stream.name == streams.OWNERS:
            listed = self.client.pages("/staffs", what="read staffs", scopes=("staffs.read",))
            yield from (Page([_only(record, streams.OWNERS) for record in records]) for records, _ in listed)
        elif stream.name == streams.PIPELINES:
            yield Page(self._pipelines())
        else:
            yield from reading.pages(self.client, stream, self.fields())

    def _pipelines(self) -> list[Raw]:
        scopes = ("opportunities.read",)
        found = self.client.every("/opportunities/pipelines", what="read pipelines", scopes=scopes)
        return [
            {
                **_only(one, streams.PIPELINES),
                "steps": self.client.every(f"/opportunities/pipelines/{one['id']}/steps", what="read steps", scopes=scopes),
            }
            for one in found
        ]

    def quote(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Quote:
        """One call counts each list. A last page that is full is followed by an empty one."""
        if stream.name == streams.OWNERS:
            parts: tuple[tuple[str, Mapping[str, Any] | None], ...] = (("/staffs", None),)
        elif stream.name == streams.PIPELINES:
            parts = (("/opportunities/pipelines", None),)
        else:
            parts = tuple(one for part in reading.PARTS[stream.name] for one in part.lists)
        totals = [
            next(self.client.pages(path, what=f"count {path.strip('/')}", scopes=stream.scopes, filters=filters, limit=1))[1] or 0
            for path, filters in parts
        ]
        calls = sum(totals) + 1 if stream.name == streams.PIPELINES else sum(total // PAGE + 1 for total in totals)
        return Quote(calls, calls / self.client.governor.allowance(BUCKET).limit, f"complete list of {sum(totals):,}")

    def gone(self, stream: Stream, ids: Sequence[str]) -> set[str]:
        """Those of ``ids`` that Sellsy does not give by id either."""
        return {one for one in ids if not self._is_there(stream, one)}

    def _is_there(self, stream: Stream, record_id: str) -> bool:
        # The first part has no prefix, so that it is tried last.
        part = next(part for part in reversed(reading.PARTS[stream.name]) if record_id.startswith(part.prefix))
        if not part.is_given_by_id:
            return False  # the list has the last word
        path = f"{part.path}/{record_id.removeprefix(part.prefix)}"
        answer = self.client.call("GET", path, what=f"read {path.strip('/')}", scopes=(part.scope,), accept=NOT_FOUND)
        return answer.status not in NOT_FOUND

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        return normalise.rows(stream.name, record, context, self._choices)

    def close(self) -> None:
        self.client.close()


def _only(record: Raw, name: str) -> Raw:
    return {key: record[key] for key in sorted(streams.KEPT[name]) if key in record}


def _scope_notes(scopes: Sequence[str]) -> Iterator[str]:
    """What a client with these scopes cannot do; nothing where Sellsy does not tell them."""
    if not scopes:
        return
    if missing := [scope for scope in READ_SCOPES if scope not in scopes]:
        yield f"the client lacks scopes to read: {', '.join(missing)}"
    absent = [scope for scope in WRITE_SCOPES if scope not in scopes]
    if len(absent) == len(WRITE_SCOPES):
        yield "read-only client: sync and plan work, apply does not"
    elif absent:
        yield f"apply needs scopes that the client lacks: {', '.join(absent)}"


def build(section_id: str, settings: SellsySettings, place: Place) -> SellsySource:
    """For :mod:`connectors.registry`."""
    return SellsySource(section_id, settings, SellsyClient(section_id, settings, place))
