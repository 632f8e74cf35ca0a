"""The inputs of every record's values, put down by the engine that made them, and the values that follow from them.

A row per record lies in a Parquet file without a name in the account's own folder (as :mod:`sync.spill` has it: nobody else can
open it, and it goes with the last reference). Values are computed from the rows whenever they are gone through.
"""

import hashlib
import os
import uuid
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

import kpi
from kpi.channels import UNATTRIBUTED
from kpi.cycle_band import Quartiles, Timing
from kpi.lead_costs import Carried, Share, lead_cost
from kpi.records import (
    CompanyDeal,
    CompanyInputs,
    ContactInputs,
    DealInputs,
    Object,
    Origin,
    RecordOptions,
    RecordValue,
    company_values,
    contact_values,
    deal_values,
)
from kpi.sql import literal
from kpi.summary import summary
from sync import engines
from sync.staging import made, workplace

AT_ONCE = 2_000
"""Rows that are fetched together."""

OBJECTS: tuple[Object, ...] = ("deals", "contacts", "companies")


@dataclass(frozen=True)
class Wording:
    """What the lines that people read depend on."""

    locale: str
    currency: str
    """The company's, ISO 4217."""


def basis(options: RecordOptions, wording: Wording) -> str:
    """What every fingerprint begins with: all that values depend on and that stands in no row. With another text every record is
    computed anew."""
    parts = (_code(), version("babel"), options.zone.key, options.minor_unit, wording.locale, wording.currency)
    return " ".join(map(str, parts))


def sources() -> Iterator[Path]:
    """Every file of the program that a value passes through from the marts to the lake."""
    here = Path(__file__).parent
    for room in (Path(kpi.__file__).parent, here / "marts"):
        yield from sorted(room.rglob("*.py"))
    yield from (here / f"{name}.py" for name in ("record_inputs", "record_values", "result_rows"))


@cache
def _code() -> str:
    """A hash of the program's version and of its :func:`sources`."""
    digest = hashlib.sha256(version("cadran").encode())
    for path in sources():
        digest.update(path.read_bytes())
    return digest.hexdigest()


class RecordInputs(Iterable[RecordValue]):
    """The values of all records: object by object, record by record in the order of their ids, each record's together and its
    line last. ``staging``: where its files are made (:mod:`sync.staging`)."""

    def __init__(self, staging: Path, options: RecordOptions, wording: Wording) -> None:
        self.count = 0
        """Records."""
        self._staging = staging
        self._reader = _Reader(options, wording)
        self._files: dict[str, int] = {}

    def take(self, con: duckdb.DuckDBPyConnection, object: Object, query: str) -> None:
        """The rows of an object's records: ``record_id``, the columns of :data:`_COLUMNS`, ``fingerprint``."""
        path = made(self._staging) / f"{uuid.uuid4().hex}.parquet"
        try:
            answer = con.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet)").fetchall()
            self._files[object] = os.open(path, os.O_RDONLY)
        finally:
            path.unlink(missing_ok=True)
        weakref.finalize(self, os.close, self._files[object])
        self.count += int(answer[0][0])

    def scan(self, object: Object) -> str:
        """A table expression over an object's rows."""
        return f"read_parquet('/dev/fd/{self._files[object]}')"

    def fingerprints(self) -> str:
        """A query for every record's fingerprint: ``object``, ``record_id``, ``fingerprint``."""
        return " UNION ALL ".join(f"SELECT '{o}' AS object, record_id, fingerprint FROM {self.scan(o)}" for o in OBJECTS)

    def __iter__(self) -> Iterator[RecordValue]:
        return self.values(None)

    def campaigns(self) -> Iterator[tuple[Object, str, str]]:
        """The deals and contacts that show a campaign, each with its key."""
        with self._engine() as con:
            for object in (o for o in OBJECTS if "campaign" in _COLUMNS[o]):
                answer = con.execute(f"SELECT record_id, campaign FROM {self.scan(object)} WHERE campaign <> '{UNATTRIBUTED}'")
                while rows := answer.fetchmany(AT_ONCE):
                    yield from ((object, record_id, campaign) for record_id, campaign in rows)

    @contextmanager
    def _engine(self) -> Iterator[duckdb.DuckDBPyConnection]:
        memory = engines.bound(self.count * _COLUMNS_OF_A_ROW, engines.machine())
        with workplace(self._staging) as folder, closing(duckdb.connect()) as con:
            engines.confine(con, memory, engines.threads(memory, os.cpu_count() or 1), folder)
            yield con

    def values(self, records: str | None) -> Iterator[RecordValue]:
        """The values of ``records``, a table expression with ``object`` and ``record_id``; None: of all."""
        with self._engine() as con:
            for object in OBJECTS:
                chosen = (
                    "" if records is None else f" WHERE record_id IN (SELECT record_id FROM {records} WHERE object = '{object}')"
                )
                answer = con.execute(
                    f"SELECT record_id, {', '.join(_COLUMNS[object])} FROM {self.scan(object)}{chosen} "
                    "ORDER BY length(record_id), record_id"
                )
                while rows := answer.fetchmany(AT_ONCE):
                    for row in rows:
                        yield from self._reader.values(object, row)


