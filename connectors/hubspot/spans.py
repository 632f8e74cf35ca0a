"""Sets of record ids as spans, for a list of which parts are read. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

Span = tuple[int, int | None]
"""Ids from the first (inclusive) up to the end (exclusive); None: no end."""

EVERYTHING: tuple[Span, ...] = ((0, None),)


def among(spans: Iterable[Span], ids: Sequence[int]) -> int:
    """How many of the ids, given in order, are in one of the spans."""
    return sum(max(0, (len(ids) if end is None else bisect_left(ids, end)) - bisect_left(ids, first)) for first, end in spans)


def without(spans: Iterable[Span], taken: Span) -> tuple[Span, ...]:
    """The spans, in order, less what ``taken`` holds."""
    start, stop = taken
    if stop is not None and stop <= start:
        return tuple(spans)
    rest: list[Span] = []
    for first, end in spans:
        if (end is not None and end <= start) or (stop is not None and stop <= first):
            rest.append((first, end))
            continue
        if first < start:
            rest.append((first, start))
        if stop is not None and (end is None or stop < end):
            rest.append((stop, end))
    return tuple(rest)


def joined(spans: Iterable[Span], more: Span) -> tuple[Span, ...]:
    """The spans and one more, in order, none touching another."""
    result: list[Span] = []
    for first, end in sorted([*without(spans, more), more], key=lambda span: span[0]):
        if result and result[-1][1] == first:
            result[-1] = (result[-1][0], end)
        else:
            result.append((first, end))
    return tuple(result)
