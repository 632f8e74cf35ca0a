"""The tables that every format has, column by column: what other people's tools rely on.

A column is added at the end of its table, and none is renamed or given another meaning. ``docs/bi.md`` shows these lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kpi.text import Text

DIGITS, SCALE = 18, 6
"""Of a number: the most that Tableau's files, Power BI and every Parquet reader take without loss; twelve digits before the point."""

TEXT, DAY, INSTANT, WHOLE, YES_NO, NUMBER = "VARCHAR", "DATE", "TIMESTAMPTZ", "BIGINT", "BOOLEAN", f"DECIMAL({DIGITS},{SCALE})"
"""Types, as DuckDB names them."""


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    means: Text


@dataclass(frozen=True)
class Table:
    name: str
    means: Text
    columns: tuple[Column, ...]
    order: tuple[str, ...]
    """Columns that its rows are ordered by: the same results give the same file."""

    @property
    def names(self) -> str:
        """Its columns for a SELECT."""
        return ", ".join(f'"{column.name}"' for column in self.columns)


_KPI = Column("kpi", TEXT, Text("Name of the KPI; table `kpi`", "Nom de l'indicateur ; table `kpi`"))
_DIMENSION = Column(
    "dimension", TEXT, Text("What it is cut by: `total`, `channel`, `campaign` …", "L'axe : `total`, `channel`, `campaign`…")
)
_MEMBER = Column(
    "member",
    TEXT,
    Text(
        "Member of the dimension: an id or a code; empty at `total`",
        "Membre de l'axe : un identifiant ou un code ; vide à `total`",
    ),
)
_MEMBER_KEY = Column(
    "member_key",
    TEXT,
    Text("Dimension and member in one, for a join with table `member`", "Axe et membre en un, pour la jointure avec `member`"),
)
_LABEL = Column("label", TEXT, Text("What people call the member", "Le nom du membre pour ses lecteurs"))
_PERIOD = Column(
    "period",
    TEXT,
    Text(
        "Kind of period: `day`, `week`, `month`, `quarter`, `year`, `all`, `last_30_days` …",
        "Sorte de période : `day`, `week`, `month`, `quarter`, `year`, `all`, `last_30_days`…",
    ),
)
_START = Column("period_start", DAY, Text("First day of the period", "Premier jour de la période"))
_MODEL = Column(
    "model",
    TEXT,
    Text("Attribution model, where one decides the value", "Modèle d'attribution, là où il détermine la valeur"),
)

VALUES = Table(
    "kpi_value",
    Text(
        "Every value of every KPI, one row each. Never add up values: rates and means do not add; use `kpi_input`.",
        "Chaque valeur de chaque indicateur, une par ligne. Ne jamais additionner les valeurs : taux et moyennes ne s'additionnent pas ; voir `kpi_input`.",
    ),
    (
        _KPI,
        Column("title", TEXT, Text("Title of the KPI", "Titre de l'indicateur")),
        Column(
            "unit",
            TEXT,
            Text(
                "`money`, `ratio` (0.12 is 12 %), `count`, `days`, `months`, `score`",
                "`money`, `ratio` (0,12 vaut 12 %), `count`, `days`, `months`, `score`",
            ),
        ),
        _DIMENSION,
        _MEMBER,
        _LABEL,
        _PERIOD,
        _START,
        Column("period_end", DAY, Text("The day after its last one", "Le lendemain de son dernier jour")),
        _MODEL,
        Column(
            "value",
            NUMBER,
            Text("The value; empty is undefined, and `reason` says why", "La valeur ; vide : non définie, `reason` dit pourquoi"),
        ),
        Column("currency", TEXT, Text("Of money: ISO 4217", "Pour l'argent : ISO 4217")),
        Column("n", WHOLE, Text("How many cases it rests on", "Nombre de cas sur lesquels elle repose")),
        Column("low", NUMBER, Text("Lower end of the interval: 95 in 100", "Borne basse de l'intervalle : 95 sur 100")),
        Column("high", NUMBER, Text("Upper end", "Borne haute")),
        Column(
            "is_provisional",
            YES_NO,
            Text("Whether its sources may still restate it", "Si ses sources peuvent encore la corriger"),
        ),
        Column("provisional_until", DAY, Text("From this day on they do not", "À partir de ce jour, elles ne le peuvent plus")),
        Column("reason", TEXT, Text("Why there is no value", "Pourquoi il n'y a pas de valeur")),
        Column(
            "flags",
            TEXT,
            Text(
                "What to mind, codes with a space between (docs/kpis.md)",
                "Ce dont il faut tenir compte, codes séparés par une espace",
            ),
        ),
        Column(
            "as_of",
            INSTANT,
            Text("When this value was computed first, UTC", "Quand cette valeur a été calculée pour la première fois, UTC"),
        ),
        _MEMBER_KEY,
    ),
    ("kpi", "dimension", "period", "member", "period_start"),
)

