"""Rules on the reading itself: sources that are silent, runs that failed, and none that ended well. Read from the ledger alone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from config.alerts import RuleSettings
from connectors.errors import CadranError
from connectors.transport import redact
from kpi.text import Text
from sync.house import House
from sync.ledger_base import utc
from sync.ledger_tables import Run, cursors
from sync.publish.alerts.readings import Reading
from sync.publish.alerts.state import State

READING, WRITING, RECENCY = "sync", "write", "recent"
"""Members of a ``sync_failed`` rule: reading and computing; writing to the CRM; whether any sync ended well of late."""

PARTS: Mapping[str, Text] = {
    READING: Text("Reading and computing", "Lecture et calcul"),
    WRITING: Text("Writing to the CRM", "Écriture dans le CRM"),
    RECENCY: Text("Runs", "Exécutions"),
}


def stale(house: House, name: str, rule: RuleSettings) -> list[Reading]:
    """For each source, whether one of its streams was read within the hours allowed. One that was never read counts from the first
    sync on; so that a source is not called silent before it could speak, nothing is said before one ended well."""
    first = house.ledger.last_run("sync")
    if first is None:
        return []
    read = last_read(house)
    now, allowed = house.clock(), timedelta(hours=rule.hours or 0)
    found = []
    for source in rule.sources or sorted(house.settings.sources):
        at = read.get(source)
        since = at if at is not None else _began(house)
        is_stale = now - since > allowed
        found.append(
            Reading(
                name, rule, source, source, "breached" if is_stale else "cleared", note=_silent(at, since) if is_stale else None
            )
        )
    return found


def last_read(house: House) -> dict[str, datetime]:
    """Source -> when one of its streams was last stored, UTC."""
    query = sa.select(cursors.c.source, sa.func.max(cursors.c.stored_at).label("at")).group_by(cursors.c.source)
    with house.ledger.engine.connect() as c:
        return {row.source: _instant(row.at) for row in c.execute(query)}


def failed(house: House, name: str, rule: RuleSettings, states: Mapping[str, State]) -> list[Reading]:
    """What the ledger says of the last runs. ``states``: where the members stand; what was refused before anything was noted (bad
    credentials, a plan that a guard refused) is over only once something newer went well."""
    found = []
    last = _last(house, "sync")
    if last is not None:
        errors = last.summary.get("errors") or ([last.summary.get("error", "")] if last.status == "failed" else [])
        found.append(_of_run(name, rule, READING, last, [str(error) for error in errors], states))
    written = _last(house, "apply")
    if written is not None:
        errors = [str(written.summary.get("error", ""))] if written.status == "failed" else []
        found.append(_of_run(name, rule, WRITING, written, errors, states))
    if rule.hours is not None:
        found += _recent(house, name, rule)
    return found


def failure(house: House, name: str, rule: RuleSettings, error: CadranError) -> Reading:
    """The reading that an error makes: it stopped a run that the ledger may know nothing of."""
    last = house.ledger.last_run(status=None)
    is_writing = error.exit_code == 5 or (last is not None and last.kind in ("plan", "apply") and last.status == "failed")
    note = same(f"{_sentence(str(error))} ({error.exit_code})")
    return _part(name, rule, WRITING if is_writing else READING, note)


def same(words: str) -> Text:
    """Error sentences are English."""
    return Text(words, words)


def _last(house: House, kind: str) -> Run | None:
    """The newest run of a kind that has ended, well or not."""
    ended = [run for status in ("done", "failed") if (run := house.ledger.last_run(kind, status=status)) is not None]
    return max(ended, key=lambda run: run.id, default=None)


def _of_run(name: str, rule: RuleSettings, part: str, run: Run, errors: list[str], states: Mapping[str, State]) -> Reading:
    if errors:
        return _part(name, rule, part, same("; ".join(_sentence(error) for error in errors[:5])))
    state = states.get(part, State())
    is_newer = not state.is_firing or state.since is None or run.started_at > state.since
    return replace(_part(name, rule, part, None), judged="cleared" if is_newer else "unknown")


def _part(name: str, rule: RuleSettings, part: str, note: Text | None) -> Reading:
    return Reading(name, rule, part, part, "breached", note=note)


def _sentence(text: str) -> str:
    return redact(" ".join(text.split()))[:500]


def _recent(house: House, name: str, rule: RuleSettings) -> list[Reading]:
    done = house.ledger.last_run("sync")
    if done is None or done.finished_at is None:
        return []
    is_old = house.clock() - done.finished_at > timedelta(hours=rule.hours or 0)
    at = f"{done.finished_at:%Y-%m-%d %H:%M} UTC"
    note = Text(f"no sync has ended well since {at}", f"aucune synchronisation n'a abouti depuis le {at}")
    return [replace(_part(name, rule, RECENCY, note if is_old else None), judged="breached" if is_old else "cleared")]


def _silent(at: datetime | None, since: datetime) -> Text:
    day = f"{since:%Y-%m-%d %H:%M} UTC"
    if at is None:
        return Text(f"has never given anything, since {day}", f"n'a jamais rien donné, depuis le {day}")
    return Text(f"has given nothing since {day}", f"n'a rien donné depuis le {day}")


def _began(house: House) -> datetime:
    """When the account's first sync that ended well was over."""
    runs = house.ledger.finished_runs("sync")
    return (runs[0].finished_at or runs[0].started_at) if runs else house.clock()


def _instant(value: datetime | str) -> datetime:
    """SQLite gives the largest of several instants as text."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    instant: datetime = utc(found)
    return instant