_COLUMNS: Mapping[Object, tuple[str, ...]] = {
    "deals": (
        *("created_on", "created_at", "is_open", "is_won", "won_on", "cycle_s", "has_negative_cycle", "usual", "amount_home"),
        *("channel", "campaign", "title", "contacts"),
    ),
    "contacts": ("channel", "campaign", "title", "share", "spend", "leads"),
    "companies": ("deals",),
}
_COLUMNS_OF_A_ROW = 4
"""A record's row is as long as so many rows of facts."""

LETTERS = {"not_a_lead": "n", "no_campaign": "u", "open": "o", "no_spend": "s", "known": "k", "rate_missing": "r"}
"""How a contact's share begins in the rows; then come the month, where it has one, and what is given in minor units, where it is
known: ``k2026-05-01:3334``."""
_STATES: Mapping[str, Any] = {letter: state for state, letter in LETTERS.items()}


def share_of(text: str) -> Share:
    """What stands in a row, read."""
    state = _STATES[text[0]]
    month, _, units = text[1:].partition(":")
    on = date.fromisoformat(month) if month else None
    if not units:
        return Share(state, on)
    return Share("known", on, int(units), state == "rate_missing")


class _Reader:
    """Values from rows. What many rows have in common is read once."""

    def __init__(self, options: RecordOptions, wording: Wording) -> None:
        self._options = options
        self._wording = wording
        self._of: Mapping[Object, Callable[..., Iterator[RecordValue]]] = {
            "deals": self._deal,
            "contacts": self._contact,
            "companies": self._company,
        }
        self._carried = lru_cache(maxsize=65_536)(self._read_carried)
        self._inputs = lru_cache(maxsize=65_536)(_month_inputs)
        self._usual = lru_cache(maxsize=4_096)(_read_quartiles)

    def values(self, object: Object, row: tuple[Any, ...]) -> Iterator[RecordValue]:
        """One record's, its line last."""
        record = {value.property: value for value in self._of[object](*row)}
        yield from record.values()
        line = summary(object, record, self._wording.locale, self._wording.currency)
        reason = None if line else next((v.reason for v in record.values() if v.reason), None)
        yield RecordValue(object, row[0], "summary", line, "text", reason)

    def _deal(
        self,
        deal_id: str,
        created_on: date | None,
        created_at: datetime | None,
        is_open: bool,
        is_won: bool,
        won_on: date | None,
        cycle_s: int | None,
        has_negative_cycle: bool,
        usual: str | None,
        amount_home: Decimal | None,
        channel: str,
        campaign: str,
        title: str | None,
        contacts: str | None,
    ) -> Iterator[RecordValue]:
        at = created_at.replace(tzinfo=UTC) if created_at is not None else None
        timing = Timing(at, is_open, is_won, won_on, cycle_s, has_negative_cycle, self._usual(usual))
        origin = Origin(channel, campaign, title)
        return deal_values(
            DealInputs(deal_id, created_on, timing, amount_home, origin, self._all_carried(contacts)), self._options
        )

    def _contact(
        self,
        contact_id: str,
        channel: str,
        campaign: str,
        title: str | None,
        share: str,
        spend: Decimal | None,
        leads: int | None,
    ) -> Iterator[RecordValue]:
        cost = self._carried("+" + share).cost
        if leads is not None:
            cost = cost._replace(inputs=self._inputs(campaign, spend, leads))
        return contact_values(ContactInputs(contact_id, Origin(channel, campaign, title), cost))

    def _company(self, company_id: str, deals: str | None) -> Iterator[RecordValue]:
        found = tuple(map(self._company_deal, deals.split("/"))) if deals else ()
        return company_values(CompanyInputs(company_id, found), self._options)

    def _company_deal(self, text: str) -> CompanyDeal:
        outcome, amount, contacts = text.split(",")
        return CompanyDeal(outcome == "o", outcome == "w", Decimal(amount) if amount else None, self._all_carried(contacts))

    def _all_carried(self, text: str | None) -> tuple[Carried, ...]:
        return tuple(map(self._carried, text.split(";"))) if text else ()

    def _read_carried(self, text: str) -> Carried:
        return Carried(lead_cost(share_of(text[1:]), self._options.minor_unit), text[0] == "+")


def _month_inputs(campaign: str, spend: Decimal | None, leads: int) -> Mapping[str, Any]:
    return {"campaign": campaign, "leads": leads} if spend is None else {"campaign": campaign, "spend": spend, "leads": leads}


def _read_quartiles(text: str | None) -> Quartiles | None:
    if text is None:
        return None
    n, *values = text.split(" ")
    return Quartiles(int(n), *map(Decimal, values))
