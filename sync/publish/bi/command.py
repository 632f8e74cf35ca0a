"""``cadran export``, and the exports that follow every sync."""

import logging
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connectors.errors import CadranError, ConfigurationError
from kpi.text import Text
from sync.cards import nearest
from sync.grains import PERIODS_BY
from sync.house import House
from sync.opening import opened
from sync.output import print_json
from sync.progress import LogProgress, Progress, shown
from sync.publish.bi.exporting import Exported, Format, export
from sync.publish.bi.tables import Choice

if TYPE_CHECKING:
    from config.exports import ExportSettings

log = logging.getLogger("cadran.bi")


def export_command(
    format: Format,
    folder: Path,
    kpis: tuple[str, ...],
    by: tuple[str, ...],
    since: datetime | None,
    model: str | None,
    people: bool,
    excel: bool,
    publish: bool,
    as_json: bool,
    settings_file: Path | None,
    account: str | None,
    home: Path | None,
) -> int:
    if excel and format != "csv":
        raise ConfigurationError("--excel is of the format csv")
    if publish and format != "hyper":
        raise ConfigurationError("--publish is of the format hyper")
    with opened(settings_file, account, home, needs_sources=False) as house:
        choice = Choice(kpis, by, since.date() if since else None, people, model)
        with shown() as progress:
            done, published = _export(house, format, folder, choice, progress, excel=excel, publish=publish)
        if as_json:
            print_json({**done.to_json(), "published": published})
        else:
            _say(done, published, house.locale)
    return 0


def export_due(house: House) -> list[str]:
    """Every export of the section ``exports``, each on its own: a sentence for each that failed. To be called after a sync."""
    problems = []
    for one in house.settings.exports:
        try:
            done, _ = _of_settings(house, one)
        except CadranError as error:
            problems.append(f"export {one.format} to {one.folder}: {error}")
        else:
            log.info("export: %d files in %s", len(done.rows), done.folder)
    return problems


def _of_settings(house: House, one: "ExportSettings") -> tuple[Exported, list[str]]:
    choice = Choice(kpis=tuple(one.kpis), by=tuple(one.by), people=one.people)
    return _export(house, one.format, one.folder, choice, LogProgress(), excel=one.excel, publish=one.publish)


def _export(
    house: House, format: Format, folder: Path, choice: Choice, progress: Progress, *, excel: bool, publish: bool
) -> tuple[Exported, list[str]]:
    """Write, and send where that is asked for; the names of the data sources that a server has now."""
    _allowed(house, choice)
    if not publish:
        return export(house, format, folder, choice, progress, excel=excel), []
    from sync.publish.bi.tableau import can_publish
    from sync.publish.bi.tableau import publish as send

    settings = can_publish(house.settings.tableau)
    done = export(house, format, folder, choice, progress, excel=excel)
    files = [done.folder / name for name in done.rows if name.endswith(".hyper")]
    with progress.step(Text("publishing to Tableau", "publication sur Tableau").in_(house.locale), len(files)) as step:
        return done, send(settings, files, step)


def _allowed(house: House, choice: Choice) -> None:
    """Refuse names that there are not, and say which there are."""
    for name in choice.kpis:
        if name not in house.catalogue.kpis:
            raise ConfigurationError(f"no KPI is called {name}; {nearest(house.catalogue, name)}")
    if unknown := [by for by in choice.by if by not in PERIODS_BY]:
        raise ConfigurationError(f"no KPI is cut by {', '.join(unknown)}; there are {', '.join(PERIODS_BY)}")
    if choice.model is not None and choice.model not in house.settings.attribution.kept:
        kept = ", ".join(house.settings.attribution.kept)
        raise ConfigurationError(
            f"no results of the attribution model {choice.model} are kept (setting attribution.models): {kept}"
        )


def _say(done: Exported, published: Collection[str], locale: str) -> None:
    for name, rows in done.rows.items():
        told = "" if rows is None else Text(f", {rows} rows", f", {rows} lignes").in_(locale)
        click.echo(f"  {done.folder / name} ({done.bytes[name]:,} B{told})")
    notes = []
    if done.kept:
        notes.append(
            Text(
                f"The Power BI project was changed by somebody and stays as it is ({len(done.kept)} files); its data are new.",
                f"Le projet Power BI a été modifié par quelqu'un et reste tel quel ({len(done.kept)} fichiers) ; ses données sont à jour.",
            )
        )
    if done.left_over:
        names = ", ".join(done.left_over)
        notes.append(
            Text(
                f"Of an earlier export, no longer written: {names}",
                f"D'un export précédent, qui ne sont plus écrits : {names}",
            )
        )
    if done.too_large:
        notes.append(
            Text(
                f"{done.too_large} numbers have more than twelve digits before the point and were left empty.",
                f"{done.too_large} nombres ont plus de douze chiffres avant la virgule et ont été laissés vides.",
            )
        )
    if published:
        names = ", ".join(published)
        notes.append(Text(f"Published to Tableau: {names}", f"Publié sur Tableau : {names}"))
    for note in notes:
        click.echo(note.in_(locale))
