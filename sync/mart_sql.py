"""The set work behind the marts, as SQL for DuckDB; :mod:`sync.derive` runs it in order.

Each statement reads tables of :data:`kpi.schema.TABLES` and temporary tables (``_name``) made by an earlier one.
Ids are compared as (length, text), which for numbers written as text is their order as numbers.
"""

from collections.abc import Mapping, Sequence

SURVIVORS = """
CREATE OR REPLACE TEMP TABLE _{kind}_survivor AS
WITH RECURSIVE chain(id, survivor, step) AS (
    SELECT {kind}_id, merged_into, 1 FROM {kind} WHERE merged_into IS NOT NULL
    UNION ALL
    SELECT chain.id, gone.merged_into, chain.step + 1
    FROM chain JOIN {kind} gone ON gone.{kind}_id = chain.survivor
    WHERE gone.merged_into IS NOT NULL AND chain.step < 50
)
SELECT id, arg_max(survivor, step) AS survivor FROM chain GROUP BY id
"""
"""Merged record -> the record it lives on in, through any chain of merges (a circle of 50 is a fault, and dropped)."""

LIVING = """
CREATE OR REPLACE TEMP TABLE _{kind} AS
SELECT * FROM {kind} WHERE archived_at IS NULL AND merged_into IS NULL
"""

_LINK = """
CREATE OR REPLACE TEMP TABLE _{a}_{b} AS
WITH pairs AS (
    SELECT from_id AS {a}_id, to_id AS {b}_id, is_primary FROM association WHERE from_type = '{a_type}' AND to_type = '{b_type}'
    UNION ALL
    SELECT to_id, from_id, is_primary FROM association WHERE from_type = '{b_type}' AND to_type = '{a_type}'
), survived AS (
    SELECT coalesce(sa.survivor, p.{a}_id) AS {a}_id, coalesce(sb.survivor, p.{b}_id) AS {b}_id, bool_or(p.is_primary) AS is_primary
    FROM pairs p LEFT JOIN _{a}_survivor sa ON sa.id = p.{a}_id LEFT JOIN _{b}_survivor sb ON sb.id = p.{b}_id
    GROUP BY 1, 2
)
SELECT s.* FROM survived s JOIN _{a} USING ({a}_id) JOIN _{b} USING ({b}_id)
"""

_PLURALS = {"deal": "deals", "contact": "contacts", "company": "companies"}


def link(a: str, b: str) -> str:
    """Living records of two kinds that are associated, whichever direction was read, under their survivors."""
    return _LINK.format(a=a, b=b, a_type=_PLURALS[a], b_type=_PLURALS[b])


PRIMARY_COMPANY = """
CREATE OR REPLACE TEMP TABLE _{kind}_primary AS
SELECT {kind}_id, company_id FROM _{kind}_company
QUALIFY row_number() OVER (PARTITION BY {kind}_id ORDER BY is_primary DESC, length(company_id), company_id) = 1
"""

TEAMS = "CREATE OR REPLACE TEMP TABLE _team AS SELECT owner_id, any_value(team_id) AS team_id FROM owner GROUP BY owner_id"

FIRST_CONTACT = """
CREATE OR REPLACE TEMP TABLE _deal_first_contact AS
SELECT l.deal_id, l.contact_id FROM _deal_contact l JOIN _contact c USING (contact_id)
QUALIFY row_number() OVER (PARTITION BY l.deal_id ORDER BY c.created_at NULLS LAST, length(l.contact_id), l.contact_id) = 1
"""

# --- touches -----------------------------------------------------------------------------------------------

MARK_COLUMNS = ("source", "utm_source", "utm_medium", "utm_campaign", "utm_id", "hsa_cam", "hsa_net")


def _end(end: str, at: str, belongs: str, also: str) -> str:
    marks = ", ".join(f"c.{end}_{m} AS {m}" for m in MARK_COLUMNS)
    clicked = f"CASE WHEN {belongs} THEN k.campaign END"
    return (
        f"SELECT c.contact_id, '{end}' AS \"end\", {at} AS at, {marks}, {clicked} AS clicked_campaign "
        f"FROM _contact c LEFT JOIN click k USING (contact_id) "
        f"WHERE coalesce({', '.join(f'c.{end}_{m}' for m in MARK_COLUMNS)}, {clicked}) IS NOT NULL{also}"
    )


