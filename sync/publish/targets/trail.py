"""How targets stood, sync by sync: since when one is at risk, and what became of those whose period is over."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa

from kpi.targets import State
from sync.ledger_base import INSTANT, utc
from sync.publish.shelf import Shelf
from sync.publish.shelf_tables import Exact, metadata

target_statuses = sa.Table(
    "shelf_target_status",
    metadata,
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("period_start", sa.Date, primary_key=True),
    sa.Column("run_id", sa.Integer, primary_key=True),
    sa.Column("as_of", INSTANT, nullable=False),
    sa.Column("kpi", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("wanted", Exact, nullable=False),
    sa.Column("value", Exact),
    sa.Column("projected", Exact),
)


@dataclass(frozen=True)
class Stood:
    """How a target stood after a run."""

    run_id: int
    as_of: datetime
    start: date
    """First day of the target's period."""
    state: State
    wanted: Decimal
    value: Decimal | None
    projected: Decimal | None


def trail(shelf: Shelf, target: str, start: date | None = None) -> list[Stood]:
    """How a target stood after each run, the newest last; ``start``: in that period alone."""
    c = target_statuses.c
    query = sa.select(target_statuses).where(c.target == target).order_by(c.period_start, c.run_id)
    if start is not None:
        query = query.where(c.period_start == start)
    with shelf.engine.connect() as con:
        rows = con.execute(query).mappings().all()
    return [
        Stood(
            row["run_id"],
            utc(row["as_of"]),
            row["period_start"],
            row["state"],
            row["wanted"],
            row["value"],
            row["projected"],
        )
        for row in rows
    ]
