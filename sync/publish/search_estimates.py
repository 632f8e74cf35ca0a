"""SEMrush's monthly guesses about domains, beside one another, where pages read them.

They are estimates of a vendor, never measured, and stay in a table of their own. Facts of them are deleted when their licence ends
(:class:`kpi.schema.media.SeoEstimate`); so are these, as the table is written anew after every sync.
"""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from sync.house import House
from sync.publish.shelf import Shelf
from sync.publish.shelf_tables import metadata

estimates = sa.Table(
    "shelf_search_estimate",
    metadata,
    sa.Column("domain", sa.Text, primary_key=True),
    sa.Column("country", sa.Text, primary_key=True),
    sa.Column("month_on", sa.Date, primary_key=True),
    sa.Column("is_competitor", sa.Boolean, nullable=False),
    sa.Column("traffic", sa.BigInteger),
    sa.Column("keywords", sa.BigInteger),
)


@dataclass(frozen=True)
class Estimate:
    """What a domain's organic search traffic was guessed to be in a month."""

    domain: str
    country: str
    """SEMrush's database: fr, us, mobile-fr …"""
    month: date
    is_competitor: bool
    traffic: int | None
    """Visits."""
    keywords: int | None


_STORED = """
SELECT domain, database, month_on, bool_or(is_competitor) AS is_competitor, max(organic_traffic), max(organic_keywords)
FROM seo_estimate WHERE is_competitor IS NOT NULL GROUP BY ALL ORDER BY ALL
"""


def update(house: House, shelf: Shelf) -> int:
    """Put the estimates that are stored in place of those on the shelf; how many there are."""
    with house.lake.facts(("seo_estimate",)) as con:
        rows = con.execute(_STORED).fetchall()
    names = [column.name for column in estimates.columns]
    with shelf.engine.begin() as tx:
        tx.execute(sa.delete(estimates))
        if rows:
            tx.execute(sa.insert(estimates), [dict(zip(names, row, strict=True)) for row in rows])
    return len(rows)


def read(shelf: Shelf) -> list[Estimate]:
    """By country, own domains first, then month; empty where none are read."""
    c = estimates.c
    query = sa.select(estimates).order_by(c.country, c.is_competitor, c.domain, c.month_on)
    with shelf.engine.connect() as con:
        return [
            Estimate(row["domain"], row["country"], row["month_on"], row["is_competitor"], row["traffic"], row["keywords"])
            for row in con.execute(query).mappings()
        ]
