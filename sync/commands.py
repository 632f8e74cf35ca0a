"""The commands that read vendors and write the CRM. Each gives its exit code; errors are raised."""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import orjson

from connectors.errors import CadranError, ConfigurationError
from kpi.text import Text
from sync import render, runs
from sync.apply import Applied, Selection, Stopped
from sync.house import House
from sync.opening import opened
from sync.pipeline import frame_of
from sync.plan import Plan
from sync.progress import LogProgress, shown
from sync.schedule import StopSignal, run_forever
from sync.write_back import standing_properties, uninstall

log = logging.getLogger("cadran.commands")


def print_json(document: Any) -> None:
    """The one document of ``--json``."""
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def sync_json(synced: runs.Synced, house: House) -> dict[str, Any]:
    """The reading half of ``run``'s JSON."""
    return {
        "run_id": synced.run_id,
        "records_read": synced.extracted.records_read,
        "set_aside": len(house.ledger.aside()),
        "kpis": synced.computed.kpis,
        "errors": [str(e) for e in synced.extracted.errors],
    }


def requests_sent(house: House) -> dict[str, int]:
    """Requests by source, as our own transports counted them."""
    return {source.id: int(getattr(source, "requests_sent", 0)) for source in house.sources.values()}


def refused_429(house: House) -> int:
    """How often a vendor told us to slow down."""
    return sum(int(getattr(source, "refused_429", 0)) for source in house.sources.values())


def say_set_aside(house: House, limit: int = 5) -> None:
    """Records that could not be read, with why, on standard error."""
    aside = house.ledger.aside()
    if not aside:
        return
    words = Text(f"{len(aside)} records set aside:", f"{len(aside)} enregistrements mis de côté :")
    click.echo(words.in_(house.locale), err=True)
    for source, stream, record_id, reason in aside[:limit]:
        click.echo(f"  {source} {stream} {record_id}: {reason}", err=True)
    if len(aside) > limit:
        click.echo(f"  … {len(aside) - limit}", err=True)


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


def print_plan(plan: Plan, house: House, limit: int = 20) -> None:
    """The plan as a person reads it."""
    if not plan.changes:
        words = Text(
            "Nothing to write: the CRM already holds what was computed.",
            "Rien à écrire : le CRM contient déjà ce qui a été calculé.",
        )
        click.echo(words.in_(house.locale))
        return
    render.console().print(render.plan_table(plan, house.locale, limit=limit))
    words = Text(
        "Nothing was written. `cadran apply --limit 10` writes the first ten records, `cadran apply` all; "
        "`cadran plan --markdown` shows every line.",
        "Rien n'a été écrit. `cadran apply --limit 10` écrit les dix premières fiches, `cadran apply` toutes ; "
        "`cadran plan --markdown` montre chaque ligne.",
    )
    if plan.acted_on:
        click.echo(words.in_(house.locale))


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


def applied_json(done: Applied) -> dict[str, Any]:
    return {
        "run_id": done.run_id,
        "plan_id": done.plan_id,
        "written": done.written,
        "rejected": done.rejected,
        "outcomes": dict(done.counts),
        "remaining": done.remaining,
        "refused": [asdict(e) for e in done.refused],
    }


def say_applied(done: Applied, house: House, as_json: bool) -> None:
    if as_json:
        print_json({**applied_json(done), "requests": requests_sent(house)})
        return
    words = Text(
        f"Run {done.run_id}: {done.written} values written, {done.rejected} rejected, {done.remaining} left for later. "
        f"`cadran undo {done.run_id}` takes them back.",
        f"Exécution {done.run_id} : {done.written} valeurs écrites, {done.rejected} refusées, {done.remaining} pour plus tard. "
        f"`cadran undo {done.run_id}` les reprend.",
    )
    click.echo(words.in_(house.locale))
    for entry in done.refused[:10]:
        state = render.OUTCOMES[entry.state].in_(house.locale)
        click.echo(f"  {entry.object} {entry.record_id} {entry.property}: {state}: {entry.reason}", err=True)


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


def run_json(house: House, synced: runs.Synced, plan: Plan, done: Applied) -> dict[str, Any]:
    """The contract of ``run --json`` (DESIGN §8)."""
    return {
        **sync_json(synced, house),
        "plan_id": plan.plan_id,
        "changes": len(plan.acted_on),
        "written": done.written,
        "rejected": done.rejected,
        "requests": requests_sent(house),
        "refused_429": refused_429(house),
    }


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
