"""``cadran forget``: what is known of one record, and then nothing. Asks the CRM nothing."""

from pathlib import Path

import click

from connectors.errors import ConfigurationError
from kpi.erasure import RECORDS
from kpi.text import Text
from sync import forget, render, retention
from sync.forget import Erased
from sync.house import House
from sync.lock import account_lock
from sync.opening import opened
from sync.output import print_json

STORES = {
    "raw": Text("records as received", "fiches telles que reçues"),
    "results": Text("results", "résultats"),
    "facts": Text("facts", "faits"),
    "ledger": Text("ledger", "registre"),
}


def forget_command(
    record: str, yes: bool, as_json: bool, settings_file: Path | None, account: str | None, home: Path | None
) -> int:
    object, record_id = named(record)
    with opened(settings_file, account, home, needs_sources=False) as house:
        if not yes:
            _say(
                house,
                object,
                record_id,
                forget.inventory(house, forget.subject_to_forget(house, object, record_id)),
                None,
                as_json,
            )
            return 0
        with account_lock(house.folder):
            forget.finish(house)  # what a run that was cut off has left to do
            done = forget.forget(house, object, record_id)
            retention.tidy(house)
        _say(house, object, record_id, done, done.is_finished, as_json)
        return 0


def named(record: str) -> tuple[str, str]:
    """``151`` is a contact; ``deals/151`` names its object. Raises :class:`ConfigurationError` for what is neither."""
    object, _, record_id = record.rpartition("/")
    object = object or "contacts"
    known = sorted(set(RECORDS.values()))
    if object not in known and not object.startswith("custom."):
        raise ConfigurationError(f"{object} is no object whose records can be forgotten; they are {', '.join(known)}")
    if not record_id or not all(c.isalnum() or c in "-_." for c in object + record_id):
        raise ConfigurationError(f"{record!r} is no record: write its id, as in `cadran forget 151` or `cadran forget deals/151`")
    return object, record_id


def _say(house: House, object: str, record_id: str, found: Erased, is_finished: bool | None, as_json: bool) -> None:
    """``is_finished`` None: nothing was removed yet."""
    is_removed = is_finished is not None
    if as_json:
        print_json(
            {
                "object": object,
                "record_id": record_id,
                "removed": is_removed,
                "finished": is_finished,
                "rows": found.rows,
                "stores": found.to_json(),
            }
        )
        return
    locale = house.locale
    rows = [
        (STORES[store].in_(locale), table, str(count))
        for store, tables in found.to_json().items()
        for table, count in tables.items()
    ]
    if rows:
        headings = [Text("store", "magasin"), Text("what", "quoi"), Text("rows", "lignes")]
        render.console().print(render.table("", [h.in_(locale) for h in headings], rows, right=(2,)))
    for words in _sentences(f"{object}/{record_id}", found, is_finished):
        click.echo(words.in_(locale))


def _sentences(what: str, found: Erased, is_finished: bool | None) -> list[Text]:
    if is_finished is None:
        return [
            Text(
                f"{found.rows} rows about {what} would go, and it would not be stored again. `cadran forget {what} --yes` does it; "
                "there is no way back.",
                f"{found.rows} lignes sur {what} disparaîtraient, et rien n'en serait plus conservé. `cadran forget {what} --yes` "
                "le fait ; c'est sans retour.",
            )
        ]
    said = [
        Text(
            f"{found.rows} rows about {what} removed. A keyed hash of its id stays, so that it is not stored again.",
            f"{found.rows} lignes sur {what} supprimées. Une empreinte de son identifiant reste, pour qu'il ne soit plus conservé.",
        ),
        Text(
            "The CRM was not asked: if it still holds the record, delete it there too. Until then every sync leaves it out, and "
            "Cadran's figures count one record less than the CRM's.",
            "Le CRM n'a pas été consulté : s'il contient encore la fiche, supprimez-la aussi là-bas. D'ici là chaque "
            "synchronisation l'ignore, et les chiffres de Cadran comptent une fiche de moins que ceux du CRM.",
        ),
        Text(
            "Results that were computed before stay as they were; the next sync computes without it. Copies made outside the home "
            "(exports, backups) are yours to clean.",
            "Les résultats déjà calculés restent tels quels ; la prochaine synchronisation calcule sans elle. Les copies hors du "
            "dossier de données (exports, sauvegardes) sont à nettoyer par vos soins.",
        ),
    ]
    if not is_finished:
        said.append(
            Text(
                "Somebody is reading the ledger: the next sync gives its free pages back.",
                "Le registre est en cours de lecture : la prochaine synchronisation libérera ses pages.",
            )
        )
    return said
