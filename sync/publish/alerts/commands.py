"""``cadran alerts``: where every rule stands, a message as it would be, bounds proposed from the past, and silence for a while."""

import difflib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from babel.dates import format_datetime

from connectors.errors import ConfigurationError, TransientError
from kpi.text import Text
from sync import render
from sync.house import House
from sync.opening import opened
from sync.output import print_json
from sync.publish import after, messages
from sync.publish.alerts import book, watch
from sync.publish.alerts.book import Standing
from sync.publish.alerts.causes import Cause, Event
from sync.publish.alerts.health import PARTS
from sync.publish.alerts.readings import Reading
from sync.publish.alerts.rules import recipients
from sync.publish.alerts.suggest import Suggestion, suggestions
from sync.publish.messages import Message
from sync.publish.outbox_text import say_troubles
from sync.publish.shelf import Shelf

Options = tuple[Path | None, str | None, Path | None]


def alerts_command(as_json: bool, settings_file: Path | None, account: str | None, home: Path | None) -> int:
    with opened(settings_file, account, home, needs_sources=False) as house:
        rows = standing(house)
        troubles = messages.troubles(house)
        if as_json:
            print_json({"alerts": rows, "messages": [one.to_json() for one in troubles]})
            return 0
        _print_rules(house, rows)
        say_troubles(troubles, house.locale)
        return 0


def alerts_test_command(
    rule: str | None, send: bool, as_json: bool, settings_file: Path | None, account: str | None, home: Path | None
) -> int:
    with opened(settings_file, account, home, needs_sources=False) as house:
        names = [_known(house, rule)] if rule else list(house.settings.alerts.rules)
        with after.filled(house) as shelf:
            tried = [_try(house, shelf, name) for name in names]
        sent = _send(house, [letter for one in tried for letter in one.letters]) if send else messages.Delivered()
        failed = (*sent.waiting, *sent.given_up)
        if as_json:
            arrived = {"sent": [one.to_json() for one in sent.sent], "failed": [one.to_json() for one in failed]}
            print_json({"rules": [one.to_json(house) for one in tried], **(arrived if send else {})})
        else:
            for one in tried:
                one.say(house)
            _say_sent(house, sent)
        return TransientError.exit_code if failed else 0


def alerts_suggest_command(as_json: bool, settings_file: Path | None, account: str | None, home: Path | None) -> int:
    with opened(settings_file, account, home, needs_sources=False) as house:
        with after.filled(house) as shelf:
            found = suggestions(house, shelf)
        if as_json:
            print_json([_suggestion_json(one, house.locale) for one in found])
        else:
            _say_suggestions(found, house.locale)
        return 0


def alerts_mute_command(
    rule: str, days: int, as_json: bool, settings_file: Path | None, account: str | None, home: Path | None
) -> int:
    with opened(settings_file, account, home, needs_sources=False) as house:
        name = _known(house, rule)
        until = house.clock() + timedelta(days=days) if days else None
        book.mute(house, name, until)
        if as_json:
            print_json({"rule": name, "muted_until": until.isoformat() if until else None})
        elif until is None:
            click.echo(Text(f"{name} is told again.", f"{name} est de nouveau signalée.").in_(house.locale))
        else:
            at = _at(until, house.locale)
            click.echo(Text(f"{name} is silent until {at}.", f"{name} se tait jusqu'au {at}.").in_(house.locale))
        return 0


def _known(house: House, rule: str) -> str:
    rules = house.settings.alerts.rules
    if rule not in rules:
        near = difflib.get_close_matches(rule, rules, n=1, cutoff=0.5)
        hint = (
            f"did you mean {near[0]}?" if near else f"known: {', '.join(rules) or 'none; docs/alerts.md says how to write one'}"
        )
        raise ConfigurationError(f"no rule of `alerts.rules` is called {rule}; {hint}")
    return rule


# --- where they stand ---------------------------------------------------------------------------------------------------


def standing(house: House) -> list[dict[str, Any]]:
    """Every rule with what is known of its members; one that has not looked yet is there too."""
    silent, known = book.mutes(house), book.standings(house)
    found = []
    for name, rule in house.settings.alerts.rules.items():
        mine = [one for one in known if one.rule == name]
        until = silent.get(name)
        found.append(
            {
                "rule": name,
                "kind": rule.kind,
                "severity": rule.severity,
                "to": list(recipients(house.settings, rule)),
                "muted_until": until.isoformat() if until else None,
                "members": [_member(one, rule.cooldown_hours, house) for one in mine],
            }
        )
    return found