TOUCHES = f"""
CREATE OR REPLACE TEMP TABLE _touch AS
WITH click AS (
    SELECT c.contact_id, k.platform || '/' || k.campaign_id AS campaign,
        abs(k.clicked_on - CAST(coalesce(c.first_touch_at, c.created_at) AS DATE)) AS to_first,
        abs(k.clicked_on - CAST(c.last_touch_at AS DATE)) AS to_last
    FROM _contact c
    JOIN ad_click k ON k.click_hash = c.click_hash AND k.platform = coalesce(c.click_platform, k.platform)
    QUALIFY row_number() OVER (PARTITION BY c.contact_id ORDER BY k.clicked_on, campaign) = 1
), ends AS (
    {_end("first", "coalesce(c.first_touch_at, c.created_at)", "k.to_last IS NULL OR coalesce(k.to_first, 0) <= k.to_last", "")}
    UNION ALL
    {
    _end(
        "last",
        "c.last_touch_at",
        "k.to_last IS NOT NULL AND (k.to_first IS NULL OR k.to_last <= k.to_first)",
        " AND c.last_touch_at IS NOT NULL AND c.last_touch_at IS DISTINCT FROM c.first_touch_at",
    )
}
)
SELECT *, concat_ws(chr(31), {
    ", ".join(f"coalesce({m}, chr(30))" for m in (*MARK_COLUMNS, "clicked_campaign"))
}) AS mark_key FROM ends
"""
"""The first and the latest visit of each living contact, where anything is known of it.

A contact carries one click id; it belongs to the visit nearest to the day of the click. A latest visit that is the first one
is one touch, not two.
"""

MARKS = f"""
SELECT mark_key, {", ".join(f"any_value({m})" for m in (*MARK_COLUMNS, "clicked_campaign"))},
    count(*) FILTER ("end" = 'first') AS contacts
FROM _touch GROUP BY mark_key ORDER BY mark_key
"""

# --- deals -------------------------------------------------------------------------------------------------

DEAL_STATE = """
CREATE OR REPLACE TEMP TABLE _deal_state AS
WITH kinds AS (
    SELECT stage_id, coalesce(bool_or(is_closed AND probability = 1), false) AS is_won,
        coalesce(bool_or(is_closed AND probability = 0), false) AS is_lost, any_value(probability) AS probability
    FROM stage GROUP BY stage_id
), entries AS (
    SELECT e.deal_id,
        min(e.entered_at) FILTER (k.is_won) AS won_at, min(e.entered_on) FILTER (k.is_won) AS won_on,
        min(e.entered_at) FILTER (k.is_lost) AS lost_at, min(e.entered_on) FILTER (k.is_lost) AS lost_on
    FROM deal_stage_entry e JOIN kinds k USING (stage_id) GROUP BY e.deal_id
), states AS (
    SELECT d.*, p.company_id, t.team_id, k.probability, coalesce(k.is_won, false) AS is_won, coalesce(k.is_lost, false) AS is_lost,
        e.won_at AS entered_won_at, e.won_on AS entered_won_on, e.lost_at AS entered_lost_at, e.lost_on AS entered_lost_on
    FROM _deal d
    LEFT JOIN kinds k USING (stage_id)
    LEFT JOIN entries e USING (deal_id)
    LEFT JOIN _deal_primary p USING (deal_id)
    LEFT JOIN _team t USING (owner_id)
), dated AS (
    SELECT *,
        CASE WHEN is_won THEN coalesce(entered_won_on, close_on) END AS won_on,
        CASE WHEN is_lost THEN coalesce(entered_lost_on, close_on) END AS lost_on,
        CASE WHEN is_won THEN entered_won_at WHEN is_lost THEN entered_lost_at END AS entered_closed_at,
        CASE WHEN NOT is_won THEN NULL
            WHEN created_at IS NOT NULL AND coalesce(entered_won_at, close_at) IS NOT NULL
                THEN date_diff('microsecond', created_at, coalesce(entered_won_at, close_at))
            ELSE CAST(coalesce(entered_won_on, close_on) - created_on AS BIGINT) * 86400000000
        END AS cycle_us,
        CASE WHEN NOT is_lost THEN NULL
            WHEN created_at IS NOT NULL AND coalesce(entered_lost_at, close_at) IS NOT NULL
                THEN date_diff('microsecond', created_at, coalesce(entered_lost_at, close_at))
            ELSE CAST(coalesce(entered_lost_on, close_on) - created_on AS BIGINT) * 86400000000
        END AS lost_cycle_us
    FROM states
)
SELECT *, NOT is_won AND NOT is_lost AS is_open FROM dated
"""
"""Every living deal with its outcome, decided by its *current* stage: a reopened deal is open again.

The date is the first entry into a stage of that outcome, else the close date (which is only a promise while open).
"""

