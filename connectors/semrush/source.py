"""SEMrush as a source: says the price, refuses what cannot be paid, reads what is due."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from connectors.base import Cursor, NormaliseContext, Page, Place, Raw, Reach, ReadContext, Row, Stream
from connectors.errors import ConfigurationError, ContractError, QuotaExhausted
from connectors.semrush import normalise, position, prices
from connectors.semrush.api import Api, pace_of
from connectors.semrush.settings import SemrushSettings
from connectors.semrush.streams import STREAMS
from connectors.transport import Transport


class SemrushSource:
    """The domains and databases of one section of the settings."""

    type = "semrush"

    def __init__(self, id: str, settings: SemrushSettings, api: Api) -> None:
        self.id = id
        self._settings = settings
        self._api = api
        self._units_per_line = settings.unit_prices.get(settings.report, prices.UNITS_PER_LINE[settings.report])

    @property
    def requests_sent(self) -> int:
        """Calls so far, tries included."""
        return self._api.transport.requests_sent

    @property
    def refused_429(self) -> int:
        """How many of them were refused as too many."""
        return self._api.transport.refused_429

    def streams(self) -> tuple[Stream, ...]:
        return (STREAMS[self._settings.report],)

    def check(self) -> Reach:
        """Balance and price of a first sync, at no charge.

        Raises :class:`ConfigurationError` when the settings ask for more than their own cap allows.
        """
        balance = self._api.units_left()
        first = self._quote([self._months] * len(self._settings.pairs))
        refusal = prices.over_cap(first, self._settings.max_units_per_run, self.id)
        if refusal is not None:
            raise ConfigurationError(f"{self.id}: {refusal}. The balance is {balance:,}.")
        counted = "count as spend, labelled estimates" if self._settings.count_estimate_as_spend else "do not count as spend"
        notes = [
            f"API units left: {balance:,}",
            f"a first sync, and one every {position.WHOLE_AGAIN_DAYS} days, costs {first}",
            f"in between, at most {self._refresh.units:,} units every {self._settings.refresh_days} days",
            f"its cost figures are estimates and {counted}",
        ]
        short = prices.over_balance(first, balance, self.id)
        if short is not None:
            notes.append(f"the next sync may be refused: {short}")
        name = ", ".join(f"{domain} ({database})" for domain, database in self._settings.pairs)
        return Reach(self._settings.domain[0], name, normalise.CURRENCY, None, notes=tuple(notes))

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        """Balance and planned price, for the run's record, and the opt-in, for ``normalise``."""
        return {
            "units_left": self._api.units_left(),
            "units_planned_at_most": self._quote([self._months] * len(self._settings.pairs)).units,
            normalise.COUNTS_AS_SPEND: self._settings.count_estimate_as_spend,
        }

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        """A page for each domain and database that is due; no call at all when none is.

        Raises :class:`QuotaExhausted` before anything is billed when the price is over the cap or the balance, and when the
        balance ran out on the way, which makes the vendor cut an answer short without a word.
        """
        settings, today = self._settings, context.now.date()
        counts = settings.count_estimate_as_spend
        months = min(self._months, max(1, position.months_between(context.since, today) + 1))
        positions = position.from_cursor(None if context.full else cursor, counts_as_spend=counts)
        due: dict[tuple[str, str], int] = {}
        for domain, database in settings.pairs:
            at = positions.get(f"{domain}/{database}")
            lines = position.lines_due(at, today, months=months, refresh_days=settings.refresh_days)
            if lines:
                due[domain, database] = lines
        if not due:
            return
        quote = self._quote(list(due.values()))
        prices.refuse_unaffordable(quote, balance=self._api.units_left(), cap=settings.max_units_per_run, section=self.id)
        for (domain, database), lines in due.items():
            records = self._records(domain, database, lines, today)
            pair = f"{domain}/{database}"
            positions[pair] = position.moved(positions.get(pair), today, lines=lines, months=months)
            yield Page(records, position.to_cursor(positions, counts_as_spend=counts), total=quote.lines)

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        return normalise.rows(record, context)

    def close(self) -> None:
        self._api.close()

    @property
    def _months(self) -> int:
        return 1 if self._settings.report == "domain_ranks" else self._settings.history_months

    @property
    def _refresh(self) -> prices.Quote:
        return self._quote([min(2, self._months)] * len(self._settings.pairs))

    def _quote(self, lines: list[int]) -> prices.Quote:
        return prices.Quote(len(lines), sum(lines), self._units_per_line)

    def _records(self, domain: str, database: str, limit: int, today: date) -> list[Raw]:
        lines = self._api.report(self._settings.report, domain, database, limit)
        for line in lines:
            if line.get("Db", database) != database:
                raise ContractError(self.id, f"asked for database {database}, got a line of {line['Db']!r}")
        # Fewer lines than asked for is usual (a young domain), and it is also how an empty account answers.
        if len(lines) < limit and self._api.units_left() < self._units_per_line:
            raise QuotaExhausted(
                self.id,
                f"{domain} in {database} answered {len(lines)} of up to {limit} lines and no API units are left: "
                "the answer may be cut short, so it is not stored. Buy units at Semrush and run again",
            )
        return [{"domain": domain, "database": database, "read_on": today.isoformat(), **line} for line in lines]


def build(section_id: str, settings: SemrushSettings, place: Place) -> SemrushSource:
    """The source as the settings describe it; ``place`` is not needed."""
    limiter = pace_of(settings.base_url, settings.key)

    def wait() -> None:
        limiter.try_acquire(section_id)

    transport = Transport(section_id, settings.base_url, before=wait)
    return SemrushSource(section_id, settings, Api(transport, settings.key, settings.balance_url))
