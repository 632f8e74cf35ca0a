"""The commands that read vendors and write the CRM. Each gives its exit code; errors are raised."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import orjson

from connectors.errors import CadranError, ConfigurationError
from kpi.text import Text
from sync import render, runs
from sync.apply import Selection, Stopped
from sync.house import House
from sync.opening import opened
from sync.output import (
    applied_json,
    print_json,
    print_plan,
    refused_429,
    requests_sent,
    run_json,
    say_applied,
    say_set_aside,
    sync_json,
)
from sync.pipeline import frame_of
from sync.progress import LogProgress, shown
from sync.schedule import StopSignal, run_forever
from sync.write_back import standing_properties, uninstall

log = logging.getLogger("cadran.commands")


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
            return _dry_run(house, only, as_json)
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
            say_set_aside(house)
        for error in synced.extracted.errors:
            click.echo(f"cadran: {error}", err=True)
        return synced.extracted.exit_code


def _dry_run(house: House, only: tuple[str, ...], as_json: bool) -> int:
    """What a sync would read: each stream, from where. Costs nothing; nothing is sent."""
    unknown = set(only) - set(house.sources)
    if unknown:
        raise ConfigurationError(f"no source is called {', '.join(sorted(unknown))}; known: {', '.join(house.sources)}")
    lines = []
    for source in house.sources.values():
        if only and source.id not in only:
            continue
        for stream in source.streams():
            state = house.ledger.stream_state(source.id, stream.name)
            cursor = state.cursor if state else None
            lines.append(
                {
                    "source": source.id,
                    "stream": stream.name,
                    "mode": stream.mode,
                    "from": cursor,
                    "lookback_days": stream.lookback_days,
                }
            )
    if as_json:
        print_json({"streams": lines})
        return 0
    headings = [Text("source", "source"), Text("stream", "flux"), Text("mode", "mode"), Text("from", "à partir de")]
    rows = [(str(line["source"]), str(line["stream"]), str(line["mode"]), str(line["from"] or "…")) for line in lines]
    render.console().print(render.table("Dry run", [h.in_(house.locale) for h in headings], rows))
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
            print_json(plan.to_json())
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
        except Stopped:
            click.echo("cadran: stopped after the batch in hand; `cadran apply` goes on from there", err=True)
            return stop.exit_code
        say_applied(done, house, as_json)
        return 0


def undo_command(
    run_id: int, through: bool, as_json: bool, settings_file: Path | None, account: str | None, home: Path | None
) -> int:
    with opened(settings_file, account, home, needs_sources=True) as house:
        with shown() as progress:
            plan, done = runs.undo(house, run_id, progress, through=through)
        if as_json:
            print_json({**applied_json(done), "undoes": run_id, "changes": len(plan.acted_on)})
            return 0
        words = Text(
            f"Run {run_id} undone: {done.written} values restored and held; `cadran resume` lets them be written again.",
            f"Exécution {run_id} annulée : {done.written} valeurs rétablies et retenues ; `cadran resume` permet de les réécrire.",
        )
        click.echo(words.in_(house.locale))
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
    as_json: bool,
    settings_file: Path | None,
    account: str | None,
    home: Path | None,
) -> int:
    stop = StopSignal().install()
    with opened(settings_file, account, home, needs_sources=True) as house:
        try:
            with shown() as progress:
                allowed = runs.Allowed(allow_clears, allow_jumps, allow_shrink)
                synced, plan, done = runs.run(house, progress, allowed=allowed, stop=stop)
        except Stopped:
            click.echo("cadran: stopped after the batch in hand; the next run goes on from there", err=True)
            return stop.exit_code
        if as_json:
            print_json(run_json(house, synced, plan, done))
        else:
            say_applied(done, house, as_json=False)
            say_set_aside(house)
        for error in synced.extracted.errors:
            click.echo(f"cadran: {error}", err=True)
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


def serve_command(settings_file: Path | None, account: str | None, home: Path | None) -> int:
    """The scheduler: every run opens the account anew, so that changed settings and files are seen."""
    stop = StopSignal().install()
    with opened(settings_file, account, home, needs_sources=True) as house:
        crm = house.target().account()
        zone = frame_of(house, crm).zone
        schedule = house.settings.schedule
        log.info("account %s: runs at %s on %s (%s)", house.name, ", ".join(schedule.at), ", ".join(schedule.days), zone.key)

    def job() -> None:
        with opened(settings_file, account, home, needs_sources=True) as house:
            try:
                synced, plan, done = runs.run(house, LogProgress(), allowed=runs.Allowed(), stop=stop)
            except Stopped:
                log.info("stopped after the batch in hand; the next run goes on from there")
            except CadranError as error:
                log.error("run failed (exit code would be %d): %s", error.exit_code, error)
            else:
                log.info("run done: %s", _line(run_json(house, synced, plan, done)))

    return run_forever(schedule, zone, job, stop)


def _line(document: Mapping[str, Any]) -> str:
    return orjson.dumps(document).decode()
