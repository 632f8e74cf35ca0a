"""``cadran show --history`` as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from kpi.text import Text
from sync import render
from sync.cards import card
from sync.house import House
from sync.labels import labels_for
from sync.sureness import said

_NOTHING = Text(
    "No version of {kpi} is kept by {by} at this period.", "Aucune version de {kpi} n'est conservée par {by} à cette période."
)
_NOW = Text("now", "maintenant")


def print_history(house: House, kpi: str, by: str, versions: Sequence[Mapping[str, Any]]) -> None:
    """A line for each version: of which period, what, known from when to when, and the inputs that had moved."""
    locale = house.locale
    if not versions:
        click.echo(_NOTHING.in_(locale).format(kpi=kpi, by=by))
        return
    labels, found = labels_for(house, by), house.catalogue.kpis.get(kpi)
    headings = (
        Text(by, by),
        Text("period from", "période du"),
        Text("value", "valeur"),
        Text("known from", "connu du"),
        Text("until", "au"),
        Text("run", "exécution"),
        Text("what changed", "ce qui a changé"),
    )
    rows = (
        (
            labels.get(v["key"], v["key"]) or "total",
            render.day(v["period_start"], locale),
            said({"n": None, "currency": None, **v}, found, locale),
            _instant(v["from"]),
            _NOW.in_(locale) if v["to_run"] is None else _instant(v["to"]),
            str(v["from_run"]),
            _moved(v),
        )
        for v in versions
    )
    title = card(house.catalogue, kpi, locale)["title"]
    render.console().print(render.table(f"{title} ({kpi})", [h.in_(locale) for h in headings], rows, right=(2,)))


def _instant(text: str | None) -> str:
    return text[:16].replace("T", " ") if text else render.MISSING


def _moved(version: Mapping[str, Any]) -> str:
    moved = (
        f"{name} {both['old'] or render.MISSING} → {both['new'] or render.MISSING}" for name, both in version["changed"].items()
    )
    return "; ".join([*moved, *([version["reason"]] if version["reason"] else [])])
