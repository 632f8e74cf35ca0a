"""What a command will cost, said before it starts: calls by what they are for, and the least time they take."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.base import Quotes, ReadContext, Source, Target
from connectors.errors import CadranError
from kpi.text import Text
from sync.echo import LAG_S
from sync.fingerprint import asked_now, asked_then
from sync.house import House
from sync.plan import Plan

KINDS: Mapping[str, Text] = {
    "definitions": Text("property definitions", "définitions de propriétés"),
    "pre_read": Text("reading before writing", "lectures avant écriture"),
    "update": Text("writing", "écritures"),
    "associations": Text("associations", "associations"),
    "echo": Text("reading back our own changes", "relecture de nos propres changements"),
    "audit": Text("looking for edits that we wrote over", "recherche de modifications recouvertes"),
}


def least_seconds(plan: Plan, target: Target, lag_s: float = LAG_S) -> float:
    """How long applying takes at least, at the limits in force. ``lag_s``: the wait before our own changes are read back."""
    searches, others = plan.read_back
    writing = target.least_seconds(plan.calls - searches - others, 0)
    return writing + (lag_s + target.least_seconds(others, searches) if searches else 0.0)


def cost_lines(plan: Plan, seconds: float, locale: str) -> list[str]:
    """For a person."""
    parts = [f"{KINDS[kind].in_(locale)} {calls}" for kind, calls in plan.calls_by_kind.items() if calls]
    lines = []
    if parts:
        words = Text(
            f"Cost: {plan.calls} API calls ({', '.join(parts)}), at least {duration(seconds)} at the account's limits.",
            f"Coût : {plan.calls} appels ({', '.join(parts)}), au moins {duration(seconds)} aux limites du compte.",
        )
        lines.append(words.in_(locale))
    if plan.lookups:
        words = Text(
            f"Planning itself looked up {plan.lookups} pages of property history.",
            f"La préparation a consulté {plan.lookups} pages d'historique.",
        )
        lines.append(words.in_(locale))
    return lines


def duration(seconds: float) -> str:
    """Seconds up to two minutes, then minutes, then hours; rounded up."""
    if seconds <= 120:
        return f"{-int(-seconds // 1)} s"
    if seconds <= 7200:
        return f"{-int(-seconds // 60)} min"
    return f"{-int(-seconds // 3600)} h"


# --- reading -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StreamCost:
    """What a sync would do with one stream. ``calls`` and ``seconds`` None: its source cannot say."""

    source: str
    stream: str
    mode: str
    cursor: str | None
    lookback_days: int
    calls: int | None
    seconds: float | None
    note: str

    def to_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "stream": self.stream,
            "mode": self.mode,
            "from": self.cursor,
            "lookback_days": self.lookback_days,
            "calls": self.calls,
            "seconds": self.seconds,
            "note": self.note,
        }


DESCRIPTION = "description"
"""Stands for a stream: what a source is asked about itself before its streams are read."""


def reading_costs(house: House, only: tuple[str, ...], full: bool, now: datetime) -> list[StreamCost]:
    """Every stream that a sync would read. Sources that can quote are described (when that is due) and may ask a few counts;
    nothing is read or stored."""
    return [
        cost
        for source in house.sources.values()
        if not only or source.id in only
        for cost in _of_source(house, source, full, now)
    ]


def _of_source(house: House, source: Source, full: bool, now: datetime) -> Iterator[StreamCost]:
    facts: Mapping[str, Any] = {}
    if isinstance(source, Quotes):
        before = _sent(source)
        facts = source.describe(None if full else house.ledger.description(source.id), now)
        asked = _sent(source) - before
        yield StreamCost(source.id, DESCRIPTION, "snapshot", None, 0, asked, 0.0, "")
    for stream in source.streams():
        state = house.ledger.stream_state(source.id, stream.name)
        # What was stored lacks something that is asked for now: it is read from the beginning.
        is_outdated = (
            state is not None
            and stream.mode == "incremental"
            and asked_then(state.fingerprint) != "|".join(asked_now(facts, stream.name))
        )
        cursor = None if full or is_outdated or state is None else state.cursor
        skipped = (facts.get("skipped") or {}).get(stream.name)
        if skipped is not None:
            yield StreamCost(source.id, stream.name, stream.mode, cursor, stream.lookback_days, 0, 0.0, skipped)
            continue
        since = house.settings.history_start or now.date()
        calls, seconds, note = _quoted(source, stream, cursor, ReadContext(now=now, since=since, full=full))
        yield StreamCost(source.id, stream.name, stream.mode, cursor, stream.lookback_days, calls, seconds, note)


def _sent(source: Source) -> int:
    return int(getattr(source, "requests_sent", 0))


def _quoted(source: Source, stream: Any, cursor: str | None, context: ReadContext) -> tuple[int | None, float | None, str]:
    if not isinstance(source, Quotes):
        return None, None, ""
    try:
        quote = source.quote(stream, cursor, context)
    except CadranError as error:
        return None, None, str(error)
    return quote.calls, round(quote.seconds, 1), quote.note


def total_of(costs: list[StreamCost]) -> dict[str, Any]:
    """``calls`` and ``seconds`` of the streams that are known (sources are read at the same time), ``unknown`` streams."""
    by_source: dict[str, float] = {}
    for cost in costs:
        by_source[cost.source] = by_source.get(cost.source, 0.0) + (cost.seconds or 0.0)
    return {
        "calls": sum(cost.calls or 0 for cost in costs),
        "seconds": round(max(by_source.values(), default=0.0), 1),
        "unknown": [f"{cost.source}.{cost.stream}" for cost in costs if cost.calls is None],
    }
