"""The part of a plan that is about campaigns and colleagues: what should stand on them, held against what does.

The same three-way comparison, policies, holds and definitions as for any record. Their values are few and come from no
stream, so they are read from the CRM when a plan is made: a call per batch.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from config.settings import Policy
from connectors.base import Associates, PropertyDef
from connectors.errors import CadranError, ContractError, MissingScope, NotInTier
from kpi.card import ANY_CHANGE
from kpi.records import RecordValue
from kpi.text import Text
from sync.campaign_places import forget_places, keep_note, native_ids, note, refused, remember_refusals
from sync.campaign_properties import (
    CHANNEL,
    ITSELF,
    LINKED,
    NAME,
    NATIVE,
    OWN,
    PEOPLE,
    SUMMARY,
    campaign_definitions,
    figures_of,
    kind_of,
    property_name,
    step_of,
)
from sync.campaign_summary import campaign_summary
from sync.compare import ACTED_ON, Ours, Theirs, Verdict, compare, current_value
from sync.definitions import Definitions, plan_definitions
from sync.house import House
from sync.ledger import Base, Key
from sync.link_text import difference, joined, link_property, parted
from sync.plan import Change
from sync.properties import GROUP
from sync.results import read_records

REFUSALS = (MissingScope, NotInTier, ContractError)
"""What sends figures to the next place."""

LOOK_AGAIN = timedelta(hours=24)
_KNOWN = "campaign_definitions_seen"

Links = Mapping[str, Mapping[str, frozenset[str]]]
"""Our campaign's key -> object -> ids of the records attributed to it."""


