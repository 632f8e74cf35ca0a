"""One HubSpot account: its definitions and records, and every way in which they change.

A change has a *source*: a person in the vendor's pages (``CRM_UI``), an app (``INTEGRATION``), the vendor itself
(``CALCULATED``). What a world dates after the clock waits in the timeline and happens when the clock has reached it.
"""

import heapq
import itertools
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.sandbox.clock import Clock
from connectors.sandbox.hubspot import calculated
from connectors.sandbox.hubspot.account import LIFECYCLES, definitions_of, renamed_timing, stages_of
from connectors.sandbox.hubspot.calculated import Stage
from connectors.sandbox.hubspot.kinds import PRIMARY_TYPES, Kind, Kinds
from connectors.sandbox.hubspot.links import Links
from connectors.sandbox.hubspot.loading import CALCULATED, Event, Reading, read_record
from connectors.sandbox.hubspot.records import Change, Records, Stored, versions
from connectors.sandbox.hubspot.values import instant_text
from connectors.sandbox.limits import HubSpotLimits, Lags
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.world import HubSpotWorld, Record

APP_ID = 4_242_042
"""The sandbox's one app: ``appId`` of the token, ``sourceId`` of what it wrote."""

INTEGRATION: Change = {"sourceType": "INTEGRATION", "sourceId": str(APP_ID), "sourceLabel": "Cadran"}
MERGE: Change = {"sourceType": "MERGE_OBJECTS", "sourceId": "userId:1", "updatedByUserId": 1}

_OWN_PRIMARY = (("deals", "companies"), ("contacts", "companies"))
"""A deal's or contact's first company is its primary one."""
_FIRST_CAMPAIGN = 350_001
_FIRST_USER = 7_100_001
"""Numbers of records that a world does not number itself."""
_DEAL_INPUTS = frozenset({"dealstage", "amount", "deal_currency_code", "hs_exchange_rate", "closedate", "createdate"})


