"""The same tables in the ledger's PostgreSQL, as views over the shelf: what reads a database needs no files.

Columns are those of :mod:`sync.publish.bi.schema`, with two differences: numbers keep every digit that is stored, and there are no
intervals (``low``, ``high``), which are not stored. Rows are of the settings' own attribution model; labels of owners are ids.
Views are replaced and never dropped, so that others may stand on them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from kpi.scan import UNASSIGNED
from kpi.sql import literal
from sync.cards import followed_first
from sync.house import House
from sync.publish import shelf
from sync.publish.bi import schema
from sync.publish.bi.tables import PEOPLE, cards, measures
from sync.publish.shelf import Shelf

_COLUMN_TYPES = {schema.TEXT: sa.Text, schema.YES_NO: sa.Boolean, schema.WHOLE: sa.BigInteger}
_metadata = sa.MetaData()

_cards = sa.Table("shelf_card", _metadata, *(sa.Column(c.name, _COLUMN_TYPES[c.type]) for c in schema.KPIS.columns))
_measures = sa.Table(
    "shelf_measure", _metadata, sa.Column("measure", sa.Text), sa.Column("title", sa.Text), sa.Column("adds", sa.Boolean)
)
_dimensions = sa.Table("shelf_dimension", _metadata, sa.Column("dimension", sa.Text), sa.Column("title", sa.Text))
"""Small, and written anew each time: the catalogue and the language may have changed."""


def bring_up_to_date(house: House, _shelf: Shelf) -> None:
    """Titles as they are now, and the views where they are missing or older. Nothing where the ledger is no PostgreSQL."""
    if not shelf.is_in_ledger(house):
        return
    engine = house.ledger.engine
    _metadata.create_all(engine)
    with engine.begin() as tx:
        for table, rows in _filled(house).items():
            tx.execute(sa.delete(table))
            if rows:
                tx.execute(sa.insert(table), rows)
        tx.execute(sa.select(sa.func.set_config("search_path", _schema(engine), True)))
        for name, query in _views(house.locale):
            tx.exec_driver_sql(f"CREATE OR REPLACE VIEW {name} AS {query}")


def _schema(engine: sa.Engine) -> str:
    names: Mapping[Any, str] = engine.get_execution_options().get("schema_translate_map") or {}
    return f'"{names.get(None, "public")}"'


def _filled(house: House) -> dict[sa.Table, list[dict[str, Any]]]:
    return {
        _cards: cards(house, followed_first(house.catalogue)),
        _measures: [{key: row[key] for key in ("measure", "title", "adds")} for row in measures(house)],
        _dimensions: [{"dimension": by, "title": title.in_(house.locale)} for by, title in schema.DIMENSIONS.items()],
    }


_FIGURES = """shelf_series s JOIN shelf_figure f ON f.series_id = s.id
  LEFT JOIN shelf_card k ON k.kpi = s.kpi LEFT JOIN shelf_label l ON l.dimension = s.dimension AND l.member = s.member
  LEFT JOIN shelf_dimension d ON d.dimension = s.dimension
WHERE s.model IN ('', (SELECT value FROM shelf WHERE key = 'model'))"""


def _views(locale: str) -> Iterator[tuple[str, str]]:
    """Name and query of each. ``%%``: the driver takes a single one for a parameter."""
    key = "s.dimension || '/' || s.member AS member_key"
    people = ", ".join(map(literal, PEOPLE))
    label = (
        f"CASE WHEN s.member = {literal(UNASSIGNED)} THEN {literal(schema.UNASSIGNED.in_(locale))} "
        f"WHEN s.dimension IN ({people}) THEN s.member ELSE coalesce(l.label, nullif(s.member, ''), d.title) END AS label"
    )
    reason = "reason_fr" if locale == "fr" else "reason"
    yield schema.KPIS.name, f"SELECT {schema.KPIS.names} FROM shelf_card"
    yield (
        schema.MEMBERS.name,
        f"SELECT DISTINCT {key}, s.dimension, d.title AS dimension_title, s.member, {label} FROM {_FIGURES}",
    )
    yield (
        schema.VALUES.name,
        f"""SELECT s.kpi, coalesce(k.title, s.kpi) AS title, f.unit, s.dimension, s.member, {label}, s.period, f.period_start, f.period_end,
  nullif(s.model, '') AS model, f.value, f.currency, f.n, f.provisional_until IS NOT NULL AS is_provisional, f.provisional_until,
  f.{reason} AS reason,
  nullif(array_to_string(ARRAY(SELECT jsonb_array_elements_text(f.flags::jsonb)), ' '), '') AS flags, f.as_of, {key}
FROM {_FIGURES}""",
    )
    yield (
        schema.INPUTS.name,
        f"""SELECT s.kpi, s.dimension, s.member, s.period, f.period_start, nullif(s.model, '') AS model, i.key AS measure,
  coalesce(m.title, i.key) AS title, i.value::numeric AS value, coalesce(m.adds, false) AS adds,
  f.inputs NOT LIKE '%%:null%%' AS is_complete, {key}
FROM shelf_series s JOIN shelf_figure f ON f.series_id = s.id CROSS JOIN LATERAL jsonb_each_text(f.inputs::jsonb) i(key, value)
  LEFT JOIN shelf_measure m ON m.measure = i.key
WHERE s.model IN ('', (SELECT value FROM shelf WHERE key = 'model'))""",
    )
