"""Of customers who pay: the times in which they paid nothing, before they came back, and the periods that hold one as a whole."""

from sync.marts.desk import Desk


def absences(desk: Desk, suffix: str, by_plan: str) -> None:
    """Every absence of a customer (``_gap``), or of a customer from a plan (``_plan_gap``), from ``_paid``."""
    desk.con.execute(GAPS.format(suffix=suffix, by_plan=by_plan))


def away(desk: Desk, suffix: str, by_plan: str, kind: str, start: str) -> None:
    """``_away_<kind>``: who was away and back within a period. ``start``: SQL of the first day of the one that ``{day}`` is in."""
    gone, back = start.format(day="gone_on"), start.format(day="back_on")
    desk.con.execute(AWAY.format(suffix=suffix, by_plan=by_plan, kind=kind, gone=gone, back=back))


GAPS = """
CREATE OR REPLACE TEMP TABLE _{suffix}gap AS
SELECT customer, {by_plan} taken_until AS gone_on, starts_on AS back_on FROM (
    SELECT customer, {by_plan} starts_on, max(coalesce(ended_on, DATE '9999-12-31')) OVER (
        PARTITION BY {by_plan} customer ORDER BY starts_on ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS taken_until
    FROM _paid WHERE ({by_plan} customer) IN (
        SELECT ({by_plan} customer) FROM _paid GROUP BY {by_plan} customer HAVING min(ended_on) < max(starts_on)
    )
) WHERE taken_until < starts_on
"""
"""From the first day without pay to the day of the return. Few ever leave and return: only theirs are put in order."""

AWAY = """
CREATE OR REPLACE TEMP TABLE _{suffix}away_{kind} AS
SELECT DISTINCT customer, {by_plan} start_on
FROM (SELECT customer, {by_plan} {gone} AS start_on, {back} AS back_in FROM _{suffix}gap) WHERE start_on = back_in
"""
