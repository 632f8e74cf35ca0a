"""What is wrong with the section ``reports`` beyond its form."""

import difflib
from collections import Counter
from collections.abc import Collection, Iterator

from config.settings import AccountSettings
from kpi.roles import FOLLOWED
from sync.own_kpis import catalogue

Mistake = tuple[tuple[str, ...], str]
"""(keys, sentence)."""


def mistakes(settings: AccountSettings) -> Iterator[Mistake]:
    if not settings.reports:
        return
    recipients = tuple(settings.notify.recipients)
    names = Counter(report.title for report in settings.reports)
    kpis = tuple(catalogue(settings.kpis).kpis) if any(report.follow for report in settings.reports) else ()
    for place, report in enumerate(settings.reports):
        at = ("reports", str(place))
        if names[report.title] > 1:
            yield at, f"{names[report.title]} reports are called {report.title}: give each a `name` of its own"
        yield from _unknown((*at, "to"), report.to, recipients, "no recipient in `notify.recipients` is called {}")
        yield from _unknown((*at, "follow"), report.follow, (*FOLLOWED, *kpis), "no role and no KPI is called {}")


def _unknown(path: tuple[str, ...], named: Collection[str], known: Collection[str], sentence: str) -> Iterator[Mistake]:
    """A line for each name that is not known, with the nearest one that is."""
    for name in named:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            yield path, sentence.format(name) + (f"; did you mean `{near[0]}`?" if near else "")
