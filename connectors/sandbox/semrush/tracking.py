"""Position tracking: the daily visibility of a URL mask, billed by the request whatever it answers.

https://developer.semrush.com/api/projects/position-tracking/ (2026-11-21). ``data`` is an object keyed "0", "1" … and not a
list; numbers are sometimes text.
"""

import json
import re
from collections.abc import Mapping
from datetime import date

from connectors.sandbox.semrush.errors import SemrushError
from connectors.sandbox.world import SemrushWorld

PRICE = 100
"""Units for a request."""
MOST_DAYS = 5_000


def visibility(world: SemrushWorld, campaign: str, asked: Mapping[str, str], today: date, *, as_list: bool) -> str:
    """The report as JSON, its units paid."""
    if asked.get("action") != "report":
        raise SemrushError(40)
    if asked.get("type") != "tracking_visibility_organic":
        raise SemrushError(41 if not asked.get("type") else 10000, "type")
    if not asked.get("url"):
        raise SemrushError(44)
    first, last = (_day(asked, name) for name in ("date_begin", "date_end"))
    if world.units < PRICE:
        raise SemrushError(132)
    world.units -= PRICE
    days = [
        {name: value for name, value in row.items() if name not in ("campaign", "url")}
        for row in world.visibility
        if (row["campaign"], row["url"]) == (campaign, asked["url"])
        and first <= row["Dt"] <= last
        and row["Dt"] < f"{today:%Y%m%d}"
    ]
    days.sort(key=lambda row: str(row["Dt"]))
    data = days if as_list else {str(number): day for number, day in enumerate(days)}
    return json.dumps({"total": str(len(days)), "state": "0", "data": data})


def _day(asked: Mapping[str, str], name: str) -> str:
    value = asked.get(name, "")
    if not re.fullmatch(r"\d{8}", value):
        raise SemrushError(10000, name)
    return value
