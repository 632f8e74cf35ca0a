"""What HubSpot computes by itself when a deal or a contact moves: stage timing, won and lost, home-currency amounts.

https://developers.hubspot.com/docs/api-reference/latest/crm/objects/deals/guide (2026-11-21). Only what follows from a
change is computed; what a world says of the past stays as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from connectors.sandbox.hubspot.standard import stage_suffix
from connectors.sandbox.hubspot.values import instant_text, parse_instant, plain

Changes = dict[str, str]
"""New values; an empty text clears."""


@dataclass(frozen=True)
class Stage:
    """One stage of a pipeline, its metadata read."""

    id: str
    label: str
    probability: Decimal

    @property
    def is_won(self) -> bool:
        return self.probability == 1

    @property
    def is_closed(self) -> bool:
        """Derived by the vendor: closed exactly when the probability is 0 or 1."""
        return self.probability in (0, 1)


def timing_name(family: str, stage_id: str, *, has_suffix: bool) -> str:
    """``hs_v2_date_entered_<stage>``; with the doubtful suffix, a number that depends on the stage alone."""
    name = f"{family}_{stage_suffix(stage_id)}"
    return f"{name}_{sum(stage_id.encode()) * 7919 % 1_000_003}" if has_suffix else name


def moved_stage(
    values: Mapping[str, str], old: str | None, new: str | None, now: datetime, *, has_suffix: bool, created_at: str
) -> Changes:
    """Stage timing after a move from ``old`` to ``new``. Durations in milliseconds."""

    def name(family: str, stage: str) -> str:
        return timing_name(family, stage, has_suffix=has_suffix)

    changes: Changes = {}
    if old:
        entered = values.get(name("hs_v2_date_entered", old)) or created_at
        spent = max(0, round((now - parse_instant(entered)).total_seconds() * 1000))
        before = number(values.get(name("hs_v2_cumulative_time_in", old))) or Decimal(0)
        changes[name("hs_v2_date_exited", old)] = instant_text(now)
        changes[name("hs_v2_latest_time_in", old)] = str(spent)
        changes[name("hs_v2_cumulative_time_in", old)] = plain(before + spent)
    if new:
        changes[name("hs_v2_date_entered", new)] = instant_text(now)
        changes[name("hs_v2_date_exited", new)] = ""
    return changes


def deal_state(values: Mapping[str, str], stage: Stage | None, home_currency: str) -> Changes:
    """A deal's calculated values from its present stage, amount, currency and dates."""
    is_closed = stage is not None and stage.is_closed
    is_won = stage is not None and stage.is_won
    amount = number(values.get("amount"))
    home = home_amount(values, home_currency)
    probability = stage.probability if stage else None

    def part(of: Decimal | None, share: Decimal | None) -> str:
        return "" if of is None or share is None else plain(of * share)

    closed_share = Decimal(1 if is_won else 0)
    return {
        "hs_is_closed": _bool(is_closed),
        "hs_is_closed_won": _bool(is_won),
        "hs_is_closed_lost": _bool(is_closed and not is_won),
        "hs_deal_stage_probability": "" if probability is None else plain(probability),
        "amount_in_home_currency": "" if home is None else values["amount"] if home == amount else plain(home),
        "hs_closed_amount": part(amount, closed_share),
        "hs_closed_amount_in_home_currency": part(home, closed_share),
        "hs_projected_amount": part(amount, probability),
        "hs_projected_amount_in_home_currency": part(home, probability),
        "days_to_close": _days_to_close(values) if is_closed else "",
    }


def home_amount(values: Mapping[str, str], home_currency: str) -> Decimal | None:
    """The amount in the company's currency by the deal's own rate; None without an amount or, for a foreign one, a rate."""
    amount = number(values.get("amount"))
    if amount is None:
        return None
    if values.get("deal_currency_code", home_currency) in ("", home_currency):
        return amount
    rate = number(values.get("hs_exchange_rate"))
    return None if rate is None else amount * rate


def number(text: str | None) -> Decimal | None:
    """A number property's value; None when it is empty or, in a dirty world, no number."""
    if not text:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _days_to_close(values: Mapping[str, str]) -> str:
    created, closed = values.get("createdate"), values.get("closedate")
    if not created or not closed:
        return ""
    try:
        return str(max(0, (parse_instant(closed) - parse_instant(created)).days))
    except ValueError:
        return ""


def _bool(value: bool) -> str:
    return "true" if value else "false"