INPUTS = Table(
    "kpi_input",
    Text(
        "What each value is made of: add these up and divide the sums.",
        "De quoi chaque valeur est faite : additionner ceci, puis diviser les sommes.",
    ),
    (
        _KPI,
        _DIMENSION,
        _MEMBER,
        _PERIOD,
        _START,
        _MODEL,
        Column("measure", TEXT, Text("Name of the measure in the formula", "Nom de la mesure dans la formule")),
        Column("title", TEXT, Text("Title of the measure", "Titre de la mesure")),
        Column("value", NUMBER, Text("Its value; empty is unknown", "Sa valeur ; vide : inconnue")),
        Column(
            "adds",
            YES_NO,
            Text(
                "Whether it may be added up over periods of one kind, and over members (not those of `product`, `category`, `plan`, `stage`)",
                "Si elle s'additionne d'une période à l'autre de même sorte, et entre membres (sauf ceux de `product`, `category`, `plan`, `stage`)",
            ),
        ),
        Column(
            "is_complete",
            YES_NO,
            Text(
                "Whether every measure of that value is known: add up only where it is, or cost and result do not match",
                "Si toutes les mesures de cette valeur sont connues : n'additionner que là, sinon coûts et résultats ne correspondent pas",
            ),
        ),
        _MEMBER_KEY,
    ),
    ("kpi", "dimension", "period", "member", "period_start", "measure"),
)

KPIS = Table(
    "kpi",
    Text("The cards.", "Les fiches des indicateurs."),
    (
        Column("kpi", TEXT, Text("Name; unique", "Nom ; unique")),
        Column("title", TEXT, Text("Title", "Titre")),
        Column("explanation", TEXT, Text("What it is", "Définition")),
        Column("formula", TEXT, Text("Formula in words", "Formule en mots")),
        Column("unit", TEXT, Text("As in `kpi_value`", "Comme dans `kpi_value`")),
        Column(
            "direction",
            TEXT,
            Text("Better when: `up`, `down`, `none`", "Meilleur si : `up` (plus haut), `down` (plus bas), `none`"),
        ),
        Column("family", TEXT, Text("Facts that its first measure is read from", "Faits dont sa première mesure est tirée")),
        Column("undefined_when", TEXT, Text("When it is empty", "Quand il est vide")),
        Column("caveats", TEXT, Text("What to mind", "À savoir")),
        Column("is_followed", YES_NO, Text("Setting `kpis.follow`", "Réglage `kpis.follow`")),
        Column("position", WHOLE, Text("Order in which they are shown", "Ordre d'affichage")),
        Column("version", WHOLE, Text("Of its definition", "De sa définition")),
    ),
    ("position",),
)

MEMBERS = Table(
    "member",
    Text("Members of dimensions.", "Membres des axes."),
    (
        Column("member_key", TEXT, Text("Unique", "Unique")),
        _DIMENSION,
        Column("dimension_title", TEXT, Text("What people call the dimension", "Le nom de l'axe pour ses lecteurs")),
        _MEMBER,
        _LABEL,
    ),
    ("dimension", "member"),
)

