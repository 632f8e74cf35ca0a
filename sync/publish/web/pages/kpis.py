"""The catalogue: every KPI by family, those that the company follows first, with a search."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from unicodedata import combining, normalize

from kpi.card import Kpi, RecordKpi
from kpi.definitions import MODULES
from kpi.text import Text
from sync.publish.shelf import Figure
from sync.publish.web.page import N_, Look, Page

LONGEST_SEARCH = 100
FOLLOWED = Text("What the company follows", "Ce que l'entreprise suit")
OWN = Text("Our own", "Les nôtres")
RECORDS = Text("On single records", "Sur chaque fiche")
FAMILIES: dict[str, Text] = {
    "sales": Text("Sales", "Ventes"),
    "pipeline": Text("Pipeline", "Pipeline"),
    "quotas": Text("Quotas and forecast", "Objectifs et prévision"),
    "acquisition": Text("Acquisition", "Acquisition"),
    "ads": Text("Advertising", "Publicité"),
    "offline": Text("Offline conversions", "Conversions hors ligne"),
    "funnel": Text("Funnel", "Entonnoir"),
    "lagged": Text("With the delay of sales", "Avec le délai de vente"),
    "cohorts": Text("By cohort", "Par cohorte"),
    "commerce": Text("Orders", "Commandes"),
    "buyers": Text("Buyers", "Acheteurs"),
    "invoices": Text("Invoices", "Factures"),
    "subscriptions": Text("Subscriptions", "Abonnements"),
    "subscription_churn": Text("Retention and churn", "Fidélisation et attrition"),
    "customers": Text("Customers", "Clients"),
    "finance": Text("Margin", "Marge"),
    "web": Text("Web", "Web"),
    "web_shop": Text("Shop on the web", "Boutique en ligne"),
    "email": Text("E-mail", "E-mail"),
    "seo": Text("Search engines", "Moteurs de recherche"),
    "social": Text("Social networks", "Réseaux sociaux"),
    "service": Text("Service and satisfaction", "Service et satisfaction"),
}
"""Module of :mod:`kpi.definitions` -> what its KPIs are about."""


@dataclass(frozen=True)
class Line:
    name: str
    title: str
    explain: str
    figure: Figure | None
    is_followed: bool


@dataclass(frozen=True)
class Family:
    title: str
    lines: list[Line]


def show(look: Look) -> dict[str, Any]:
    search = look.query.get("q", "").strip()[:LONGEST_SEARCH]
    words = _plain(search).split()
    newest = _values(look)
    families = [
        Family(title.in_(look.locale), [_line(look, card, newest) for card in cards if _holds(look, card, words)])
        for title, cards in _families(look)
    ]
    found = [family for family in families if family.lines]
    return {
        "search": search,
        "families": found,
        "count": len({line.name for family in found for line in family.lines}),
        "all": len(look.catalogue.names),
    }


def _families(look: Look) -> Iterable[tuple[Text, list[Kpi | RecordKpi]]]:
    """Each KPI once among its family; what is followed stands at the top besides."""
    catalogue = look.catalogue
    yield FOLLOWED, [catalogue.definition(name) for name in catalogue.followed]
    yield OWN, [kpi for kpi in catalogue.kpis.values() if kpi.is_own]
    for module in MODULES:
        mine = [catalogue.kpis.get(card.name) for card in vars(module).values() if isinstance(card, Kpi)]
        yield FAMILIES[module.__name__.rpartition(".")[2]], [kpi for kpi in mine if kpi is not None and not kpi.is_own]
    yield RECORDS, [card for name, card in catalogue.record_kpis.items() if name not in catalogue.kpis]


def _values(look: Look) -> dict[str, Figure]:
    """The value of each KPI: of the last month that is over, else of today."""
    shelf, names = look.shelf, list(look.catalogue.kpis)
    now = shelf.cut(names, by="total").get("", {})
    last = shelf.last_whole("total", "month")
    months = shelf.cut(names, by="total", period="month", start=last).get("", {}) if last else {}
    return {**now, **months}


def _line(look: Look, card: Kpi | RecordKpi, values: dict[str, Figure]) -> Line:
    return Line(
        name=card.name,
        title=card.title.in_(look.locale),
        explain=card.explain.in_(look.locale),
        figure=values.get(card.name),
        is_followed=card.name in look.catalogue.followed,
    )


def _holds(look: Look, card: Kpi | RecordKpi, words: list[str]) -> bool:
    """Every word stands somewhere in its name, title, explanation or formula, accents aside."""
    if not words:
        return True
    formula = card.formula.text(look.locale) if isinstance(card, Kpi) else card.formula.in_(look.locale)
    text = _plain(" ".join((card.name, card.title.in_(look.locale), card.explain.in_(look.locale), formula)))
    return all(word in text for word in words)


def _plain(text: str) -> str:
    return "".join(letter for letter in normalize("NFKD", text.casefold()) if not combining(letter))


PAGE = Page("/kpis", N_("All KPIs"), "kpis.html", show, group="overview", order=50)
