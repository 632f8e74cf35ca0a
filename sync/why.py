"""``cadran why``: what moved a KPI, in words and numbers."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from kpi.text import Text
from sync import render
from sync.house import House
from sync.labels import labels_for
from sync.opening import opened
from sync.output import print_json
from sync.restated import why as because
from sync.why_asked import asked
from sync.why_parts import REST, Explained, explained, to_json

SHOWN = 12
"""Members in the table; ``--json`` has all."""

WORDS: Mapping[str, Text] = {
    "volume": Text("volume: how many there were", "volume : leur nombre"),
    "mix": Text("mix: which of them there were more of", "composition : lesquels ont été plus nombreux"),
    "rate": Text("rate: each one's own value", "taux : la valeur propre de chacun"),
    "no_base": Text("without a base: nothing stands below the line", "sans base : rien au dénominateur"),
    "amount": Text("amount: the sum of what each added", "montant : la somme de ce que chacun a ajouté"),
    "restatement": Text("restatement: the same period, known otherwise", "révision : la même période, connue autrement"),
}
REASONS: Mapping[str, Text] = {
    "undefined": Text(
        "One of the two values is undefined, so there is no change to explain.",
        "L'une des deux valeurs est indéfinie : il n'y a pas d'écart à expliquer.",
    ),
    "not_apart": Text(
        "The change cannot be taken apart: with some inputs old and some new the formula has no value.",
        "L'écart ne se décompose pas : avec une partie des données d'avant et une d'après, la formule n'a pas de valeur.",
    ),
}


def why_command(
    kpi: str,
    by: str,
    key: str,
    period: str | None,
    before: str,
    after: str,
    start: datetime | None,
    across: str | None,
    as_json: bool,
    settings_file: Path | None,
    account: str | None,
    home: Path | None,
) -> int:
    with opened(settings_file, account, home, needs_sources=False) as house:
        question = asked(house, kpi, by, key, period, before, after, start.date() if start else None, across)
        found = explained(house, question)
        if as_json:
            document = to_json(found)
            for row, one in zip(document["restatements"], found.restated, strict=True):
                row["why"] = because(one.causes, house.locale)
            print_json(document)
        else:
            say(house, found)
        return 0


def say(house: House, found: Explained) -> None:
    """On standard output."""
    locale, kpi = house.locale, found.asked.kpi
    colon = Text(":", " :").in_(locale)
    click.echo(f"{kpi.title.in_(locale)} ({kpi.name}), {_ends(found, locale)}")
    for end, row in ((found.asked.before, found.before), (found.asked.after, found.after)):
        flags = f"  ({', '.join(row['flags'])})" if row["flags"] else ""
        click.echo(f"  {end.label}{colon} {_number(row['value'], found, locale)}{flags}")
    if found.reason is not None:
        click.echo(REASONS[found.reason].in_(locale))
    if found.change is None:
        return
    click.echo(f"  {Text('change', 'écart').in_(locale)}{colon} {signed(found.change, found, locale)}")
    for name, value in found.parts.items():
        click.echo(f"    {signed(value, found, locale):>16}  {WORDS[name].in_(locale)}")
    for name, value in found.inputs.items():
        measure = next(m for m in kpi.formula.inputs if m.name == name)
        click.echo(f"    {signed(value, found, locale):>16}  {measure.title.in_(locale)}")
    for one in found.restated:
        click.echo(f"  {Text('run', 'exécution').in_(locale)} {one.run}{colon} {because(one.causes, locale)}")
    if found.members:
        _print_members(house, found)


def _ends(found: Explained, locale: str) -> str:
    day = render.day(found.before["period_start"], locale)
    of = f"{found.asked.by} {found.asked.key}, " if found.asked.by != "total" else ""
    return f"{of}{found.asked.period} {day}" if found.asked.is_restatement else f"{of}{found.asked.period}"


def _print_members(house: House, found: Explained) -> None:
    locale, across = house.locale, found.across or "total"
    labels = labels_for(house, across) | {REST: Text("(rest)", "(reste)").in_(locale)}
    names = list(found.parts)
    headings = [
        across,
        *(WORDS[name].in_(locale).partition(":")[0].strip() for name in names),
        Text("in all", "en tout").in_(locale),
    ]
    rows = [
        (
            labels.get(member, member),
            *(signed(values[name], found, locale) for name in names),
            signed(sum(values.values(), Decimal(0)), found, locale),
        )
        for member, values in list(found.members.items())[:SHOWN]
    ]
    render.console().print(render.table("", headings, rows, right=range(1, len(headings))))
    if len(found.members) > SHOWN:
        more = len(found.members) - SHOWN
        click.echo(Text(f"… {more} more: add --json", f"… encore {more} : ajouter --json").in_(locale))


def _number(value: Any, found: Explained, locale: str) -> str:
    return render.number(value, found.before["unit"], found.before["currency"], locale)


def signed(value: Decimal, found: Explained, locale: str) -> str:
    """With its sign; a change of a rate in points of a hundred."""
    sign = "+" if value > 0 else ""
    if found.before["unit"] == "ratio":
        points = render.number(value * 100, "score", None, locale)
        return f"{sign}{points} pt"
    return f"{sign}{_number(value, found, locale)}"