@dataclass
class CampaignPlan:
    """What goes into the plan."""

    lines: list[Change] = field(default_factory=list)
    definitions: list[PropertyDef] = field(default_factory=list)
    unchanged: int = 0
    adopted: dict[Key, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What a person asked of this plan."""

    adopt: bool = False
    retake: frozenset[str] = frozenset()


def plan_campaigns(house: House, values: Sequence[RecordValue], currency: str, now: datetime, asked: Asked) -> CampaignPlan:
    """Lines for every campaign in its place, and for colleagues where that is switched on. ``values``: those of single deals
    and contacts, which say what is attributed to which campaign. A pilot's scope leaves all of it out."""
    made = CampaignPlan()
    scope = house.settings.crm.scope
    if scope.records or scope.owners or scope.pipelines:
        keep_note(house.ledger, None)
        return made
    closed = refused(house, now)
    if house.settings.crm.campaigns:
        _place_campaigns(house, made, values, currency, now, asked, closed)
    else:
        keep_note(house.ledger, None)
    if house.settings.crm.people and PEOPLE not in closed:
        _place_people(house, made, currency, now, asked)
    return made


def _place_campaigns(
    house: House,
    made: CampaignPlan,
    values: Sequence[RecordValue],
    currency: str,
    now: datetime,
    asked: Asked,
    closed: dict[str, str],
) -> None:
    stored = _stored(house, "campaigns")
    natives = native_ids(house, {key: str(of_key[NAME]["value"]) for key, of_key in stored.items()})
    left, counts = dict(stored), dict[str, int]()
    for place in (NATIVE, OWN):
        ids = {key: natives[key] for key in left if key in natives} if place == NATIVE else {key: key for key in left}
        if not ids or place in closed:
            continue
        wanted = {ids[key]: _ours(house, place, stored[key], currency) for key in ids}
        try:
            links = _links(values, ids) if place == OWN else {}
            _Place(house, place, currency, now, asked, made).compare(wanted, links)
        except REFUSALS as error:
            closed[place] = str(error)
            _remember(house, place, error, now)
            continue
        counts[place] = len(ids)
        left = {key: of_key for key, of_key in left.items() if key not in ids}
    keep_note(house.ledger, note(counts, len(left), closed.get(OWN) or closed.get(NATIVE) or ""))


def _place_people(house: House, made: CampaignPlan, currency: str, now: datetime, asked: Asked) -> None:
    """By the user behind each owner; an owner who is nobody any more has no record."""
    crm = house.settings.crm.source
    users = {
        record_id: str(record["userId"]) for record_id, record, _ in house.lake.raw_records(crm, "owners") if record.get("userId")
    }
    stored = {owner: of_owner for owner, of_owner in _stored(house, PEOPLE).items() if owner in users}
    if not stored:
        return
    try:
        records: Mapping[str, str] = house.target().user_records()  # type: ignore[attr-defined]
        wanted = {
            records[users[owner]]: _ours(house, PEOPLE, of_owner, currency)
            for owner, of_owner in stored.items()
            if users[owner] in records
        }
        _Place(house, PEOPLE, currency, now, asked, made).compare(wanted, {})
    except REFUSALS as error:
        _remember(house, PEOPLE, error, now)


def _remember(house: House, place: str, error: CadranError, now: datetime) -> None:
    """A scope or a tier stays away for a while; an answer that nobody understands may be better next time."""
    if not isinstance(error, ContractError):
        remember_refusals(house, {place: str(error)}, now)


# --- what should stand -------------------------------------------------------------------------------------------------

Stored = Mapping[str, Mapping[str, Any]]
"""Record value by name, as the results keep it."""


def _stored(house: House, object: str) -> dict[str, dict[str, Mapping[str, Any]]]:
    """By our key."""
    found: defaultdict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for row in read_records(house, object=object):
        found[row["record_id"]][row["property"]] = row
    return dict(found)


@dataclass(frozen=True)
class _Wanted:
    """What should stand on one record."""

    values: Mapping[str, Ours]
    """By property name, without the summary."""
    month: date | None
    """The month that the figures of the last month are of."""


def _ours(house: House, place: str, of_key: Stored, currency: str) -> _Wanted:
    values: dict[str, Ours] = {}
    if place == OWN:
        values[property_name(NAME)] = _word(of_key, NAME, "text")
    if place != PEOPLE:
        values[property_name(CHANNEL)] = _word(of_key, CHANNEL, "choice")
    months = []
    for figure in figures_of(place):
        row = of_key.get(figure.value)
        if row is None:
            continue
        reason = row["reason_fr" if house.locale == "fr" else "reason"] or _why(row)
        values[property_name(figure.value)] = Ours(row["value"], kind_of(figure), figure.value, reason, step_of(figure))
        months += [row["month"]] if figure.period == "month" else []
    return _Wanted(values, months[0] if months else None)


def _word(of_key: Stored, name: str, kind: str) -> Ours:
    return Ours(of_key[name]["value"], kind, name, "", ANY_CHANGE)  # type: ignore[arg-type]


def _why(row: Mapping[str, Any]) -> str:
    parts = [f"{row['month']:%Y-%m}"] if row["month"] else []
    parts += [f"{name} {value}" for name, value in json.loads(row["inputs"]).items()]
    return ", ".join(parts)


def _links(values: Iterable[RecordValue], keys: Iterable[str]) -> Links:
    """The deals and contacts that our joins and the attribution model give to each campaign."""
    wanted = set(keys)
    found: dict[str, dict[str, set[str]]] = {key: {to: set() for to in LINKED} for key in wanted}
    for value in values:
        if (value.object, value.property) in (("deals", "campaign"), ("contacts", "first_touch_campaign")):
            key = value.inputs.get("campaign")
            if key in wanted:
                found[key][value.object].add(value.record_id)
    return {key: {to: frozenset(ids) for to, ids in of_key.items()} for key, of_key in found.items()}


# --- held against what does --------------------------------------------------------------------------------------------


class _Place:
    """One object's records, definitions included."""

    def __init__(self, house: House, object: str, currency: str, now: datetime, asked: Asked, made: CampaignPlan) -> None:
        self._house = house
        self._object = object
        self._currency = currency
        self._now = now
        self._asked = asked
        self._made = made
        self._settings = house.settings.crm
        self._bases = house.ledger.bases_of(object)
        self._holds = house.ledger.all_holds()

    def compare(self, wanted: Mapping[str, _Wanted], links: Links) -> None:
        """Add the place's lines to the plan. Raises one of :data:`REFUSALS` before any was added."""
        known = _known_definitions(self._house, self._object, self._now)
        found = Definitions() if known else self._ask()
        try:
            theirs = self._read(wanted, found)
        except ContractError:
            if not known:
                raise
            found = self._ask()  # somebody took the object away
            theirs = self._read(wanted, found)
        self._found = found
        verdicts, ours = self._judge_all(wanted, theirs)
        foreign = [key for key, verdict in verdicts.items() if verdict.outcome == "foreign"]
        if foreign and (mine := self._written_by_us(foreign)):
            verdicts, ours = self._judge_all(wanted, theirs, mine)
        lines = list(_changes(verdicts, ours))
        lines += self._link_lines(links, theirs)
        if known and any(line.is_acted_on for line in lines):
            again = self._ask()
            if again.changes_values:
                self._found = again
                verdicts, ours = self._judge_all(wanted, theirs)
                lines = [*_changes(verdicts, ours), *self._link_lines(links, theirs)]
            found = again
        self._made.lines += [*found.lines, *lines]
        self._made.definitions += found.wanted
        self._made.unchanged += sum(verdict.outcome in ("unchanged", "adopt") for verdict in verdicts.values())
        self._made.adopted |= {key: verdict.value for key, verdict in verdicts.items() if verdict.outcome == "adopt"}

    # --- definitions ----------------------------------------------------------------------------------------------

    def _ask(self) -> Definitions:
        target, objects = self._house.target(), [self._object]
        found = plan_definitions(
            campaign_definitions(self._object, self._house.locale),
            target.property_states(objects),
            lambda: target.property_states(objects, archived=True),
            lambda: target.room(objects),
            GROUP,
        )
        if self._object == NATIVE:
            found = _only_missing(found)
        if not found.lines:
            know_definitions(self._house, self._object, self._now)
        return found

    # --- values -----------------------------------------------------------------------------------------------------

    def _read(self, wanted: Mapping[str, _Wanted], found: Definitions) -> dict[str, dict[str, str | None]]:
        """What the CRM holds; records that are gone are missing. Nothing is asked of an object that is not there yet."""
        if (self._object, ITSELF) in found.fresh:
            return {record_id: {} for record_id in wanted}
        target = self._house.target()
        names = sorted({name for one in wanted.values() for name in one.values} | {property_name(SUMMARY)})
        if self._object == PEOPLE:
            names.remove(property_name(SUMMARY))
        ids, size = list(wanted), target.batch_size(self._object)
        values: dict[str, dict[str, str | None]] = {}
        for start in range(0, len(ids), size):
            values |= target.read_values(self._object, ids[start : start + size], names)
        return values

    def _judge_all(
        self, wanted: Mapping[str, _Wanted], theirs: Mapping[str, Mapping[str, str | None]], mine: frozenset[Key] = frozenset()
    ) -> tuple[dict[Key, Verdict], dict[Key, Ours]]:
        """Every property of every record that is there; its line last, from the values that will stand."""
        verdicts: dict[Key, Verdict] = {}
        ours: dict[Key, Ours] = {}

        def judge(key: Key, own: Ours) -> None:
            verdict = self._judge(key, own, theirs[key[1]].get(key[2]), key in mine)
            if verdict is not None:
                ours[key], verdicts[key] = own, verdict

        for record_id, of_record in wanted.items():
            if record_id not in theirs:
                continue
            for name, own in of_record.values.items():
                judge((self._object, record_id, name), own)
            if self._object != PEOPLE:
                line = self._line(record_id, of_record, verdicts)
                reason = Text("the values above in one line", "les valeurs ci-dessus en une ligne").in_(self._house.locale)
                judge((self._object, record_id, property_name(SUMMARY)), Ours(line, "text", SUMMARY, reason))
        return verdicts, ours

    def _judge(self, key: Key, own: Ours, theirs: str | None, is_mine: bool) -> Verdict | None:
        """None: nothing may be written there."""
        name = key[0], key[2]
        if name in self._found.blocked:
            return None
        base = self._bases.get(key)
        current = current_value(Theirs(theirs, self._now), base)
        if name in self._found.fresh or (self._object, ITSELF) in self._found.fresh:
            base, current = None, None
        elif name in self._found.restored:
            current = base.value if base else None
        if self._asked.adopt and base is None and current is not None:
            base = Base(current, self._now)
            self._made.adopted[key] = current
        return compare(own, current, base, policy=self._policy(key[2]), is_held=key in self._holds, written_by_us=lambda: is_mine)

    def _policy(self, name: str) -> Policy:
        if name in self._asked.retake:
            return "overwrite"
        return self._settings.policies.get(name, self._settings.policy)

    def _line(self, record_id: str, of_record: _Wanted, verdicts: Mapping[Key, Verdict]) -> str | None:
        """Built from what will stand, so that it is rewritten only when a value it quotes is."""
        values: dict[str, Decimal | None] = {}
        for figure in figures_of(self._object):
            name = property_name(figure.value)
            own, verdict = of_record.values.get(name), verdicts.get((self._object, record_id, name))
            is_kept = verdict is not None and verdict.outcome in ("unchanged", "adopt")
            standing = verdict.value if is_kept and verdict is not None else own.value if own else None
            values[figure.value] = Decimal(standing) if standing else None
        return campaign_summary(values, of_record.month, self._house.locale, self._currency)

    def _written_by_us(self, keys: Sequence[Key]) -> frozenset[Key]:
        ids = list(dict.fromkeys(key[1] for key in keys))
        answer = self._house.target().read_written_by_us(self._object, ids, sorted({key[2] for key in keys}))
        return frozenset(key for key in keys if answer.get((key[1], key[2])))

    # --- associations ---------------------------------------------------------------------------------------------

    def _link_lines(self, links: Links, theirs: Mapping[str, Mapping[str, str | None]]) -> Iterator[Change]:
        """What comes and what goes, of what we associated. Where the ledger remembers nothing, what stands already is ours."""
        for to in LINKED:
            bases = self._link_bases(to, links, theirs)
            for key, of_key in links.items():
                place: Key = (self._object, key, link_property(to))
                old, new = joined(bases[key]), joined(of_key[to])
                if key not in theirs or old == new:
                    continue
                comes, goes = difference(old, new)
                reason = f"+{len(comes)} −{len(goes)}"
                if place in self._holds:
                    yield Change(*place, old, new, "campaign", "held", reason)
                else:
                    outcome = "clear" if new is None else "create" if old is None else "update"
                    yield Change(*place, old, new, "campaign", outcome, reason)  # type: ignore[arg-type]

    def _link_bases(self, to: str, links: Links, theirs: Mapping[str, Mapping[str, str | None]]) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        is_fresh = (self._object, ITSELF) in self._found.fresh
        for key in links:
            base = self._bases.get((self._object, key, link_property(to)))
            found[key] = parted(base.value) if base is not None and not is_fresh else frozenset()
            if base is None and not is_fresh and links[key][to] and any((theirs.get(key) or {}).values()):
                found[key] = self._standing_links(to, key, links)
        return found

    def _standing_links(self, to: str, key: str, links: Links) -> frozenset[str]:
        target = self._house.target()
        if not isinstance(target, Associates):
            return frozenset()
        unknown = [one for one in links if (self._object, one, link_property(to)) not in self._bases]
        standing = target.links(self._object, to, unknown)
        for one in unknown:
            ours = standing[one] & links[one][to]
            self._bases[self._object, one, link_property(to)] = Base(joined(ours), self._now)
            if ours:
                self._made.adopted[self._object, one, link_property(to)] = joined(ours)
        return standing[key] & links[key][to]


def _changes(verdicts: Mapping[Key, Verdict], ours: Mapping[Key, Ours]) -> Iterator[Change]:
    for key, verdict in verdicts.items():
        outcome = verdict.outcome
        if outcome == "unchanged" or outcome == "adopt":
            continue
        new = verdict.value if outcome in ACTED_ON else ours[key].value
        yield Change(*key, verdict.old, new, ours[key].kpi, outcome, verdict.note or ours[key].reason)


def _only_missing(found: Definitions) -> Definitions:
    """On the CRM's own campaigns a definition that stands is left as it is: a person may have made it by hand."""
    lines = tuple(line for line in found.lines if line.outcome not in ("update", "clear"))
    names = {(line.object, line.property) for line in lines}
    return Definitions(
        lines,
        tuple(one for one in found.wanted if (one.object, one.name) in names),
        found.blocked,
        found.fresh,
        found.restored,
    )


# --- definitions that need not be asked for ---------------------------------------------------------------------------


def _print_of(house: House, object: str) -> str:
    return hashlib.sha256(repr(campaign_definitions(object, house.locale)).encode()).hexdigest()[:16]


def _known_definitions(house: House, object: str, now: datetime) -> bool:
    """Whether the CRM held exactly these definitions when it was last asked, and that is not long ago."""
    stored = json.loads(house.ledger.get(_KNOWN) or "{}").get(object)
    return (
        stored is not None
        and stored["wanted"] == _print_of(house, object)
        and now - datetime.fromisoformat(stored["at"]) < LOOK_AGAIN
    )


def know_definitions(house: House, object: str, now: datetime) -> None:
    """Remember that they stand as wanted."""
    stored = json.loads(house.ledger.get(_KNOWN) or "{}")
    stored[object] = {"at": now.isoformat(), "wanted": _print_of(house, object)}
    house.ledger.put(_KNOWN, json.dumps(stored, sort_keys=True))


def after_apply(house: House, defined: Iterable[str], now: datetime) -> None:
    """What an apply found out: places that refused, and definitions (of the objects ``defined``) that stand now."""
    said: Mapping[str, str] = getattr(house.target(), "refused", {})
    remember_refusals(house, said, now)
    for object in {one for one in defined if one in (NATIVE, OWN, PEOPLE)} - set(said):
        know_definitions(house, object, now)


# --- removing -----------------------------------------------------------------------------------------------------------


def standing_campaign_properties(house: House) -> list[tuple[str, str]]:
    """(object, name) of what is ours on these objects; what an account does not have holds nothing of ours."""
    found: list[tuple[str, str]] = []
    for object in (NATIVE, OWN, PEOPLE):
        if not house.ledger.bases_of(object) and object != OWN:
            continue
        try:
            states = house.target().property_states([object])
        except REFUSALS:
            continue
        found += [(one.object, one.name) for one in states if one.group == GROUP]
    return found


def forget_campaigns(house: House) -> None:
    """After an uninstall: nothing of ours is there any more, and everything may be tried again."""
    for object in (NATIVE, OWN, PEOPLE):
        for _, name in {(key[0], key[2]) for key in house.ledger.bases_of(object)}:
            house.ledger.forget_property(object, name)
    house.ledger.put(_KNOWN, "{}")
    forget_places(house.ledger)
