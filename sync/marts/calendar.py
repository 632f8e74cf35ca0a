"""Days, and the first days of the periods they belong to."""

from collections.abc import Iterable
from datetime import date

from kpi.measures.base import Measure
from kpi.periods import ROLLING
from sync.marts.desk import Desk

_CALENDAR_BOUNDS = (date(1970, 1, 1), date(2100, 12, 31))
"""A mistyped year (0206, 9999) must not make a calendar of millions of days."""


def calendar(desk: Desk) -> None:
    """Every day of the years in which anything is dated, today's year included."""
    today = desk.options.today
    ((first, last),) = desk.rows(date_range(desk.options.measures))
    first = max(min(first or today, today), _CALENDAR_BOUNDS[0]).replace(month=1, day=1)
    last = min(max(last or today, today), _CALENDAR_BOUNDS[1]).replace(month=12, day=31)
    rolled = "".join(map(ROLLED.format, ROLLING, ROLLING.values()))
    desk.mart("calendar_period", CALENDAR_PERIOD + rolled, {"first": first, "last": last, "today": today})


CALENDAR_PERIOD = """
WITH days AS (
    SELECT unnest(generate_series(CAST($first AS TIMESTAMP), CAST($last AS TIMESTAMP), INTERVAL 1 DAY))::DATE AS day
)
SELECT day, period, period_start
FROM (
    SELECT day, day AS day_itself, week_of(day) AS week, CAST(date_trunc('month', day) AS DATE) AS month, quarter_of(day) AS quarter,
        year_of(day) AS year
    FROM days
) UNPIVOT (period_start FOR period IN (year, quarter, month, week, day_itself AS 'day'))
"""

ROLLED = """
UNION ALL SELECT day, '{}' AS period, $today - {} AS period_start FROM days WHERE day < $today AND day >= period_start
"""


def date_range(measures: Iterable[Measure]) -> str:
    """The first and the last day that puts a row of theirs into a period."""
    dated = sorted({(mart, m.time) for m in measures if m.time is not None for mart in m.facts.marts})
    return "SELECT min(day), max(day) FROM (" + " UNION ALL ".join(f'SELECT "{c}" AS day FROM "{t}"' for t, c in dated) + ")"
