"""What reading an object type will cost, from a count or two.

The figures are those of the calls that :mod:`.reading` and :mod:`.listing` make; how long they take at least follows from
the limits that the governor knows.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.base import Quote, ReadContext
from connectors.hubspot.client import BATCH, HISTORY_BATCH, LINK_BATCH, LIST_PAGE, SEARCH_PAGE, HubSpotClient, fits_address
from connectors.hubspot.kinds import Kind
from connectors.hubspot.position import Position
from connectors.hubspot.reading import Schedule, already_read, changed_since, names_to_search

COUNTS = 3
"""Searches of a complete list beside its pages: the highest id, and up to two counts at its end."""


@dataclass
class _Cost:
    calls: dict[str, int] = field(default_factory=lambda: {"burst": 0, "search": 0, "associations": 0})
    notes: list[str] = field(default_factory=list)


def quote_snapshot(calls: int, client: HubSpotClient) -> Quote:
    """A stream that is read whole in a few calls."""
    return Quote(calls, _seconds({"burst": calls}, client))


def quote(
    client: HubSpotClient,
    kind: Kind,
    properties: Sequence[str],
    position: Position,
    context: ReadContext,
    schedule: Schedule,
    *,
    with_history: bool,
) -> Quote:
    """The cost of the next read; archive lists count as one page, because nobody tells how long they are."""
    cost = _Cost()
    if position.since is not None and kind.is_searchable:
        since = position.since - schedule.search_lag
        known = already_read(context, since)
        changed = [changed_since(kind, since)]
        found = client.count(kind.plural, changed)
        _, is_lean = names_to_search(kind, changed, properties, known)
        read = max(0, found - len(known))
        cost.calls["search"] += max(1, math.ceil(found / SEARCH_PAGE))
        cost.calls["burst"] += math.ceil(read / BATCH) if is_lean else 0
        _add_completing(cost, kind, read, with_history=with_history)
        cost.notes.append(f"{read} changed" + (f", {found - read} known already" if found > read else ""))
    if schedule.list_is_due(position, context.now) or not kind.is_searchable:
        _add_list(cost, client, kind, properties, position, with_history=with_history)
    elif kind.has_archive and schedule.archive_is_due(position, context.now):
        cost.calls["burst"] += 1
        cost.notes.append("archive list is due")
    return Quote(sum(cost.calls.values()), _seconds(cost.calls, client), "; ".join(cost.notes))


def _add_list(
    cost: _Cost, client: HubSpotClient, kind: Kind, properties: Sequence[str], position: Position, *, with_history: bool
) -> None:
    total = client.count(kind.plural, []) if kind.is_searchable else LIST_PAGE
    left = max(0, total - (position.listing.count if position.listing else 0))
    pages = max(1, math.ceil(left / LIST_PAGE))
    cost.calls["burst"] += pages if fits_address(properties) else pages + math.ceil(left / BATCH)
    cost.calls["burst"] += 1 if kind.has_archive else 0
    cost.calls["search"] += COUNTS if kind.is_searchable else 0
    _add_completing(cost, kind, left, with_history=with_history)
    if position.listing is not None:
        what = "complete list goes on"
    else:
        what = "first load" if position.since is None else "complete list is due"
    cost.notes.append(f"{what}, {left:,} records" if kind.is_searchable else what)


def _add_completing(cost: _Cost, kind: Kind, records: int, *, with_history: bool) -> None:
    cost.calls["associations"] += len(kind.links) * math.ceil(records / LINK_BATCH)
    cost.calls["burst"] += math.ceil(records / HISTORY_BATCH) if with_history else 0


def _seconds(calls: Mapping[str, int], client: HubSpotClient) -> float:
    """The slowest limit decides; they are filled at the same time. What fits into one window takes no time."""
    needed = 0.0
    for bucket, count in calls.items():
        allowance = client.wire.governor.allowance(bucket)
        needed = max(needed, (math.ceil(count / allowance.limit) - 1) * allowance.period_s)
    return max(needed, 0.0)
