"""How every target stands, kept after a sync."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from sync.house import House
from sync.ledger_base import upsert
from sync.publish.shelf import Shelf
from sync.publish.targets.standing import TargetStatus, statuses
from sync.publish.targets.trail import target_statuses, trail


def update(house: House, shelf: Shelf) -> list[TargetStatus]:
    """Keep how every target stands now; gives it."""
    found = statuses(house, shelf)
    run_id, as_of = shelf.run_id, shelf.as_of
    if run_id is None or as_of is None:
        return []
    with shelf.engine.begin() as tx:
        upsert(tx, target_statuses, [_row(status, run_id) for status in found])
        if (days := house.settings.retention.results_days) is not None:
            tx.execute(sa.delete(target_statuses).where(target_statuses.c.as_of < as_of - timedelta(days=days)))
    return found


def _row(status: TargetStatus, run_id: int) -> Mapping[str, Any]:
    return {
        "target": status.target.name,
        "period_start": status.start,
        "run_id": run_id,
        "as_of": status.as_of,
        "kpi": status.target.kpi,
        "state": status.state,
        "wanted": status.target.value,
        "value": status.value,
        "projected": status.projected,
    }


def since(shelf: Shelf, status: TargetStatus) -> datetime:
    """The run from which on the target has stood as it does, without a break, UTC."""
    begun = status.as_of
    for stood in reversed(trail(shelf, status.target.name, status.start)):
        if stood.state != status.state:
            break
        begun = min(begun, stood.as_of)
    return begun