DEAL_OUTCOME = """
SELECT deal_id, pipeline_id, team_id, owner_id, company_id, created_on, won_on, lost_on, is_open,
    CASE WHEN is_open THEN close_on END AS expected_on,
    CASE WHEN is_open AND close_on IS NOT NULL THEN greatest(close_on, $today) END AS forecast_on, amount_home,
    CASE WHEN is_open THEN CAST(amount_home * CAST(probability AS DECIMAL(9, 6)) AS DECIMAL(18, 6)) END AS weighted_home,
    CASE WHEN cycle_us >= 0 THEN cycle_us // 1000000 END AS cycle_s,
    coalesce(cycle_us < 0, false) AS has_negative_cycle,
    CASE WHEN lost_cycle_us >= 0 THEN lost_cycle_us // 1000000 END AS lost_cycle_s, {unit} AS credit
FROM _deal_state
"""

STAGE_STAY = """
SELECT e.deal_id, e.stage_id, d.pipeline_id, d.team_id, d.owner_id, e.entered_on,
    lead(e.entered_on) OVER stages AS left_on, date_diff('second', e.entered_at, lead(e.entered_at) OVER stages) AS stay_s
FROM deal_stage_entry e JOIN _deal_state d USING (deal_id)
WINDOW stages AS (PARTITION BY e.deal_id ORDER BY e.entered_at, e.stage_id)
"""

DEAL_TOUCHES = """
SELECT s.deal_id, s.created_at, s.entered_closed_at, coalesce(s.won_on, s.lost_on), s.is_open, t.at, t.touch_id, t.channel, t.campaign
FROM _deal_state s LEFT JOIN (
    SELECT l.deal_id, l.contact_id || ':' || v."end" AS touch_id, v.at, p.channel, p.campaign
    FROM _deal_contact l JOIN _touch v USING (contact_id) JOIN _place p USING (mark_key)
    WHERE v.at IS NOT NULL
) t USING (deal_id)
ORDER BY s.deal_id
"""
"""A row for each dated visit of a deal's contacts; one without a visit for a deal that has none."""

DEAL_CREDIT = """
SELECT o.* EXCLUDE (credit), c.credit, c.model, c.channel, c.campaign FROM deal_outcome o JOIN _deal_credit c USING (deal_id)
"""

DEAL_PRODUCT = """
WITH lines AS (
    SELECT CASE WHEN from_type = 'deals' THEN from_id ELSE to_id END AS deal_id,
        CASE WHEN from_type = 'deals' THEN to_id ELSE from_id END AS line_item_id
    FROM association
    WHERE (from_type = 'deals' AND to_type = 'line_items') OR (from_type = 'line_items' AND to_type = 'deals')
), sold AS (
    SELECT DISTINCT coalesce(s.survivor, l.deal_id) AS deal_id, l.line_item_id
    FROM lines l LEFT JOIN _deal_survivor s ON s.id = l.deal_id
), in_home AS (
    SELECT d.deal_id, i.product_id, CASE
        WHEN coalesce(i.currency, d.currency, $home) = $home THEN i.amount
        WHEN coalesce(i.currency, d.currency) IS DISTINCT FROM d.currency OR coalesce(d.amount, 0) = 0 THEN NULL
        ELSE CAST(CAST(i.amount AS DOUBLE) * CAST(d.amount_home AS DOUBLE) / CAST(d.amount AS DOUBLE) AS DECIMAL(18, 6))
    END AS amount_home
    FROM sold s JOIN _deal_state d USING (deal_id) JOIN line_item i USING (line_item_id)
    WHERE i.archived_at IS NULL AND i.product_id IS NOT NULL AND d.amount_home IS NOT NULL
), products AS (
    SELECT deal_id, product_id, coalesce(sum(amount_home), 0) AS share FROM in_home GROUP BY ALL
), rests AS (
    SELECT o.deal_id, o.amount_home - coalesce(sum(p.share), 0) AS rest, count(p.product_id) AS products
    FROM deal_outcome o LEFT JOIN products p USING (deal_id) GROUP BY o.deal_id, o.amount_home
), shares AS (
    SELECT deal_id, product_id, {unit} AS credit, share + CASE
        WHEN abs(rest) < 0.01 AND row_number() OVER (PARTITION BY deal_id ORDER BY share DESC, product_id) = 1 THEN rest ELSE 0
    END AS share
    FROM products JOIN rests USING (deal_id)
    UNION ALL
    SELECT deal_id, 'unallocated', 0, rest FROM rests WHERE products = 0 OR rest IS NULL OR abs(rest) >= 0.01
)
SELECT o.* REPLACE (
        s.share AS amount_home, s.credit AS credit,
        NULL AS weighted_home,
        CASE WHEN s.credit > 0 THEN o.cycle_s END AS cycle_s, o.has_negative_cycle AND s.credit > 0 AS has_negative_cycle,
        CASE WHEN s.credit > 0 THEN o.lost_cycle_s END AS lost_cycle_s
    ), s.product_id, CASE WHEN s.product_id = 'unallocated' THEN s.product_id ELSE p.category END AS category
FROM shares s JOIN deal_outcome o USING (deal_id)
LEFT JOIN (SELECT product_id, any_value(category) AS category FROM product GROUP BY product_id) p USING (product_id)
"""
"""A remainder of less than a cent is the rounding of a currency conversion: it goes to the largest product."""

