"""Property definitions on campaigns and users: asked for at most daily, unless something is to be written."""

import hashlib
import json
from datetime import datetime, timedelta

from sync.campaign_properties import NATIVE, campaign_definitions
from sync.definitions import Definitions, plan_definitions
from sync.house import House
from sync.properties import GROUP

LOOK_AGAIN = timedelta(hours=24)
_KNOWN = "campaign_definitions_seen"


def ask_definitions(house: House, object: str, now: datetime) -> Definitions:
    """What the plan does to them; remembered when that is nothing."""
    target, objects = house.target(), [object]
    found = plan_definitions(
        campaign_definitions(object, house.locale, house.catalogue),
        target.property_states(objects),
        lambda: target.property_states(objects, archived=True),
        lambda: target.room(objects),
        GROUP,
    )
    if object == NATIVE:
        found = _only_missing(found)
    if not found.lines:
        know_definitions(house, object, now)
    return found


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


def _print_of(house: House, object: str) -> str:
    return hashlib.sha256(repr(campaign_definitions(object, house.locale, house.catalogue)).encode()).hexdigest()[:16]


def definitions_known(house: House, object: str, now: datetime) -> bool:
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


def forget_definitions(house: House) -> None:
    house.ledger.put(_KNOWN, "{}")
