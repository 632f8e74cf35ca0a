"""What a read will cost in API units, and when it is refused before anything is billed.

SEMrush bills the lines it returns, none for an empty answer, and where the balance does not reach it silently returns
fewer lines; so the most that can come back is priced first and held against the balance and the company's own cap.
Prices: https://developer.semrush.com/api/seo/overview-reports/ (2026-11-21); ``unit_prices`` in the settings overrides them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from connectors.errors import QuotaExhausted

Report = Literal["domain_rank_history", "domain_ranks", "domain_organic", "domain_adwords", "position_tracking"]

UNITS_PER_LINE: Mapping[Report, int] = MappingProxyType(
    {"domain_rank_history": 10, "domain_ranks": 10, "domain_organic": 10, "domain_adwords": 20, "position_tracking": 100}
)
"""List prices. No report is asked with ``display_date``, which would cost five times as much. Position tracking is billed by the
request, whatever it answers: its line is a request."""


@dataclass(frozen=True)
class Quote:
    """The most that a read can cost."""

    calls: int
    lines: int
    units_per_line: int

    @property
    def units(self) -> int:
        return self.lines * self.units_per_line

    def __str__(self) -> str:
        return f"at most {self.units:,} API units ({_some(self.calls, 'call')}, {_some(self.lines, 'line')} at {self.units_per_line})"


@dataclass(frozen=True)
class Bill:
    """The most that a whole run can cost, by report."""

    quotes: Mapping[Report, Quote]

    @property
    def units(self) -> int:
        return sum(quote.units for quote in self.quotes.values())

    def __str__(self) -> str:
        if len(self.quotes) == 1:
            return str(next(iter(self.quotes.values())))
        parts = (f"{report} {quote.units:,}: {quote.lines:,} x {quote.units_per_line}" for report, quote in self.quotes.items())
        return f"at most {self.units:,} API units ({'; '.join(parts)})"


def _some(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def over_cap(quote: Quote | Bill, cap: int, section: str) -> str | None:
    """Why the company's own cap forbids the read and what to change, or None when it does not."""
    if quote.units <= cap:
        return None
    return (
        f"reading costs {quote}, more than the {cap:,} that sources.{section}.max_units_per_run allows. "
        f"Raise it, or read less: history_months, domain, database, competitors, keyword_lines"
    )


def over_balance(quote: Quote | Bill, balance: int, section: str) -> str | None:
    """Why the account's balance forbids the read and what to do, or None when it does not."""
    if quote.units <= balance:
        return None
    return (
        f"reading costs {quote}, more than the balance of {balance:,}. Nothing was asked or billed. "
        f"Buy units at Semrush, or read less: history_months, domain, database, competitors, keyword_lines under sources.{section}"
    )


def refuse_unaffordable(quote: Quote, *, balance: int, cap: int, section: str) -> None:
    """Raise :class:`QuotaExhausted` when the cap or the balance forbids the read.

    The cap is an allowance too: reaching it must skip this source, not stop the run of all the others.
    """
    refusal = over_cap(quote, cap, section) or over_balance(quote, balance, section)
    if refusal is not None:
        raise QuotaExhausted(section, refusal)
