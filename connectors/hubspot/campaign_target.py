"""HubSpot as a target that also takes figures of campaigns and of colleagues: three more objects beside deals, contacts
and companies.

``campaigns`` are HubSpot's own (:mod:`connectors.hubspot.campaigns`), ``cadran_campaign`` is our custom object
(:mod:`connectors.hubspot.campaign_object`), ``users`` are HubSpot's user records. Their property definitions are handled like any object's, under the name that
the vendor's addresses want. What this account refuses (a scope, a tier, a definition) is kept in :attr:`refused` instead of
ending the run: the caller goes on to the next place. Which record stands for which user is UNVERIFIED (FACTS §9.5 knows
only the type): by ``hs_internal_user_id`` where the account has it, else by the record's own id.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from connectors.base import Crm, HistoryEntry, PropertyDef, PropertyState, RecordWrite, Target, WriteOutcome
from connectors.errors import ConfigurationError, ContractError, MissingScope, NotInTier, RecordRejected
from connectors.hubspot import campaign_object as custom
from connectors.hubspot import campaigns as native
from connectors.hubspot.campaign_object import CampaignObject
from connectors.hubspot.client import BATCH, HubSpotClient

GROUP = "cadran"
USERS = "users"
USER_ID = "hs_internal_user_id"
REFUSALS = (MissingScope, NotInTier, ContractError, ConfigurationError, RecordRejected)
_OPTIONAL = frozenset({native.OBJECT, custom.OBJECT, USERS})
"""Objects that an account may do without."""


class CampaignTarget:
    """``crm`` for every object but the optional ones. Everything else about it is ``crm``'s."""

    def __init__(self, crm: Target, client: HubSpotClient) -> None:
        self._crm = crm
        self._client = client
        self._custom: CampaignObject | None = None
        self._group: tuple[str, str] | None = None
        """Our property group on the custom object, to be made once the object is there."""
        self._unseen: set[str] = set()
        """Objects with properties that HubSpot may not show yet."""
        self.refused: dict[str, str] = {}
        """Object -> why this account does not take it, as it said during this run."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._crm, name)

    def account(self) -> Crm:
        found = self._crm.account()
        self._custom = self._custom or CampaignObject(self._client, found.portal_id)
        return found

    @property
    def campaigns(self) -> CampaignObject:
        """The custom object's records and associations."""
        if self._custom is None:
            self.account()
        assert self._custom is not None  # noqa: S101 - account() sets it
        return self._custom

    def _address(self, object: str) -> str:
        """The object's name in the vendor's addresses."""
        return {native.OBJECT: native.TYPE_ID, custom.OBJECT: self.campaigns.full_name if object == custom.OBJECT else ""}.get(
            object, object
        )

    def batch_size(self, object: str) -> int:
        return native.BATCH if object == native.OBJECT else self._crm.batch_size(object)

    # --- definitions ------------------------------------------------------------------------------------------

    def property_states(self, objects: Sequence[str], *, archived: bool = False) -> list[PropertyState]:
        """As of any object; the custom object itself stands among its properties as ``(object)``, and none of them without it."""
        plain = [one for one in objects if not _is_campaign(one)]
        found = list(self._crm.property_states(plain, archived=archived)) if plain else []
        if native.OBJECT in objects:
            states = self._crm.property_states([native.TYPE_ID], archived=archived)
            # Whatever group they stand in: by hand they are made in HubSpot's own.
            found += [replace(state, object=native.OBJECT, group=GROUP) for state in states]
        if custom.OBJECT in objects and (itself := self.campaigns.state()) is not None:
            states = self._crm.property_states([self.campaigns.full_name], archived=archived)
            found += [] if archived else [itself]
            found += [replace(one, object=custom.OBJECT) for one in states if one.name not in (custom.KEY, custom.NAME)]
        return found

    def ensure_group(self, object: str, name: str, label: str) -> bool:
        """On HubSpot's campaigns none is made (their own is used), on the custom object later, once it is there."""
        if object == custom.OBJECT:
            self._group = name, label
        if object == USERS:
            self._try(object, lambda: self._crm.ensure_group(object, name, label), is_raised=False)
        return False if object in _OPTIONAL else self._crm.ensure_group(object, name, label)

    def create_property(self, definition: PropertyDef, group: str) -> None:
        self._try(definition.object, lambda: self._create(definition, group))

    def _create(self, definition: PropertyDef, group: str) -> None:
        object = definition.object
        if definition.name == custom.ITSELF:
            self.campaigns.define(definition)
            return
        if object == custom.OBJECT and self._group is not None:
            self._crm.ensure_group(self._address(object), *self._group)
            self._group = None
        if _is_campaign(object):
            self._unseen.add(object)
        there = replace(definition, object=self._address(object))
        self._crm.create_property(there, native.GROUP if object == native.OBJECT else group)

    def update_property(self, definition: PropertyDef, group: str) -> None:
        object = definition.object
        if definition.name == custom.ITSELF:
            self._try(object, lambda: self.campaigns.redefine(definition))
        else:
            self._try(object, lambda: self._crm.update_property(replace(definition, object=self._address(object)), group))

    def archive_property(self, object: str, name: str) -> None:
        if object == custom.OBJECT:
            if name == custom.ITSELF:
                self.campaigns.remove()  # its properties and group go with it
            return
        self._crm.archive_property(self._address(object) if _is_campaign(object) else object, name)

    def archive_group(self, object: str, name: str) -> None:
        if not _is_campaign(object):
            self._crm.archive_group(object, name)

    def _try(self, object: str, change: Callable[[], object], *, is_raised: bool = True) -> None:
        """Carry out a change of definitions. What an optional object refuses is refused from then on, without a call; raises
        :class:`ConfigurationError`, which is about this definition only."""
        if object not in _OPTIONAL:
            change()
            return
        if object not in self.refused:
            try:
                change()
            except REFUSALS as error:
                self.refused[object] = str(error)
        if is_raised and object in self.refused:
            raise ConfigurationError(self.refused[object])

    # --- values -----------------------------------------------------------------------------------------------

    def read_values(self, object: str, ids: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, str | None]]:
        """Of a place that was refused: every record, with nothing on it."""
        if object in self.refused:
            return {one: dict.fromkeys(names) for one in ids}
        self._await(object)
        if object == native.OBJECT:
            return native.read_campaigns(self._client, ids, names)
        if object == custom.OBJECT:
            return self.campaigns.read(ids, names)
        return self._crm.read_values(object, ids, names)

    def read_written_by_us(self, object: str, ids: Sequence[str], names: Sequence[str]) -> dict[tuple[str, str], bool]:
        """HubSpot's own campaigns tell no history: nothing on them counts as ours unless the ledger knows it."""
        if object == native.OBJECT:
            return {}
        if object == custom.OBJECT:
            keys = {one: key for key, one in self.campaigns.ids(ids).items()}
            answer = self._crm.read_written_by_us(self.campaigns.full_name, list(keys), names)
            return {(keys[one], name): is_ours for (one, name), is_ours in answer.items()}
        return self._crm.read_written_by_us(object, ids, names)

    def read_history(
        self, object: str, ids: Sequence[str], names: Sequence[str]
    ) -> dict[tuple[str, str], tuple[HistoryEntry, ...]] | None:
        """None of campaigns: HubSpot's own tell no history, and nobody types into the records that we make of ours."""
        return None if _is_campaign(object) else self._crm.read_history(object, ids, names)

    def write(self, object: str, writes: Sequence[RecordWrite]) -> list[WriteOutcome]:
        if object not in _OPTIONAL:
            return self._crm.write(object, writes)
        if object not in self.refused:
            try:
                return self._write(object, writes)
            except (MissingScope, NotInTier) as error:
                self.refused[object] = str(error)
        return [WriteOutcome(w.record_id, "rejected", {}, self.refused[object]) for w in writes]

    def _write(self, object: str, writes: Sequence[RecordWrite]) -> list[WriteOutcome]:
        self._await(object)
        if object == native.OBJECT:
            return native.write_campaigns(self._client, writes)
        return self.campaigns.write(writes) if object == custom.OBJECT else self._crm.write(object, writes)

    def _await(self, object: str) -> None:
        """Wait until HubSpot shows what was created on this object."""
        if object in self._unseen:
            self._crm.read_values(self._address(object), [], [])  # waits, and asks for nothing
            self._unseen.discard(object)

    # --- associations and users -------------------------------------------------------------------------------

    def links(self, object: str, to: str, ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """See :class:`connectors.base.Associates`; only the custom object's."""
        return self._linking(object).links(to, ids)

    def link(self, object: str, to: str, pairs: Sequence[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        return self._linking(object).link(to, pairs)

    def unlink(self, object: str, to: str, pairs: Sequence[tuple[str, str]]) -> None:
        self._linking(object).unlink(to, pairs)

    def _linking(self, object: str) -> CampaignObject:
        if object != custom.OBJECT:
            raise ValueError(f"associations of {object} are not ours")
        return self.campaigns

    def user_records(self) -> dict[str, str]:
        """User id -> id of the user's record. One call per hundred users."""
        found: dict[str, str] = {}
        after: str | None = None
        what = "list users"
        while True:
            query = {"limit": BATCH, "properties": USER_ID, **({"after": after} if after else {})}
            answer = self._client.ask_json(
                lambda query=query: self._client.wire.send("GET", "/crm/v3/objects/users", query=query),  # type: ignore[misc]
                what=what,
            )
            for one in self._client.results(answer, what):
                found[str((one.get("properties") or {}).get(USER_ID) or one["id"])] = str(one["id"])
            after = ((answer.get("paging") or {}).get("next") or {}).get("after")
            if after is None:
                return found

    # --- what only passes through -------------------------------------------------------------------------------

    def room(self, objects: Sequence[str]) -> dict[str, int]:
        return self._crm.room(objects)

    def least_seconds(self, calls: int, searches: int) -> float:
        return self._crm.least_seconds(calls, searches)

    def record_url(self, object: str, record_id: str) -> str:
        return self._crm.record_url(object, record_id)


def _is_campaign(object: str) -> bool:
    return object in (native.OBJECT, custom.OBJECT)
