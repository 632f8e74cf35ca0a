"""The commands that read vendors and write the CRM. Each gives its exit code; errors are raised."""

import logging
import sys
from pathlib import Path

import click

from connectors.errors import CadranError, ConfigurationError
from kpi.text import Text
from sync import render, runs
from sync.apply import Selection, Stopped
from sync.costs import least_seconds, reading_costs, total_of
from sync.echo import lag_of
from sync.house import House
from sync.opening import opened
from sync.output import (
    applied_json,
    print_costs,
    print_headline,
    print_json,
    print_plan,
    refused_429,
    requests_sent,
    run_json,
    say_applied,
    say_found,
    say_lost_edits,
    say_set_aside,
    sync_json,
)
from sync.progress import shown
from sync.publish import after
from sync.schedule import StopSignal
from sync.write_back import standing_properties, uninstall

log = logging.getLogger("cadran.commands")

_GOES_ON = "stopped after the batches under way; {} goes on from there"


def sync_command(
    only: tuple[str, ...],
    full: bool,
    dry_run: bool,
    as_json: bool,
    settings_file: Path | None,
    account: str | None,
    home: Path | None,
) -> int:
    with opened(settings_file, account, home, needs_sources=True) as house:
        if dry_run:
            return _dry_run(house, only, full, as_json)
        with shown() as progress:
            synced = runs.sync(house, progress, only=only, full=full)
        if as_json:
            print_json({**sync_json(synced, house), "requests": requests_sent(house), "refused_429": refused_429(house)})
        else:
            read = sum(synced.extracted.records_read.values())
            words = Text(
                f"Run {synced.run_id}: {read} records read, {synced.computed.kpis} KPI values, {synced.computed.changed} changed.",
                f"Exécution {synced.run_id} : {read} enregistrements lus, {synced.computed.kpis} valeurs d'indicateurs, "
                f"{synced.computed.changed} modifiées.",
            )
            click.echo(words.in_(house.locale))
            print_headline(house, synced)
            say_set_aside(house)
            say_found(synced)
        for problem in map(str, (*synced.extracted.errors, *after.follow(house))):
            click.echo(f"cadran: {problem}", err=True)
        return synced.extracted.exit_code


def _dry_run(house: House, only: tuple[str, ...], full: bool, as_json: bool) -> int:
    """What a sync would read, each stream from where, and what it would cost. Stores nothing."""
    unknown = set(only) - set(house.sources)
    if unknown:
        raise ConfigurationError(f"no source is called {', '.join(sorted(unknown))}; known: {', '.join(house.sources)}")
    costs = reading_costs(house, only, full, house.clock())
    if as_json:
        print_json({"streams": [cost.to_json() for cost in costs], **total_of(costs)})
    else:
        print_costs(costs, house.locale)
    return 0


def plan_command(
    markdown: bool,
    adopt: bool,
    retake: tuple[str, ...],
    as_json: bool,
    settings_file: Path | None,
    account: str | None,
    home: Path | None,
) -> int:
    with opened(settings_file, account, home, needs_sources=True) as house:
        plan = runs.plan(house, adopt=adopt, retake=retake)
        if as_json:
            seconds = round(least_seconds(plan, house.target(), lag_of(house)), 1)
            sys.stdout.writelines(plan.json_text(seconds=seconds))
        elif markdown:
            click.echo(render.plan_markdown(plan), nl=False)
        else:
            print_plan(plan, house)
        return 0


def apply_command(
    plan_id: str | None,
    limit: int | None,
    records: tuple[str, ...],
    as_json: bool,
    settings_file: Path | None,
    account: str | None,
    home: Path | None,
) -> int:
    stop = StopSignal().install()
    with opened(settings_file, account, home, needs_sources=True) as house:
        try:
            with shown() as progress:
                done = runs.apply(house, plan_id, progress, selection=Selection(limit, frozenset(records)), stop=stop)
        except Stopped as stopped:
            click.echo(f"cadran: {stopped.args[0] if stopped.args else _GOES_ON.format('`cadran apply`')}", err=True)
            return stop.exit_code
        say_applied(done, house, as_json)
        return 0