class Portal:
    """The account that a world describes, as it stands at the clock."""

    def __init__(self, world: HubSpotWorld, clock: Clock, quirks: Quirks, limits: HubSpotLimits, lags: Lags) -> None:
        self.clock = clock
        self.quirks = quirks
        self.limits = limits
        self.lags = lags
        self.account: Record = dict(world.account)
        self.owners = world.owners
        self.pipelines = world.pipelines
        self.rules = list(world.rules)
        self.marketing_emails = world.marketing_emails
        self.kinds = Kinds(tuple({*world.objects, *world.properties}), self.portal_id)
        self.guids: dict[str, str] = {}
        """Id by which the marketing end points know a campaign -> its number."""
        self.schemas: dict[str, Record] = dict(world.schemas)
        """What an account said of its own types beyond their properties, by name."""
        self.links = Links()
        self._stages = {plural: stages_of(pipelines) for plural, pipelines in world.pipelines.items()}
        self._timeline: list[tuple[datetime, int, Event]] = []
        self._order = itertools.count()
        self.records: dict[str, Records] = {}
        self.renamed: dict[str, Mapping[str, str]] = {}
        for kind in self.kinds.all:
            definitions = definitions_of(kind, world, quirks, lags)
            self.records[kind.plural] = Records(kind, definitions)
            self.renamed[kind.plural] = renamed_timing(kind, world, definitions, quirks)
        self._load(world)

    # --- facts ---------------------------------------------------------------------------------------------

    @property
    def portal_id(self) -> int:
        return int(self.account["portalId"])

    @property
    def home_currency(self) -> str:
        return str(self.account["companyCurrency"])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(str(self.account["timeZone"]))

    def record_url(self, kind: Kind) -> str:
        """The start of a record's address in the vendor's pages; its id follows."""
        return f"https://{self.account.get('uiDomain', 'app.hubspot.com')}/contacts/{self.portal_id}/record/{kind.type_id}/"

    def find(self, object: str) -> Records:
        """An object's records by plural, singular or id. Raises the vendor's 400."""
        return self.records[self.kinds.find(object).plural]

    def define(self, name: str) -> Records:
        """A type of the account's own, without records and with nothing but the standard properties."""
        kind = self.kinds.define(name)
        definitions = definitions_of(kind, HubSpotWorld(account=self.account), self.quirks, self.lags)
        self.records[name] = Records(kind, definitions)
        self.renamed[name] = {}
        return self.records[name]

    def undefine(self, records: Records) -> None:
        """Take a type of the account's own away, with all there is of it."""
        self.kinds.drop(records.kind)
        for known in (self.records, self.renamed, self.schemas):
            known.pop(records.kind.plural, None)

    def stage(self, kind: Kind, stage_id: str | None) -> Stage | None:
        return self._stages.get(kind.plural, {}).get(stage_id or "")

    def pending(self) -> list[Event]:
        """What waits in the timeline, in order."""
        return [event for _, _, event in sorted(self._timeline, key=lambda entry: entry[:2])]

    def now(self) -> datetime:
        """The present, after letting happen what a world had in store until now. A clock set back undoes nothing."""
        now = self.clock.now()
        while self._timeline and self._timeline[0][0] <= now:
            self._happen(heapq.heappop(self._timeline)[2])
        return now

    # --- changes -------------------------------------------------------------------------------------------

    def write(self, records: Records, record: Stored, changes: Mapping[str, str], source: Change, at: datetime) -> None:
        """Set properties, already checked; an empty text clears. What the vendor computes from them follows."""
        before, stamp = record.values, instant_text(at)
        if self._set(record, changes, source, stamp):
            self._follow(records, record, before, set(changes), at)
        elif not self.quirks.equal_value_bumps_modified:
            return
        self.touch(records, record, at)

    def touch(self, records: Records, record: Stored, at: datetime) -> None:
        """Move the modified date; search sees the record as it is now after its lag."""
        record.updated_at = stamp = instant_text(at)
        record.values = record.values | {records.kind.modified: stamp}
        records.index_later(record, at + timedelta(seconds=self.lags.search_s), self.clock.now())

    def create(self, records: Records, changes: Mapping[str, str], source: Change, at: datetime) -> Stored:
        """A new record with the next free id."""
        number, stamp, kind = self._next_number(records), instant_text(at), records.kind
        values = {"hs_object_id": str(number), kind.created: stamp, "hs_createdate": stamp, kind.modified: stamp}
        record = Stored(str(number), number, values | {"hs_lastmodifieddate": stamp}, stamp, stamp)
        records.add(record)
        records.index_later(record, at + timedelta(seconds=self.lags.search_s), self.clock.now())
        if changes:
            self.write(records, record, changes, source, at)
        return record

    def merge(self, records: Records, survivor: Stored, loser: Stored, at: datetime) -> None:
        """The loser's id leads to the survivor from now on; its associations move, its values fill what was empty."""
        records.merge_away(loser, survivor)
        self.links.move(records.kind.plural, loser.id, survivor.id)
        system = {*records.kind.always, "hs_createdate", "hs_lastmodifieddate", "hs_merged_object_ids"}
        filled = {name: value for name, value in loser.values.items() if name not in survivor.values and name not in system}
        merged = ";".join(filter(None, (survivor.values.get("hs_merged_object_ids"), loser.id)))
        self.write(records, survivor, filled | {"hs_merged_object_ids": merged}, MERGE, at)

    def _set(self, record: Stored, changes: Mapping[str, str], source: Change, stamp: str) -> bool:
        """Put values and their history in place; whether anything differs."""
        values, has_moved = dict(record.values), False
        for name, value in changes.items():
            if values.get(name, "") == value:
                continue
            has_moved = True
            record.history[name] = [{"value": value, "timestamp": stamp, **source}, *versions(record, name)]
            if value or self.quirks.cleared_reads_as_empty:
                values[name] = value
            else:
                del values[name]
        if has_moved:
            record.values = values
        return has_moved

    def _follow(self, records: Records, record: Stored, before: Mapping[str, str], touched: set[str], at: datetime) -> None:
        """Let the vendor compute what hangs on the touched properties."""
        follows: dict[str, str] = {}
        plural = records.kind.plural
        if plural == "deals":
            follows = self._deal_follows(records.kind, record, before, touched, at)
        elif plural in LIFECYCLES and "lifecyclestage" in touched:
            follows = self._timing(record, before.get("lifecyclestage"), record.values.get("lifecyclestage"), at)
            if stage := record.values.get("lifecyclestage"):
                follows[f"hs_lifecyclestage_{stage}_date"] = instant_text(at)
        known = records.definitions.active
        self._set(record, {name: value for name, value in follows.items() if name in known}, CALCULATED, instant_text(at))

    def _deal_follows(
        self, kind: Kind, record: Stored, before: Mapping[str, str], touched: set[str], at: datetime
    ) -> dict[str, str]:
        old, new = before.get("dealstage"), record.values.get("dealstage")
        follows: dict[str, str] = {}
        if old != new:
            follows = self._timing(record, old, new, at) | {"hs_v2_date_entered_current_stage": instant_text(at)}
            stage, was = self.stage(kind, new), self.stage(kind, old)
            if stage and stage.is_closed and not (was and was.is_closed) and "closedate" not in touched:
                follows["closedate"] = instant_text(at)
        if touched & _DEAL_INPUTS:
            follows |= calculated.deal_state(record.values | follows, self.stage(kind, new), self.home_currency)
        return follows

    def _timing(self, record: Stored, old: str | None, new: str | None, at: datetime) -> dict[str, str]:
        has_suffix = self.quirks.stage_properties_have_suffix
        return calculated.moved_stage(record.values, old, new, at, has_suffix=has_suffix, created_at=record.created_at)

    def _next_number(self, records: Records) -> int:
        unborn = [int(event.record_id) for *_, event in self._timeline if event.object == records.kind.plural]
        return max([records.highest(), *unborn]) + 1

    # --- what a world holds ----------------------------------------------------------------------------------

    def _load(self, world: HubSpotWorld) -> None:
        now = self.clock.now()
        for plural, raws in (world.objects | {"users": world.objects.get("users") or self._users()}).items():
            for raw in raws:
                self._read(self.records[plural], self._numbered(raw) if plural == "campaigns" else raw, now)
        for plural, raws in world.objects.items():
            for raw in raws:
                self._read_links(self.kinds.find(plural), raw)
        for pair in PRIMARY_TYPES:
            if pair[1] == "companies":
                self.links.ensure_primary(pair)
        for contact in self.records["contacts"].by_id.values():
            self._fill_company(contact)
        for records in self.records.values():
            _name_the_merged(records)

    def _numbered(self, campaign: Record) -> Record:
        """A world's campaign under the number that its properties name, else the next one; its own id is a GUID."""
        number = str((campaign.get("properties") or {}).get("hs_object_id") or _FIRST_CAMPAIGN + len(self.guids))
        self.guids[str(campaign["id"])] = number
        return {**campaign, "id": number}

    def _users(self) -> list[Record]:
        """A record of the users object for each owner who is a user."""
        known = [owner for owner in self.owners if owner.get("userId") and not owner.get("archived")]
        return [
            {
                "id": str(owner["userId"]) if self.quirks.user_record_is_user else str(_FIRST_USER + place),
                "properties": {"hs_internal_user_id": str(owner["userId"])},
                "createdAt": "2024-01-01T00:00:00Z",
            }
            for place, owner in enumerate(known)
        ]

    def _read(self, records: Records, raw: Record, now: datetime) -> Stored | None:
        complete = self._computed_deal if records.kind.plural == "deals" else _nothing
        reading = Reading(records, now, self.renamed[records.kind.plural], complete)
        record, events = read_record(raw, reading)
        for event in events:
            heapq.heappush(self._timeline, (event.at, next(self._order), event))
        if record is not None:
            records.add(record)
        return record

    def _computed_deal(self, record: Stored) -> dict[str, str]:
        stage = self.stage(self.kinds.find("deals"), record.values.get("dealstage"))
        return calculated.deal_state(record.values, stage, self.home_currency)

    def _read_links(self, kind: Kind, raw: Record) -> None:
        for name, targets in raw.get("associations", {}).items():
            pair = (kind.plural, self.kinds.find(name).plural)
            for place, target in enumerate(targets):
                self.links.add(pair, str(raw["id"]), str(target), is_primary=place == 0 and pair in _OWN_PRIMARY)

    def _fill_company(self, contact: Stored) -> None:
        company = self.links.primary(("contacts", "companies"), contact.id)
        if company:
            contact.values.setdefault("associatedcompanyid", company)

    def _happen(self, event: Event) -> None:
        records = self.records[event.object]
        record = records.find(event.record_id)
        match event.action:
            case "born":
                born = self._read(records, event.raw, event.at)
                if born is not None:
                    born.indexed = None
                    if records.kind.plural == "contacts":
                        self._fill_company(born)
                    records.index_later(born, event.at + timedelta(seconds=self.lags.search_s), self.clock.now())
            case "set" if record is not None:
                self.write(records, record, {event.name: event.value}, event.source, event.at)
            case "archive" if record is not None:
                records.archive(record, event.at)
            case "merge" if record is not None:
                survivor = records.survivor(event.value)
                if survivor is not None:
                    self.merge(records, survivor, record, event.at)


def _name_the_merged(records: Records) -> None:
    """Survivors of a world's merges say whom they took in, where the world does not."""
    merged: dict[str, list[str]] = {}
    for record in records.by_id.values():
        if record.merged_into is not None:
            merged.setdefault(record.merged_into, []).append(record.id)
    for survivor_id, losers in merged.items():
        survivor = records.by_id.get(survivor_id)
        if survivor is not None:
            survivor.values.setdefault("hs_merged_object_ids", ";".join(losers))


def _nothing(record: Stored) -> dict[str, Any]:
    return {}
