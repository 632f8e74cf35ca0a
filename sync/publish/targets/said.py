"""The targets that the settings say, made whole, or what is wrong with them: all of it at once, each with its key."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import get_args

from config.settings import AccountSettings
from config.targets import TargetSettings
from kpi.card import Kpi
from kpi.forecast import limits_of
from kpi.measures.base import BYS, By
from kpi.periods import Period
from kpi.registry import Catalogue
from kpi.targets import Direction, Target, kind_of, meets
from kpi.units import Unit, plain
from sync.grains import kept
from sync.own_kpis import catalogue
from sync.publish.shelving import NOT_SHELVED
from sync.publish.targets.when import FORMS, When, name_of, when

Mistake = tuple[tuple[str, ...], str]
"""(keys, sentence)."""

HIGH_RATIO = Decimal(10)
"""A ratio above this is more often a percentage that was written as a number."""

_BETTER: Mapping[str, Direction] = {"up": "at_least", "down": "at_most"}
_NUMBER = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(%?)")


def targets(settings: AccountSettings, kpis: Catalogue) -> list[Target]:
    """Those of the settings that are whole, in their order; settings that were loaded hold no others."""
    return [found for place in range(len(settings.targets)) if isinstance(found := _judged(settings, kpis, place), Target)]


def mistakes(settings: AccountSettings) -> Iterator[Mistake]:
    """What is wrong with the section ``targets`` beyond its form."""
    if not settings.targets:
        return
    kpis = catalogue(settings.kpis)
    found = [_judged(settings, kpis, place) for place in range(len(settings.targets))]
    for one in found:
        if not isinstance(one, Target):
            yield from one
    names = Counter(one.name for one in found if isinstance(one, Target))
    for place, one in enumerate(found):
        if isinstance(one, Target) and names[one.name] > 1:
            yield (
                ("targets", str(place)),
                f"{names[one.name]} targets are called {one.name!r}: say one only, or give each a `name`",
            )


def read_period(target: Target, kpi: Kpi) -> Period:
    """The period that its value is read from: its own, or ``all`` for what is known at one moment only."""
    return target.period if kept(kpi, target.by, target.period) else "all"


class _Faults:
    """What is wrong with one target."""

    def __init__(self, place: int) -> None:
        self.found: list[Mistake] = []
        self._place = str(place)

    def add(self, key: str, sentence: str) -> None:
        self.found.append((("targets", self._place, key), sentence))


def _judged(settings: AccountSettings, kpis: Catalogue, place: int) -> Target | list[Mistake]:
    said, first_month, faults = settings.targets[place], settings.kpis.fiscal_year_start, _Faults(place)
    span = when(said.period, first_month)
    if span is None:
        faults.add("period", f"{said.period!r} is no period: {FORMS}")
    kpi = kpis.kpis.get(said.kpi)
    if kpi is None:
        faults.add("kpi", _no_kpi(said.kpi, kpis))
        _unreadable(said, first_month, faults)
        return faults.found
    if settings.kpis.compute == "followed" and kpi.name not in kpis.followed:
        faults.add("kpi", f"{kpi.name} is not computed: `kpis.compute` is `followed`, so name it in `kpis.follow` too")
    by = _scope(said, kpi, span, faults)
    direction = _direction(said, kpi, faults)
    value = _amount(said.value, kpi, "value", faults)
    baseline = _baseline(said, kpi, span, first_month, faults)
    if value is not None and direction is not None:
        _can_be_reached(kpi, direction, value, baseline, faults)
    if faults.found or span is None or by is None or direction is None or value is None or baseline is None:
        return faults.found
    written = name_of(span.period, span.start, first_month) if span.start else f"each {span.period}"
    return Target(
        name=said.name or " ".join(filter(None, (kpi.name, said.member, written))),
        kpi=kpi.name,
        by=by,
        key=said.member,
        direction=direction,
        value=value,
        period=span.period,
        start=span.start,
        owner=said.owner,
        baseline=baseline,
        reason=said.reason,
    )


# --- which KPI, of whom, when ----------------------------------------------------------------------------------------


def _no_kpi(name: str, kpis: Catalogue) -> str:
    if name in kpis.record_kpis:
        return f"{name} stands on single records; a target is about a KPI of `cadran kpis --all`"
    titles = {words.casefold(): kpi.name for kpi in kpis.kpis.values() for words in (kpi.title.en, kpi.title.fr)}
    near = difflib.get_close_matches(name.casefold(), [*kpis.kpis, *titles], n=1, cutoff=0.5)
    meant = titles.get(near[0], near[0]) if near else None
    return f"no KPI is called {name}; " + (f"did you mean `{meant}`?" if meant else "`cadran kpis --all` lists them")


def _unreadable(said: TargetSettings, first_month: int, faults: _Faults) -> None:
    """What can be seen of the others without knowing the KPI."""
    if _NUMBER.fullmatch(said.value) is None:
        faults.add("value", _no_number(said.value))
    if _NUMBER.fullmatch(said.baseline) is None and when(said.baseline, first_month) is None:
        faults.add("baseline", _no_baseline(said.baseline))


def _scope(said: TargetSettings, kpi: Kpi, span: When | None, faults: _Faults) -> By | None:
    offered = [by for by in kpi.grains if by not in NOT_SHELVED]
    if said.by not in offered:
        near = difflib.get_close_matches(said.by, offered, n=1, cutoff=0.5)
        hint = f"did you mean `{near[0]}`?" if near else f"it is by {', '.join(by for by in BYS if by in offered)}"
        faults.add("by", f"{kpi.name} has no figures by {said.by}; {hint}")
        return None
    by = next(one for one in offered if one == said.by)
    if by != "total" and not said.member:
        faults.add("for", f"missing: which {by} it is about, e.g. `for: {'Paid search' if by == 'channel' else '…'}`")
    if by == "total" and said.member:
        faults.add("by", f"missing: what {said.member!r} is, e.g. `by: channel`")
    if span is not None and not (kept(kpi, by, span.period) or kpi.periods == ("all",)):
        allowed = [one for one in get_args(Period) if one in ("month", "quarter", "year") and kept(kpi, by, one)]
        of = f"; it has them by {' and '.join(allowed)}" if allowed else ""
        faults.add("period", f"{kpi.name} by {by} has no figures of a {span.period}{of}")
    return by


def _direction(said: TargetSettings, kpi: Kpi, faults: _Faults) -> Direction | None:
    implied = _BETTER.get(kpi.better)
    if said.direction is None and implied is None:
        faults.add("direction", f"missing: {kpi.name} is good neither high nor low; write `at_least` or `at_most`")
        return None
    if said.direction is not None and implied is not None and said.direction != implied:
        way = "higher" if kpi.better == "up" else "lower"
        faults.add(
            "direction", f"{kpi.name} is better {way}: `{said.direction}` would call a worse figure a success; leave it out"
        )
        return None
    return said.direction or implied


# --- how much -----------------------------------------------------------------------------------------------------------


def _amount(text: str, kpi: Kpi, key: str, faults: _Faults) -> Decimal | None:
    """The figure in the KPI's unit."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        faults.add(key, _no_number(text))
        return None
    number, is_percent = Decimal(found[1]), bool(found[2])
    if kpi.unit is not Unit.RATIO:
        if is_percent:
            faults.add(key, f"{kpi.name} is {_UNITS[kpi.unit]}, not a rate: write the figure itself, not a percentage")
        return None if is_percent else number
    value = number / 100 if is_percent else number
    high = Decimal(1) if kpi.flags_above_one else limits_of(kpi, ()).high
    if high is not None and value > high:
        meant = f"; a rate of {plain(number)} % is written {plain(number / 100)} or `{plain(number)} %`" if not is_percent else ""
        faults.add(key, f"{text} is {plain(value * 100)} %, and {kpi.name} never passes {plain(high * 100)} %{meant}")
        return None
    if not is_percent and value > HIGH_RATIO:
        faults.add(
            key,
            f"{text} is {plain(number * 100)} %: write `{plain(number)} %` if that is meant, or `{plain(number * 100)} %` if not",
        )
        return None
    return value


