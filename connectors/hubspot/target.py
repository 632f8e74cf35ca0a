"""HubSpot as something to write to: our property group, our property definitions, our values.

https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide (2026-11-21). Nothing that is not in our
group or does not carry our prefix is ever changed; callers hold to that, and :meth:`HubSpotTarget.create_property`
refuses a name that stands elsewhere.
"""

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from connectors.base import Crm, HistoryEntry, PropertyDef, PropertyState, Raw, RecordWrite, Target, WriteOutcome
from connectors.errors import ConfigurationError, RecordRejected, TransientError
from connectors.hubspot.campaign_target import CampaignTarget
from connectors.hubspot.client import BATCH, LINK_BATCH, SEARCH_PAGE, HubSpotClient
from connectors.hubspot.discover import account_facts
from connectors.hubspot.errors import read_refusal
from connectors.hubspot.source import HubSpotSource
from connectors.hubspot.streams import KINDS, OWN_PREFIX
from connectors.hubspot.values import moment
from connectors.hubspot.wire import Answer
from connectors.hubspot.writing import write_batch
from connectors.transport import RetryRule, retrying

OWN_GROUP = "cadran"

VISIBLE = RetryRule(attempts=12, total_s=30.0, first_wait_s=0.25, longest_wait_s=4.0)
"""How long a new property may take to be readable: 0.25-0.7 s were seen live (2026-09)."""

_FIELD_TYPES: Mapping[str, str] = MappingProxyType(
    {"number": "number", "string": "text", "enumeration": "select", "date": "date"}
)
_BY_AN_APP = frozenset({"INTEGRATION", "API"})
"""``sourceType`` of a history entry that an app wrote."""


