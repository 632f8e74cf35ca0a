"""Tables of the shelf: the current value of every KPI, put where one is found in a millisecond.

The lake keeps every version of every value in files that are made for reading millions of rows; a page needs a few hundred of
them, while a sync is writing, in a process that must stay small. The same tables serve BI tools where the ledger is PostgreSQL.
Values by deal and by company are not here: there may be millions, and nobody lists them (``cadran show`` reads the lake).
"""

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from sync.ledger_base import INSTANT
from sync.result_rows import VALUE_SCALE

metadata = sa.MetaData()


class Exact(sa.types.TypeDecorator[Decimal]):
    """A decimal to the last digit: NUMERIC where the database has it, its text in SQLite, whose numbers are doubles."""

    impl = sa.Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        exact = sa.Numeric(38, VALUE_SCALE) if dialect.name == "postgresql" else sa.Text()
        return dialect.type_descriptor(exact)

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else format(value, "f")

    def process_result_value(self, value: Any, _dialect: sa.Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


about = sa.Table(
    "shelf",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""What all values share: ``run_id``, ``as_of``, ``today``, ``currency``, ``zone``, ``model``."""

series = sa.Table(
    "shelf_series",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kpi", sa.Text, nullable=False),
    sa.Column("dimension", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("member", sa.Text, nullable=False),
    sa.UniqueConstraint("kpi", "dimension", "period", "model", "member"),
)
"""One KPI of one member, period after period. ``model`` and ``member`` are '' where there is none."""

figures = sa.Table(
    "shelf_figure",
    metadata,
    sa.Column("series_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("period_start", sa.Date, primary_key=True),
    sa.Column("period_end", sa.Date, nullable=False),
    sa.Column("value", Exact),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("currency", sa.Text),
    sa.Column("n", sa.BigInteger),
    sa.Column("inputs", sa.Text, nullable=False),
    sa.Column("spread", sa.Text),
    sa.Column("as_of", INSTANT, nullable=False),
    sa.Column("provisional_until", sa.Date),
    sa.Column("reason", sa.Text),
    sa.Column("reason_fr", sa.Text),
    sa.Column("flags", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)
"""The columns of :data:`sync.result_rows.RESULT_TYPES`."""

expected = sa.Table(
    "shelf_maturity",
    metadata,
    sa.Column("series_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("period_start", sa.Date, primary_key=True),
    sa.Column("value", Exact),
    sa.Column("maturity", Exact),
    sa.Column("error", Exact),
    sa.Column("cohorts", sa.Integer),
    sa.Column("reason", sa.Text),
    sa.Column("reason_fr", sa.Text),
)
"""What unripe cohorts are expected to come to (:mod:`sync.maturity`)."""

labels = sa.Table(
    "shelf_label",
    metadata,
    sa.Column("dimension", sa.Text, primary_key=True),
    sa.Column("member", sa.Text, primary_key=True),
    sa.Column("label", sa.Text, nullable=False),
)
"""What people call a member: a campaign's title, a colleague's name."""
