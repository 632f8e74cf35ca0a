"""Where figures of campaigns go in the CRM, and what the ledger remembers of it.

In this order: the CRM's own campaign where one of ours is one of them, else the custom object, else nowhere but the
attributed deals and contacts, which name their campaign anyway. One that the CRM gets later moves there from the custom
object, whose record is emptied and keeps its name. A place that the account refused is left alone until the key's scopes
change, or a week has passed.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from kpi.text import Text
from sync.campaign_match import CrmCampaign, matched
from sync.campaign_properties import NAME, NATIVE, OWN, PEOPLE, property_name
from sync.house import House
from sync.ledger import Ledger

ASK_AGAIN = timedelta(days=7)
"""A refusal is tried again after this long: tiers change without a word."""

NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        NATIVE: ("marketing.campaigns.read", "marketing.campaigns.write"),
        OWN: ("crm.schemas.custom.write", "crm.objects.custom.write"),
        PEOPLE: ("crm.objects.users.write", "crm.schemas.users.write"),
    }
)
"""Scopes without which a place need not be tried."""

_REFUSED = "campaign_places_refused"
_NOTE = "campaign_note"


def refused(house: House, now: datetime) -> dict[str, str]:
    """Places that need not be tried now, with why."""
    scopes = _scopes(house)
    remembered = _load(house.ledger, _REFUSED)
    found = {
        place: str(one["why"])
        for place, one in remembered.items()
        if one["scopes"] == scopes and now - datetime.fromisoformat(one["at"]) < ASK_AGAIN
    }
    # A key without any write scope is one for looking: the plan shows what one that may write would do.
    if scopes is not None and any(scope.endswith(".write") for scope in scopes):
        for place, needed in NEEDS.items():
            if missing := [scope for scope in needed if scope not in scopes]:
                found.setdefault(place, f"the key lacks {', '.join(missing)}")
    return found


def remember_refusals(house: House, said: Mapping[str, str], now: datetime) -> None:
    """Keep what places answered, so that they are not tried again on every run."""
    if said:
        entry = {"at": now.isoformat(), "scopes": _scopes(house)}
        both = _load(house.ledger, _REFUSED) | {place: {"why": why, **entry} for place, why in said.items()}
        house.ledger.put(_REFUSED, json.dumps(both, sort_keys=True))


def forget_places(ledger: Ledger) -> None:
    """After an uninstall: everything may be tried again."""
    ledger.put(_REFUSED, "{}")
    ledger.put(_NOTE, "")


def _scopes(house: House) -> list[str] | None:
    """The key's scopes as the last sync found them; None where HubSpot does not tell."""
    described = house.ledger.description(house.settings.crm.source) or {}
    scopes = described.get("scopes")
    return sorted(map(str, scopes)) if scopes is not None else None


def _load(ledger: Ledger, key: str) -> dict[str, Any]:
    return dict(json.loads(ledger.get(key) or "{}"))


# --- which campaign goes where ---------------------------------------------------------------------------------------


def native_ids(house: House, ours: Mapping[str, str]) -> dict[str, str]:
    """Our key -> id of the CRM's campaign, of those that are one; ``ours``: key -> title."""
    theirs = [
        CrmCampaign(record_id, _text(record, "hs_name"), _text(record, "hs_utm"))
        for record_id, record, _ in house.lake.raw_records(house.settings.crm.source, NATIVE)
    ]
    return matched(ours, theirs) if theirs else {}


def left_behind(house: House, moved: Iterable[str]) -> list[str]:
    """Those of the campaigns ``moved`` whose record in the custom object still holds something that we wrote."""
    full = {
        key
        for (_, key, property), base in house.ledger.bases_of(OWN).items()
        if base.value is not None and property != property_name(NAME)
    }
    return [key for key in moved if key in full]


def _text(record: Mapping[str, Any], name: str) -> str | None:
    value = (record.get("properties") or {}).get(name)
    return str(value) if value else None


# --- what is said of it ------------------------------------------------------------------------------------------------

_ON = Text("Campaign figures:", "Chiffres des campagnes :")
_WHERE: Mapping[str, Text] = MappingProxyType(
    {
        NATIVE: Text("{n} on the CRM's own campaigns", "{n} sur les campagnes du CRM"),
        OWN: Text("{n} in the object cadran_campaign", "{n} dans l'objet cadran_campaign"),
    }
)
_ELSEWHERE = Text(
    "{n} only by name on their deals and contacts ({why})", "{n} seulement par leur nom sur transactions et contacts ({why})"
)


def note(counts: Mapping[str, int], left: int, why: str) -> Text | None:
    """Where the campaigns' figures stand, in one line; None without campaigns."""
    parts = [words for place, words in _WHERE.items() if counts.get(place)]
    numbers = [counts[place] for place in _WHERE if counts.get(place)]
    if not parts and not left:
        return None

    def line(locale: str) -> str:
        said = [words.in_(locale).format(n=n) for words, n in zip(parts, numbers, strict=True)]
        said += [_ELSEWHERE.in_(locale).format(n=left, why=why)] if left else []
        return f"{_ON.in_(locale)} {', '.join(said)}"

    return Text(line("en"), line("fr"))


def keep_note(ledger: Ledger, said: Text | None) -> None:
    ledger.put(_NOTE, json.dumps([said.en, said.fr]) if said else "")


def kept_note(house: House) -> str | None:
    """The line of the last plan, in the settings' language."""
    stored = house.ledger.get(_NOTE)
    if not stored:
        return None
    words: Sequence[str] = json.loads(stored)
    return Text(*words).in_(house.locale)
