"""Complete lists, record by record as they are kept: what a figure needs, links in one form, values of our own fields.

How list rows carry the custom fields that were asked for (``embed[]=cf.<id>``) is not confirmed: under ``_embed`` either as a list
``custom_fields`` of ``{id, value}``, or each under its own name ``cf.<id>``. Both are read. A row without ``_embed`` is no answer
to what was asked: taken for empty, it would look as if people had cleared everything.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import Page, Raw, Stream
from connectors.errors import ContractError
from connectors.sellsy import links, streams
from connectors.sellsy.client import SellsyClient
from connectors.sellsy.fields import INDIVIDUAL, Field, Fields
from connectors.sellsy.normalise import CREDIT_NOTE


@dataclass(frozen=True)
class Part:
    """One of Sellsy's lists that a stream is made of."""

    path: str
    scope: str
    links_of: Callable[[Raw], Mapping[str, Any]] = lambda _record: {}
    prefix: str = ""
    """Before the ids, where two lists of a stream count their own."""
    fields_of: str | None = None
    """Object whose custom fields its records bear."""
    searches: tuple[Mapping[str, Any], ...] = ()
    """Filters whose results are the list together; none: its plain list is."""
    is_given_by_id: bool = True
    kind: str | None = None

    @property
    def lists(self) -> tuple[tuple[str, Mapping[str, Any] | None], ...]:
        """(path, filters) of each list of it."""
        return tuple((f"{self.path}/search", filters) for filters in self.searches) or ((self.path, None),)


_BOTH = ({"is_archived": False}, {"is_archived": True})
"""Whether a plain list of customers gives archived ones is not confirmed. Archiving hides a customer and deletes nothing."""

PARTS: Mapping[str, tuple[Part, ...]] = {
    streams.COMPANIES: (
        Part("/companies", "companies.read", links.of_company, fields_of=streams.COMPANIES, searches=_BOTH),
        Part("/individuals", "individuals.read", prefix=INDIVIDUAL, fields_of=streams.COMPANIES, searches=_BOTH),
    ),
    # An individual bears the fields of clients and prospects, hence none of those that we write on contacts.
    streams.CONTACTS: (
        Part("/contacts", "contacts.read", fields_of=streams.CONTACTS),
        Part("/individuals", "individuals.read", prefix=INDIVIDUAL, searches=_BOTH),
    ),
    streams.DEALS: (Part("/opportunities", "opportunities.read", links.of_deal, fields_of=streams.DEALS),),
    streams.INVOICES: (
        Part("/invoices", "invoices.read", links.of_paper),
        Part(
            "/credit-notes",
            "credit-notes.read",
            links.of_paper,
            prefix="credit-",
            searches=({},),
            is_given_by_id=False,
            kind=CREDIT_NOTE,
        ),
    ),
}


def pages(client: SellsyClient, stream: Stream, fields: Fields) -> Iterator[Page]:
    """Everything; the cursor, on the last page, is Sellsy's clock at the first answer."""
    began: str | None = None
    replacing = Replaced(client)
    lists = [(part, path, filters) for part in PARTS[stream.name] for path, filters in part.lists]
    for part, path, filters in lists:
        own = fields[part.fields_of] if part.fields_of else {}
        embed = [f"cf.{field['id']}" for field in own.values()]
        what = f"read {part.path.strip('/')}"
        for records, total in client.pages(path, what=what, scopes=(part.scope,), filters=filters, embed=embed):
            began = began or client.server_time.isoformat()
            kept = [_kept(client, stream.name, part, record, own) for record in records]
            if part.kind == CREDIT_NOTE:
                replacing.mark(records, kept)
            yield Page(kept, None, is_listing=True, total=total if len(lists) == 1 else None)
    yield Page([], began, is_listing=True, is_complete=True)


def _kept(client: SellsyClient, name: str, part: Part, record: Raw, own: Mapping[str, Field]) -> Raw:
    kept = {key: record[key] for key in streams.KEPT[name] if key in record}
    if part.prefix:
        kept["id"] = f"{part.prefix}{record['id']}"
        kept.pop("name", None)  # of a person
    if part.kind:
        kept["kind"] = part.kind
    if found := part.links_of(record):
        kept["associations"] = found
    if own:
        kept["fields"] = embedded(client, record, own)
    return dict(sorted(kept.items()))


def embedded(client: SellsyClient, record: Raw, own: Mapping[str, Field]) -> dict[str, Any]:
    """Property -> value, in Sellsy's form, of those of our fields that hold one."""
    embed = record.get("_embed")
    if not isinstance(embed, dict):
        raise ContractError(client.source, "a list does not give the custom fields that it was asked for (embed[]=cf.<id>)")
    by_id: dict[int, Any] = {int(one["id"]): one.get("value") for one in embed.get("custom_fields") or ()}
    for field in own.values():
        alone = embed.get(f"cf.{field['id']}", by_id.get(field["id"]))
        by_id[field["id"]] = alone["value"] if isinstance(alone, dict) and "value" in alone else alone
    return {name: by_id[field["id"]] for name, field in own.items() if by_id[field["id"]] is not None}


class Replaced:
    """Which credit notes only undo an invoice that was cancelled.

    Whether Sellsy makes a credit note when an invoice is cancelled is not confirmed. If it does, dropping the invoice and taking
    off the credit note would subtract it twice. So where a credit note's amount, currency and customer are those of a cancelled
    invoice, Sellsy is asked which invoices the note belongs to: a call for each such note, and one for the cancelled invoices.
    """

    def __init__(self, client: SellsyClient) -> None:
        self._client = client
        self._cancelled: dict[tuple[Any, ...], set[int]] | None = None

    def mark(self, records: Sequence[Raw], kept: Sequence[Raw]) -> None:
        """Put ``replaced`` into those of the ``kept`` whose invoice was cancelled."""
        for record, raw in zip(records, kept, strict=True):
            alike = self._alike().get(_likeness(record), set()) if record.get("status") != "cancelled" else set()
            if alike and alike & {int(one["id"]) for one in self._search({"credit_note_id": record["id"]})}:
                raw["replaced"] = True

    def _alike(self) -> Mapping[tuple[Any, ...], set[int]]:
        if self._cancelled is None:
            self._cancelled = {}
            for invoice in self._search({"status": ["cancelled"]}):
                self._cancelled.setdefault(_likeness(invoice), set()).add(int(invoice["id"]))
        return self._cancelled

    def _search(self, filters: Mapping[str, Any]) -> list[Raw]:
        return self._client.every("/invoices/search", what="look for invoices", scopes=("invoices.read",), filters=filters)


def _likeness(record: Raw) -> tuple[Any, ...]:
    customers = sorted((str(one.get("type")), str(one.get("id"))) for one in record.get("related") or ())
    whom = tuple(one for one in customers if one[0] in ("company", "individual"))
    return str((record.get("amounts") or {}).get("total_excl_tax")).lstrip("-"), record.get("currency"), whom
