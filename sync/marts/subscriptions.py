"""Of subscriptions: which of them are paid, by whom, for which plan, and how much a month (``_paid``).

A row of ``subscription_period`` is a time during which one amount is paid. What cannot be true of it is set aside by rule and
counted (:data:`NOTES`): it is neither in the recurring revenue nor among the customers. What is free, a trial, or has not
begun is no fault, and not paid either.

What the CRM does not tell and no setting can decide: discounts are in its amounts as it bills them, usage is not, and a
subscription has one amount, the present one. The end is the day that the settings map; where the CRM keeps none, the day on
which the record of an ended subscription was last changed stands in (setting ``unknown_end``), and values say so.
"""

from collections.abc import Mapping

from kpi.schema import MARTS, columns
from kpi.schema.marts import subscriptions as marts
from kpi.schema.marts.recurring import MRR_PARTS
from kpi.text import Text
from sync.marts.desk import Desk, Note
from sync.marts.movements import movements
from sync.marts.survivors import SURVIVORS

LIMIT = 10**10
"""What a month of one subscription may cost, in any currency: more is a mistake."""

FIRST_DAY = "1970-01-01"
"""No subscription is older: such a year is mistyped."""


def subscriptions(desk: Desk) -> None:
    """Every mart of :mod:`kpi.schema.marts.subscriptions`. Customers must be known (:mod:`sync.marts.people`)."""
    con, options = desk.con, desk.options
    chosen = options.subscriptions
    ((how_many,),) = desk.rows("SELECT count(*) FROM subscription_period")
    if not how_many:  # as in most accounts, which need not wait for a hundred statements over nothing
        con.execute(NOTHING)
        for name in MARTS_OF_IT:
            desk.mart(name, f"SELECT {', '.join(f'NULL AS {c.name}' for c in columns(MARTS[name]))} LIMIT 0")
        return
    con.execute(RECORDS)
    con.execute(SURVIVORS.format(kind="subscription"))
    stopped = [*_ENDED, *(_PAST_DUE if chosen.past_due == "exclude" else ()), *(_PAUSED if chosen.paused == "exclude" else ())]
    con.execute(
        STATE.format(
            parts=MRR_PARTS,
            limit=LIMIT * 10**6 * MRR_PARTS,
            first_day=FIRST_DAY,
            contract=_A_MONTH.format(column="amount"),
            home=_A_MONTH.format(column="amount_home"),
        ),
        {
            "zone": options.zone.key,
            "home": options.home_currency,
            "stopped": stopped,
            "past_due": _PAST_DUE,
            "unpaid": [*_NOT_BEGUN, *(_TRIALS if chosen.trials == "exclude" else ())],
            "last_change": chosen.unknown_end == "last_change",
        },
    )
    con.execute(OVERLAPS)
    con.execute(LINKS)
    con.execute(PLANS)
    con.execute(CUSTOMERS)
    con.execute(PAYERS.format(customer=CUSTOMER_ID[options.customer_unit]), {"today": options.today})
    con.execute(SUBSCRIBERS, {"model": options.record_model})
    con.execute(PAID)
    movements(desk)


MARTS_OF_IT = tuple(name for name, mart in MARTS.items() if mart.__module__ == marts.__name__)

_ENDED = ("canceled", "cancelled", "expired", "unpaid")
_PAST_DUE = ("past_due",)
_PAUSED = ("paused",)
_NOT_BEGUN = ("scheduled", "draft")
_TRIALS = ("trial", "trialing", "in_trial")
"""Statuses in lower case. HubSpot's are active, past_due, canceled, expired and scheduled; others come from a mapped property
(https://developers.hubspot.com/docs/api-reference/latest/crm/objects/commerce-subscriptions/guide, 2026-11-21)."""

NOTHING = """
CREATE OR REPLACE TEMP TABLE _subscription (period_id VARCHAR, subscription_id VARCHAR, fault VARCHAR, has_assumed_end BOOLEAN);
CREATE OR REPLACE TEMP TABLE _subscription_overlap (period_id VARCHAR)
"""

RECORDS = "CREATE OR REPLACE TEMP VIEW subscription AS SELECT subscription_id, merged_into FROM subscription_period"

_A_MONTH = """CASE
            WHEN abs({column}) < 1000000000 THEN (2 * CAST(CAST({column} AS DECIMAL(32, 6)) * 1000000 AS BIGINT) * times + per) // (2 * per)
            ELSE (2 * CAST(CAST({column} AS DECIMAL(32, 6)) * 1000000 AS HUGEINT) * times + per) // (2 * per)
        END"""
"""Whole numbers of 64 bits as far as they reach: of 128 bits they take many times as long."""

