"""Reports by the name of the event, counted from the events that a world's sessions hold.

An event has no visitor's page or campaign of its own: what else is asked beside its name is its session's.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from connectors.sandbox.ga4.counting import Counted, Number, Question, Row
from connectors.sandbox.ga4.filters import passes
from connectors.sandbox.world import Record

EVENT_METRICS = frozenset({"sessions", "totalUsers", "eventCount", "keyEvents"})


class _Events(NamedTuple):
    """Events of one name in one session."""

    session: int
    user: str
    name: str
    times: int
    is_key: bool


def count_events(
    question: Question, sessions: Sequence[Record], columns: Mapping[str, Sequence[str]], key_events: frozenset[str], in_all: int
) -> Counted:
    """The report over ``sessions`` (those read, of ``in_all``); ``columns`` are the dimensions that are the sessions' own."""
    events = [
        _Events(number, str(session["user"]), name, count, name in key_events)
        for number, session in enumerate(sessions)
        for name, count in session.get("events", {}).items()
        if count
    ]

    def column(name: str) -> list[str]:
        if name == "eventName":
            return [event.name for event in events]
        if name == "isKeyEvent":
            return [str(event.is_key).lower() for event in events]
        return [columns[name][event.session] for event in events]

    if question.filter:
        events = [event for event, passed in zip(events, passes(question.filter, column), strict=True) if passed]
    keys = zip(*(column(name) for name in question.dimensions), strict=True) if question.dimensions else [()] * len(events)
    groups: defaultdict[tuple[str, ...], list[_Events]] = defaultdict(list)
    for key, event in zip(keys, events, strict=True):
        groups[key].append(event)
    shown = {key: group for key, group in groups.items() if len({event.user for event in group}) >= question.min_users}
    rows: list[Row] = [(key, _values(group, question)) for key, group in shown.items()]
    return Counted(rows, _values(events, question), len(sessions), in_all, is_thresholded=len(shown) < len(groups))


def _values(events: Sequence[_Events], question: Question) -> tuple[Number, ...]:
    values: dict[str, Any] = {
        "sessions": len({event.session for event in events}),
        "totalUsers": len({event.user for event in events}),
        "eventCount": sum(event.times for event in events),
        "keyEvents": sum(event.times for event in events if event.is_key),
    }
    return tuple(values[name] * question.every for name in question.metrics)