def _member(one: Standing, cooldown_hours: int, house: House) -> dict[str, Any]:
    free_at = one.state.next_message(timedelta(hours=cooldown_hours))
    return {
        **one.reading,
        "state": "firing" if one.state.is_firing else "quiet",
        "since": one.state.since.isoformat() if one.state.since else None,
        "looked_at": one.seen_at.isoformat(),
        "told_at": one.state.told_at.isoformat() if one.state.told_at else None,
        "next_message": free_at.isoformat() if free_at is not None and free_at > house.clock() else None,
    }


def _print_rules(house: House, rows: Sequence[Mapping[str, Any]]) -> None:
    locale = house.locale
    if not rows:
        none = Text(
            "No rule is set: `cadran alerts suggest` proposes some, docs/alerts.md says how to write one.",
            "Aucune règle : `cadran alerts suggest` en propose, docs/alerts.fr.md dit comment en écrire une.",
        )
        click.echo(none.in_(locale))
        return
    headings = [
        Text("rule", "règle"),
        Text("on", "sur"),
        Text("state", "état"),
        Text("last value", "dernière valeur"),
        Text("next message", "prochain message"),
    ]
    lines = [line for row in rows for line in _lines(row, locale)]
    title = Text("Alerts", "Alertes").in_(locale)
    render.console().print(render.table(title, [h.in_(locale) for h in headings], lines))


def _lines(row: Mapping[str, Any], locale: str) -> list[tuple[str, ...]]:
    """A line for each member that fires, and one for all that are quiet."""
    muted = row["muted_until"]
    silent = Text(f"silent until {_at(muted, locale)}", f"muette jusqu'au {_at(muted, locale)}").in_(locale) if muted else ""
    members = row["members"]
    if not members:
        return [(row["rule"], row["kind"], Text("not looked yet", "pas encore examinée").in_(locale), "", silent)]
    firing = [one for one in members if one["state"] == "firing"]
    lines: list[tuple[str, ...]] = []
    for one in firing:
        since = Text(f"firing since {_at(one['since'], locale)}", f"active depuis le {_at(one['since'], locale)}").in_(locale)
        lines.append((row["rule"], _on(one, locale), since, _value(one, locale), silent or _next(one, locale)))
    quiet = [one for one in members if one["state"] == "quiet"]
    if len(quiet) == 1:
        one = quiet[0]
        state = Text("quiet", "calme").in_(locale)
        lines.append((row["rule"], _on(one, locale), state, _value(one, locale), silent or _next(one, locale)))
    elif quiet:
        lines.append((row["rule"], Text(f"{len(quiet)} quiet", f"{len(quiet)} calmes").in_(locale), "", "", silent))
    return lines


def _on(one: Mapping[str, Any], locale: str) -> str:
    """The figure with its member, the source, the target, or the part of the run."""
    if one["kind"] == "sync_failed":
        return PARTS[one["key"]].in_(locale)
    return " ".join(filter(None, (one["kpi"], one["label"])))


def _value(one: Mapping[str, Any], locale: str) -> str:
    if one["value"] is not None:
        said = render.number(one["value"], one["unit"], one["currency"], locale)
        return f"{said} ({render.day(one['period_start'], locale)})" if one["period_start"] else said
    return one["note"] or render.MISSING


def _next(one: Mapping[str, Any], locale: str) -> str:
    if one["next_message"]:
        return Text(f"from {_at(one['next_message'], locale)}", f"à partir du {_at(one['next_message'], locale)}").in_(locale)
    return Text("at any time", "à tout moment").in_(locale)


def _at(instant: datetime | str, locale: str) -> str:
    at = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return f"{format_datetime(at, 'short', locale=locale)} UTC"


# --- a message as it would be -------------------------------------------------------------------------------------------


