"""SEMrush as a source: says the price, refuses what cannot be paid, reads what is due."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Cursor, NormaliseContext, Page, Place, Quote, Raw, Reach, ReadContext, Row, Stream
from connectors.errors import ConfigurationError, ContractError, QuotaExhausted
from connectors.semrush import normalise, position, prices
from connectors.semrush.api import Api, pace_of
from connectors.semrush.prices import Report
from connectors.semrush.settings import SemrushSettings
from connectors.semrush.streams import KEYWORDS, OVERVIEWS, STREAMS
from connectors.transport import Transport

CALLS_PER_SECOND = 10


class SemrushSource:
    """The domains and databases of one section of the settings."""

    type = "semrush"

    def __init__(self, id: str, settings: SemrushSettings, api: Api) -> None:
        self.id = id
        self._settings = settings
        self._api = api

    @property
    def requests_sent(self) -> int:
        """Calls so far, tries included."""
        return self._api.transport.requests_sent

    @property
    def refused_429(self) -> int:
        """How many of them were refused as too many."""
        return self._api.transport.refused_429

    def streams(self) -> tuple[Stream, ...]:
        return tuple(STREAMS[report] for report in self._settings.chosen)

    def check(self) -> Reach:
        """Balance and price of a first sync, at no charge.

        Raises :class:`ConfigurationError` when the settings ask for more than their own cap allows.
        """
        balance = self._api.units_left()
        first = self._bill(None)
        refusal = prices.over_cap(first, self._settings.max_units_per_run, self.id)
        if refusal is not None:
            raise ConfigurationError(f"{self.id}: {refusal}. The balance is {balance:,}.")
        counted = "count as spend, labelled estimates" if self._settings.count_estimate_as_spend else "do not count as spend"
        notes = [
            f"API units left: {balance:,}",
            f"a first sync, and one every {position.WHOLE_AGAIN_DAYS} days, costs {first}",
            *(
                [f"in between, at most {again:,} units every {self._settings.refresh_days} days"]
                if (again := self._refresh_units)
                else []
            ),
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
            "units_planned_at_most": self._bill(None).units,
            normalise.COUNTS_AS_SPEND: self._settings.count_estimate_as_spend,
        }

    def quote(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Quote:
        """What reading it would cost, by what is due; nothing is asked."""
        report = _report(stream)
        due, _ = self._due(report, cursor, context)
        priced = self._price(report, list(due.values()))
        refusal = prices.over_cap(self._bill(context), self._settings.max_units_per_run, self.id)
        note = f"nothing is due; {report} is fresh" if not due else str(priced)
        return Quote(priced.calls, priced.calls / CALLS_PER_SECOND, f"{note}; {refusal}" if refusal else note)

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        """A page for each listing that is due; no billed call at all when none is.

        Raises :class:`QuotaExhausted` before anything is billed when the price of a whole run is over the cap, or that of what is due over
        the balance; and when the balance ran out on the way, which makes the vendor cut an answer short without a word.
        """
        report, today = _report(stream), context.now.date()
        due, positions = self._due(report, cursor, context)
        if not due:
            return
        cap = self._settings.max_units_per_run
        if (refusal := prices.over_cap(self._bill(context), cap, self.id)) is not None:
            raise QuotaExhausted(self.id, refusal)
        price = self._price(report, list(due.values()))
        prices.refuse_unaffordable(price, balance=self._api.units_left(), cap=cap, section=self.id)
        whole = self._whole(report, context)
        for listing, lines in due.items():
            records = self._records(report, listing, lines, context)
            key = "/".join(listing)
            positions[key] = position.moved(positions.get(key), today, lines=lines, months=whole)
            cursor = position.to_cursor(positions, counts_as_spend=self._counts(report))
            yield Page(records, cursor, total=price.lines)

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        table = stream.tables[0]
        if table == "seo_keyword":
            return normalise.keywords(record)
        return normalise.visibility(record) if table == "seo_visibility_daily" else normalise.rows(record, context)

    def close(self) -> None:
        self._api.close()

    # --- What is due, and what it costs ------------------------------------------------------------------

    def _listings(self, report: Report) -> tuple[tuple[str, str], ...]:
        """What is asked for one by one: domain and database, or tracking campaign and URL mask."""
        if report == "position_tracking":
            return tuple((one.campaign, one.url) for one in self._settings.tracking)
        return self._settings.own_pairs if report in KEYWORDS else self._settings.pairs

    def _whole(self, report: Report, context: ReadContext | None) -> int:
        """Lines of a listing that is read in full."""
        if report in KEYWORDS:
            return self._settings.keyword_lines
        if report != "domain_rank_history":
            return 1
        months = self._settings.history_months
        if context is None:
            return months
        return min(months, max(1, position.months_between(context.since, context.now.date()) + 1))

    def _due(
        self, report: Report, cursor: Cursor, context: ReadContext
    ) -> tuple[dict[tuple[str, str], int], dict[str, position.Position]]:
        """Listing -> lines that are due, and how far each was read."""
        settings, whole = self._settings, self._whole(report, context)
        positions = position.from_cursor(None if context.full else cursor, counts_as_spend=self._counts(report))
        refresh_days = settings.keyword_refresh_days if report in KEYWORDS else settings.refresh_days
        due = {}
        for listing in self._listings(report):
            at, today = positions.get("/".join(listing)), context.now.date()
            lines = position.lines_due(at, today, months=whole, refresh_days=refresh_days)
            if lines:
                due[listing] = whole if report in KEYWORDS else lines
        return due, positions

    def _counts(self, report: Report) -> bool:
        return self._settings.count_estimate_as_spend and report in OVERVIEWS

    def _price(self, report: Report, lines: list[int]) -> prices.Quote:
        each = self._settings.unit_prices.get(report, prices.UNITS_PER_LINE[report])
        return prices.Quote(len(lines), sum(lines), each)

    def _bill(self, context: ReadContext | None) -> prices.Bill:
        """Every report read in full."""
        return prices.Bill(
            {
                report: self._price(report, [self._whole(report, context)] * len(self._listings(report)))
                for report in self._settings.chosen
            }
        )

    @property
    def _refresh_units(self) -> int:
        """What is bought between two full readings."""
        chosen = [report for report in self._settings.chosen if report not in KEYWORDS]
        return sum(
            self._price(report, [min(2, self._whole(report, None))] * len(self._listings(report))).units for report in chosen
        )

    # --- What is asked -----------------------------------------------------------------------------------

    def _records(self, report: Report, listing: tuple[str, str], limit: int, context: ReadContext) -> list[Raw]:
        read_on = context.now.date().isoformat()
        if report == "position_tracking":
            campaign, url = listing
            days = self._api.visibility(campaign, url, context.since, context.now.date() - timedelta(days=1))
            return [
                {"listing": f"{report}/{campaign}/{url}", "campaign": campaign, "url": url, "read_on": read_on, "lines": days}
            ]
        domain, database = listing
        lines = self._api.report(report, domain, database, limit)
        for line in lines:
            if line.get("Db", database) != database:
                raise ContractError(self.id, f"asked for database {database}, got a line of {line['Db']!r}")
        # Fewer lines than asked for is usual (a young domain), and it is also how an empty account answers.
        if len(lines) < limit and self._api.units_left() < self._price(report, [1]).units:
            raise QuotaExhausted(
                self.id,
                f"{domain} in {database} answered {len(lines)} of up to {limit} lines and no API units are left: "
                "the answer may be cut short, so it is not stored. Buy units at Semrush and run again",
            )
        about: Raw = {"domain": domain, "database": database, "read_on": read_on}
        if report in KEYWORDS:
            return [{"listing": f"{report}/{domain}/{database}", "report": report, **about, "lines": lines}]
        if domain in self._settings.competitors:
            about["is_competitor"] = True
        return [{**about, **line} for line in lines]


def _report(stream: Stream) -> Report:
    return next(report for report in STREAMS if report == stream.name)


def build(section_id: str, settings: SemrushSettings, place: Place) -> SemrushSource:
    """The source as the settings describe it; ``place`` is not needed."""
    limiter = pace_of(settings.base_url, settings.key)

    def wait() -> None:
        limiter.try_acquire(section_id)

    transport = Transport(section_id, settings.base_url, before=wait)
    return SemrushSource(section_id, settings, Api(transport, settings.key, settings.balance_url))
