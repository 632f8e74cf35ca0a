"""A company of any size, as facts: made by SQL from row numbers, so that the same scale gives the same rows everywhere.

At scale 1: 5 M deals, 2 M contacts, 1 M companies, 12 M touches of deals, 8 M ad and traffic day-rows, 2 M subscription periods.
"""

from collections.abc import Mapping

import duckdb

from kpi.schema import TABLES, columns

DEALS = 5_000_000
CONTACTS = 2_000_000
COMPANIES = 1_000_000
LINKED_CONTACTS = 6_000_000
"""Links of deals with contacts, each of which brings its first and its last visit: 12 M touches."""
AD_DAYS = 4_000_000
TRAFFIC_DAYS = 3_000_000
LANDING_DAYS = 1_000_000
SUBSCRIPTIONS = 2_000_000

OWNERS = 200
TEAMS = 12
PIPELINES = 4
PRODUCTS = 300
CAMPAIGNS = 500
FIRST_DAY = "DATE '2023-01-01'"
DAYS = 1_400
"""Until the end of October 2026."""
AT = "TIMESTAMP '2026-11-01 00:00:00'"

_FILLED = {"VARCHAR": "''", "BIGINT": "0", "BOOLEAN": "false", "DATE": FIRST_DAY, "TIMESTAMP": AT}
"""What stands in a column that must not be null and that nobody names."""

_CHANNELS = "['paid_search', 'paid_social', 'organic_search', 'email', 'direct', 'referral', 'organic_social', 'display']"
_SOURCES = "['PAID_SEARCH', 'PAID_SOCIAL', 'ORGANIC_SEARCH', 'EMAIL_MARKETING', 'DIRECT_TRAFFIC', 'REFERRALS', 'SOCIAL_MEDIA', 'OTHER_CAMPAIGNS']"


