"""One look at everything that is watched: readings, what they change, and a message per cause for those it concerns.

States and messages are written in one transaction: what was told is known to be told, whatever happens next. Sending is
:func:`sync.publish.messages.deliver`'s, afterwards.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from config.alerts import RuleSettings
from connectors.errors import AccountBusy, CadranError
from sync.house import House
from sync.publish.alerts import because as whys
from sync.publish.alerts import figures, health, targets, wording
from sync.publish.alerts.because import Because
from sync.publish.alerts.book import Place, alone, forget, mutes, save, standings
from sync.publish.alerts.causes import Cause, Event, by_recipient, causes
from sync.publish.alerts.readings import Reading
from sync.publish.alerts.rules import recipients
from sync.publish.alerts.state import State, advance
from sync.publish.letters import as_html, as_text
from sync.publish.messages import Message, deliver, language_of, send_later
from sync.publish.shelf import Shelf

log = logging.getLogger("cadran.alerts")

HEALTH = ("stale_data", "sync_failed")


@dataclass(frozen=True)
class Looked:
    """What a look found."""

    readings: tuple[Reading, ...]
    causes: tuple[Cause, ...]
    """What is told, one message each to everybody whom it concerns."""
    messages: int


def after_sync(house: House, shelf: Shelf) -> None:
    """After a finished sync: every rule, then what waits to be sent."""
    evaluate(house, shelf)
    deliver(house)


def after_failure(house: House, error: Exception) -> None:
    """After a run that failed or was refused. Another run that holds the account is no failure."""
    if isinstance(error, AccountBusy) or not isinstance(error, CadranError):
        return
    found = [health.failure(house, name, rule, error) for name, rule in _rules(house, "sync_failed")]
    _look(house, lambda _states: found, lambda _by: {})
    deliver(house)


def tick(house: House) -> None:
    """Now and then, between runs: sources that fell silent, runs that did not come, and messages that could not be delivered. Reads
    the ledger alone, and takes milliseconds where there is nothing to say."""
    if any(rule.kind in HEALTH for rule in house.settings.alerts.rules.values()):
        _look(house, lambda states: _health(house, states), lambda _by: {})
    deliver(house)


def evaluate(house: House, shelf: Shelf) -> Looked:
    """Every rule, by what the shelf holds now."""
    return _look(house, lambda states: [*_health(house, states), *of_figures(house, shelf)], shelf.labels)


def of_figures(house: House, shelf: Shelf, only: str | None = None) -> list[Reading]:
    """What the rules on figures and targets see."""
    found: list[Reading] = []
    for name, rule in house.settings.alerts.rules.items():
        if only not in (None, name):
            continue
        if rule.kind == "target_at_risk":
            found += targets.readings(house, shelf, name, rule)
        elif rule.kind not in HEALTH:
            found += figures.readings(house, shelf, name, rule)
    return found


def _health(house: House, states: Mapping[Place, State]) -> list[Reading]:
    found: list[Reading] = []
    for name, rule in _rules(house, "stale_data"):
        found += health.stale(house, name, rule)
    for name, rule in _rules(house, "sync_failed"):
        mine = {member: state for (one, member), state in states.items() if one == name}
        found += health.failed(house, name, rule, mine)
    return found


def readings_of(house: House, shelf: Shelf, name: str) -> list[Reading]:
    """What one rule sees now."""
    if house.settings.alerts.rules[name].kind not in HEALTH:
        return of_figures(house, shelf, name)
    states = {(one.rule, one.member): one.state for one in standings(house)}
    return [reading for reading in _health(house, states) if reading.rule == name]


def _rules(house: House, kind: str) -> list[tuple[str, RuleSettings]]:
    return [(name, rule) for name, rule in house.settings.alerts.rules.items() if rule.kind == kind]


Labels = Callable[[str], Mapping[str, str]]


def _look(house: House, read: Callable[[Mapping[Place, State]], Iterable[Reading]], labels: Labels) -> Looked:
    with alone(house):
        states = {(one.rule, one.member): one.state for one in standings(house)}
        readings = {(one.rule, one.member): one for one in read(states)}
        silent = mutes(house)
        now = house.clock()
        after: dict[Place, State] = {}
        events = []
        for place, reading in readings.items():
            cooldown = timedelta(hours=reading.settings.cooldown_hours)
            is_muted = reading.rule in silent
            after[place], told = advance(states.get(place, State()), reading.judged, now, cooldown, is_muted=is_muted)
            if told is not None:
                events.append(Event(told, reading))
        found = causes(events, _measures(house), _fed(house))
        explained = because(house, found, labels)
        letters = [letter for cause in found for letter in written(house, cause, explained, f"alert/{now.isoformat()}")]
        with house.ledger.transaction() as tx:
            save(tx, after, readings, now, house.locale)
            forget(tx, tuple(house.settings.alerts.rules))
            kept = sum(len(send_later(tx, house, letter)) for letter in letters)
        return Looked(tuple(readings.values()), tuple(found), kept)


def because(house: House, found: Iterable[Cause], labels: Labels) -> dict[Place, Because]:
    """Why the first figure of each cause that began moved: the others moved with it."""
    explained: dict[Place, Because] = {}
    until = time.monotonic() + whys.SECONDS
    for cause in found:
        first = next((event.reading for event in cause if event.told == "began" and event.reading.value is not None), None)
        if first is not None and first.settings.kind != "target_at_risk" and not cause[0].is_health:
            explained[first.rule, first.member] = whys.because(house, first, labels, until - time.monotonic())
    return explained


def written(house: House, cause: Cause, explained: Mapping[Place, Because], key: str) -> list[Message]:
    """The cause as a message for everybody whom a rule of it tells, each in their language and about their rules alone."""
    found = []
    for recipient, events in by_recipient(cause, lambda reading: recipients(house.settings, reading.settings)).items():
        locale = language_of(house, recipient)
        parts, closing = wording.parts(house, events, explained, locale), wording.closing(house, locale)
        first = events[0].reading
        found.append(
            Message(
                key=f"{key}/{events[0].told}/{first.rule}/{first.member}",
                recipient=recipient,
                subject=wording.subject(house, events, locale),
                text=as_text(parts, closing),
                html=as_html(parts, closing),
            )
        )
    return found


def _measures(house: House) -> Callable[[str], frozenset[str]]:
    kpis = house.catalogue.kpis
    return lambda kpi: frozenset(measure.name for measure in kpis[kpi].formula.inputs) if kpi in kpis else frozenset()


def _fed(house: House) -> Callable[[str], frozenset[str]]:
    """KPI -> the sources behind it, where sources are open: the CRM of what needs no table of another's, else whoever reads one."""
    kpis, crm = house.catalogue.kpis, house.settings.crm.source
    tables = {name: {table for stream in source.streams() for table in stream.tables} for name, source in house.sources.items()}

    def fed(kpi: str) -> frozenset[str]:
        families = [measure.facts for measure in kpis[kpi].formula.inputs] if kpi in kpis else []
        found = {crm} if any(not family.fed_by for family in families) else set()
        for family in families:
            found |= {name for name, its in tables.items() if its & set(family.fed_by)}
        return frozenset(found)

    return fed