STATE = """
CREATE OR REPLACE TEMP TABLE _subscription AS
WITH told AS (
    SELECT period_id, subscription_id, starts_on, coalesce(currency, $home) AS currency,
        lower(trim(coalesce(status, ''))) AS word, amount, amount_home, interval_unit, interval_count, ends_on, next_due_on,
        modified_at,
        CASE interval_unit WHEN 'month' THEN 12 * {parts} WHEN 'week' THEN 52 * {parts} WHEN 'day' THEN 365 * {parts} END AS times
    FROM subscription_period WHERE archived_at IS NULL AND merged_into IS NULL
), ended AS (
    SELECT *, list_contains($stopped, word) AS is_stopped,
        CASE WHEN ends_on IS NOT NULL THEN ends_on WHEN NOT list_contains($stopped, word) THEN NULL
            WHEN list_contains($past_due, word) AND next_due_on > starts_on THEN next_due_on
            WHEN $last_change THEN CAST(timezone($zone, timezone('UTC', modified_at)) AS DATE)
        END AS told_end_on,
        CASE WHEN times IS NOT NULL AND interval_count > 0 THEN 12 * interval_count END AS per
    FROM told
), priced AS (
    SELECT *, CASE WHEN ends_on IS NOT NULL OR told_end_on > starts_on THEN told_end_on END AS end_on,
        {contract} AS contract, {home} AS home
    FROM ended
)
SELECT period_id, subscription_id, starts_on, end_on, currency, contract, home,
    is_stopped AND ends_on IS NULL AND end_on IS NOT NULL AS has_assumed_end,
    CASE
        WHEN list_contains($unpaid, word) OR amount = 0 THEN 'not_paid'
        WHEN starts_on IS NULL OR starts_on < DATE '{first_day}' THEN 'no_start'
        WHEN amount IS NULL OR amount < 0 OR contract >= {limit} THEN 'amount'
        WHEN per IS NULL THEN 'interval'
        WHEN is_stopped AND end_on IS NULL THEN 'no_end'
        WHEN end_on < starts_on THEN 'ends_before_start'
        WHEN home IS NULL OR home <= 0 OR home >= {limit} THEN 'no_rate'
    END AS fault
FROM priced
"""
"""Amounts of a month in millionths of :data:`MRR_PARTS`; a year is 12 months, 52 weeks or 365 days."""

OVERLAPS = """
CREATE OR REPLACE TEMP TABLE _subscription_overlap AS
SELECT period_id FROM (
    SELECT period_id, starts_on, max(coalesce(end_on, DATE '9999-12-31')) OVER (
        PARTITION BY subscription_id ORDER BY starts_on, period_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS taken_until
    FROM _subscription
    WHERE fault IS NULL AND subscription_id IN (
        SELECT subscription_id FROM _subscription WHERE fault IS NULL GROUP BY subscription_id HAVING count(*) > 1
    )
) WHERE starts_on < taken_until
"""
"""Of two periods of one subscription at the same time, the one that began later."""

LINKS = """
CREATE OR REPLACE TEMP TABLE _subscription_link AS
WITH links AS (
    SELECT from_id AS subscription_id, to_type AS kind, to_id AS id, is_primary FROM association
    WHERE from_type = 'subscriptions' AND to_type IN ('companies', 'contacts', 'line_items')
    UNION ALL
    SELECT to_id, from_type, from_id, is_primary FROM association
    WHERE to_type = 'subscriptions' AND from_type IN ('companies', 'contacts', 'line_items')
)
SELECT coalesce(s.survivor, l.subscription_id) AS subscription_id, l.kind, l.id, l.is_primary
FROM links l LEFT JOIN _subscription_survivor s ON s.id = l.subscription_id
"""

PLANS = """
CREATE OR REPLACE TEMP TABLE _subscription_plan AS
SELECT l.subscription_id, arg_min(i.product_id, (-coalesce(i.amount, 0), length(i.product_id), i.product_id)) AS plan_id
FROM _subscription_link l JOIN line_item i ON l.kind = 'line_items' AND i.line_item_id = l.id
WHERE i.archived_at IS NULL AND i.product_id IS NOT NULL
GROUP BY l.subscription_id
"""

CUSTOMERS = """
CREATE OR REPLACE TEMP TABLE _subscription_customer AS
WITH firms AS (
    SELECT l.subscription_id, arg_min(c.company_id, (NOT l.is_primary, length(c.company_id), c.company_id)) AS company_id
    FROM _subscription_link l LEFT JOIN _company_survivor s ON s.id = l.id JOIN _company c ON c.company_id = coalesce(s.survivor, l.id)
    WHERE l.kind = 'companies' GROUP BY l.subscription_id
), people AS (
    SELECT l.subscription_id, arg_min(c.contact_id, (coalesce(c.created_at, TIMESTAMP '9999-12-31'), length(c.contact_id), c.contact_id))
        AS contact_id
    FROM _subscription_link l LEFT JOIN _contact_survivor s ON s.id = l.id JOIN _contact c ON c.contact_id = coalesce(s.survivor, l.id)
    WHERE l.kind = 'contacts' GROUP BY l.subscription_id
)
SELECT subscription_id, coalesce(f.company_id, p.company_id) AS company_id, contact_id
FROM firms f FULL JOIN people USING (subscription_id) LEFT JOIN _contact_primary p USING (contact_id)
"""
"""The oldest contact, its company where the subscription has none of its own."""

