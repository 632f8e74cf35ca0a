"""What the company of :mod:`benchmarks.catalogue_facts` sells without a salesperson, what its customers say, and small tables.

At scale 1: 3 M orders with 4.5 M lines, 150,000 refunds, 1 M carts, 1 M invoices, 0.5 M tickets, 0.5 M survey answers, a line on
each subscription. E-mails, social accounts, visitors, goals and salaries are as many at every scale from 1/50 on.
"""

import duckdb

from benchmarks import catalogue_facts as company
from benchmarks.catalogue_facts import link, numbered

ORDERS = 3_000_000
REFUNDS = 150_000
CARTS = 1_000_000
INVOICES = 1_000_000
TICKETS = 500_000
ANSWERS = 500_000
EMAILS = 2_000
MONTHS = 46
QUARTERS = 16
PLANS = 30

SMALL_FROM = 50
"""From one in so many on, tables whose size does not follow the company's are whole."""
GOAL = "Revenue goal"
"""Name of the goals that are quotas."""

_ORDER = "(money(i, 6, 500) + 1)"
_EMAIL_COUNTERS = {
    "sent": "1000 + rnd(i, 1, 9000)",
    "delivered": "980 + rnd(i, 1, 9000)",
    "opened": "200 + rnd(i, 2, 300)",
    "unreliable_opened": "CASE WHEN i % 3 > 0 THEN rnd(i, 3, 90) END",
    "clicked": "rnd(i, 4, 90)",
    "bounced": "20",
    "hard_bounced": "8",
    "soft_bounced": "12",
    "unsubscribed": "rnd(i, 5, 9)",
    "reported_as_spam": "rnd(i, 6, 3)",
}


_WEB_SHOP = {
    "web_commerce_daily": {
        "scope": "['session', 'user', 'event'][1 + i % 3]",
        "currency": "'EUR'",
        "carts": "rnd(i, 1, 40)",
        "checkouts": "rnd(i, 2, 20)",
        "purchases": "rnd(i, 3, 9)",
        "gross_revenue": "money(i, 4, 900) + 100",
        "refunds": "CASE WHEN i % 9 = 0 THEN money(i, 5, 90) ELSE 0 END",
        "revenue": "money(i, 4, 900) + 100 - CASE WHEN i % 9 = 0 THEN money(i, 5, 90) ELSE 0 END",
    },
    "web_event_daily": {
        "event_name": "['add_to_cart', 'begin_checkout', 'purchase'][1 + i % 3]",
        "sessions": "rnd(i, 6, 30)",
        "events": "rnd(i, 6, 30)",
        "key_events": "0",
    },
}
"""Four channels a day: each purchase in three scopes, each step of a purchase."""


