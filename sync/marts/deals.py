"""Of deals: how they ended, who earned them, what was sold, where they stayed."""

from collections.abc import Mapping
from datetime import UTC

from kpi.schema import CREDIT_UNIT
from kpi.text import Text
from sync.marts.credits import Learned, credit, learn
from sync.marts.desk import Desk, Note
from sync.marts.lines import deal_lines


def deals(desk: Desk) -> Learned | None:
    """Outcomes, credits, products and categories; what the data-driven model learned from them, where it is kept."""
    con, options = desk.con, desk.options
    con.execute(DEAL_STATE)
    forecast_on, is_zero_left_out = FORECAST_ON[options.overdue_deals], IS_ZERO_LEFT_OUT[options.zero_amount_deals]
    outcome = DEAL_OUTCOME.format(unit=CREDIT_UNIT, forecast_on=forecast_on, is_zero_left_out=is_zero_left_out)
    desk.mart("deal_outcome", outcome, {"today": options.today, "cohort_days": options.cohort_days})
    desk.mart("stage_stay", STAGE_STAY)
    con.execute(DEAL_JOURNEY, {"as_of": options.as_of.astimezone(UTC).replace(tzinfo=None), "zone": options.zone.key})
    con.execute(DEAL_PATH, {"lookback": options.lookback_days})
    learned = learn(desk)
    credit(desk, "deal", learned)
    desk.mart("deal_credit", DEAL_CREDIT)
    deal_lines(desk)
    desk.mart("deal_product", DEAL_PRODUCT.format(unit=CREDIT_UNIT))
    desk.mart("deal_category", DEAL_CATEGORY)
    return learned


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
    FROM deal_stage_entry e JOIN (FROM kinds WHERE is_won OR is_lost) k USING (stage_id) GROUP BY e.deal_id
), states AS (
    SELECT row_number() OVER () AS deal, d.deal_id, d.pipeline_id, d.owner_id, d.created_at, d.created_on, d.close_at, d.close_on,
        d.amount, d.currency, d.amount_home, d.fx_rate, d.original_source, d.archived_at IS NOT NULL AS is_archived, p.company_id,
        t.team_id, k.probability, coalesce(k.is_won, false) AS is_won, coalesce(k.is_lost, false) AS is_lost,
        e.won_at AS entered_won_at, e.won_on AS entered_won_on, e.lost_at AS entered_lost_at, e.lost_on AS entered_lost_on
    FROM _living_deal d
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
SELECT * EXCLUDE (close_at, entered_won_at, entered_won_on, entered_lost_at, entered_lost_on), NOT is_won AND NOT is_lost AS is_open
FROM dated
"""
"""Every living deal with its outcome, decided by its *current* stage: a reopened deal is open again. ``deal`` numbers them: what is
sorted and joined by a number is so in a fraction of the time that it takes by a text.

The date is the first entry into a stage of that outcome, else the close date (which is only a promise while open).
"""

DEAL_OUTCOME = """
SELECT deal_id, pipeline_id, team_id, owner_id, company_id, created_on, won_on, lost_on, is_open,
    CASE WHEN is_open THEN close_on END AS expected_on,
    CASE WHEN is_open THEN {forecast_on} END AS forecast_on, amount_home, {is_zero_left_out} AS is_zero_left_out,
    CASE WHEN is_open THEN CAST(amount_home * CAST(probability AS DECIMAL(9, 6)) AS DECIMAL(18, 6)) END AS weighted_home,
    CASE WHEN cycle_us >= 0 THEN cycle_us // 1000000 END AS cycle_s,
    coalesce(cycle_us < 0, false) AS has_negative_cycle,
    CASE WHEN lost_cycle_us >= 0 THEN lost_cycle_us // 1000000 END AS lost_cycle_s,
    CASE WHEN won_on - created_on BETWEEN 0 AND $cohort_days THEN won_on - created_on END AS won_days,
    CASE WHEN lost_on - created_on BETWEEN 0 AND $cohort_days THEN lost_on - created_on END AS lost_days, {unit} AS credit,
    false AS is_crm_source
FROM _deal_state
"""

FORECAST_ON = {
    "today": "CASE WHEN close_on IS NOT NULL THEN greatest(close_on, $today) END",
    "exclude": "CASE WHEN close_on >= $today THEN close_on END",
}
"""Setting ``overdue_deals`` -> when an open deal is expected."""

IS_ZERO_LEFT_OUT = {
    "count": "false",
    "leave_out": "coalesce(amount_home = 0, false)",
}
"""Setting ``zero_amount_deals`` -> whether a deal is left out of average sizes."""

STAGE_STAY = """
WITH places AS (
    SELECT stage_id, CASE WHEN count(DISTINCT pipeline_id) = 1 THEN any_value(pipeline_id) END AS pipeline_id FROM stage GROUP BY stage_id
)
SELECT e.deal_id, e.stage_id, coalesce(p.pipeline_id, d.pipeline_id) AS pipeline_id, d.team_id, d.owner_id, e.entered_on,
    lead(e.entered_on) OVER stages AS left_on, date_diff('second', e.entered_at, lead(e.entered_at) OVER stages) AS stay_s
FROM deal_stage_entry e JOIN _deal_state d USING (deal_id) LEFT JOIN places p USING (stage_id)
WINDOW stages AS (PARTITION BY d.deal ORDER BY e.entered_at, e.stage_id)
"""

DEAL_JOURNEY = """
CREATE OR REPLACE TEMP TABLE _deal_journey AS
WITH ends AS (
    SELECT day, CAST(timezone($zone, CAST(day + 1 AS TIMESTAMP)) AS TIMESTAMP) - INTERVAL 1 MICROSECOND AS ended_at FROM (
        SELECT DISTINCT coalesce(won_on, lost_on) AS day FROM _deal_state WHERE NOT is_open AND entered_closed_at IS NULL
    )
), closings AS (
    SELECT s.*, CASE WHEN NOT is_open THEN coalesce(entered_closed_at, e.ended_at) END AS closed_at
    FROM _deal_state s LEFT JOIN ends e ON e.day = coalesce(s.won_on, s.lost_on)
)
SELECT s.deal AS journey, s.deal_id AS id, s.created_at, s.is_won, s.is_open, coalesce(s.closed_at, $as_of) AS until_at,
    coalesce(s.closed_at, s.created_at, $as_of) AS counted_from_at, o.contact_id AS oldest_contact_id,
    c.created_at AS contact_created_at, t.target AS fallback
FROM closings s
LEFT JOIN _deal_first_contact o USING (deal_id) LEFT JOIN _contact c ON c.contact_id = o.contact_id
LEFT JOIN _crm_source f ON f.source = s.original_source LEFT JOIN _target t ON t.channel = f.channel AND t.campaign = 'unattributed'
"""
"""Touches count up to when the deal entered its closing stage, or the end of the closing day where only that is known; an open
deal's up to the run. The lookback of an open deal is counted from its creation, not from now: its origin must not change by
waiting."""

DEAL_PATH = """
CREATE OR REPLACE TEMP TABLE _deal_path AS
SELECT j.journey, v.seq, v.at, v.target, coalesce(v.contact_id = j.oldest_contact_id, false) AS is_oldest,
    coalesce(v.at <= j.contact_created_at, false) AS is_before_contact, coalesce(v.at <= j.created_at, false) AS is_before_deal
FROM _deal_journey j JOIN _deal_contact l ON l.deal_id = j.id JOIN _visit v USING (contact_id)
WHERE v.at <= j.until_at AND ($lookback IS NULL OR v.at >= j.counted_from_at - to_days(CAST($lookback AS INTEGER)))
"""

DEAL_CREDIT = """
SELECT o.* EXCLUDE (credit, is_crm_source), c.credit, c.is_crm_source, c.model, c.channel, c.campaign
FROM deal_outcome o JOIN _deal_credit c ON c.id = o.deal_id
"""

DEAL_PRODUCT = """
WITH products AS MATERIALIZED (
    SELECT deal_id, product_id, coalesce(sum(amount_home), 0) AS share FROM _deal_line WHERE product_id IS NOT NULL GROUP BY ALL
), rests AS MATERIALIZED (
    SELECT o.deal_id, o.amount_home - coalesce(p.explained, 0) AS rest, p.deal_id IS NOT NULL AS is_explained
    FROM deal_outcome o LEFT JOIN (SELECT deal_id, sum(share) AS explained FROM products GROUP BY deal_id) p
        ON p.deal_id = o.deal_id AND o.amount_home IS NOT NULL
), roundings AS (
    SELECT p.deal_id, p.product_id, r.rest FROM products p JOIN rests r USING (deal_id) WHERE r.rest <> 0 AND abs(r.rest) < 0.01
    QUALIFY row_number() OVER (PARTITION BY p.deal_id ORDER BY p.share DESC, p.product_id) = 1
), shares AS (
    SELECT p.deal_id, p.product_id, {unit} AS credit, p.share + coalesce(r.rest, 0) AS share
    FROM products p LEFT JOIN roundings r USING (deal_id, product_id)
    UNION ALL
    SELECT deal_id, 'unallocated', 0, rest FROM rests WHERE NOT is_explained OR rest IS NULL OR abs(rest) >= 0.01
)
SELECT o.* REPLACE (
        s.share AS amount_home, s.credit AS credit,
        NULL AS weighted_home,
        CASE WHEN s.credit > 0 THEN o.cycle_s END AS cycle_s, o.has_negative_cycle AND s.credit > 0 AS has_negative_cycle,
        CASE WHEN s.credit > 0 THEN o.lost_cycle_s END AS lost_cycle_s,
        CASE WHEN s.credit > 0 THEN o.won_days END AS won_days, CASE WHEN s.credit > 0 THEN o.lost_days END AS lost_days
    ), s.product_id, CASE WHEN s.product_id = 'unallocated' THEN s.product_id ELSE p.category END AS category
FROM shares s JOIN deal_outcome o USING (deal_id)
LEFT JOIN (SELECT product_id, any_value(category) AS category FROM product GROUP BY product_id) p USING (product_id)
WHERE s.credit = 0 OR o.amount_home IS NOT NULL
"""
"""A remainder of less than a cent is the rounding of a currency conversion: it goes to the largest product."""

DEAL_CATEGORY = """
WITH several AS (
    SELECT deal_id, category, sum(amount_home) AS amount_home, min(product_id) AS product_id
    FROM deal_product WHERE credit > 0 GROUP BY deal_id, category HAVING count(*) > 1
)
SELECT p.* REPLACE (coalesce(s.amount_home, p.amount_home) AS amount_home)
FROM deal_product p
LEFT JOIN several s ON s.deal_id = p.deal_id AND s.category IS NOT DISTINCT FROM p.category AND p.credit > 0
WHERE s.deal_id IS NULL OR s.product_id = p.product_id
"""
"""Most deals have one product of a category, and its row is the category's. Where there are several, the first of them holds what
they sum to: but for the amount, products of a deal have equal rows."""

_RECORD = ("deals", "deal_id")

NOTES: Mapping[str, Note] = {
    "deals_without_company": Note(
        "_deal_state WHERE company_id IS NULL", Text("deals without a company", "transactions sans entreprise"), _RECORD
    ),
    "deals_without_contact": Note(
        "_deal_state d WHERE NOT EXISTS (SELECT 1 FROM _deal_contact l WHERE l.deal_id = d.deal_id)",
        Text("deals without a contact", "transactions sans contact"),
        _RECORD,
    ),
    "negative_cycles": Note(
        "deal_outcome WHERE has_negative_cycle",
        Text(
            "deals won before they were created (left out of cycle times)",
            "transactions gagnées avant leur création (exclues des durées de cycle)",
        ),
        _RECORD,
    ),
    "won_without_amount": Note(
        "_deal_state WHERE is_won AND amount IS NULL",
        Text("won deals without an amount (they add 0)", "transactions gagnées sans montant (comptées pour 0)"),
        _RECORD,
    ),
    "amounts_without_rate": Note(
        "_deal_state WHERE amount IS NOT NULL AND amount_home IS NULL",
        Text(
            "deals whose amount has no exchange rate (left out of sums)", "transactions sans taux de change (exclues des sommes)"
        ),
        _RECORD,
    ),
    "open_without_probability": Note(
        "deal_outcome WHERE is_open AND amount_home IS NOT NULL AND weighted_home IS NULL",
        Text(
            "open deals in a stage without a probability (left out of the forecast)",
            "transactions ouvertes dans une étape sans probabilité (exclues de la prévision)",
        ),
        _RECORD,
    ),
    "open_and_overdue": Note(
        "deal_outcome WHERE is_open AND expected_on < forecast_on",
        Text(
            "open deals whose expected day has passed (the forecast expects them today)",
            "transactions ouvertes dont l'échéance est passée (la prévision les attend aujourd'hui)",
        ),
        _RECORD,
    ),
    "overdue_left_out": Note(
        "deal_outcome WHERE is_open AND expected_on IS NOT NULL AND forecast_on IS NULL",
        Text(
            "open deals whose expected day has passed (left out of the forecast, as the settings say)",
            "transactions ouvertes dont l'échéance est passée (exclues de la prévision, selon les réglages)",
        ),
        _RECORD,
    ),
    "zero_amounts_left_out": Note(
        "deal_outcome WHERE won_on IS NOT NULL AND is_zero_left_out",
        Text(
            "deals won for an amount of 0 (left out of average sizes, as the settings say)",
            "transactions gagnées pour un montant nul (exclues des montants moyens, selon les réglages)",
        ),
        _RECORD,
    ),
    "archived_but_counted": Note(
        "_deal_state WHERE is_archived",
        Text(
            "archived deals that were won or lost (they go on counting, as the settings say)",
            "transactions archivées qui étaient gagnées ou perdues (toujours comptées, selon les réglages)",
        ),
        _RECORD,
    ),
    "closed_without_date": Note(
        "_deal_state WHERE NOT is_open AND coalesce(won_on, lost_on) IS NULL",
        Text("closed deals without a closing date (in no period)", "transactions closes sans date (dans aucune période)"),
        _RECORD,
    ),
    "deals_with_unexplained_amount": Note(
        "deal_product WHERE product_id = 'unallocated' AND amount_home <> 0 "
        "AND deal_id IN (SELECT deal_id FROM deal_product WHERE product_id <> 'unallocated')",
        Text("deals whose amount their products do not explain", "transactions dont les produits n'expliquent pas le montant"),
        _RECORD,
    ),
}
