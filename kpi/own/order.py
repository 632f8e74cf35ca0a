"""Which own KPIs build on which: circles, and an order in which each comes after what it names."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kpi.language import names_in
from kpi.own.said import OwnKpi


def used(kpi: OwnKpi, said: Mapping[str, OwnKpi]) -> list[str]:
    """The own KPIs that a formula names. One that is just its own name means the measure of that name."""
    return [name for name in names_in(kpi.formula) if name in said and kpi.formula.strip() != kpi.name]


def circle(name: str, uses: Mapping[str, Sequence[str]]) -> list[str]:
    """The shortest way from a KPI back to itself, both ends included; empty where there is none."""
    ways = [[name]]
    seen = set()
    while ways:
        way = ways.pop(0)
        for one in uses[way[-1]]:
            if one == name:
                return [*way, name]
            if one not in seen:
                seen.add(one)
                ways.append([*way, one])
    return []


def by_need(said: Iterable[str], uses: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Every name after those that it uses. Circles are left as they stand."""
    done: set[str] = set()
    waiting = list(said)
    while waiting:
        ready = [name for name in waiting if all(one in done or one not in waiting for one in uses[name])] or waiting[:1]
        yield from ready
        done.update(ready)
        waiting = [name for name in waiting if name not in done]
