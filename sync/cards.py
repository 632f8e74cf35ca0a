"""A KPI's card as the command line and the CRM show it."""

import difflib
from collections.abc import Iterable
from typing import Any

from kpi.card import Kpi, RecordKpi
from kpi.registry import Catalogue
from kpi.text import Text
from kpi.uncertainty import TITLES

_LINES = {
    "explain": Text("what it is", "définition"),
    "formula": Text("formula", "formule"),
    "unit": Text("unit", "unité"),
    "better": Text("better when", "meilleur si"),
    "interval": Text("interval", "intervalle"),
    "undefined_when": Text("empty when", "vide quand"),
    "caveats": Text("mind", "à savoir"),
    "source": Text("source", "source"),
    "version": Text("version", "version"),
}


def nearest(catalogue: Catalogue, name: str) -> str:
    """What a person probably meant."""
    holding = [known for known in catalogue.names if name and name in known]
    if holding:
        return f"did you mean {' or '.join(holding[:4])}?"
    near = difflib.get_close_matches(name, catalogue.names, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else "`cadran kpis --all` lists them"


def card(catalogue: Catalogue, name: str, locale: str) -> dict[str, Any]:
    """The card as plain values; ``lines`` are (heading, text) for a terminal."""
    found = catalogue.definition(name)
    formula = found.formula.text(locale) if isinstance(found, Kpi) else found.formula.in_(locale)
    values: dict[str, Any] = {
        "kpi": name,
        "title": found.title.in_(locale),
        "explain": found.explain.in_(locale),
        "formula": formula,
        "unit": str(found.unit) if found.unit else "",
        "better": found.better,
        "interval": TITLES[found.estimator.kind if found.estimator else "none"].in_(locale) if isinstance(found, Kpi) else "",
        "undefined_when": found.undefined_when.in_(locale),
        "caveats": found.caveats.in_(locale),
        "source": found.source.title + (f" <{found.source.url}>" if found.source.url else ""),
        "version": found.version,
        "followed": name in catalogue.followed,
        "by": list(found.grains) if isinstance(found, Kpi) else [found.object],
        "periods": list(found.periods) if isinstance(found, Kpi) else [],
    }
    lines = [(name, values["title"])]
    lines += [(words.in_(locale), str(values[key])) for key, words in _LINES.items() if values[key] != ""]
    lines.append(("by", ", ".join(values["by"])))
    return {**values, "lines": lines}


def cards(catalogue: Catalogue, names: Iterable[str], locale: str) -> list[dict[str, Any]]:
    """Cards without the terminal's lines, in the order of ``names``."""
    return [{k: v for k, v in card(catalogue, name, locale).items() if k != "lines"} for name in names]


def followed_first(catalogue: Catalogue) -> list[str]:
    """Every name: what the company follows, then the rest."""
    return list(dict.fromkeys((*catalogue.followed, *catalogue.names)))


def property_text(found: Kpi | RecordKpi) -> tuple[Text, Text]:
    """Label and description of the CRM property that holds a KPI: what it is, how it is computed, when it is empty."""

    def words(locale: str) -> str:
        formula = found.formula.text(locale) if isinstance(found, Kpi) else found.formula.in_(locale)
        empty = Text("Empty when:", "Vide quand :").in_(locale)
        colon = Text("Formula:", "Formule :").in_(locale)
        return f"{found.explain.in_(locale)} {colon} {formula}. {empty} {found.undefined_when.in_(locale)}."

    return found.title, Text(words("en"), words("fr"))