# --- leads and customers -----------------------------------------------------------------------------------

LEAD_DATES = {
    "contact_created": ("created_at", "created_on"),
    "lifecycle_lead": ("lead_at", "lead_on"),
}
"""Setting ``lead_event`` -> the instant and the date that make a contact a lead."""

LEAD = """
SELECT c.contact_id, c.{on} AS lead_on, coalesce(c.mql_on, c.sql_on, c.opportunity_on, c.customer_on) AS mql_on,
    coalesce(c.sql_on, c.opportunity_on, c.customer_on) AS sql_on, coalesce(c.opportunity_on, c.customer_on) AS opportunity_on,
    coalesce(c.mql_on > c.sql_on, false) OR coalesce(c.sql_on > c.opportunity_on, false)
        OR coalesce(c.opportunity_on > c.customer_on, false) AS has_stage_disorder,
    t.team_id, c.owner_id, p.company_id, {unit} AS credit
FROM _contact c LEFT JOIN _contact_primary p USING (contact_id) LEFT JOIN _team t USING (owner_id) WHERE c.{on} IS NOT NULL
"""

LEAD_TOUCHES = """
SELECT c.contact_id, c.{at}, c.{on}, f.at, fp.channel, fp.campaign, l.at, lp.channel, lp.campaign
FROM _contact c
LEFT JOIN _touch f ON f.contact_id = c.contact_id AND f."end" = 'first' LEFT JOIN _place fp ON fp.mark_key = f.mark_key
LEFT JOIN _touch l ON l.contact_id = c.contact_id AND l."end" = 'last' LEFT JOIN _place lp ON lp.mark_key = l.mark_key
WHERE c.{on} IS NOT NULL
ORDER BY length(c.contact_id), c.contact_id
"""

LEAD_CREDIT = """
SELECT l.* EXCLUDE (credit), c.credit, c.model, c.channel, c.campaign FROM "lead" l JOIN _lead_credit c USING (contact_id)
"""

CUSTOMERS = """
CREATE OR REPLACE TEMP TABLE _customer AS
SELECT {customer} AS customer_id, o.won_on AS customer_on, o.team_id, o.owner_id, o.pipeline_id, o.company_id, o.deal_id
FROM deal_outcome o LEFT JOIN _deal_first_contact f USING (deal_id)
WHERE o.won_on IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY o.won_on, length(o.deal_id), o.deal_id) = 1
"""

CUSTOMER_ID = {
    "company": "coalesce(o.company_id, 'contact:' || f.contact_id, 'deal:' || o.deal_id)",
    "contact": "coalesce(f.contact_id, 'company:' || o.company_id, 'deal:' || o.deal_id)",
}
"""Setting ``customer_unit`` -> who bought; where the unit is missing on a deal, the next best stands in, marked as such."""

CUSTOMER = "SELECT * EXCLUDE (deal_id), {unit} AS credit FROM _customer"

CUSTOMER_CREDIT = """
SELECT k.* EXCLUDE (deal_id), c.credit, c.model, c.channel, c.campaign, list_contains($paid, c.channel) AS is_paid
FROM _customer k JOIN _deal_credit c USING (deal_id)
"""

# --- spend, web, calendar ------------------------------------------------------------------------------------

