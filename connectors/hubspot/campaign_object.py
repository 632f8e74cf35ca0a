"""The custom object ``cadran_campaign``: a place for campaign figures where HubSpot's own campaigns take none.

The type is made once, with our key as its unique property; records are upserted by that key, a hundred a call, and
associated with the deals and contacts that the campaign brought. Custom objects: ``/crm-object-schemas/{v}/schemas``
(HubSpot's Apache-2.0 package, 2026-11-21; Enterprise), upsert FACTS §6.1, associations §7.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import PropertyDef, PropertyState, Raw, RecordWrite, WriteOutcome
from connectors.errors import ContractError
from connectors.hubspot.campaign_parts import Records, write_parts
from connectors.hubspot.client import BATCH, HubSpotClient
from connectors.hubspot.errors import read_refusal
from connectors.hubspot.wire import Answer

OBJECT = "cadran_campaign"
KEY = "cadran_key"
NAME = "cadran_name"
ITSELF = "(object)"
"""In a plan: the type itself, among the definitions of its properties."""
ASSOCIATED = ("deals", "contacts")

LINK_READS = 1_000
LINK_WRITES = 2_000
LINK_ENDS = 100
"""Campaigns whose associations one call reads; associations that one call makes, and that one call ends (FACTS §7)."""

_SCHEMAS = "/crm-object-schemas/v3/schemas"
_MISSING = frozenset({400, 404})
"""How an unknown type is answered: a name that HubSpot cannot tell, or nothing there."""


class CampaignObject:
    """The type and its records in one account."""

    def __init__(self, client: HubSpotClient, portal_id: str) -> None:
        self._client = client
        self.full_name = f"p{portal_id}_{OBJECT}"
        """A custom type goes by this name in every address; its bare name is refused (FACTS §1)."""
        self._types: dict[str, list[Raw]] = {}
        self._ids: dict[str, str] = {}

    # --- the type ---------------------------------------------------------------------------------------------

    def state(self) -> PropertyState | None:
        """The type as the account has it; None where it has none. One call."""
        body = self._client.find_json(
            lambda: self._client.wire.send("GET", f"{_SCHEMAS}/{self.full_name}"),
            what=f"look for the object {OBJECT}",
            missing=_MISSING,
        )
        if body is None:
            return None
        labels = {str(one["name"]): str(one.get("label") or "") for one in body.get("properties") or ()}
        words = body.get("labels") or {}
        options = tuple((key, str(words.get(key) or "")) for key in ("singular", "plural"))
        own = tuple((name, labels.get(name, "")) for name in (KEY, NAME))
        return PropertyState(
            OBJECT,
            ITSELF,
            str(words.get("plural") or ""),
            str(body.get("description") or ""),
            "string",
            "cadran",
            False,
            None,
            (*options, *own),
        )

    def define(self, definition: PropertyDef) -> None:
        """Make the type; one that is there already is brought in line. Raises what a missing scope or tier means, and
        :class:`ContractError` where the account may have no further type."""
        words = dict(definition.options)
        body = {
            "name": OBJECT,
            "labels": {"singular": words["singular"], "plural": words["plural"]},
            "description": definition.description,
            "primaryDisplayProperty": NAME,
            "secondaryDisplayProperties": [],
            "searchableProperties": [NAME],
            "requiredProperties": [KEY],
            "properties": [
                {"name": KEY, "label": words[KEY], "type": "string", "fieldType": "text", "hasUniqueValue": True},
                {"name": NAME, "label": words[NAME], "type": "string", "fieldType": "text"},
            ],
            "associatedObjects": ["CONTACT", "DEAL"],
            "allowsSensitiveProperties": False,
        }
        what = f"create the object {OBJECT}"
        answer = self._client.ask(lambda: self._client.wire.send("POST", _SCHEMAS, body=body), what=what, accept={400, 409})
        if answer.status == 409:
            self.redefine(definition)
        elif answer.status == 400:
            raise ContractError(self._client.source, f"{what}: {read_refusal(answer).reason}", status=400)

    def redefine(self, definition: PropertyDef) -> None:
        """Its labels and description."""
        words = dict(definition.options)
        body = {
            "labels": {"singular": words["singular"], "plural": words["plural"]},
            "description": definition.description,
            "clearDescription": False,
        }
        self._client.ask(
            lambda: self._client.wire.send("PATCH", f"{_SCHEMAS}/{self.full_name}", body=body), what=f"change the object {OBJECT}"
        )
        for name in (KEY, NAME):
            label = {"label": words[name]}
            self._client.ask(
                lambda name=name, label=label: self._client.properties.update(  # type: ignore[misc]
                    self.full_name, name, label, _preload_content=False
                ),
                what=f"change the property {OBJECT}.{name}",
            )

    def remove(self) -> int:
        """Archive its records, then the type (one with records cannot go). How many records there were."""
        count = 0
        if self.state() is None:
            return count
        while ids := self._some():
            body = {"inputs": [{"id": one} for one in ids]}
            self._client.ask(
                lambda body=body: self._client.wire.send("POST", f"/crm/v3/objects/{self.full_name}/batch/archive", body=body),  # type: ignore[misc]
                what=f"archive records of {OBJECT}",
            )
            count += len(ids)
        self._client.ask(
            lambda: self._client.wire.send("DELETE", f"{_SCHEMAS}/{self.full_name}"), what=f"remove the object {OBJECT}"
        )
        return count

    def _some(self) -> list[str]:
        """Ids of some of its records."""
        what = f"list {OBJECT}"
        path = f"/crm/v3/objects/{self.full_name}"
        answer = self._client.ask_json(lambda: self._client.wire.send("GET", path, query={"limit": BATCH}), what=what)
        return [str(one["id"]) for one in self._client.results(answer, what)]

    # --- records ----------------------------------------------------------------------------------------------

    def read(self, keys: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, str | None]]:
        """Values by key. A key that has no record yet has nothing but empty values: its first write makes it."""
        found: dict[str, dict[str, str | None]] = {key: dict.fromkeys(names) for key in keys}
        for start in range(0, len(keys), BATCH):
            body = {
                "idProperty": KEY,
                "inputs": [{"id": key} for key in keys[start : start + BATCH]],
                "properties": [*names, KEY],
                "propertiesWithHistory": [],
            }
            what = f"read {OBJECT} by key"
            answer = self._client.ask_json(
                lambda body=body: self._client.batches.read(self.full_name, body, _preload_content=False),  # type: ignore[misc]
                what=what,
            )
            for one in self._client.results(answer, what):
                values = one.get("properties") or {}
                found[str(values.get(KEY))] = {name: values.get(name) for name in names}
                self._ids[str(values.get(KEY))] = str(one["id"])
        return found

    def ids(self, keys: Sequence[str]) -> dict[str, str]:
        """HubSpot's id by key, of those that have a record."""
        unknown = [key for key in keys if key not in self._ids]
        if unknown:
            self.read(unknown, [])
        return {key: self._ids[key] for key in keys if key in self._ids}

    def write(self, writes: Sequence[RecordWrite]) -> list[WriteOutcome]:
        """Create or update by key; an outcome per record."""

        def send(records: Records) -> Answer:
            inputs = [
                {"id": key, "idProperty": KEY, "properties": {KEY: key, **values}, "objectWriteTraceId": key}
                for key, values in records.items()
            ]
            path = f"/crm/v3/objects/{self.full_name}/batch/upsert"
            return self._client.wire.send("POST", path, body={"inputs": inputs})

        def key_of(result: Raw) -> str:
            key = str((result.get("properties") or {}).get(KEY))
            self._ids[key] = str(result["id"])
            return key

        outcomes: dict[str, WriteOutcome] = {}
        for start in range(0, len(writes), BATCH):
            records = {w.record_id: w.values for w in writes[start : start + BATCH]}
            outcomes |= write_parts(self._client, send, key_of, records, f"write {OBJECT}")
        return [outcomes[w.record_id] for w in writes]

    # --- associations -----------------------------------------------------------------------------------------

    def links(self, to: str, keys: Sequence[str]) -> dict[str, frozenset[str]]:
        """Ids of the records of ``to`` that each campaign is associated with."""
        ids = self.ids(keys)
        ends: dict[str, set[str]] = {one: set() for one in ids.values()}
        waiting: list[Raw] = [{"id": one} for one in ends]
        what = f"read the associations of {OBJECT} with {to}"
        path = f"/crm/v4/associations/{self.full_name}/{to}/batch/read"
        while waiting:
            body = {"inputs": waiting[:LINK_READS]}
            waiting = waiting[LINK_READS:]
            answer = self._client.ask_json(lambda body=body: self._client.wire.send("POST", path, body=body), what=what)  # type: ignore[misc]
            for one in self._client.results(answer, what):
                from_id = str(one["from"]["id"])
                ends[from_id] |= {str(link["toObjectId"]) for link in one.get("to") or ()}
                if after := ((one.get("paging") or {}).get("next") or {}).get("after"):
                    waiting.append({"id": from_id, "after": str(after)})
        return {key: frozenset(ends[ids[key]]) if key in ids else frozenset() for key in keys}

    def link(self, to: str, pairs: Sequence[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Associate (key, id of ``to``); making one twice is one. The pairs that could not be made: an end is gone."""
        ids = self.ids(list(dict.fromkeys(key for key, _ in pairs)))
        keys = {one: key for key, one in ids.items()}
        failed = {pair for pair in pairs if pair[0] not in ids}
        reachable = [pair for pair in pairs if pair not in failed]
        for start in range(0, len(reachable), LINK_WRITES):
            part = reachable[start : start + LINK_WRITES]
            types = self._link_types(to)
            body = {"inputs": [{"from": {"id": ids[key]}, "to": {"id": end}, "types": types} for key, end in part]}
            what = f"associate {OBJECT} with {to}"
            path = f"/crm/v4/associations/{self.full_name}/{to}/batch/create"
            answer = self._client.ask_json(
                lambda path=path, body=body: self._client.wire.send("POST", path, body=body),  # type: ignore[misc]
                what=what,
            )
            if answer.get("errors"):
                made = {
                    (keys[str(one["fromObjectId"])], str(one["toObjectId"]))
                    for one in self._client.results(answer, what)
                    if str(one.get("fromObjectId")) in keys
                }
                failed |= set(part) - made
        return frozenset(failed)

    def unlink(self, to: str, pairs: Sequence[tuple[str, str]]) -> None:
        """End associations; one that is not there is fine."""
        ids = self.ids(list(dict.fromkeys(key for key, _ in pairs)))
        there = [(ids[key], end) for key, end in pairs if key in ids]
        for start in range(0, len(there), LINK_ENDS):
            ends: dict[str, list[Mapping[str, str]]] = {}
            for one, end in there[start : start + LINK_ENDS]:
                ends.setdefault(one, []).append({"id": end})
            body = {"inputs": [{"from": {"id": one}, "to": to_ends} for one, to_ends in ends.items()]}
            path = f"/crm/v4/associations/{self.full_name}/{to}/batch/archive"
            self._client.ask(
                lambda path=path, body=body: self._client.wire.send("POST", path, body=body),  # type: ignore[misc]
                what=f"end associations of {OBJECT} with {to}",
            )

    def _link_types(self, to: str) -> list[dict[str, Any]]:
        """The plain (unlabelled) association of the pair; its number is the account's own."""
        if to not in self._types:
            what = f"read the association types of {OBJECT} and {to}"
            path = f"/crm/v4/associations/{self.full_name}/{to}/labels"
            found = self._client.results(self._client.ask_json(lambda: self._client.wire.send("GET", path), what=what), what)
            plain = next((one for one in found if not one.get("label")), None)
            if plain is None:
                raise ContractError(self._client.source, f"{what}: there is no plain one")
            self._types[to] = [{"associationCategory": plain["category"], "associationTypeId": plain["typeId"]}]
        return self._types[to]