class HubSpotTarget:
    """One HubSpot account to write to."""

    def __init__(self, client: HubSpotClient) -> None:
        self._client = client
        self._portal: tuple[str, str] | None = None
        self._app_id: str | None = None
        self._unseen: set[tuple[str, str]] = set()
        """(object, name) of properties that we created and HubSpot has not shown yet."""
        self._looking = threading.Lock()

    def account(self) -> Crm:
        """One call. ``now`` is HubSpot's clock at its answer."""
        facts = account_facts(self._client.account())
        self._portal = facts["ui_domain"], facts["portal_id"]
        return Crm(facts["portal_id"], facts["currency"], facts["zone"], facts["ui_domain"], self._client.server_time)

    # --- definitions ------------------------------------------------------------------------------------------

    def property_states(self, objects: Sequence[str], *, archived: bool = False) -> list[PropertyState]:
        """Properties in our group or with our prefix: those in use, or the archived ones, which come back when created."""
        for object in objects:
            self._await(object)
        return [
            state_of(object, found, is_archived=archived)
            for object in objects
            for found in self._client.property_definitions(object, archived=archived)
            if found.get("groupName") == OWN_GROUP or str(found["name"]).startswith(OWN_PREFIX)
        ]

    def room(self, objects: Sequence[str]) -> dict[str, int]:
        """One call: the account's limits of custom properties, per object and overall (FACTS §8). Tiers differ and Free has
        far fewer than 1,000, so it is always asked; an account that does not tell is taken to have room."""
        path, what = "/crm/v3/limits/custom-properties", "read the limits of custom properties"
        found = self._client.find_json(lambda: self._client.wire.send("GET", path), what=what, missing={400, 404})
        return {} if found is None else room_of(found, objects)

    def batch_size(self, object: str) -> int:
        """Of reads by id and updates alike."""
        return BATCH

    def read_back_calls(self, object: str, records: int) -> tuple[int, int]:
        """Pages of search; associations come apart, 1,000 records a call for each object they lead to."""
        links = KINDS[object].links if object in KINDS else ()
        return -(-records // SEARCH_PAGE), len(links) * -(-records // LINK_BATCH)

    def least_seconds(self, calls: int, searches: int) -> float:
        """At the limits that the account's headers told, both running at the same time."""
        allowances = {bucket: self._client.wire.governor.allowance(bucket) for bucket in ("burst", "search")}
        asked = {"burst": calls, "search": searches}
        return max(asked[b] / allowances[b].limit * allowances[b].period_s for b in asked)

    def ensure_group(self, object: str, name: str, label: str) -> bool:
        body = {"name": name, "label": label, "displayOrder": -1}
        answer = self._change(
            lambda: self._client.groups.create(object, body, _preload_content=False),
            f"create our property group on {object}",
            {409},
        )
        return answer.status != 409

    def create_property(self, definition: PropertyDef, group: str) -> None:
        """Create. An archived name comes back with its old values, under this definition.

        HubSpot shows a new property with a delay; every method that reads or writes values waits for it first. A name that
        exists in our group is brought in line. Raises :class:`ConfigurationError` when it stands in another
        group or is of another type: then it is not ours to change.
        """
        object, name = definition.object, definition.name
        body = {"name": name, **_type_of(definition), **_shown(definition, group), "formField": False}
        answer = self._change(
            lambda: self._client.properties.create(object, body, _preload_content=False),
            f"create the property {object}.{name}",
            {409},
        )
        if answer.status != 409:
            self._unseen.add((object, name))
            return
        present = self._client.ask_json(
            lambda: self._client.properties.get_by_name(object, name, _preload_content=False),
            what=f"read the property {object}.{name}",
        )
        if present.get("groupName") != group or present.get("type") != definition.type:
            raise ConfigurationError(
                f"{object}.{name} exists in HubSpot as a {present.get('type')} of group {present.get('groupName')}, which is not "
                f"ours: rename or delete it there, then plan again"
            )
        self.update_property(definition, group)

    def update_property(self, definition: PropertyDef, group: str) -> None:
        """Label, description, options, display; the type stays."""
        object, name = definition.object, definition.name
        body = _shown(definition, group)
        self._change(
            lambda: self._client.properties.update(object, name, body, _preload_content=False),
            f"change the property {object}.{name}",
        )

    def archive_property(self, object: str, name: str) -> None:
        """Take it away (HubSpot keeps it 90 days); one that is gone already is fine. Raises :class:`RecordRejected` naming
        the lists, workflows or forms that use it."""
        answer = self._change(
            lambda: self._client.properties.archive(object, name, _preload_content=False),
            f"archive the property {object}.{name}",
            {400, 404},
        )
        if answer.status == 400:
            refusal = read_refusal(answer)
            users = ", ".join(refusal.named("parentName"))
            raise RecordRejected(f"{object}.{name}", f"used by {users}" if users else refusal.reason)

    def archive_group(self, object: str, name: str) -> None:
        """Take our group away; one that is gone already is fine. Raises :class:`RecordRejected` while properties are in it."""
        answer = self._change(
            lambda: self._client.groups.archive(object, name, _preload_content=False),
            f"archive our property group on {object}",
            {400, 404},
        )
        if answer.status == 400:
            raise RecordRejected(f"{object}.{name}", read_refusal(answer).reason)

    def _change(self, call: Any, what: str, accept: frozenset[int] | set[int] = frozenset()) -> Answer:
        return self._client.ask(call, what=what, accept=accept)

    def _await(self, object: str) -> None:
        """Wait until HubSpot shows what was created on this object: one list for all of it, whoever asks first."""
        with self._looking:
            self._look(object)

    def _look(self, object: str) -> None:
        fresh = {name for at, name in self._unseen if at == object}
        if not fresh:
            return

        def look() -> None:
            missing = fresh - {str(found["name"]) for found in self._client.property_definitions(object)}
            if missing:
                raise TransientError(self._client.source, f"{object} do not show {', '.join(sorted(missing))} yet")

        retrying(look, VISIBLE)
        self._unseen -= {(object, name) for name in fresh}

    # --- values -----------------------------------------------------------------------------------------------

    def read_values(self, object: str, ids: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, str | None]]:
        self._await(object)
        return {
            str(record["id"]): {name: (record.get("properties") or {}).get(name) for name in names}
            for record in self._client.batch_read(object, ids, names)
        }

    def read_written_by_us(self, object: str, ids: Sequence[str], names: Sequence[str]) -> dict[tuple[str, str], bool]:
        """By (record id, property). Where HubSpot does not tell our app's id, nothing counts as ours."""
        histories = self._histories(object, ids, names, self._our_app())
        return {key: bool(entries) and entries[0].is_ours for key, entries in histories.items()}

    def read_history(
        self, object: str, ids: Sequence[str], names: Sequence[str]
    ) -> dict[tuple[str, str], tuple[HistoryEntry, ...]] | None:
        """None where HubSpot does not tell our app's id."""
        app_id = self._our_app()
        return None if app_id is None else self._histories(object, ids, names, app_id)

    def _histories(
        self, object: str, ids: Sequence[str], names: Sequence[str], app_id: str | None
    ) -> dict[tuple[str, str], tuple[HistoryEntry, ...]]:
        self._await(object)
        return {
            (str(record["id"]), name): _entries((record.get("propertiesWithHistory") or {}).get(name) or (), app_id)
            for record in self._client.batch_read(object, ids, names, history=True)
            for name in names
        }

    def write(self, object: str, writes: Sequence[RecordWrite]) -> list[WriteOutcome]:
        """See :func:`connectors.hubspot.writing.write_batch`."""
        self._await(object)
        return write_batch(self._client, object, writes)

    def record_url(self, object: str, record_id: str) -> str:
        """The record's page in HubSpot."""
        if self._portal is None:
            self.account()
        assert self._portal is not None  # noqa: S101 - account() sets it
        domain, portal_id = self._portal
        return f"https://{domain}/contacts/{portal_id}/record/{KINDS[object].type_id}/{record_id}"

    def _our_app(self) -> str | None:
        with self._looking:
            if self._app_id is None:
                token = self._client.token_info()
                self._app_id = None if token is None or token.get("appId") is None else str(token["appId"])
            return self._app_id


