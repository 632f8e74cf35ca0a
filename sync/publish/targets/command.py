"""``cadran targets``: each target, how it stands, and what its period will end at."""

from pathlib import Path
from typing import Any

import click

from kpi.targets import STATES
from kpi.text import Text
from kpi.units import plain
from sync import render
from sync.house import House
from sync.opening import opened
from sync.output import print_json
from sync.publish import forecasts
from sync.publish.after import filled
from sync.publish.shelf import Figure, Shelf
from sync.publish.targets.standing import TargetStatus, crm_goals, statuses
from sync.publish.targets.when import name_of

NONE_SET = Text(
    "The settings hold no targets; docs/targets.md shows how to write one.",
    "Les réglages ne contiennent aucun objectif ; docs/targets.fr.md montre comment en écrire un.",
)


def targets_command(as_json: bool, settings_file: Path | None, account: str | None, home: Path | None) -> int:
    with opened(settings_file, account, home, needs_sources=False) as house, filled(house) as shelf:
        # Where nothing follows a sync (no page, no scheduler), the forecasts may be of an earlier one.
        forecasts.update(house, shelf)
        found, goals = statuses(house, shelf), crm_goals(house, shelf)
        if as_json:
            print_json(
                {"targets": [status_json(one, house.locale) for one in found], "crm_goals": [_goal_json(g) for g in goals]}
            )
        else:
            _print(house, shelf, found)
            _print_goals(house, shelf, goals)
        return 0


def status_json(status: TargetStatus, locale: str) -> dict[str, Any]:
    """One target; decimals as text."""
    target = status.target

    def text(value: Any) -> str | None:
        return None if value is None else plain(value)

    return {
        "target": target.name,
        "kpi": target.kpi,
        "by": target.by,
        "key": target.key,
        "owner": target.owner,
        "reason_for_it": target.reason,
        "direction": target.direction,
        "wanted": plain(target.value),
        "period": target.period,
        "period_start": status.start.isoformat(),
        "period_end": status.end.isoformat(),
        "state": status.state,
        "value": text(status.value),
        "unit": status.unit,
        "currency": status.currency,
        "n": status.n,
        "interval": {"low": plain(status.interval.low), "high": plain(status.interval.high)} if status.interval else None,
        "expected_by_now": text(status.expected),
        "share_by_now": text(status.share),
        "profile": status.profile,
        "pace": text(status.pace),
        "projected": text(status.projected),
        "likely": {"low": plain(status.likely.low), "high": plain(status.likely.high), "level": plain(status.likely.level)}
        if status.likely
        else None,
        "basis": status.basis,
        "baseline": text(status.baseline),
        "progress": text(status.progress),
        "reason": status.reason.in_(locale) if status.reason else None,
        "as_of": status.as_of.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _goal_json(figure: Figure) -> dict[str, Any]:
    return {
        "kpi": figure.kpi,
        "by": figure.by,
        "key": figure.key,
        "period": figure.period,
        "period_start": figure.start.isoformat(),
        "value": plain(figure.value) if figure.value is not None else None,
        "inputs": {name: None if value is None else plain(value) for name, value in figure.inputs.items()},
    }


def _print(house: House, shelf: Shelf, found: list[TargetStatus]) -> None:
    locale, first_month = house.locale, house.settings.kpis.fiscal_year_start
    if not found:
        click.echo(NONE_SET.in_(locale))
        return
    head = [
        Text("target", "objectif"),
        Text("period", "période"),
        Text("wanted", "visé"),
        Text("value", "valeur"),
        Text("expected by now", "attendu à ce jour"),
        Text("at the end", "à la fin"),
        Text("status", "statut"),
        Text("note", "note"),
    ]
    rows = [
        (
            f"{one.target.name}\n{one.target.owner}",
            name_of(one.target.period, one.start, first_month),
            f"{'≥' if one.target.direction == 'at_least' else '≤'} {_number(one.target.value, one, locale)}",
            _number(one.value, one, locale),
            _number(one.expected, one, locale),
            _number(one.projected, one, locale),
            STATES[one.state].in_(locale),
            _note(one, locale),
        )
        for one in found
    ]
    title = Text("Targets", "Objectifs").in_(locale)
    if shelf.as_of is not None:
        title += f" — {shelf.as_of:%Y-%m-%d %H:%M:%S} UTC"
    render.console().print(render.table(title, [words.in_(locale) for words in head], rows, right=(2, 3, 4, 5)))


def _number(value: Any, status: TargetStatus, locale: str) -> str:
    return render.number(value, status.unit, status.currency, locale)


PROFILES = {
    "past_periods": Text("expected by now: as in past periods", "attendu à ce jour : comme dans les périodes passées"),
    "last_year": Text("expected by now: as last year", "attendu à ce jour : comme l'an dernier"),
    "days": Text("expected by now: each day the same", "attendu à ce jour : chaque jour à égalité"),
}
BASES = {
    "forecast": Text("at the end: by its forecast", "à la fin : selon sa prévision"),
    "pace": Text("at the end: at the pace so far", "à la fin : au rythme actuel"),
}


def _note(status: TargetStatus, locale: str) -> str:
    parts = [status.reason.in_(locale)] if status.reason else []
    if status.likely is not None:
        ends = f"{_number(status.likely.low, status, locale)} … {_number(status.likely.high, status, locale)}"
        parts.append(Text(f"8 times in 10 {ends}", f"8 fois sur 10 {ends}").in_(locale))
    if status.interval is not None:
        ends = f"{_number(status.interval.low, status, locale)} … {_number(status.interval.high, status, locale)}"
        parts.append(Text(f"95 in 100 {ends}", f"95 sur 100 {ends}").in_(locale))
    if status.profile is not None:
        parts.append(PROFILES[status.profile].in_(locale))
    if status.basis != "none":
        parts.append(BASES[status.basis].in_(locale))
    return "; ".join(parts)


def _print_goals(house: House, shelf: Shelf, goals: list[Figure]) -> None:
    if not goals:
        return
    locale, first_month = house.locale, house.settings.kpis.fiscal_year_start
    labels = shelf.labels("owner")
    head = [
        Text("goal of the CRM", "objectif du CRM"),
        Text("period", "période"),
        Text("won", "gagné"),
        Text("of", "sur"),
        Text("share", "part"),
    ]
    currency = shelf.currency
    rows = [
        (
            labels.get(goal.key, goal.key) or "total",
            name_of(goal.period, goal.start, first_month),  # type: ignore[arg-type]
            render.number(goal.inputs.get("revenue_won"), "money", currency, locale),
            render.number(goal.inputs.get("quota"), "money", currency, locale),
            render.number(goal.value, "ratio", None, locale),
        )
        for goal in goals
    ]
    render.console().print(render.table("", [words.in_(locale) for words in head], rows, right=(2, 3, 4)))
