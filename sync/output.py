"""What commands say: the one JSON document of ``--json``, or sentences and tables in the reader's language."""

from dataclasses import asdict
from typing import Any

import click
import orjson

from kpi.flags import in_words
from kpi.text import Text
from sync import render, runs
from sync.apply import Applied
from sync.campaign_places import kept_note
from sync.costs import StreamCost, cost_lines, duration, least_seconds, total_of
from sync.echo import lag_of
from sync.house import House
from sync.ledger_tables import LostEdit
from sync.plan import Plan
from sync.results import headline
from sync.sureness import said


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
        "found": synced.extracted.found,
        "errors": [str(e) for e in synced.extracted.errors],
    }


def requests_sent(house: House) -> dict[str, int]:
    """Requests by source, as our own transports counted them."""
    return dict(house.requests_sent)


def refused_429(house: House) -> int:
    """How often a vendor told us to slow down."""
    return sum(int(getattr(source, "refused_429", 0)) for source in house.sources.values())


def say_found(synced: runs.Synced) -> None:
    """Schema drift and days that a vendor no longer answers for, a line each, on standard error."""
    for line in synced.extracted.found:
        click.echo(line, err=True)


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


def print_headline(house: House, synced: runs.Synced) -> None:
    """The totals of the KPIs that the company follows."""
    locale = house.locale
    rows = []
    for result in headline(synced.computed.totals, house.catalogue.followed):
        value = said(result.to_json(locale), house.catalogue.kpis[result.kpi], locale)
        since = render.day(result.period_start, locale)
        note = result.reason.text.in_(locale) if result.reason else ", ".join(in_words(result.flags, locale))
        title = house.catalogue.kpis[result.kpi].title.in_(locale)
        rows.append((title, value, str(result.n if result.n is not None else render.MISSING), since, note))
    headings = [Text("KPI", "indicateur"), Text("value", "valeur"), Text("n", "n"), Text("since", "depuis"), Text("note", "note")]
    render.console().print(render.table("", [h.in_(locale) for h in headings], rows, right=(1, 2)))


def print_plan(plan: Plan, house: House, limit: int = 20) -> None:
    """The plan as a person reads it, and where the campaigns' figures go."""
    if note := kept_note(house):
        click.echo(note)
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
    for line in cost_lines(plan, least_seconds(plan, house.target(), lag_of(house)), house.locale):
        click.echo(line)
    if any(c.is_acted_on for c in plan.changes):
        click.echo(words.in_(house.locale))


def print_costs(costs: list[StreamCost], locale: str) -> None:
    """What a sync would read and cost."""
    headings = [
        Text("source", "source"),
        Text("stream", "flux"),
        Text("mode", "mode"),
        Text("from", "à partir de"),
        Text("calls", "appels"),
        Text("at least", "au moins"),
        Text("note", "remarque"),
    ]
    unknown = Text("unknown", "inconnu").in_(locale)
    rows = [
        (
            cost.source,
            cost.stream,
            cost.mode,
            cost.cursor or "…",
            unknown if cost.calls is None else str(cost.calls),
            unknown if cost.seconds is None else duration(cost.seconds),
            cost.note,
        )
        for cost in costs
    ]
    title = Text("Dry run", "Simulation").in_(locale)
    render.console().print(render.table(title, [h.in_(locale) for h in headings], rows, right=(4, 5)))
    total = total_of(costs)
    words = Text(
        f"In all {total['calls']} API calls, at least {duration(total['seconds'])}; {len(total['unknown'])} streams cannot say.",
        f"En tout {total['calls']} appels, au moins {duration(total['seconds'])} ; {len(total['unknown'])} flux ne peuvent le dire.",
    )
    click.echo(words.in_(locale))


def applied_json(done: Applied, house: House) -> dict[str, Any]:
    return {
        "run_id": done.run_id,
        "plan_id": done.plan_id,
        "written": done.written,
        "rejected": done.rejected,
        "outcomes": dict(done.counts),
        "remaining": done.remaining,
        "read_back": asdict(done.read_back) if done.read_back else None,
        "refused": [asdict(e) for e in done.refused],
        "lost_edits": lost_edits_json(done, house),
    }


def lost_edits_json(done: Applied, house: House) -> list[dict[str, Any]]:
    """Edits that a write of ours went over, each with the page of its record."""
    return [
        {
            "object": lost.object,
            "record_id": lost.record_id,
            "property": lost.property,
            "value": lost.value,
            "edited_at": lost.edited_at.isoformat(),
            "run_id": lost.run_id,
            "written": lost.written,
            "url": house.target().record_url(lost.object, lost.record_id),
        }
        for lost in done.lost_edits
    ]


def lost_edit_line(lost: LostEdit, url: str, locale: str) -> str:
    """What happened and what to do, for a person."""
    nothing = Text("nothing", "rien").in_(locale)
    theirs, ours = lost.value or nothing, lost.written or nothing
    words = Text(
        f"{lost.object} {lost.record_id} {lost.property}: run {lost.run_id} wrote {ours} over {theirs}, which somebody had "
        f"entered at {lost.edited_at:%Y-%m-%d %H:%M:%S} UTC. Cadran leaves it alone from now on: enter {theirs} again if it "
        f"should stand, or `cadran resume {lost.property}` lets it be written again. {url}",
        f"{lost.object} {lost.record_id} {lost.property} : l'exécution {lost.run_id} a écrit {ours} par-dessus {theirs}, "
        f"saisi par quelqu'un le {lost.edited_at:%Y-%m-%d %H:%M:%S} UTC. Cadran n'y touche plus : saisissez {theirs} de "
        f"nouveau s'il doit rester, ou `cadran resume {lost.property}` permet de le réécrire. {url}",
    )
    return words.in_(locale)


def say_lost_edits(done: Applied, house: House) -> None:
    for lost in done.lost_edits:
        click.echo(f"  {lost_edit_line(lost, house.target().record_url(lost.object, lost.record_id), house.locale)}")


def say_applied(done: Applied, house: House, as_json: bool) -> None:
    if as_json:
        print_json({**applied_json(done, house), "requests": requests_sent(house)})
        return
    words = Text(
        f"Run {done.run_id}: {done.written} values written, {done.rejected} rejected, {done.remaining} left for later. "
        f"`cadran undo {done.run_id}` takes them back.",
        f"Exécution {done.run_id} : {done.written} valeurs écrites, {done.rejected} refusées, {done.remaining} pour plus tard. "
        f"`cadran undo {done.run_id}` les reprend.",
    )
    click.echo(words.in_(house.locale))
    if done.read_back:
        back = done.read_back
        words = Text(
            f"Reading back our own changes: {back.requests} requests, {back.records} records.",
            f"Relecture de nos propres changements : {back.requests} requêtes, {back.records} fiches.",
        )
        click.echo(words.in_(house.locale))
    say_lost_edits(done, house)
    for entry in done.refused[:10]:
        state = render.OUTCOMES[entry.state].in_(house.locale)
        click.echo(f"  {entry.object} {entry.record_id} {entry.property}: {state}: {entry.reason}", err=True)


def run_json(house: House, synced: runs.Synced, plan: Plan, done: Applied) -> dict[str, Any]:
    """The contract of ``run --json`` (DESIGN §8)."""
    return {
        **sync_json(synced, house),
        "plan_id": plan.plan_id,
        "changes": sum(c.is_acted_on for c in plan.changes),
        "written": done.written,
        "rejected": done.rejected,
        "requests": requests_sent(house),
        "refused_429": refused_429(house),
        "lost_edits": lost_edits_json(done, house),
    }
