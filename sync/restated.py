"""``cadran restatements``: the restatement ledger in words and numbers."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

import click

from connectors.errors import ConfigurationError
from kpi.text import Text
from sync import render, runs
from sync.evidence import Cause
from sync.house import House
from sync.labels import labels_for
from sync.ledger_tables import Run
from sync.opening import opened
from sync.output import print_json
from sync.restatements import Because, Restatement, Wanted, restatements
from sync.retention import KEPT_FROM

SHOWN = 40
"""Lines of the table; ``--json`` has all."""

WORDS: Mapping[Cause, Text] = {
    "definition": Text("the KPI's definition changed", "la définition de l'indicateur a changé"),
    "settings": Text("settings changed ({names})", "réglages modifiés ({names})"),
    "late_data": Text("data came late (rows: {n}; {tables})", "données arrivées après coup (lignes : {n} ; {tables})"),
    "refund": Text("refunds (rows: {n})", "remboursements (lignes : {n})"),
    "merge": Text("records merged (rows: {n}; {tables})", "fiches fusionnées (lignes : {n} ; {tables})"),
    "archive": Text(
        "records archived or deleted (rows: {n}; {tables})", "fiches archivées ou supprimées (lignes : {n} ; {tables})"
    ),
    "rate": Text("another exchange rate (rows: {n}; {tables})", "autre taux de change (lignes : {n} ; {tables})"),
    "edited": Text("data edited (rows: {n}; {tables}: {names})", "données modifiées (lignes : {n} ; {tables} : {names})"),
    "maturing": Text("the cohort was still being followed", "la cohorte était encore suivie"),
}
_BESIDE = Text(
    "data edited (no row dated in this period tells which; rows without a date that bear on it: {n})",
    "données modifiées (aucune ligne datée de cette période ne dit lesquelles ; lignes sans date qui s'y rapportent : {n})",
)


def because(one: Because, locale: str) -> str:
    """A cause as a person reads it; no record is named."""
    words = _BESIDE if one.cause == "edited" and not one.tables else WORDS[one.cause]
    return words.in_(locale).format(n=one.rows, tables=", ".join(one.tables), names=", ".join(one.names))


def why(causes: Iterable[Because], locale: str) -> str:
    return "; ".join(because(one, locale) for one in causes)


def restatements_command(
    kpi: str | None,
    since: str | None,
    as_json: bool,
    settings_file: Path | None,
    account: str | None,
    home: Path | None,
) -> int:
    with opened(settings_file, account, home, needs_sources=False) as house:
        if kpi is not None and kpi not in house.catalogue.kpis:
            raise ConfigurationError(f"no KPI that is kept by period is called {kpi}; `cadran kpis --all` lists them")
        found = restatements(house, Wanted(kpi=kpi, since=_since(house, since)))
        if as_json:
            print_json([{**one.to_json(), "why": why(one.causes, house.locale)} for one in found])
        else:
            _print(house, found)
        return 0


def _since(house: House, since: str | None) -> Callable[[Run], bool]:
    """``12`` or ``run:12``: that run and later ones; a day: runs whose data are of that day or later."""
    if since is None:
        return lambda _run: True
    number = since.removeprefix("run:")
    if number.isdigit():
        return lambda run: run.id >= int(number)
    try:
        day = date.fromisoformat(since)
    except ValueError:
        raise ConfigurationError(f"--since takes a run (12 or run:12) or a day (2026-09-30), not {since!r}") from None
    zone = runs.stored_frame(house).zone
    return lambda run: run.as_of is not None and run.as_of.astimezone(zone).date() >= day


def _print(house: House, found: list[Restatement]) -> None:
    locale = house.locale
    if not found:
        click.echo(
            Text(
                "No value of a period that was over has changed since it was first known.",
                "Aucune valeur d'une période terminée n'a changé depuis qu'elle est connue.",
            ).in_(locale)
        )
    else:
        headings = (
            Text("run", "exécution"),
            Text("KPI", "indicateur"),
            Text("of", "de"),
            Text("period", "période"),
            Text("old", "avant"),
            Text("new", "après"),
            Text("why", "pourquoi"),
        )
        shown = _first(found)
        labels = {by: labels_for(house, by) for by in dict.fromkeys(one.by for one in shown) if by != "total"}
        rows = [
            (
                f"{one.run} ({_day(one.at, house)})",
                one.kpi,
                labels.get(one.by, {}).get(one.key, one.key) or "total",
                f"{one.period} {render.day(one.period_start, locale)}" + (" *" if one.was_provisional else ""),
                render.number(one.old, one.unit, one.currency, locale),
                render.number(one.new, one.unit, one.currency, locale),
                why(one.causes, locale),
            )
            for one in shown
        ]
        render.console().print(render.table("", [h.in_(locale) for h in headings], rows, right=(4, 5)))
        if any(one.was_provisional for one in shown):
            click.echo(Text("* was still provisional", "* était encore provisoire").in_(locale))
        if more := len(found) - len(shown):
            click.echo(Text(f"… {more} more: add --kpi or --json.", f"… encore {more} : ajouter --kpi ou --json.").in_(locale))
    kept_from = int(house.ledger.get(KEPT_FROM) or 0)
    if kept_from:
        words = Text(
            f"What changed before run {kept_from} is no longer kept (setting retention.results_days).",
            f"Ce qui a changé avant l'exécution {kept_from} n'est plus conservé (réglage retention.results_days).",
        )
        click.echo(words.in_(locale))


def _first(found: list[Restatement]) -> list[Restatement]:
    """What is shown where there is too much: totals of months and longer before all others."""
    if len(found) <= SHOWN:
        return found
    totals = [one for one in found if one.by == "total"]
    long = [one for one in totals if one.period in ("year", "quarter", "month")]
    return (long or totals or found)[:SHOWN]


def _day(at: datetime, house: House) -> str:
    return render.day(at.astimezone(runs.stored_frame(house).zone).date(), house.locale)
