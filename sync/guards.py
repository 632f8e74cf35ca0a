"""When a scheduled run refuses to write until a person decides (exit 5). Each refusal names number, threshold and override."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from config.settings import Guards
from connectors.errors import UnsafePlan
from kpi.schema import TABLES
from sync.campaign_properties import CAMPAIGN
from sync.compare import number
from sync.house import House
from sync.plan import Change, Plan

FEW = 10
"""Below so many rows or values a share says nothing."""


def unknown_currencies(house: House) -> dict[str, int]:
    """Currency -> living rows with an amount in it that no known rate converts."""
    found: Counter[str] = Counter()
    of_money = {
        name: model for name, model in TABLES.items() if {"amount", "amount_home", "currency"} <= model.model_fields.keys()
    }
    with house.lake.facts(of_money) as con:
        for table, model in of_money.items():
            living = " AND archived_at IS NULL" if "archived_at" in model.model_fields else ""
            rows = con.execute(
                f'SELECT currency, count(*) FROM "{table}" WHERE amount IS NOT NULL AND amount_home IS NULL '
                f"AND currency IS NOT NULL{living} GROUP BY currency"
            ).fetchall()
            found.update({str(currency): int(count) for currency, count in rows})
    return dict(sorted(found.items()))


@dataclass(frozen=True)
class Input:
    """What a plan was computed from, to be held against the run that wrote last."""

    rows: Mapping[str, int] = field(default_factory=dict)
    """Living rows by table."""
    unknown_currencies: Mapping[str, int] = field(default_factory=dict)
    """Currency for which no rate is known -> rows whose amount could not be counted for that reason."""


def check_guards(plan: Plan, guards: Guards, existing: int, before: Input, now: Input) -> None:
    """Raise :class:`UnsafePlan` when a scheduled write looks alarming.

    ``existing`` is how many of our values stand in the CRM; ``before`` is the input of the run that wrote last.
    """
    _rows_vanished(guards, before, now)
    _currency_appeared(before, now)
    if existing < FEW:
        return
    _many_clears(plan, guards, existing)
    _many_jumps(plan, guards, existing)


def _rows_vanished(guards: Guards, before: Input, now: Input) -> None:
    for table, count in sorted(before.rows.items()):
        left = now.rows.get(table, 0)
        if count >= FEW and left < count * guards.min_rows_share:
            raise UnsafePlan(
                f"the table {table} shrank from {count} to {left} rows",
                f"{left / count:.0%} of the last run",
                f"at least {guards.min_rows_share:.0%}",
                "`cadran run --allow-shrink`, or crm.guards.min_rows_share",
            )


def _currency_appeared(before: Input, now: Input) -> None:
    """Amounts without a rate are left out of every sum: a currency that appears overnight would shrink them in silence."""
    if not before.rows:
        return  # nothing was written yet: the first plan is read by a person
    for currency, rows in sorted(now.unknown_currencies.items()):
        if currency not in before.unknown_currencies:
            raise UnsafePlan(
                f"no exchange rate is known for {currency}, which was not there in the last run",
                f"{rows} row{'s' if rows > 1 else ''}",
                "none",
                "`cadran run --allow-currency`, or give the deals an exchange rate in the CRM",
            )


def _many_clears(plan: Plan, guards: Guards, existing: int) -> None:
    """Figures that a campaign takes with it to another place are not lost."""
    clears = sum(c.outcome == "clear" and c.record_id is not None and c.kpi != CAMPAIGN for c in plan.changes)
    if clears > existing * guards.max_clear_share:
        raise UnsafePlan(
            "it clears many values",
            f"{clears} of {existing}",
            f"{guards.max_clear_share:.0%}",
            "`cadran run --allow-clears`, or crm.guards.max_clear_share",
        )


def _many_jumps(plan: Plan, guards: Guards, existing: int) -> None:
    factor = Decimal(str(guards.jump_factor))
    jumps = sum(_jumps(c, factor) for c in plan.changes if c.outcome == "update")
    if jumps > existing * guards.max_jump_share:
        raise UnsafePlan(
            f"many numbers move by more than {guards.jump_factor:g} times",
            f"{jumps} of {existing}",
            f"{guards.max_jump_share:.0%}",
            "`cadran run --allow-jumps`, or crm.guards.max_jump_share",
        )


def _jumps(change: Change, factor: Decimal) -> bool:
    old, new = number(change.old or ""), number(change.new or "")
    if old is None or new is None or old == 0 or new == 0:
        return False
    ratio = abs(new / old)
    return ratio > factor or ratio < 1 / factor
