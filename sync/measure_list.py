"""What formulas are made of, and what measures of one's own can be made of: ``cadran kpis --measures``."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

import click

from kpi.own import FAMILIES_OFFERED, columns_of
from kpi.registry import Catalogue
from kpi.text import Text
from sync import render
from sync.output import print_json

_TYPES: Mapping[type, Text] = MappingProxyType(
    {
        str: Text("text", "texte"),
        int: Text("whole number", "entier"),
        Decimal: Text("number", "nombre"),
        date: Text("day", "jour"),
        bool: Text("true or false", "vrai ou faux"),
    }
)


def list_measures(catalogue: Catalogue, locale: str, as_json: bool) -> None:
    measures = [
        {
            "measure": m.name,
            "title": m.title.in_(locale),
            "unit": str(m.measures),
            "of": m.facts.name,
            "reads": m.recipe(),
        }
        for m in sorted(catalogue.measures, key=lambda m: m.name)
    ]
    facts = {
        name: {column.name: _TYPES[column.type].in_(locale) for column in columns_of(of).values()}
        for name, of in FAMILIES_OFFERED.items()
    }
    if as_json:
        print_json({"measures": measures, "facts": facts})
        return
    headings = [Text("measure", "mesure"), Text("title", "titre"), Text("unit", "unité"), Text("of", "sur")]
    rows = [(m["measure"], m["title"], m["unit"], m["of"]) for m in measures]
    render.console().print(
        render.table(Text("Measures", "Mesures").in_(locale), [h.in_(locale) for h in headings], rows),
        render.table(
            Text("Facts, for `of:` of a measure of your own", "Faits, pour `of:` d'une mesure à vous").in_(locale),
            [Text("of", "sur").in_(locale), Text("columns", "colonnes").in_(locale)],
            [(name, ", ".join(f"{column} ({kind})" for column, kind in of.items())) for name, of in facts.items()],
        ),
    )
    click.echo(
        Text(
            "Formulas name measures and KPIs; docs/own-kpis.md shows how.",
            "Les formules nomment des mesures et des indicateurs ; voir docs/own-kpis.fr.md.",
        ).in_(locale)
    )