class Tried:
    """A rule, looked at now, and the message it would send if it began now."""

    def __init__(self, house: House, name: str, readings: Sequence[Reading], letters: Sequence[Message]) -> None:
        self.name, self.readings, self.letters = name, readings, letters
        self.own = next(
            iter([one for one in letters if messages.language_of(house, one.recipient) == house.locale] or letters), None
        )
        """In the language of whoever tests, where a recipient reads it."""

    def to_json(self, house: House) -> dict[str, Any]:
        return {
            "rule": self.name,
            "readings": [one.to_json(house.locale) for one in self.readings],
            "to": [one.recipient for one in self.letters],
            "subject": self.own.subject if self.own else None,
            "text": self.own.text if self.own else None,
        }

    def say(self, house: House) -> None:
        breached = sum(one.judged == "breached" for one in self.readings)
        words = Text(
            f"{self.name}: {len(self.readings)} looked at, {breached} past the bound.",
            f"{self.name} : {len(self.readings)} examinées, {breached} au-delà de la borne.",
        )
        click.echo(words.in_(house.locale))
        if self.own is None:
            notes = sorted({one.note.in_(house.locale) for one in self.readings if one.note is not None})
            nothing = Text("nothing to look at", "rien à examiner").in_(house.locale)
            click.echo(f"  {'; '.join(notes) or nothing}")
            return
        to = ", ".join(one.recipient for one in self.letters)
        click.echo(f"  {Text('to', 'à').in_(house.locale)}: {to}\n  {self.own.subject}\n")
        click.echo("\n".join(f"  | {line}" for line in self.own.text.splitlines()) + "\n")


def _try(house: House, shelf: Shelf, name: str) -> Tried:
    """With what is past its bound, else with what there is, as if it had begun."""
    readings = watch.readings_of(house, shelf, name)
    shown = [one for one in readings if one.judged == "breached"] or [one for one in readings if one.judged != "unknown"][:1]
    cause: Cause = tuple(Event("began", one) for one in shown)
    explained = watch.because(house, [cause] if cause else [], shelf.labels)
    key = f"test/{house.clock().isoformat()}"
    return Tried(house, name, readings, watch.written(house, cause, explained, key) if cause else [])


def _send(house: House, letters: Sequence[Message]) -> messages.Delivered:
    """Now, and only now: a test is not tried again."""
    ids: list[int] = []
    with house.ledger.transaction() as tx:
        for one in letters:
            mark = Text("Test", "Essai").in_(messages.language_of(house, one.recipient))
            marked = Message(one.key, one.recipient, f"[{mark}] {one.subject}", one.text, one.html)
            ids += messages.send_later(tx, house, marked)
    done = messages.deliver(house, only=ids)
    messages.withdraw(house, ids)
    return done


def _say_sent(house: House, sent: messages.Delivered) -> None:
    locale = house.locale
    for one in sent.sent:
        click.echo(
            Text(f"Sent to {one.recipient}, address {one.place + 1}.", f"Envoyé à {one.recipient}, adresse {one.place + 1}.").in_(
                locale
            )
        )
    for one in (*sent.waiting, *sent.given_up):
        words = Text(
            f"Not sent to {one.recipient}, address {one.place + 1}: {one.reason}",
            f"Non envoyé à {one.recipient}, adresse {one.place + 1} : {one.reason}",
        )
        click.echo(words.in_(locale), err=True)


# --- bounds from the past -----------------------------------------------------------------------------------------------


def _suggestion_json(one: Suggestion, locale: str) -> dict[str, Any]:
    return {
        "kpi": one.kpi.name,
        "period": one.period,
        "changes": one.changes,
        "yaml": one.yaml() or None,
        "would_have_fired": one.fired if one.rule else None,
        "reason": one.reason.in_(locale) if one.reason else None,
    }


def _say_suggestions(found: Sequence[Suggestion], locale: str) -> None:
    head = Text(
        "# Proposed from your own history: what is worse than nine in ten of a KPI's past changes for the worse.\n"
        "# Paste what you want below `alerts:` of cadran.yaml; `to` names recipients of `notify`.",
        "# Proposé d'après votre historique : ce qui dépasse neuf variations défavorables sur dix d'un indicateur.\n"
        "# Collez ce que vous voulez sous `alerts:` de cadran.yaml ; `to` nomme des destinataires de `notify`.",
    )
    click.echo(head.in_(locale))
    click.echo("rules:")
    for one in found:
        if one.rule is None:
            continue
        note = Text(
            f"fired {one.fired} times in the last year; from {one.changes} changes",
            f"{one.fired} fois sur la dernière année ; d'après {one.changes} variations",
        )
        click.echo(f"  {one.yaml()}  # {note.in_(locale)}")
    for one in found:
        if one.reason is not None:
            colon = Text(":", " :").in_(locale)
            none = Text("no proposal", "pas de proposition").in_(locale)
            click.echo(f"  # {one.kpi.name}{colon} {none}, {one.reason.in_(locale)}")
