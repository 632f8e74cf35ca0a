"""What should stand on campaigns and colleagues, from the results of the last sync and the attribution of single records."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from kpi.card import ANY_CHANGE
from kpi.registry import Catalogue
from kpi.text import Text
from sync.campaign_properties import CAMPAIGN, CHANNEL, LINKED, NAME, OWN, PEOPLE, figures_of, kind_of, property_name, step_of
from sync.compare import Ours
from sync.house import House
from sync.record_inputs import RecordInputs
from sync.result_reading import read_records

Links = Mapping[str, Mapping[str, frozenset[str]]]
"""Our campaign's key -> object -> ids of the records attributed to it."""
NO_LINKS: Mapping[str, frozenset[str]] = MappingProxyType(dict.fromkeys(LINKED, frozenset()))

_MOVED = Text("it is one of the CRM's own campaigns now", "c'est désormais l'une des campagnes du CRM")

Stored = Mapping[str, Mapping[str, Any]]
"""Record value by name, as the results keep it."""


def stored_values(house: House, object: str) -> dict[str, dict[str, Mapping[str, Any]]]:
    """By our key."""
    found: defaultdict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for row in read_records(house, object=object):
        found[row["record_id"]][row["property"]] = row
    return dict(found)


@dataclass(frozen=True)
class Wanted:
    """What should stand on one record."""

    values: Mapping[str, Ours]
    """By property name, without the summary."""
    month: date | None
    """The month that the figures of the last month are of."""


def wanted_on(house: House, place: str, of_key: Stored, currency: str) -> Wanted:
    values: dict[str, Ours] = {}
    if place == OWN:
        values[property_name(NAME)] = _word(of_key, NAME, "text")
    if place != PEOPLE:
        values[property_name(CHANNEL)] = _word(of_key, CHANNEL, "choice")
    months = []
    for figure in figures_of(place, house.catalogue):
        row = of_key.get(figure.value)
        if row is None:
            continue
        reason = row["reason_fr" if house.locale == "fr" else "reason"] or _why(row)
        values[property_name(figure.value)] = Ours(
            row["value"], kind_of(figure, house.catalogue), figure.value, reason, step_of(figure, house.catalogue)
        )
        months += [row["month"]] if figure.period == "month" else []
    return Wanted(values, months[0] if months else None)


def emptied(locale: str, catalogue: Catalogue) -> Wanted:
    """Nothing on a record of the custom object, because its campaign is one of the CRM's own now; its name stays, so that a
    person sees whose record it is."""
    names = {property_name(figure.value): kind_of(figure, catalogue) for figure in figures_of(OWN, catalogue)} | {
        property_name(CHANNEL): "choice"
    }
    return Wanted({name: Ours(None, kind, CAMPAIGN, _MOVED.in_(locale), ANY_CHANGE) for name, kind in names.items()}, None)


def _word(of_key: Stored, name: str, kind: str) -> Ours:
    return Ours(of_key[name]["value"], kind, name, "", ANY_CHANGE)  # type: ignore[arg-type]


def _why(row: Mapping[str, Any]) -> str:
    parts = [f"{row['month']:%Y-%m}"] if row["month"] else []
    parts += [f"{name} {value}" for name, value in json.loads(row["inputs"]).items()]
    return ", ".join(parts)


def attributed(records: RecordInputs, keys: Iterable[str]) -> Links:
    """The deals and contacts that our joins and the attribution model give to each campaign."""
    wanted = set(keys)
    found: dict[str, dict[str, set[str]]] = {key: {to: set() for to in LINKED} for key in wanted}
    for object, record_id, key in records.campaigns():
        if key in wanted:
            found[key][object].add(record_id)
    return {key: {to: frozenset(ids) for to, ids in of_key.items()} for key, of_key in found.items()}