_UNITS = {
    Unit.MONEY: "money in the company's currency",
    Unit.COUNT: "a count",
    Unit.DAYS: "a number of days",
    Unit.MONTHS: "a number of months",
    Unit.SCORE: "a score",
}


def _no_number(text: str) -> str:
    return f"{text!r} is no figure: digits alone, with a point before decimals and without a currency, e.g. 250000; of a rate 0.25 or 25 %"


def _no_baseline(text: str) -> str:
    return f"{text!r} is neither a figure nor a past period: write e.g. 180000, 2025-09, 2025-Q4 or `year 2025`"


def _baseline(
    said: TargetSettings, kpi: Kpi, span: When | None, first_month: int, faults: _Faults
) -> Decimal | tuple[Period, date] | None:
    if _NUMBER.fullmatch(said.baseline):
        return _amount(said.baseline, kpi, "baseline", faults)
    found = when(said.baseline, first_month)
    if found is None or found.start is None:
        faults.add("baseline", _no_baseline(said.baseline))
        return None
    if span is not None and span.start is not None and found.start >= span.start:
        faults.add("baseline", f"{said.baseline} is not before {said.period}: a baseline is where it starts from")
    if span is not None and found.period != span.period and kind_of(kpi) == "flow":
        faults.add("baseline", f"{kpi.name} adds up: a {found.period} says nothing of a {span.period}; name a {span.period}")
    return found.period, found.start


def _can_be_reached(kpi: Kpi, direction: Direction, value: Decimal, baseline: object, faults: _Faults) -> None:
    low = limits_of(kpi, ()).low
    if low is not None and (value < low or (direction == "at_least" and value == low)):
        faults.add("value", f"{kpi.name} is never below {plain(low)}, so there is nothing to reach")
    elif isinstance(baseline, Decimal) and meets(direction, baseline, value):
        wanted = "at least" if direction == "at_least" else "at most"
        faults.add("baseline", f"{plain(baseline)} is {wanted} {plain(value)} already: there is nothing left to reach")