CAMPAIGN_NAMES = """
SELECT platform, campaign_id, campaign_name, channel FROM (
    SELECT platform, campaign_id, campaign_name, channel, 0 AS rank, NULL AS seen FROM campaign
    WHERE platform <> 'hubspot'
    UNION ALL
    SELECT platform, campaign_id, campaign_name, max(channel), 1, max(spend_on) FROM ad_spend_daily
    GROUP BY platform, campaign_id, campaign_name
    UNION ALL
    SELECT DISTINCT platform, campaign_id, NULL, NULL, 2, NULL FROM ad_click
) ORDER BY rank, seen DESC, platform, campaign_id, campaign_name
"""
"""Every name that a campaign has or had: the current one first, then the latest.

The CRM's own campaigns group what others sell: one that is named like an ad campaign must not make that name ambiguous.
"""

FILE_ENTRIES = """
SELECT campaign_name, channel FROM cost_entry WHERE campaign_name IS NOT NULL OR channel IS NOT NULL
GROUP BY ALL ORDER BY min(cost_on), campaign_name, channel
"""

SPEND = """
SELECT s.source, s.source_id, s.spend_on, s.platform, t.channel, t.campaign, s.spend_home,
    s.impressions, s.clicks, s.conversions,
    CASE WHEN s.currency = $home THEN s.conversions_value ELSE CAST(s.conversions_value * s.fx_rate AS DECIMAL(18, 6)) END
        AS conversions_value_home,
    s.cost_class, list_contains($paid, t.channel) AS is_paid_channel
FROM ad_spend_daily s JOIN campaign_title t ON t.campaign = s.platform || '/' || s.campaign_id
UNION ALL
SELECT e.source, e.source_id, e.cost_on, $file, f.place_channel, f.place_campaign, e.amount_home,
    NULL, NULL, NULL, NULL, e.cost_class, list_contains($paid, f.place_channel)
FROM cost_entry e JOIN _file_place f
    ON f.campaign_name IS NOT DISTINCT FROM e.campaign_name AND f.channel IS NOT DISTINCT FROM e.channel
UNION ALL
SELECT source, source_id, month_on, 'semrush', 'paid_search', $nobody, paid_cost_home,
    NULL, NULL, NULL, NULL, cost_class, true
FROM seo_estimate WHERE counts_as_spend AND paid_cost IS NOT NULL
"""
"""``fx_rate`` is company currency per unit of the account's: ``spend_home = spend x fx_rate``."""

OVERHEAD = """
SELECT source, source_id, cost_on, kind, amount_home FROM cost_entry WHERE campaign_name IS NULL AND channel IS NULL
"""

WEB_MEMBERS = "SELECT DISTINCT channel, campaign_name, campaign_id, source_medium FROM web_traffic_daily ORDER BY ALL"

WEB = """
SELECT w.property_id, w.visit_on, p.place_channel AS channel, p.place_campaign AS campaign, w.source_medium,
    sum(w.sessions) AS sessions, sum(w.engaged_sessions) AS engaged_sessions, sum(w.key_event_sessions) AS key_event_sessions,
    bool_or(w.is_sampled) AS is_sampled, bool_or(w.is_thresholded) AS is_thresholded, bool_or(w.has_other_row) AS has_other_row
FROM web_traffic_daily w JOIN _web_place p USING (channel, campaign_name, campaign_id, source_medium)
GROUP BY ALL
"""

VISITOR_MEMBERS = """SELECT DISTINCT "by", member FROM web_users ORDER BY ALL"""

VISITORS = """
WITH folded AS (
    SELECT u.property_id, u.period, u.period_start, u."by", m.place AS member, sum(u.users) AS users, count(*) AS members
    FROM web_users u JOIN _visitor_place m ON m."by" = u."by" AND m.member = u.member
    GROUP BY ALL
)
SELECT period, period_start, "by", member, sum(users) AS users FROM folded
GROUP BY ALL HAVING max(members) = 1
"""
"""Users do not add up (R2): where several of the vendor's members became one of ours there is no figure, rather than a wrong one.

Properties do add up: a vendor counts a person once per property, and nothing says that two properties share people.
"""

CALENDAR = """
WITH days AS (
    SELECT unnest(generate_series(CAST($first AS TIMESTAMP), CAST($last AS TIMESTAMP), INTERVAL 1 DAY))::DATE AS day
)
SELECT day, day - CAST((isodow(day) - $week_start + 7) % 7 AS INTEGER) AS week,
    date_trunc('month', day) AS month, date_trunc('quarter', day) AS quarter, date_trunc('year', day) AS year
FROM days
"""

