"""The part of a plan that is about campaigns and colleagues: which place takes whose figures."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from connectors.errors import CadranError, ContractError, MissingScope, NotInTier
from sync.campaign_compare import Asked, CampaignPlan, Place
from sync.campaign_definitions import forget_definitions, know_definitions
from sync.campaign_places import forget_places, keep_note, left_behind, native_ids, note, refused, remember_refusals
from sync.campaign_properties import NAME, NATIVE, OWN, PEOPLE
from sync.campaign_wanted import NO_LINKS, attributed, emptied, stored_values, wanted_on
from sync.house import House
from sync.properties import GROUP
from sync.record_inputs import RecordInputs

REFUSALS = (MissingScope, NotInTier, ContractError)
"""What sends figures to the next place."""


def plan_campaigns(house: House, records: RecordInputs, currency: str, now: datetime, asked: Asked) -> CampaignPlan:
    """Lines for every campaign in its place, and for colleagues where that is switched on. ``records``: the single deals and
    contacts, which say what is attributed to which campaign. A pilot's scope leaves all of it out."""
    made = CampaignPlan()
    scope = house.settings.crm.scope
    if scope.records or scope.owners or scope.pipelines:
        keep_note(house.ledger, None)
        return made
    closed = refused(house, now)
    if house.settings.crm.campaigns:
        _place_campaigns(house, made, records, currency, now, asked, closed)
    else:
        keep_note(house.ledger, None)
    if house.settings.crm.people and PEOPLE not in closed:
        _place_people(house, made, currency, now, asked)
    return made


def _place_campaigns(
    house: House,
    made: CampaignPlan,
    records: RecordInputs,
    currency: str,
    now: datetime,
    asked: Asked,
    closed: dict[str, str],
) -> None:
    stored = stored_values(house, "campaigns")
    natives = native_ids(house, {key: str(of_key[NAME]["value"]) for key, of_key in stored.items()})
    left, counts = dict(stored), dict[str, int]()
    for place in (NATIVE, OWN):
        ids = {key: natives[key] for key in left if key in natives} if place == NATIVE else {key: key for key in left}
        moved = left_behind(house, (key for key in stored if key not in left)) if place == OWN else []
        if place in closed or not (ids or moved):
            continue
        wanted = {ids[key]: wanted_on(house, place, stored[key], currency) for key in ids}
        wanted |= dict.fromkeys(moved, emptied(house.locale, house.catalogue))
        try:
            links = {**attributed(records, ids), **dict.fromkeys(moved, NO_LINKS)} if place == OWN else {}
            Place(house, place, currency, now, asked, made).compare(wanted, links)
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
    stored = {owner: of_owner for owner, of_owner in stored_values(house, PEOPLE).items() if owner in users}
    if not stored:
        return
    try:
        records: Mapping[str, str] = house.target().user_records()  # type: ignore[attr-defined]
        wanted = {
            records[users[owner]]: wanted_on(house, PEOPLE, of_owner, currency)
            for owner, of_owner in stored.items()
            if users[owner] in records
        }
        Place(house, PEOPLE, currency, now, asked, made).compare(wanted, {})
    except REFUSALS as error:
        _remember(house, PEOPLE, error, now)


def _remember(house: House, place: str, error: CadranError, now: datetime) -> None:
    """A scope or a tier stays away for a while; an answer that nobody understands may be better next time."""
    if not isinstance(error, ContractError):
        remember_refusals(house, {place: str(error)}, now)


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
    forget_definitions(house)
    forget_places(house.ledger)