def undo_command(
    run_id: int, through: bool, as_json: bool, settings_file: Path | None, account: str | None, home: Path | None
) -> int:
    stop = StopSignal().install()
    with opened(settings_file, account, home, needs_sources=True) as house:
        try:
            with shown() as progress:
                plan, done = runs.undo(house, run_id, progress, through=through, stop=stop)
        except Stopped as stopped:
            again = f"`cadran undo {run_id}`"
            click.echo(f"cadran: {stopped.args[0] if stopped.args else _GOES_ON.format(again)}", err=True)
            return stop.exit_code
        if as_json:
            print_json({**applied_json(done, house), "undoes": run_id, "changes": len(plan.acted_on)})
            return 0
        words = Text(
            f"Run {run_id} undone: {done.written} values restored and held; `cadran resume` lets them be written again.",
            f"Exécution {run_id} annulée : {done.written} valeurs rétablies et retenues ; `cadran resume` permet de les réécrire.",
        )
        click.echo(words.in_(house.locale))
        say_lost_edits(done, house)
        for entry in done.refused[:10]:
            click.echo(f"  {entry.object} {entry.record_id} {entry.property}: {entry.reason}", err=True)
        return 0


def resume_command(
    property: str | None, as_json: bool, settings_file: Path | None, account: str | None, home: Path | None
) -> int:
    with opened(settings_file, account, home, needs_sources=False) as house:
        released = house.ledger.release(property)
        if as_json:
            print_json({"released": released})
        else:
            click.echo(
                Text(f"{released} values may be written again.", f"{released} valeurs peuvent être réécrites.").in_(house.locale)
            )
        return 0


def run_command(
    allow_clears: bool,
    allow_jumps: bool,
    allow_shrink: bool,
    allow_currency: bool,
    as_json: bool,
    settings_file: Path | None,
    account: str | None,
    home: Path | None,
) -> int:
    stop = StopSignal().install()
    with opened(settings_file, account, home, needs_sources=True) as house:
        try:
            with shown() as progress:
                allowed = runs.Allowed(allow_clears, allow_jumps, allow_shrink, allow_currency)
                synced, plan, done = runs.run(house, progress, allowed=allowed, stop=stop)
        except Stopped as stopped:
            click.echo(f"cadran: {stopped.args[0] if stopped.args else _GOES_ON.format('the next run')}", err=True)
            return stop.exit_code
        except CadranError as error:
            for problem in after.follow_failure(house, error):
                click.echo(f"cadran: {problem}", err=True)
            raise
        if as_json:
            print_json(run_json(house, synced, plan, done))
        else:
            print_headline(house, synced)
            say_applied(done, house, as_json=False)
            say_set_aside(house)
            say_found(synced)
        for problem in map(str, (*synced.extracted.errors, *after.follow(house))):
            click.echo(f"cadran: {problem}", err=True)
        return synced.extracted.exit_code


def uninstall_command(yes: bool, as_json: bool, settings_file: Path | None, account: str | None, home: Path | None) -> int:
    with opened(settings_file, account, home, needs_sources=True) as house:
        standing = standing_properties(house)
        removed = uninstall(house) if yes else []
        if as_json:
            print_json({"properties": [f"{o}.{n}" for o, n in standing], "removed": [f"{o}.{n}" for o, n in removed]})
            return 0
        for object_, name in standing:
            click.echo(f"  {object_}.{name}")
        words = (
            Text(f"{len(removed)} properties removed.", f"{len(removed)} propriétés supprimées.")
            if yes
            else Text(
                f"{len(standing)} properties and their values would go. `cadran uninstall --yes` does it.",
                f"{len(standing)} propriétés et leurs valeurs disparaîtraient. `cadran uninstall --yes` le fait.",
            )
        )
        click.echo(words.in_(house.locale))
        return 0