def make(con: duckdb.DuckDBPyConnection, scale: float) -> dict[str, int]:
    """Every table of the schema in ``con``; those that the figures are about are filled. Gives the rows of each."""
    con.execute("SET TimeZone='UTC'")
    con.execute("CREATE MACRO rnd(i, k, n) AS CAST(hash(i * 64 + k) % CAST(n AS UBIGINT) AS BIGINT)")
    con.execute(f"CREATE MACRO on_day(i, k) AS CAST({FIRST_DAY} + CAST(rnd(i, k, {DAYS}) AS INTEGER) AS DATE)")
    con.execute("CREATE MACRO money(i, k, most) AS CAST(rnd(i, k, most * 100) AS DECIMAL(18, 6)) / 100")

    def n(rows: int) -> int:
        return max(1, round(rows * scale))

    wanted: Mapping[str, tuple[int, dict[str, str]]] = {
        "owner": (OWNERS, {"owner_id": "'o' || i", "team_id": f"'t' || i % {TEAMS}", "team_name": f"'Team ' || i % {TEAMS}"}),
        "pipeline": (PIPELINES, {"pipeline_id": "'p' || i", "pipeline_name": "'Pipeline ' || i"}),
        "stage": (
            PIPELINES * 5,
            {
                "stage_id": "'p' || i // 5 || 's' || i % 5",
                "pipeline_id": "'p' || i // 5",
                "stage_name": "'Stage ' || i % 5",
                "display_order": "i % 5",
                "probability": "[0.2, 0.4, 0.6, 1, 0][1 + i % 5]",
                "is_closed": "i % 5 >= 3",
            },
        ),
        "company": (n(COMPANIES), {"company_id": "'c' || i", "created_at": "on_day(i, 1)", "created_on": "on_day(i, 1)"}),
        "contact": (
            n(CONTACTS),
            {
                "contact_id": "'' || i",
                "owner_id": f"'o' || rnd(i, 1, {OWNERS})",
                "created_at": "on_day(i, 2)",
                "created_on": "on_day(i, 2)",
                "lead_at": "on_day(i, 2)",
                "lead_on": "on_day(i, 2)",
                "mql_on": "CASE WHEN rnd(i, 3, 3) = 0 THEN on_day(i, 2) + 5 END",
                "sql_on": "CASE WHEN rnd(i, 3, 9) = 0 THEN on_day(i, 2) + 12 END",
                "opportunity_on": "CASE WHEN rnd(i, 3, 18) = 0 THEN on_day(i, 2) + 20 END",
                "first_touch_at": "on_day(i, 2) - INTERVAL 3 DAY",
                "first_source": f"{_SOURCES}[1 + rnd(i, 4, 8)]",
                "first_utm_campaign": f"CASE WHEN rnd(i, 4, 8) < 4 THEN 'campaign ' || rnd(i, 5, {CAMPAIGNS}) END",
                "last_touch_at": "on_day(i, 2) + CAST(rnd(i, 6, 60) AS INTEGER)",
                "last_source": f"{_SOURCES}[1 + rnd(i, 7, 8)]",
                "last_utm_campaign": f"CASE WHEN rnd(i, 7, 8) < 4 THEN 'campaign ' || rnd(i, 8, {CAMPAIGNS}) END",
            },
        ),
        "deal": (
            n(DEALS),
            {
                "deal_id": "'' || i",
                "pipeline_id": f"'p' || rnd(i, 1, {PIPELINES})",
                "stage_id": f"'p' || rnd(i, 1, {PIPELINES}) || 's' || {_STAGE}",
                "owner_id": f"'o' || rnd(i, 3, {OWNERS})",
                "created_at": "on_day(i, 4)",
                "created_on": "on_day(i, 4)",
                "close_at": "on_day(i, 4) + INTERVAL (rnd(i, 5, 7776000)) SECOND",
                "close_on": "CAST(on_day(i, 4) + INTERVAL (rnd(i, 5, 7776000)) SECOND AS DATE)",
                "amount": "money(i, 6, 40000)",
                "currency": "'EUR'",
                "amount_home": "money(i, 6, 40000)",
            },
        ),
        "deal_stage_entry": (
            n(DEALS) * 2,
            {
                "deal_id": "'' || i // 2",
                "stage_id": f"'p' || rnd(i // 2, 1, {PIPELINES}) || 's' || CASE WHEN i % 2 = 0 THEN 0 ELSE 1 END",
                "entered_at": "on_day(i // 2, 4) + CAST(i % 2 * 9 AS INTEGER)",
                "entered_on": "on_day(i // 2, 4) + CAST(i % 2 * 9 AS INTEGER)",
            },
        ),
        "product": (
            PRODUCTS,
            {
                "product_id": "'g' || i",
                "product_name": "'Product ' || i",
                "category": "'k' || i % 20",
                "unit_cost": "20",
                "currency": "'EUR'",
            },
        ),
        "line_item": (
            n(DEALS) // 2,
            {
                "line_item_id": "'l' || i",
                "product_id": f"'g' || rnd(i, 1, {PRODUCTS})",
                "quantity": "1",
                "amount": "money(2 * i, 6, 40000)",
                "currency": "'EUR'",
            },
        ),
        "campaign": (
            CAMPAIGNS,
            {
                "platform": "'google_ads'",
                "account_id": "'1'",
                "campaign_id": "'' || i",
                "campaign_name": "'campaign ' || i",
                "channel": "'paid_search'",
            },
        ),
        "ad_spend_daily": (
            n(AD_DAYS),
            {
                "platform": "'google_ads'",
                "account_id": f"'' || i // {CAMPAIGNS * DAYS}",
                "campaign_id": f"'' || i % {CAMPAIGNS}",
                "campaign_name": f"'campaign ' || i % {CAMPAIGNS}",
                "channel": "'paid_search'",
                "spend_on": f"CAST({FIRST_DAY} + CAST(i // {CAMPAIGNS} % {DAYS} AS INTEGER) AS DATE)",
                "currency": "'EUR'",
                "spend": "money(i, 1, 90)",
                "spend_home": "money(i, 1, 90)",
                "impressions": "rnd(i, 2, 9000)",
                "clicks": "rnd(i, 3, 90)",
                "conversions": "rnd(i, 4, 4)",
                "conversions_value": "rnd(i, 5, 400)",
                "leads": "CASE WHEN i % 2 = 0 THEN rnd(i, 6, 3) END",
                "cost_class": "'platform_reported'",
            },
        ),
        "web_traffic_daily": (
            n(TRAFFIC_DAYS),
            {
                "property_id": "'1'",
                "visit_on": f"CAST({FIRST_DAY} + CAST(i % {DAYS} AS INTEGER) AS DATE)",
                "channel": f"{_CHANNELS}[1 + rnd(i, 1, 8)]",
                "campaign_name": f"'campaign ' || rnd(i, 2, {CAMPAIGNS})",
                "source_medium": "'m' || i",
                "sessions": "rnd(i, 3, 500)",
                "engaged_sessions": "rnd(i, 3, 500) // 2",
                "key_event_sessions": "rnd(i, 3, 500) // 20",
                "key_events": "rnd(i, 3, 500) // 15",
            },
        ),
        "web_landing_daily": (
            n(LANDING_DAYS),
            {
                "property_id": "'1'",
                "visit_on": f"CAST({FIRST_DAY} + CAST(i % {DAYS} AS INTEGER) AS DATE)",
                "landing_page": "'/page/' || rnd(i, 1, 200)",
                "device_category": "['desktop', 'mobile', 'tablet'][1 + rnd(i, 2, 3)]",
                "sessions": "rnd(i, 3, 500)",
                "engaged_sessions": "rnd(i, 3, 500) // 2",
                "key_event_sessions": "rnd(i, 3, 500) // 20",
                "key_events": "rnd(i, 3, 500) // 15",
            },
        ),
        "subscription_period": (
            n(SUBSCRIPTIONS),
            {
                "period_id": "'' || i",
                "subscription_id": "'' || i",
                "status": "CASE WHEN rnd(i, 1, 3) = 0 THEN 'active' ELSE 'canceled' END",
                "starts_on": "on_day(i, 2)",
                "ends_on": "CASE WHEN rnd(i, 1, 3) > 0 THEN on_day(i, 2) + CAST(30 + rnd(i, 3, 400) AS INTEGER) END",
                "interval_unit": "'month'",
                "interval_count": "1",
                "amount": "money(i, 4, 200) + 1",
                "currency": "'EUR'",
                "amount_home": "money(i, 4, 200) + 1",
            },
        ),
    }
    for table in TABLES:
        rows, named = wanted.get(table, (0, {}))
        _fill(con, table, rows, named)
    link(con, "deal_contact", "deals", "i % {deals}", "contacts", "rnd(i, 9, {contacts})", n(LINKED_CONTACTS), scale)
    link(con, "deal_company", "deals", "i", "companies", "'c' || rnd(i, 10, {companies})", n(DEALS), scale)
    link(con, "contact_company", "contacts", "i", "companies", "'c' || rnd(i, 11, {companies})", n(CONTACTS), scale)
    link(con, "line_deal", "line_items", "'l' || i", "deals", "i * 2", n(DEALS) // 2, scale)
    link(
        con, "subscription_company", "subscriptions", "i", "companies", "'c' || rnd(i, 12, {companies})", n(SUBSCRIPTIONS), scale
    )
    link(con, "subscription_contact", "subscriptions", "i", "contacts", "rnd(i, 13, {contacts})", n(SUBSCRIPTIONS), scale)
    return {table: con.execute(f'SELECT count(*) FROM "{table}"').fetchall()[0][0] for table in TABLES}


_STAGE = "CASE WHEN rnd(i, 2, 10) < 3 THEN 3 WHEN rnd(i, 2, 10) < 8 THEN 4 ELSE rnd(i, 2, 3) END"
"""Three in ten are won, five lost, two open."""


def _fill(con: duckdb.DuckDBPyConnection, table: str, rows: int, named: Mapping[str, str]) -> None:
    con.execute(f'CREATE TABLE "{table}" AS {numbered(table, rows, named)}')


def numbered(table: str, rows: int, named: Mapping[str, str]) -> str:
    """So many rows of a table as a SELECT: the columns that are named are told by the row's number ``i``, others stand empty."""
    cells = []
    for column in columns(TABLES[table]):
        empty = "NULL" if column.is_nullable else _FILLED.get(column.sql_type, "0")
        given = {"source": "'made'", "source_id": "'' || i", "extracted_at": AT}.get(column.name, empty)
        cells.append(f'CAST({named.get(column.name, given)} AS {column.sql_type}) AS "{column.name}"')
    unknown = named.keys() - {column.name for column in columns(TABLES[table])}
    if unknown:
        raise ValueError(f"{table} has no {', '.join(sorted(unknown))}")
    return f"SELECT {', '.join(cells)} FROM range({rows}) AS numbers(i)"


def link(
    con: duckdb.DuckDBPyConnection, what: str, from_type: str, from_id: str, to_type: str, to_id: str, rows: int, scale: float
) -> None:
    """So many associations, each told by its number ``i``; ``{deals}``, ``{contacts}`` and ``{companies}`` stand for how many there are."""
    sizes = {
        "deals": max(1, round(DEALS * scale)),
        "contacts": max(1, round(CONTACTS * scale)),
        "companies": max(1, round(COMPANIES * scale)),
    }
    con.execute(
        f"INSERT INTO association BY NAME SELECT 'made' AS source, '{what}' || i AS source_id, {AT} AS extracted_at, "
        f"'{from_type}' AS from_type, '' || {from_id.format(**sizes)} AS from_id, '{to_type}' AS to_type, "
        f"'' || {to_id.format(**sizes)} AS to_id, {str(to_type == 'companies').lower()} AS is_primary FROM range({rows}) AS n(i)"
    )
