"""What is wrong with the rules beyond their form, and who they tell."""

import difflib
import re
from collections.abc import Collection, Iterator

from config.alerts import RuleSettings
from config.settings import AccountSettings
from kpi.registry import Catalogue
from sync.grains import kept
from sync.own_kpis import catalogue
from sync.publish.shelving import NOT_SHELVED
from sync.publish.targets.said import targets

Mistake = tuple[tuple[str, ...], str]

NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
FORECAST = ("month", "week")
"""What is forecast."""


def mistakes(settings: AccountSettings) -> Iterator[Mistake]:
    """(keys, sentence) of every fault in the section ``alerts``."""
    alerts, known = settings.alerts, tuple(settings.notify.recipients)
    yield from _unknown(("alerts", "to"), alerts.to, known, "no recipient in `notify.recipients` is called {}")
    kpis = catalogue(settings.kpis) if any(rule.kpi or rule.targets for rule in alerts.rules.values()) else None
    whole = targets(settings, kpis) if kpis is not None else []
    for name, rule in alerts.rules.items():
        place = ("alerts", "rules", name)
        if not NAME.fullmatch(name):
            yield place, "a rule's name holds only a-z, 0-9 and _, and begins with a letter"
        if not recipients(settings, rule):
            yield place, "nobody would be told: name recipients in `to`, or for all rules in `alerts.to`"
        yield from _unknown((*place, "to"), rule.to, known, "no recipient in `notify.recipients` is called {}")
        yield from _unknown((*place, "sources"), rule.sources, tuple(settings.sources), "no source is called {}")
        if len(whole) == len(settings.targets):
            yield from _unknown((*place, "targets"), rule.targets, [one.name for one in whole], "no target is called {}")
        if kpis is not None and rule.kpi is not None:
            yield from _of_figures(place, rule, kpis, is_followed_only=settings.kpis.compute == "followed")


def recipients(settings: AccountSettings, rule: RuleSettings) -> tuple[str, ...]:
    """Who a rule tells."""
    return tuple(dict.fromkeys(rule.to or settings.alerts.to))


def _of_figures(place: tuple[str, ...], rule: RuleSettings, kpis: Catalogue, *, is_followed_only: bool) -> Iterator[Mistake]:
    """Whether there is such a figure."""
    kpi = kpis.kpis.get(rule.kpi or "")
    if kpi is None:
        if rule.kpi in kpis.record_kpis:
            yield (*place, "kpi"), f"{rule.kpi} stands on single records, which are not watched"
        else:
            yield from _unknown((*place, "kpi"), [rule.kpi or ""], tuple(kpis.kpis), "no KPI is called {}")
        return
    if is_followed_only and kpi.name not in kpis.followed:
        yield (*place, "kpi"), f"{kpi.name} is not computed: `kpis.compute` is `followed`, so name it in `kpis.follow` too"
    shown = [by for by in kpi.grains if by not in NOT_SHELVED]
    if rule.by not in shown:
        yield from _unknown((*place, "by"), [rule.by], shown, f"{kpi.name} is not watched by {{}}")
    else:
        by = next(one for one in shown if one == rule.by)
        if rule.kind == "outside_forecast" and rule.period not in FORECAST:
            yield (*place, "period"), f"forecasts are made by {' and '.join(FORECAST)}"
        elif not kept(kpi, by, rule.period):
            yield (*place, "period"), f"{kpi.name} is not kept by {by} and {rule.period}; `cadran kpis {kpi.name}` says by what"


def _unknown(path: tuple[str, ...], named: Collection[str], known: Collection[str], sentence: str) -> Iterator[Mistake]:
    """A line for each name that is not known, with the nearest one that is."""
    for name in named:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            few = ", ".join(sorted(known)) if len(known) <= 15 else ""
            hint = f"; did you mean `{near[0]}`?" if near else f"; known: {few}" if few else ""
            yield path, sentence.format(name) + hint
