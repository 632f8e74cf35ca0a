"""Facts of which only sales are derived: what a sale is made of is looked at, not what hangs on everything else."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sync.marts import cohorts, commerce, deals, lines, margin, orders, people, refunds, touches
from sync.marts.desk import Desk
from sync.marts.survivors import resolve_records
from sync.staging import workplace
from tests.sync.facts import OPTIONS, Facts

_NOTES = {code: note for module in (lines, orders, refunds, commerce, margin) for code, note in module.NOTES.items()}


@dataclass(frozen=True)
class Derived:
    """What people are told of the data, as :class:`sync.derive.DeriveReport` has it."""

    counts: Mapping[str, int]


class Sales(Facts):
    """Marts of deals, orders, refunds, carts, buyers, invoices and margins."""

    def derive(self, **changes: Any) -> Derived:  # type: ignore[override]
        self.store()
        self.con.execute("SET TimeZone='UTC'")
        with workplace(self._folder / "staging") as folder:
            desk = Desk(self.con, folder, replace(OPTIONS, **changes))
            resolve_records(desk)
            touches.place_touches(desk, touches.campaigns(desk))
            learned = deals.deals(desk)
            people.customers(desk)
            cohorts.lead_outcomes(desk)
            people.leads(desk, learned)
            orders.orders(desk)
            commerce.commerce(desk)
            margin.margin(desk)
        return Derived({code: self.one(f"SELECT count(*) FROM {note.rows}") for code, note in _NOTES.items()})