_DATED: Sequence[tuple[str, str]] = (
    ("deal_outcome", "created_on"),
    ("deal_outcome", "won_on"),
    ("deal_outcome", "lost_on"),
    ("deal_outcome", "forecast_on"),
    ("stage_stay", "left_on"),
    ('"lead"', "mql_on"),
    ('"lead"', "sql_on"),
    ('"lead"', "opportunity_on"),
    ('"lead"', "lead_on"),
    ("spend", "spend_on"),
    ("overhead", "cost_on"),
    ("web", "visit_on"),
    ("visitors", "period_start"),
)

DATE_RANGE = "SELECT min(day), max(day) FROM (" + " UNION ALL ".join(f"SELECT {c} AS day FROM {t}" for t, c in _DATED) + ")"

# --- what record values are computed from ----------------------------------------------------------------------

RECORD_CONTACTS = """
SELECT c.contact_id, c.{on}, p.channel, p.campaign
FROM _contact c
LEFT JOIN _touch f ON f.contact_id = c.contact_id AND f."end" = 'first' LEFT JOIN _place p ON p.mark_key = f.mark_key
ORDER BY length(c.contact_id), c.contact_id
"""

RECORD_DEALS = """
SELECT o.deal_id, o.pipeline_id, o.company_id, s.created_at, o.created_on, o.is_open, s.is_won, o.won_on, o.cycle_s,
    o.has_negative_cycle, o.amount_home, origin.channel, origin.campaign, c.contact_ids
FROM deal_outcome o JOIN _deal_state s USING (deal_id)
JOIN (
    SELECT deal_id, channel, campaign FROM _deal_credit WHERE model = $model
    QUALIFY row_number() OVER (PARTITION BY deal_id ORDER BY credit DESC, channel, campaign) = 1
) origin USING (deal_id)
LEFT JOIN (
    SELECT deal_id, list(contact_id ORDER BY length(contact_id), contact_id) AS contact_ids FROM _deal_contact GROUP BY deal_id
) c USING (deal_id)
ORDER BY length(o.deal_id), o.deal_id
"""
"""A deal shows as its own the origin that earned most credit of it; of several the first by name."""

RECORD_COMPANIES = "SELECT company_id FROM _company ORDER BY length(company_id), company_id"

RECORD_SPEND = """
SELECT campaign, CAST(date_trunc('month', spend_on) AS DATE) AS month, sum(spend_home), count(*) FILTER (spend_home IS NULL)
FROM spend WHERE cost_class <> 'estimate' GROUP BY ALL
"""

# --- what a person should know about the data ----------------------------------------------------------------------

COUNTS: Mapping[str, str] = {
    "contacts": "_contact",
    "clicks_without_campaign": (
        "_contact c WHERE click_hash IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ad_click k WHERE k.click_hash = c.click_hash)"
    ),
    "deals": "_deal_state",
    "deals_without_company": "_deal_state WHERE company_id IS NULL",
    "deals_without_contact": "_deal_state d WHERE NOT EXISTS (SELECT 1 FROM _deal_contact l WHERE l.deal_id = d.deal_id)",
    "negative_cycles": "deal_outcome WHERE has_negative_cycle",
    "won_without_amount": "_deal_state WHERE is_won AND amount IS NULL",
    "amounts_without_rate": "_deal_state WHERE amount IS NOT NULL AND amount_home IS NULL",
    "stages_out_of_order": '"lead" WHERE has_stage_disorder',
    "open_without_probability": "deal_outcome WHERE is_open AND amount_home IS NOT NULL AND weighted_home IS NULL",
    "open_and_overdue": "deal_outcome WHERE is_open AND expected_on < forecast_on",
    "closed_without_date": "_deal_state WHERE NOT is_open AND coalesce(won_on, lost_on) IS NULL",
    "deals_with_unexplained_amount": (
        "deal_product WHERE product_id = 'unallocated' AND amount_home <> 0 "
        "AND deal_id IN (SELECT deal_id FROM deal_product WHERE product_id <> 'unallocated')"
    ),
    "spend_without_rate": "spend WHERE spend_home IS NULL",
    "overhead_without_rate": "overhead WHERE amount_home IS NULL",
    "estimates_as_spend": "spend WHERE cost_class = 'estimate'",
}
"""Code -> the rows that are counted for it."""
