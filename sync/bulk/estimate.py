"""How many values a dimension will have, near enough to choose who makes them."""

from collections.abc import Iterable, Mapping

from kpi.periods import ROLLING, Period
from kpi.scan import Run, Scan
from kpi.window import Sources

LARGE_MART = 300_000
"""Rows from which nothing is estimated: what reads them has values enough."""

_PER_MONTH: Mapping[Period, float] = {"year": 0.1, "quarter": 0.4, "month": 1, "week": 2, "day": 5}
"""Periods that have rows, for each month that has some."""


def values(read: Iterable[tuple[Period, Sources]], run: Run) -> float:
    """About how many values come of KPIs that are read so; infinitely many where a mart is too large to look at first."""
    groups: dict[Scan, tuple[int, int]] = {}
    found = 0.0
    for period, one in read:
        largest = 0.0
        for scan in dict.fromkeys(one.scans.values()):
            if scan not in groups:
                ((rows,),) = run(f"SELECT COUNT(*) FROM {scan.mart}")
                if rows > LARGE_MART:
                    return float("inf")
                groups[scan] = _groups(scan, run) if rows else (0, 0)
            members, months = groups[scan]
            # Whoever has a month has a year, however few months there are.
            largest = max(largest, members, 0 if period == "all" or period in ROLLING else months * _PER_MONTH[period])
        found += largest
    return found


def _groups(scan: Scan, run: Run) -> tuple[int, int]:
    """Members, and months of members; of what has no days, members alone."""
    month = "CAST(NULL AS DATE)" if scan.time is None else f"date_trunc('month', \"{scan.time}\")"
    dated = "" if scan.time is None else f' WHERE "{scan.time}" IS NOT NULL'
    query = f'SELECT DISTINCT "{scan.member}" AS member, {month} AS month FROM {scan.mart}{dated}'
    ((members, months),) = run(f"SELECT COUNT(DISTINCT member), COUNT(*) FROM ({query})")
    return members, months
