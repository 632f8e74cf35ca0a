"""What reading an object type will cost, from a count or two.

The figures are those of the calls that :mod:`.reading` and :mod:`.listing` make; how long they take at least follows from
the limits that the governor knows.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.base import Quote
from connectors.hubspot.client import BATCH, HISTORY_BATCH, LINK_BATCH, LIST_PAGE, SEARCH_PAGE, HubSpotClient, fits_address
from connectors.hubspot.reading_plan import ReadingPlan, Search

COUNTS = 3
"""Searches of a complete list beside its pages: the highest id, and up to two counts at its end."""


@dataclass
class _Cost:
    calls: dict[str, int] = field(default_factory=lambda: {"burst": 0, "search": 0, "associations": 0})
    notes: list[str] = field(default_factory=list)


def quote_snapshot(calls: int, client: HubSpotClient) -> Quote:
    """A stream that is read whole in a few calls."""
    return Quote(calls, _seconds({"burst": calls}, client))


def quote(client: HubSpotClient, plan: ReadingPlan) -> Quote:
    """The cost of carrying a plan out; archive lists count as one page, because nobody tells how long they are."""
    cost = _Cost()
    if plan.search is not None:
        _add_search(cost, client, plan, plan.search)
    if plan.list_is_due:
        _add_list(cost, client, plan)
        if plan.search_after_list is not None:
            _add_search(cost, client, plan, plan.search_after_list)
    elif plan.archive_is_due:
        cost.calls["burst"] += 1
        cost.notes.append("archive list is due")
    return Quote(sum(cost.calls.values()), _seconds(cost.calls, client), "; ".join(cost.notes))


def _add_search(cost: _Cost, client: HubSpotClient, plan: ReadingPlan, search: Search) -> None:
    found = client.count(plan.kind.plural, search.filters)
    read = max(0, found - len(search.known))
    cost.calls["search"] += max(1, math.ceil(found / SEARCH_PAGE))
    cost.calls["burst"] += math.ceil(read / BATCH) if search.is_lean else 0
    _add_completing(cost, plan, read)
    cost.notes.append(f"{read} changed" + (f", {found - read} known already" if found > read else ""))


def _add_list(cost: _Cost, client: HubSpotClient, plan: ReadingPlan) -> None:
    kind, position = plan.kind, plan.position
    total = client.count(kind.plural, []) if kind.is_searchable else LIST_PAGE
    left = max(0, total - (position.listing.count if position.listing else 0))
    pages = max(1, math.ceil(left / LIST_PAGE))
    cost.calls["burst"] += pages if fits_address(plan.properties) else pages + math.ceil(left / BATCH)
    cost.calls["burst"] += 1 if kind.has_archive else 0
    cost.calls["search"] += COUNTS if kind.is_searchable else 0
    _add_completing(cost, plan, left)
    if position.listing is not None:
        what = "complete list goes on"
    else:
        what = "first load" if position.since is None else "complete list is due"
    cost.notes.append(f"{what}, {left:,} records" if kind.is_searchable else what)


def _add_completing(cost: _Cost, plan: ReadingPlan, records: int) -> None:
    cost.calls["associations"] += len(plan.kind.links) * math.ceil(records / LINK_BATCH)
    cost.calls["burst"] += math.ceil(records / HISTORY_BATCH) if plan.with_history else 0


def _seconds(calls: Mapping[str, int], client: HubSpotClient) -> float:
    """The slowest limit decides; they are filled at the same time. What fits into one window takes no time."""
    needed = 0.0
    for bucket, count in calls.items():
        allowance = client.wire.governor.allowance(bucket)
        needed = max(needed, (math.ceil(count / allowance.limit) - 1) * allowance.period_s)
    return max(needed, 0.0)