def add(con: duckdb.DuckDBPyConnection, scale: float) -> None:
    """More rows in the tables that :func:`benchmarks.catalogue_facts.make` has made at the same scale."""

    def n(rows: int) -> int:
        return max(2, round(rows * scale))

    def fill(table: str, rows: int, **named: str) -> None:
        con.execute(f'INSERT INTO "{table}" {numbered(table, rows, named)}')

    def day_after(i: str, k: int, days: str) -> str:
        return f"on_day({i}, {k}) + CAST({days} AS INTEGER)"

    # Every other order has two lines of half its amount, the others one of it all; one in ten bears tax, which no line explains.
    amount = f"{_ORDER} * CASE WHEN rnd(i, 7, 10) = 0 THEN 2 ELSE 1 END"
    fill(
        "order",
        n(ORDERS),
        order_id="'r' || i",
        ordered_at="on_day(i, 2)",
        ordered_on="on_day(i, 2)",
        amount=amount,
        tax_amount=f"CASE WHEN rnd(i, 7, 10) = 0 THEN {_ORDER} END",
        currency="'EUR'",
        amount_home=amount,
    )
    for half in (0, 1):
        rows = n(ORDERS) if half == 0 else n(ORDERS) // 2
        order = "i" if half == 0 else "(2 * i + 1)"
        price = _ORDER.replace("(i,", f"({order},")
        fill(
            "line_item",
            rows,
            source_id=f"'ol{half}-' || i",
            line_item_id=f"'ol{half}-' || i",
            product_id=f"'g' || rnd({order}, {8 + half}, {company.PRODUCTS})",
            quantity=f"1 + rnd({order}, {10 + half}, 3)",
            amount=f"CASE WHEN {order} % 2 = 1 THEN {price} / 2 ELSE {price} END",
            currency="'EUR'",
        )
        link(con, f"line_order{half}", "line_items", f"'ol{half}-' || i", "orders", f"'r' || {order}", rows, scale)
    link(con, "order_company", "orders", "'r' || i", "companies", "'c' || rnd(i, 14, {companies})", n(ORDERS), scale)
    link(con, "order_contact", "orders", "'r' || i", "contacts", "rnd(i, 15, {contacts})", n(ORDERS), scale)
    # Of every twentieth order, all or half of the amount is given back.
    refunded = amount.replace("(i,", "(20 * i,")
    fill(
        "refund",
        min(n(REFUNDS), n(ORDERS) // 20 + 1),
        refund_id="'f' || i",
        payment_id="'y' || i",
        paid_at="on_day(20 * i, 2)",
        paid_on="on_day(20 * i, 2)",
        refunded_on=day_after("20 * i", 2, "rnd(i, 3, 30)"),
        payment_amount=refunded,
        amount=f"{refunded} / CASE WHEN i % 2 = 0 THEN 1 ELSE 2 END",
        currency="'EUR'",
        amount_home=f"{refunded} / CASE WHEN i % 2 = 0 THEN 1 ELSE 2 END",
    )
    link(con, "order_payment", "orders", "'r' || 20 * i", "commerce_payments", "'y' || i", n(REFUNDS), scale)
    fill("cart", n(CARTS), cart_id="'b' || i", created_at="on_day(i, 2)", created_on="on_day(i, 2)", currency="'EUR'")
    link(con, "cart_order", "carts", "'b' || 3 * i", "orders", f"'r' || rnd(i, 9, {n(ORDERS)})", n(CARTS) // 3, scale)
    link(con, "cart_contact", "carts", "'b' || i", "contacts", "rnd(i, 15, {contacts})", n(CARTS), scale)
    fill(
        "invoice",
        n(INVOICES),
        invoice_id="'v' || i",
        status="['draft', 'open', 'paid', 'paid', 'paid', 'voided'][1 + rnd(i, 1, 6)]",
        invoiced_on="on_day(i, 2)",
        due_on="on_day(i, 2) + 30",
        amount="money(i, 6, 4000)",
        currency="'EUR'",
        amount_home="CASE WHEN rnd(i, 3, 500) > 0 THEN money(i, 6, 4000) END",
    )
    link(con, "invoice_company", "invoices", "'v' || i", "companies", "'c' || rnd(i, 10, {companies})", n(INVOICES), scale)
    fill(
        "ticket",
        n(TICKETS),
        ticket_id="'t' || i",
        owner_id=f"CASE WHEN rnd(i, 1, 20) > 0 THEN 'o' || rnd(i, 1, {company.OWNERS}) END",
        created_at="on_day(i, 2)",
        created_on="on_day(i, 2)",
        closed_at="CASE WHEN rnd(i, 3, 5) > 0 THEN on_day(i, 2) + INTERVAL (rnd(i, 4, 2000000)) SECOND END",
        closed_on="CASE WHEN rnd(i, 3, 5) > 0 THEN CAST(on_day(i, 2) + INTERVAL (rnd(i, 4, 2000000)) SECOND AS DATE) END",
        first_reply_s="CASE WHEN rnd(i, 5, 9) > 0 THEN rnd(i, 6, 90000) END",
    )
    link(con, "ticket_company", "tickets", "'t' || i", "companies", "'c' || rnd(i, 10, {companies})", n(TICKETS), scale)
    fill(
        "survey_response",
        n(ANSWERS),
        response_id="'s' || i",
        survey_type="['NPS', 'NPS', 'CSAT', 'CES'][1 + i % 4]",
        survey_id="'q' || i % 12",
        score="[rnd(i, 1, 11), rnd(i, 1, 11), 1 + rnd(i, 1, 5), 1 + rnd(i, 1, 7)][1 + i % 4]",
        answered_at="on_day(i, 2)",
        answered_on="on_day(i, 2)",
    )
    link(
        con,
        "answer_contact",
        "feedback_submissions",
        "'s' || i",
        "contacts",
        "rnd(i, 15, {contacts})",
        n(ANSWERS) * 9 // 10,
        scale,
    )
    fill(
        "line_item",
        n(company.SUBSCRIPTIONS),
        source_id="'sl' || i",
        line_item_id="'sl' || i",
        product_id=f"'g' || rnd(i, 9, {PLANS})",
        quantity="1",
        amount="money(i, 4, 200) + 1",
        currency="'EUR'",
    )
    link(con, "line_subscription", "line_items", "'sl' || i", "subscriptions", "i", n(company.SUBSCRIPTIONS), scale)
    _small(con, min(1.0, scale * SMALL_FROM))


def _small(con: duckdb.DuckDBPyConnection, part: float) -> None:
    def fill(table: str, rows: int, **named: str) -> None:
        con.execute(f'INSERT INTO "{table}" {numbered(table, max(2, round(rows * part)), named)}')

    a_day, a_month = (
        f"CAST({company.FIRST_DAY} + CAST(i % {company.DAYS} AS INTEGER) AS DATE)",
        f"CAST({company.FIRST_DAY} + INTERVAL (i % {MONTHS}) MONTH AS DATE)",
    )
    fill(
        "marketing_email",
        EMAILS,
        email_id="'e' || i",
        campaign_id="CASE WHEN i % 5 > 0 THEN 'mail' || i % 60 END",
        published_on="on_day(i, 2)",
        **_EMAIL_COUNTERS,
    )
    fill("email_stats_daily", 2 * company.DAYS, account_id=f"'' || i // {company.DAYS}", stats_on=a_day, **_EMAIL_COUNTERS)
    for table, more in _WEB_SHOP.items():
        fill(
            table,
            12 * company.DAYS,
            property_id="'1'",
            visit_on=f"CAST({company.FIRST_DAY} + CAST(i // 12 % {company.DAYS} AS INTEGER) AS DATE)",
            channel="['paid_search', 'email', 'direct', 'referral'][1 + i // 3 % 4]",
            **more,
        )
    fill(
        "social_stats_daily",
        4 * company.DAYS,
        network=f"['linkedin', 'facebook', 'instagram', 'youtube'][1 + i // {company.DAYS}]",
        stats_on=a_day,
        followers=f"CASE WHEN i % 7 < 5 THEN 100 + i % {company.DAYS} + rnd(i, 1, 20) END",
        reach="CASE WHEN i % 11 > 0 THEN 500 + rnd(i, 2, 900) END",
        likes="rnd(i, 3, 90)",
        shares="rnd(i, 4, 30)",
    )
    fill(
        "offline_conversion",
        2 * company.DAYS,
        conversion_id="'' || i",
        converted_on=a_day,
        conversions="1 + rnd(i, 1, 4)",
        value="CASE WHEN i % 3 > 0 THEN money(i, 2, 900) END",
        value_home="CASE WHEN i % 3 > 0 AND i % 7 > 0 THEN money(i, 2, 900) END",
        platform="CASE WHEN i % 2 = 0 THEN 'google_ads' END",
        campaign_id=f"CASE WHEN i % 2 = 0 THEN '' || rnd(i, 3, {company.CAMPAIGNS}) END",
        channel="CASE WHEN i % 2 = 1 THEN ['events', 'offline', 'email'][1 + rnd(i, 4, 3)] END",
    )
    fill(
        "seo_estimate",
        3 * MONTHS,
        domain="'domain' || i % 3",
        database="'fr'",
        month_on=f"CAST(date_trunc('month', {company.FIRST_DAY} + INTERVAL (i // 3) MONTH) AS DATE)",
        organic_traffic="CASE WHEN i % 8 > 0 THEN 1000 + rnd(i, 1, 9000) END",
        currency="'USD'",
        cost_class="'estimate'",
        is_competitor="i % 3 > 0",
    )
    fill(
        "seo_visibility_daily",
        2 * company.DAYS,
        listing="'1'",
        campaign_id=f"'' || i // {company.DAYS}",
        url="'*.made.example/*'",
        seen_on=a_day,
        visibility_percent="CASE WHEN i % 6 > 0 THEN rnd(i, 2, 10000) * 0.01 END",
        read_on=a_day,
    )
    for period, step in (("day", "1 DAY"), ("week", "7 DAY"), ("month", "1 MONTH"), ("quarter", "3 MONTH"), ("year", "1 YEAR")):
        first = f"CAST(date_trunc('week', {company.FIRST_DAY} + 6) AS DATE)" if period == "week" else company.FIRST_DAY
        starts = f"generate_series(CAST({first} AS TIMESTAMP), CAST({company.FIRST_DAY} AS TIMESTAMP) + INTERVAL {company.DAYS} DAY, INTERVAL {step})"
        for by, members in (("total", "['']"), ("channel", "['paid_search', 'email', 'direct', 'referral']")):
            con.execute(
                "INSERT INTO web_users BY NAME SELECT 'made' AS source, concat_ws('-', period, \"by\", period_start, member) AS source_id, "
                "TIMESTAMP '2026-11-01' AS extracted_at, '1' AS property_id, *, 500 + hash(source_id) % 9000 AS users, "
                "false AS is_sampled, false AS is_thresholded "
                f"FROM (SELECT '{period}' AS period, '{by}' AS \"by\", CAST(unnest({starts}) AS DATE) AS period_start) "
                f"CROSS JOIN (SELECT unnest({members}) AS member)"
            )
    fill(
        "target",
        company.OWNERS * QUARTERS,
        target_id="'' || i",
        target_name=f"'{GOAL}'",
        owner_id=f"'o' || i % {company.OWNERS}",
        target_value="50000 + money(i, 1, 90000)",
        starts_on=f"{company.FIRST_DAY} + INTERVAL (3 * (i // {company.OWNERS})) MONTH",
        ends_on=f"{company.FIRST_DAY} + INTERVAL (3 * (i // {company.OWNERS}) + 3) MONTH - INTERVAL 1 DAY",
    )
    fill(
        "cost_entry",
        2 * MONTHS,
        cost_id="'' || i",
        cost_on=a_month,
        amount="money(i, 1, 90000)",
        currency="'EUR'",
        amount_home="money(i, 1, 90000)",
        kind="CASE WHEN i % 2 = 0 THEN 'salary' ELSE 'tool' END",
    )
