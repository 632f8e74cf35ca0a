"""A small company's August and the first days of September 2026, on a shelf, with a clock that is moved."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from kpi.periods import Period
from tests.sync.publish.mail import Clock, home_of
from tests.sync.versions import Versions, value

HOSTILE = '<script>alert("x")</script><img src=http://evil.example/p.png>'
AUGUST, JULY, YEAR_AGO = date(2026, 8, 1), date(2026, 7, 1), date(2025, 8, 1)
SEPTEMBER = date(2026, 9, 1)


def money(kpi: str, amount: str | None, start: date = AUGUST, period: Period = "month", **more: Any) -> dict[str, Any]:
    inputs: Mapping[str, str] = more.pop("inputs", {kpi: amount or "0"})
    return value(kpi, amount, inputs, start=start, period=period, **more)


def count(kpi: str, amount: str | None, start: date = AUGUST, period: Period = "month", **more: Any) -> dict[str, Any]:
    return money(kpi, amount, start, period, unit="count", **more)


def rate(kpi: str, amount: str | None, inputs: Mapping[str, str], start: date = AUGUST, **more: Any) -> dict[str, Any]:
    return value(kpi, amount, inputs, start=start, unit="ratio", **more)


def months() -> list[dict[str, Any]]:
    """Totals: revenue fell, win rate fell for good, leads rose; spend is provisional, three deals are no rate."""
    found = [
        money("revenue_won", amount, date(2026, month, 1))
        for month, amount in ((5, "900"), (6, "1000"), (7, "2000"), (8, "1500"))
    ]
    found += [money("revenue_won", "1000", YEAR_AGO), money("revenue_won", "80", SEPTEMBER)]
    found += [count("leads", "40", JULY), count("leads", "60"), count("users", "1000"), count("new_customers", "6")]
    found += [money("spend", "300", JULY), money("spend", "310", provisional_until="2026-10-30")]
    found += [
        rate("win_rate", "0.8", {"deals_won": "400", "deals_lost": "100"}, JULY),
        rate("win_rate", "0.4", {"deals_won": "200", "deals_lost": "300"}),
        {**rate("session_conversion", "0.6667", {"key_event_sessions": "2", "sessions": "3"}), "flags": '["small_sample"]'},
        rate("visitor_to_lead", "0.06", {"leads_of_visits": "60", "users": "1000"}),
    ]
    return [*found, {**rate("roi", None, {}), "reason": "no spend in the period", "reason_fr": "aucune dépense dans la période"}]


def campaigns(number: int, name: str = "Campaign {}") -> list[dict[str, Any]]:
    """Each one costs a euro more than the one before, and brought two leads."""
    found = []
    for place in range(number):
        key = name.format(place)
        cost = str(100 + place)
        found.append(money("spend", cost, by="campaign", key=key))
        found.append(count("leads", "2", by="campaign", key=key))
        found.append(money("cpl", str(int(cost) // 2), by="campaign", key=key, inputs={"spend": cost, "leads": "2"}))
    return found


def weeks() -> list[dict[str, Any]]:
    """The weeks of 21 and 14 September, and 28 September that runs when the first sync is made (1 October)."""
    return [money("revenue_won", amount, date(2026, 9, day), "week") for day, amount in ((14, "500"), (21, "750"), (28, "90"))]


def home(folder: Path, settings: dict[str, Any] | None = None) -> tuple[Versions, Clock]:
    return home_of(folder, settings or {})