TABLES = (VALUES, INPUTS, KPIS, MEMBERS)
"""In every format."""

DATES = Table(
    "date",
    Text("Days, for Power BI.", "Jours, pour Power BI."),
    (
        Column("date", DAY, Text("Unique", "Unique")),
        Column("year", WHOLE, Text("Calendar year", "Année civile")),
        Column("quarter", TEXT, Text("As 2026-Q3", "Comme 2026-Q3")),
        Column("month", TEXT, Text("As 2026-09", "Comme 2026-09")),
        Column("month_name", TEXT, Text("Name of the month", "Nom du mois")),
        Column(
            "week_start",
            DAY,
            Text("First day of its week (setting `kpis.week_start`)", "Premier jour de sa semaine (réglage `kpis.week_start`)"),
        ),
    ),
    ("date",),
)

PERIODS = Table(
    "period",
    Text("Kinds of period, for Power BI.", "Sortes de période, pour Power BI."),
    (
        Column("period", TEXT, Text("Unique", "Unique")),
        Column("title", TEXT, Text("What people call it", "Son nom pour ses lecteurs")),
        Column("position", WHOLE, Text("The shorter first", "La plus courte d'abord")),
    ),
    ("position",),
)

FOR_POWER_BI = (DATES, PERIODS)
"""What Power BI needs besides, to relate the others to."""

OVERLAPPING = ("product", "category", "plan", "stage")
"""Dimensions of which one deal or customer may be in several members: counts of members do not add up to the total."""

DIMENSIONS: Mapping[str, Text] = MappingProxyType(
    {
        "total": Text("Total", "Total"),
        "pipeline": Text("Pipeline", "Pipeline"),
        "stage": Text("Stage", "Étape"),
        "team": Text("Team", "Équipe"),
        "owner": Text("Owner", "Propriétaire"),
        "channel": Text("Channel", "Canal"),
        "campaign": Text("Campaign", "Campagne"),
        "page": Text("Page", "Page"),
        "device": Text("Device", "Appareil"),
        "email": Text("E-mail", "E-mail"),
        "network": Text("Network", "Réseau social"),
        "survey": Text("Survey", "Enquête"),
        "plan": Text("Plan", "Formule d'abonnement"),
        "category": Text("Category", "Catégorie"),
        "product": Text("Product", "Produit"),
        "cohort": Text("Cohort", "Cohorte"),
        "company": Text("Company", "Entreprise"),
        "deal": Text("Deal", "Transaction"),
    }
)

PERIOD_TITLES: Mapping[str, Text] = MappingProxyType(
    {
        "day": Text("Day", "Jour"),
        "week": Text("Week", "Semaine"),
        "month": Text("Month", "Mois"),
        "quarter": Text("Quarter", "Trimestre"),
        "year": Text("Year", "Année"),
        "last_30_days": Text("Last 30 days", "30 derniers jours"),
        "last_90_days": Text("Last 90 days", "90 derniers jours"),
        "last_365_days": Text("Last 365 days", "365 derniers jours"),
        "all": Text("All time", "Depuis le début"),
    }
)
"""The shorter first."""

UNASSIGNED = Text("not assigned", "non attribué")


def markdown(locale: str) -> str:
    """The columns as the documentation shows them."""
    heading = Text("| column | type | |\n|---|---|---|", "| colonne | type | |\n|---|---|---|").in_(locale)
    parts = []
    for table in (*TABLES, *FOR_POWER_BI):
        lines = (f"| `{c.name}` | {c.type} | {c.means.in_(locale)} |" for c in table.columns)
        parts.append("\n".join((f"### `{table.name}`", "", table.means.in_(locale), "", heading, *lines)))
    return "\n\n".join(parts) + "\n"
