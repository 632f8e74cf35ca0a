"""Ad figures as Meta answers them: what a query asks for, out of the campaigns' days of an account.

An account keeps its days as ``{"date", "campaign_id", "campaign_name", "objective", "spend" (text), "impressions", "clicks",
"inline_link_clicks", "state" (of the campaign: ACTIVE unless given), "actions": [{"action_type", "1d_click", "7d_click", "28d_click", "1d_view", "1d_ev"}], "action_values": [same]}``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from connectors.sandbox.meta_ads.errors import GraphError, invalid
from connectors.sandbox.world import AccountWorld, Record

KNOWN_FIELDS = frozenset(
    {
        "account_id",
        "account_name",
        "account_currency",
        "campaign_id",
        "campaign_name",
        "objective",
        "attribution_setting",
        "date_start",
        "date_stop",
        "spend",
        "impressions",
        "clicks",
        "inline_link_clicks",
        "actions",
        "action_values",
    }
)
DEFAULT_FIELDS = ("impressions", "spend")
KNOWN_WINDOWS = frozenset({"1d_click", "7d_click", "28d_click", "1d_view", "1d_ev", "7d_view", "28d_view", "default"})
ANSWERED_WINDOWS = frozenset({"1d_click", "7d_click", "28d_click", "1d_view", "1d_ev"})
"""``7d_view`` and ``28d_view`` are taken and not answered, since 2026-01-12."""
DEFAULT_WINDOWS = ("7d_click", "1d_view")
KEPT_MONTHS = 37
STATES = frozenset({"ACTIVE", "PAUSED", "ARCHIVED", "DELETED", "IN_PROCESS", "WITH_ISSUES"})
HIDDEN = frozenset({"ARCHIVED", "DELETED"})
"""States of campaigns that are answered only where a filter names them, if the quirk says so."""


@dataclass(frozen=True)
class Query:
    """A query for insights, understood."""

    account_id: str
    since: date
    until: date
    """Inclusive."""
    is_daily: bool
    fields: tuple[str, ...]
    windows: tuple[str, ...]
    states: frozenset[str] | None
    """Of campaigns, where a filter names them."""

    @staticmethod
    def of(account_id: str, told: Mapping[str, str], today: date) -> "Query":
        if told.get("level", "account") != "campaign":
            raise invalid("The sandbox has figures of campaigns only.")
        try:
            span = orjson.loads(told.get("time_range", ""))
            since, until = (date.fromisoformat(span[end]) for end in ("since", "until"))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            raise invalid("Must be a valid time range with since and until in YYYY-MM-DD format") from None
        if since > until:
            raise invalid("time_range: since is after until")
        if (today.year * 12 + today.month) - (since.year * 12 + since.month) > KEPT_MONTHS:
            raise GraphError(3018, "The start date of the time range cannot be beyond 37 months from the current date")
        fields = tuple(filter(None, told.get("fields", "").split(","))) or DEFAULT_FIELDS
        if unknown := sorted(set(fields) - KNOWN_FIELDS):
            raise invalid(f"{unknown[0]} is not valid for fields param")
        windows = tuple(orjson.loads(told.get("action_attribution_windows", "[]")))
        if not set(windows) <= KNOWN_WINDOWS:
            raise invalid("action_attribution_windows must be one of the following values")
        increment = told.get("time_increment", "all_days")
        if increment not in ("1", "all_days"):
            raise invalid("The sandbox cuts by day or not at all.")
        return Query(account_id, since, until, increment == "1", fields, windows, _states(told.get("filtering")))

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1


def _states(filtering: str | None) -> frozenset[str] | None:
    """The one filter that the sandbox knows."""
    if filtering is None:
        return None
    try:
        [one] = orjson.loads(filtering)
        is_known = (one["field"], one["operator"]) == ("campaign.effective_status", "IN")
        states = frozenset(one["value"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise invalid("filtering must be a list of field, operator and value") from None
    if not is_known or not states <= STATES:
        raise invalid("filtering: unknown field, operator or value")
    return states


def found(query: Query, account: AccountWorld, today: date, *, hides: bool) -> list[Record]:
    """The days that the query is about, the newest first; those without any activity are not answered. ``hides``: nor are archived
    and deleted campaigns, unless a filter names their state."""
    first, last = str(query.since), str(min(query.until, today))
    shown = query.states if query.states is not None else STATES - HIDDEN if hides else STATES
    rows = [
        row
        for row in account.tables.get("days", ())
        if first <= row["date"] <= last and row.get("state", "ACTIVE") in shown and _is_alive(row)
    ]
    if not query.is_daily:
        return rows
    return sorted(rows, key=lambda row: (row["date"], str(row["campaign_id"])), reverse=True)


def campaigns(account: AccountWorld) -> int:
    return len({str(row["campaign_id"]) for row in account.tables.get("days", ())})


def answered(query: Query, account: AccountWorld, rows: Sequence[Record], *, ids_are_numbers: bool) -> list[Record]:
    """The rows as Meta words them: all figures text, lists of actions that are empty left out."""
    shown = rows if query.is_daily else _summed(rows)
    return [_worded(query, account, row, ids_are_numbers) for row in shown]


def _worded(query: Query, account: AccountWorld, row: Record, ids_are_numbers: bool) -> Record:
    full: dict[str, Any] = {
        "account_id": int(query.account_id) if ids_are_numbers else query.account_id,
        "account_name": account.about["name"],
        "account_currency": row.get("account_currency", account.about["currency"]),
        "campaign_id": int(row["campaign_id"]) if ids_are_numbers else row["campaign_id"],
        "campaign_name": row["campaign_name"],
        "objective": row.get("objective", "OUTCOME_LEADS"),
        "attribution_setting": row.get("attribution_setting", "7d_click_1d_view"),
        "spend": str(row["spend"]),
        "impressions": str(row["impressions"]),
        "clicks": str(row["clicks"]),
        "inline_link_clicks": str(row.get("inline_link_clicks", row["clicks"])),
    }
    for name in ("actions", "action_values"):
        if name in query.fields and (listed := _actions(row.get(name, ()), query.windows)):
            full[name] = listed
    chosen = {name: full[name] for name in query.fields if name in full}
    ends = {"date_start": row["date"], "date_stop": row["date"]} if query.is_daily else _ends(query)
    return chosen | ends


def _actions(actions: Sequence[Record], windows: Sequence[str]) -> list[Record]:
    """``value`` is of the default windows; beside it a key for each window asked for in which something happened."""
    shown = []
    for action in actions:
        value = sum((Decimal(str(action.get(window, 0))) for window in DEFAULT_WINDOWS), Decimal(0))
        asked = {w: str(action[w]) for w in windows if w in ANSWERED_WINDOWS and Decimal(str(action.get(w, 0)))}
        if value or asked:
            shown.append({"action_type": action["action_type"], "value": str(value), **asked})
    return shown


def _summed(rows: Sequence[Record]) -> list[Record]:
    """A row a campaign over all days, for who forgets ``time_increment``."""
    sums: dict[str, Record] = {}
    for row in rows:
        held = sums.setdefault(str(row["campaign_id"]), {**row, "spend": "0", "impressions": 0, "clicks": 0})
        held["spend"] = str(Decimal(held["spend"]) + Decimal(row["spend"]))
        held["impressions"] += row["impressions"]
        held["clicks"] += row["clicks"]
    return list(sums.values())


def _ends(query: Query) -> Record:
    return {"date_start": str(query.since), "date_stop": str(query.until)}


def _is_alive(row: Record) -> bool:
    figures = (row["impressions"], row["clicks"], Decimal(row["spend"]), row.get("actions"))
    return any(figures)