def state_of(object: str, found: Raw, *, is_archived: bool) -> PropertyState:
    """A definition as HubSpot lists it, in our words."""
    options = sorted(found.get("options") or (), key=lambda one: int(one.get("displayOrder") or 0))
    return PropertyState(
        object=object,
        name=str(found["name"]),
        label=str(found.get("label") or ""),
        description=str(found.get("description") or ""),
        type=str(found.get("type")),
        group=str(found.get("groupName")),
        is_archived=is_archived,
        display=found.get("numberDisplayHint"),
        options=tuple((str(one.get("value")), str(one.get("label"))) for one in options),
    )


def room_of(body: Raw, objects: Sequence[str]) -> dict[str, int]:
    """Free places for custom properties out of the limits' answer; the account's own limit caps each object's."""
    overall = int(body.get("overallLimit") or 0) - int(body.get("overallUsage") or 0)
    by_type = {str(one.get("objectTypeId")): one for one in body.get("byObjectType") or ()}
    found = {object: by_type[KINDS[object].type_id] for object in objects if object in KINDS and KINDS[object].type_id in by_type}
    return {object: max(0, min(overall, int(one["limit"]) - int(one["usage"]))) for object, one in found.items()}


def _entries(history: Sequence[Raw], app_id: str | None) -> tuple[HistoryEntry, ...]:
    """Newest first; of one instant, in HubSpot's order.

    History entries: FACTS §5.5. ``sourceId`` of an app's write holds the app's id, sometimes among other words."""
    found = (
        HistoryEntry(one.get("value"), moment(str(one.get("timestamp")), "timestamp"), _is_by(one, app_id)) for one in history
    )
    return tuple(sorted(found, key=lambda entry: entry.at, reverse=True))


def _is_by(entry: Raw, app_id: str | None) -> bool:
    numbers = re.findall(r"\d+", str(entry.get("sourceId") or ""))
    return app_id is not None and entry.get("sourceType") in _BY_AN_APP and app_id in numbers


def _type_of(definition: PropertyDef) -> Raw:
    return {"type": definition.type, "fieldType": _FIELD_TYPES[definition.type]}


def _shown(definition: PropertyDef, group: str) -> Raw:
    """The part of a definition that may change later. A number hint, once set, cannot be taken back (seen live, 2026-09)."""
    body: Raw = {"label": definition.label, "description": definition.description, "groupName": group}
    if definition.display is not None:
        body["numberDisplayHint"] = definition.display
    if definition.display == "currency":
        body["showCurrencySymbol"] = True
    if definition.options:
        body["options"] = list(_options(definition.options))
    return body


def _options(options: Sequence[tuple[str, str]]) -> Iterator[Raw]:
    for order, (value, label) in enumerate(options):
        yield {"value": value, "label": label, "displayOrder": order, "hidden": False}


def build(source: HubSpotSource) -> Target:
    """For :mod:`connectors.registry`; shares the source's client, and so its pool, governor and clock."""
    return CampaignTarget(HubSpotTarget(source.client), source.client)