CUSTOMER_ID = {
    "company": "coalesce(c.company_id, 'contact:' || c.contact_id, 'subscription:' || s.subscription_id)",
    "contact": "coalesce(c.contact_id, 'company:' || c.company_id, 'subscription:' || s.subscription_id)",
}
"""As for deals (:data:`sync.marts.people.CUSTOMER_ID`), so that who won a deal and who pays are the same customer."""

PAYERS = """
CREATE OR REPLACE TEMP TABLE _payer AS
SELECT {customer} AS customer_id, c.company_id, coalesce(p.plan_id, 'unassigned') AS plan_id, s.currency, s.starts_on,
    CASE WHEN s.end_on <= $today THEN s.end_on END AS ended_on, CAST(s.contract AS BIGINT) AS contract, CAST(s.home AS BIGINT) AS home,
    s.has_assumed_end
FROM _subscription s LEFT JOIN _subscription_customer c USING (subscription_id) LEFT JOIN _subscription_plan p USING (subscription_id)
WHERE s.fault IS NULL AND s.starts_on <= $today AND s.starts_on IS DISTINCT FROM s.end_on
    AND NOT EXISTS (FROM _subscription_overlap o WHERE o.period_id = s.period_id)
"""
"""Who ends on the day it began never was a customer; an end still to come has changed nothing yet."""

SUBSCRIBERS = """
CREATE OR REPLACE TEMP TABLE _subscriber AS
WITH origins AS (
    SELECT customer_id, arg_min(channel, (-credit, channel)) AS channel FROM (
        SELECT customer_id, channel, sum(credit) AS credit FROM customer_credit WHERE model = $model GROUP BY ALL
    ) GROUP BY customer_id
), payers AS (
    SELECT customer_id, min(company_id) AS company_id, min(starts_on) AS first_on FROM _payer GROUP BY customer_id
)
SELECT row_number() OVER () AS customer, p.*, coalesce(o.channel, 'unattributed') AS channel, k.team_id, k.owner_id
FROM payers p LEFT JOIN origins o USING (customer_id) LEFT JOIN customer k USING (customer_id)
"""
"""Customers under a number of their own: what follows sorts and joins millions of them."""

PAID = """
CREATE OR REPLACE TEMP TABLE _plan AS
SELECT row_number() OVER (ORDER BY plan_id) AS plan, plan_id, category FROM (SELECT DISTINCT plan_id FROM _payer)
LEFT JOIN (SELECT product_id AS plan_id, any_value(category) AS category FROM product GROUP BY product_id) USING (plan_id);
CREATE OR REPLACE TEMP TABLE _currency AS SELECT row_number() OVER (ORDER BY currency) AS money, currency FROM (SELECT DISTINCT currency FROM _payer);
CREATE OR REPLACE TEMP TABLE _paid AS
SELECT customer, plan, money, starts_on, ended_on, contract, home, has_assumed_end AND ended_on IS NOT NULL AS has_assumed_end
FROM _payer JOIN _subscriber USING (customer_id) JOIN _plan USING (plan_id) JOIN _currency USING (currency);
DROP TABLE _payer
"""


def _set_aside(fault: str, words: Text) -> Note:
    return Note(f"_subscription WHERE fault = '{fault}'", words, record=("subscriptions", "subscription_id"))


NOTES: Mapping[str, Note] = {
    "subscriptions_without_start": _set_aside(
        "no_start",
        Text("subscriptions without a possible first day (left out)", "abonnements sans premier jour plausible (exclus)"),
    ),
    "subscriptions_without_amount": _set_aside(
        "amount",
        Text(
            "subscriptions whose amount is missing, negative or beyond ten billion a month (left out)",
            "abonnements au montant absent, négatif ou au-delà de dix milliards par mois (exclus)",
        ),
    ),
    "subscriptions_without_interval": _set_aside(
        "interval",
        Text(
            "subscriptions that are not billed at a known interval (left out)",
            "abonnements sans intervalle de facturation connu (exclus)",
        ),
    ),
    "subscriptions_without_end": _set_aside(
        "no_end",
        Text(
            "subscriptions that ended on a day nothing tells (left out)",
            "abonnements terminés à une date que rien n'indique (exclus)",
        ),
    ),
    "subscriptions_ended_before_start": _set_aside(
        "ends_before_start",
        Text("subscriptions that ended before they began (left out)", "abonnements terminés avant leur début (exclus)"),
    ),
    "subscriptions_without_rate": _set_aside(
        "no_rate",
        Text("subscriptions without an exchange rate (left out)", "abonnements sans taux de change (exclus)"),
    ),
    "subscriptions_overlapping": Note(
        "_subscription JOIN _subscription_overlap USING (period_id)",
        Text(
            "periods of a subscription that begin before its last one ended (left out)",
            "périodes d'un abonnement qui commencent avant la fin de la précédente (exclues)",
        ),
        record=("subscriptions", "subscription_id"),
    ),
    "subscriptions_with_assumed_end": Note(
        "_subscription WHERE has_assumed_end AND fault IS NULL",
        Text(
            "subscriptions whose last day the CRM does not tell (taken: when their record was last changed)",
            "abonnements dont le CRM n'indique pas la fin (retenu : la dernière modification de la fiche)",
        ),
        record=("subscriptions", "subscription_id"),
    ),
}
