"""Values of single records: the engine's joins give what the rules give, and a run that computes few what computing all gives."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import duckdb
import pytest

from kpi.lead_costs import CampaignMonth
from kpi.records import RecordOptions, RecordValue
from sync import record_inputs, record_values, wipe
from sync.house import House
from sync.lake import Lake, Written
from sync.ledger import Ledger
from sync.marts import record_values as inputs
from sync.marts.desk import DeriveOptions, Desk
from sync.record_inputs import RecordInputs
from sync.result_rows import RECORD_COMPARED, RECORD_KEY, RECORD_TYPES
from sync.wipe import Subject
from tests.kpi.whole_records import ContactFact, DealFact, Spending, by_number
from tests.kpi.whole_records import record_values as by_the_rules
from tests.sync.facts import OPTIONS

CENT = Decimal("0.01")
NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
CAMPAIGNS = ("google_ads/1", "google_ads/2", "spend_file/a|b", "unattributed")
TITLES = {"google_ads/1": "Brand FR", "spend_file/a|b": "Fair; autumn/winter, 2026"}
MONTHS = [date(2026, month, 1) for month in range(2, 7)]


@dataclass
class Portal:
    """What the marts say of a portal, small enough to be gone through one by one."""

    contacts: dict[str, ContactFact] = field(default_factory=dict)
    deals: dict[str, DealFact] = field(default_factory=dict)
    companies: set[str] = field(default_factory=set)
    spend: dict[tuple[str, date], tuple[Decimal | None, bool]] = field(default_factory=dict)
    """With whether a part of it has no exchange rate."""

    @classmethod
    def made(cls, chance: random.Random) -> "Portal":
        portal = cls(companies={f"{n}" for n in range(95, 107)})
        for number in range(1, 61):
            portal.put_contact(f"{number}", chance)
        for number in range(960, 1040):
            portal.put_deal(f"{number}", chance)
        for campaign in CAMPAIGNS:
            for month in MONTHS:
                portal.put_spend(campaign, month, chance)
        return portal

    def put_contact(self, contact_id: str, chance: random.Random) -> None:
        campaign = chance.choice(CAMPAIGNS)
        channel = chance.choice(("paid_search", "paid_social")) if campaign != "unattributed" else "unattributed"
        lead_on = chance.choice(MONTHS) + timedelta(days=chance.randrange(28)) if chance.random() < 0.9 else None
        self.contacts[contact_id] = ContactFact(contact_id, lead_on, channel, campaign)

    def put_deal(self, deal_id: str, chance: random.Random) -> None:
        created = datetime(2026, chance.randint(1, 5), chance.randint(1, 28), chance.choice((0, 22)), tzinfo=UTC)
        state = chance.choice(("open", "won", "won", "won", "lost"))
        contacts = chance.sample(sorted(self.contacts), chance.choice((0, 1, 1, 2, 4)))
        days = chance.randrange(60)
        is_backwards = state == "won" and chance.random() < 0.1
        has_date = chance.random() < 0.9
        self.deals[deal_id] = DealFact(
            deal_id,
            chance.choice(("p", "p", "p", None)),
            chance.choice((*sorted(self.companies), None)),
            created if has_date else None,
            created.date() if has_date else None,
            state == "open",
            state == "won",
            created.date() + timedelta(days=days) if state == "won" and chance.random() < 0.95 else None,
            None if state != "won" or is_backwards else days * 86_400 + 5,
            is_backwards,
            chance.choice((Decimal("1234.565000"), Decimal("0.000000"), None, Decimal(chance.randrange(10**6)) / 100)),
            *chance.choice((("paid_search", CAMPAIGNS[0]), ("email", "unattributed"), ("unattributed", "unattributed"))),
            tuple(sorted(contacts, key=by_number)),
        )

    def put_spend(self, campaign: str, month: date, chance: random.Random) -> None:
        amount = chance.choice((Decimal(chance.randrange(10**9)) / 10**6, Decimal("-3.335000"), Decimal(0), None, None))
        self.spend[campaign, month] = amount, chance.random() < 0.2 or amount is None

    def drop(self, contact_id: str, into: str | None = None) -> None:
        """A contact that is gone, or merged ``into`` another: then its deals are that one's."""
        del self.contacts[contact_id]
        for deal in self.deals.values():
            left = {into if c == contact_id and into else c for c in deal.contact_ids} - {contact_id}
            self.deals[deal.deal_id] = deal._replace(contact_ids=tuple(sorted(left, key=by_number)))

    def change(self, chance: random.Random) -> None:
        """A day's edits: some of every kind, of few records."""
        deal = self.deals[chance.choice(sorted(self.deals))]
        self.deals[deal.deal_id] = deal._replace(amount_home=Decimal(chance.randrange(10**6)) / 100)
        self.put_deal(chance.choice(sorted(self.deals)), chance)
        self.put_deal(f"{chance.randrange(2000, 3000)}", chance)
        del self.deals[chance.choice(sorted(self.deals))]
        self.put_contact(chance.choice(sorted(self.contacts)), chance)
        self.put_contact(f"{chance.randrange(2000, 3000)}", chance)
        self.drop(chance.choice(sorted(self.contacts)))
        one, other = chance.sample(sorted(self.contacts), 2)
        self.drop(one, into=other)
        self.companies.discard(chance.choice(sorted(self.companies)))
        self.companies.add(f"{chance.randrange(2000, 3000)}")
        self.put_spend(chance.choice(CAMPAIGNS), chance.choice(MONTHS), chance)


def desk_of(con: duckdb.DuckDBPyConnection, folder: Path, portal: Portal, options: DeriveOptions) -> Desk:
    """The portal as the tables that values are made from."""
    desk = Desk(con, folder, options)
    day = "DATE"
    living = [d for d in portal.deals.values() if d.company_id is None or d.company_id in portal.companies]
    living += [d._replace(company_id=None) for d in portal.deals.values() if d not in living]
    contacts = portal.contacts.values()
    known = [c for c in contacts if c.channel != "unattributed"]
    marks = {(c.channel, c.campaign): f"{c.channel} {c.campaign}" for c in known}
    text = "VARCHAR"
    tables: dict[str, tuple[dict[str, str], list[tuple[Any, ...]]]] = {
        "_contact": ({"contact_id": text, "created_on": day}, [(c.contact_id, c.lead_on) for c in contacts]),
        "_touch": ({"contact_id": text, "end": text, "mark_key": text}, [(c.contact_id, "first", marks[c[2:]]) for c in known]),
        "_place": ({"mark_key": text, "channel": text, "campaign": text}, [(key, *origin) for origin, key in marks.items()]),
        "_company": ({"company_id": text}, [(c,) for c in sorted(portal.companies)]),
        "campaign_title": ({"campaign": text, "title": text}, list(TITLES.items())),
        "_deal_contact": ({"deal_id": text, "contact_id": text}, [(d.deal_id, c) for d in living for c in d.contact_ids]),
        "_deal_state": (
            {"deal_id": text, "created_at": "TIMESTAMP", "is_won": "BOOLEAN", "is_archived": "BOOLEAN"},
            [(d.deal_id, d.created_at and d.created_at.replace(tzinfo=None), d.is_won, False) for d in living],
        ),
        "_deal_credit": (
            {"id": text, "model": text, "channel": text, "campaign": text, "credit": "BIGINT"},
            [(d.deal_id, "first", d.channel, d.campaign, 10**9) for d in living]
            + [(d.deal_id, model, "zebra", "none", credit) for d in living for model, credit in (("first", 1), ("last", 10**9))],
        ),
        "deal_outcome": (
            {"deal_id": text, "pipeline_id": text, "company_id": text, "created_on": day, "is_open": "BOOLEAN", "won_on": day}
            | {"cycle_s": "BIGINT", "has_negative_cycle": "BOOLEAN", "amount_home": "DECIMAL(18,6)"},
            [
                (
                    *(d.deal_id, d.pipeline_id, d.company_id, d.created_on, d.is_open, d.won_on, d.cycle_s),
                    *(d.has_negative_cycle, None if d.amount_home is None else str(d.amount_home)),
                )
                for d in living
            ],
        ),
        "spend": (
            {"campaign": text, "spend_on": day, "spend_home": "DECIMAL(18,6)", "cost_class": text},
            [
                (campaign, month + timedelta(days=n), part, "platform_reported")
                for (campaign, month), (amount, has_gap) in portal.spend.items()
                for n, part in enumerate(([str(amount)] if amount is not None else []) + ([None] if has_gap else []))
            ]
            + [(CAMPAIGNS[0], MONTHS[0], "99", "estimate")],
        ),
    }
    for name, (types, rows) in tables.items():
        desk.load(name, types, rows)
    return desk


def taken(folder: Path, portal: Portal, options: DeriveOptions) -> tuple[RecordInputs, tuple[CampaignMonth, ...]]:
    with duckdb.connect() as con:
        return inputs.records(desk_of(con, folder, portal, options), folder / "staging")


def ruled(portal: Portal, today: date) -> tuple[list[RecordValue], tuple[CampaignMonth, ...]]:
    found = by_the_rules(
        sorted(portal.contacts.values(), key=lambda c: by_number(c.contact_id)),
        sorted(portal.deals.values(), key=lambda d: by_number(d.deal_id)),
        sorted(portal.companies, key=by_number),
        Spending(
            {key: amount for key, (amount, _) in portal.spend.items() if amount is not None},
            frozenset(key for key, (_, has_gap) in portal.spend.items() if has_gap),
        ),
        RecordOptions(today, OPTIONS.zone, CENT),
        TITLES,
    )
    return list(found.values), found.conservation


@pytest.mark.parametrize("seed", [0, 2, 3])
def test_the_engines_joins_give_what_the_rules_give_over_all_records(tmp_path: Path, seed: int) -> None:
    portal = Portal.made(random.Random(seed))
    found, conservation = taken(tmp_path, portal, OPTIONS)
    expected, spent = ruled(portal, OPTIONS.today)
    assert [v for v in found if v.property != "summary"] == expected
    assert conservation == spent
    assert {v.value for v in expected if v.property == "cycle_band"} == {"faster", "normal", "slower", None}
    assert {f for v in expected for f in v.flags} >= {"partial", "counted_earlier", "rate_missing", "amount_missing"}


# --- few instead of all ------------------------------------------------------------------------------------------


class Home:
    """A lake and its ledger, and the runs over it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.ledger = Ledger.at(folder)
        self.lake = Lake(folder, self.ledger)
        self.house = cast(House, SimpleNamespace(ledger=self.ledger, lake=self.lake))
        self.runs = 0

    def write(self, portal: Portal, options: DeriveOptions = OPTIONS) -> tuple[Written | None, Written]:
        """A run that was killed before its files were registered."""
        self.runs += 1
        found, _ = taken(self.folder, portal, options)
        others = [RecordValue("campaigns", "google_ads/1", "leads", Decimal(len(portal.contacts)), "count")]
        return record_values.write(self.house, found, others, "2026-06-15 09:00:00", self.runs)

    def run(self, portal: Portal, options: DeriveOptions = OPTIONS) -> None:
        self.register(*self.write(portal, options))

    def register(self, *written: Written | None) -> None:
        with self.ledger.transaction() as tx:
            self.lake.register(tx, written, NOW)

    def touched(self, portal: Portal, options: DeriveOptions = OPTIONS) -> int | None:
        """How many records a run would compute or take away; None: all, because nothing is known of them."""
        found, _ = taken(self.folder, portal, options)
        with record_values.touched(self.house, found) as chosen, duckdb.connect() as con:
            return None if chosen is None else int(con.execute(f"SELECT count(*) FROM {chosen}").fetchall()[0][0])

    def values(self) -> list[tuple[Any, ...]]:
        with self.lake.versions("record_value", RECORD_TYPES, RECORD_KEY) as con:
            return con.execute(
                f"SELECT {', '.join((*RECORD_KEY, *RECORD_COMPARED, 'reason_fr'))} FROM record_value ORDER BY ALL"
            ).fetchall()

    def file(self) -> Path:
        [found] = self.ledger.current_files("results", record_values.FINGERPRINTS)
        return self.folder / found.path


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path / "home")
    yield made
    made.lake.close()
    made.ledger.close()


@pytest.fixture
def from_scratch(tmp_path: Path) -> Callable[..., list[tuple[Any, ...]]]:
    """The values of a first run over a portal."""
    places = (tmp_path / f"scratch-{n}" for n in range(100))

    def computed(portal: Portal, options: DeriveOptions = OPTIONS) -> list[tuple[Any, ...]]:
        made = Home(next(places))
        made.run(portal, options)
        found = made.values()
        made.lake.close()
        made.ledger.close()
        return found

    return computed


def test_after_days_of_changes_every_value_is_what_a_first_run_gives(home: Home, from_scratch: Any) -> None:
    chance = random.Random(1)
    portal = Portal.made(chance)
    home.run(portal)
    for days in (0, 20):
        options = replace(OPTIONS, today=OPTIONS.today + timedelta(days=days))
        portal.change(chance)
        records = len(portal.contacts) + len(portal.deals) + len(portal.companies)
        count = home.touched(portal, options)
        assert count is not None
        assert 0 < count < records + 5
        home.run(portal, options)
        assert home.values() == from_scratch(portal, options)
        assert home.touched(portal, options) == 0
    with home.lake.versions("record_value", RECORD_TYPES, RECORD_KEY, 1) as con:
        ((then,),) = con.execute("SELECT count(*) FROM record_value WHERE object = 'contacts'").fetchall()
    assert then == 60 * 4, "what was known by the first run is still there"


def test_a_changed_amount_touches_the_deal_and_its_company_alone(home: Home) -> None:
    portal = Portal.made(random.Random(9))
    home.run(portal)
    deal = next(d for d in portal.deals.values() if d.is_won and d.company_id)
    portal.deals[deal.deal_id] = deal._replace(amount_home=Decimal("77.5"))
    assert home.touched(portal) == 2
    assert home.touched(portal, replace(OPTIONS, today=date(2026, 6, 30))) == 2, "days within a month change nothing"


def test_a_run_that_was_killed_leaves_nothing_behind(home: Home, from_scratch: Any) -> None:
    chance = random.Random(3)
    portal = Portal.made(chance)
    home.run(portal)
    portal.change(chance)
    home.write(portal)
    portal.change(chance)
    home.run(portal)
    assert home.values() == from_scratch(portal)


def _of_other_columns(home: Home) -> None:
    home.register(home.lake.write_whole(record_values.FINGERPRINTS, "SELECT 'deals' AS object, '960' AS id", home.runs))


def _of_an_older_program(home: Home) -> None:
    """One that writes no fingerprints ran last, and found another value."""
    home.runs += 1
    line = b'{"object":"deals","record_id":"960","property":"start_on","value":"1999-01-01","inputs":"{}","flags":"[]"}\n'
    looked_at = "record_id = '960' AND property = 'start_on'"
    home.register(
        home.lake.write_versions("record_value", RECORD_TYPES, RECORD_KEY, RECORD_COMPARED, [line], home.runs, looked_at)
    )


def _deleted(home: Home) -> None:
    home.file().unlink()


def _cut_short(home: Home) -> None:
    home.file().write_bytes(home.file().read_bytes()[:-40])


def _garbled(home: Home) -> None:
    content = bytearray(home.file().read_bytes())
    content[8:2_000] = bytes(1_992)
    home.file().write_bytes(content)


@pytest.mark.parametrize(
    "harm", [_deleted, _cut_short, _garbled, _of_other_columns, _of_an_older_program], ids=lambda harm: harm.__name__
)
def test_fingerprints_that_cannot_be_believed_lead_to_computing_all(home: Home, harm: Callable[[Home], None]) -> None:
    portal = Portal.made(random.Random(4))
    home.run(portal)
    values = home.values()
    harm(home)
    assert home.touched(portal) is None
    home.run(portal)
    assert home.values() == values
    assert home.touched(portal) == 0, "and from then on they are believed again"


def test_another_setting_or_program_computes_every_record(home: Home, from_scratch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    portal = Portal.made(random.Random(5))
    everything = len(portal.contacts) + len(portal.deals) + len(portal.companies)
    home.run(portal)
    french = replace(OPTIONS, locale="fr")
    for options in (french, replace(OPTIONS, home_currency="CHF"), replace(OPTIONS, zone=ZoneInfo("Asia/Tokyo"))):
        assert home.touched(portal, options) == everything
    home.run(portal, french)
    assert home.values() == from_scratch(portal, french)
    monkeypatch.setattr(record_inputs, "_code", lambda: "another")
    assert home.touched(portal, french) == everything


def test_every_source_that_a_value_passes_through_is_in_its_fingerprint() -> None:
    sources = {path.relative_to(Path(record_inputs.__file__).parents[1]).as_posix() for path in record_inputs.sources()}
    assert sources >= {"kpi/records.py", "kpi/lead_costs.py", "kpi/cycle_band.py", "kpi/summary.py", "kpi/record_reasons.py"}
    assert sources >= {"sync/record_inputs.py", "sync/record_values.py", "sync/result_rows.py", "sync/marts/lead_shares.py"}


def test_what_was_erased_is_computed_when_it_comes_back(home: Home, from_scratch: Any) -> None:
    portal = Portal.made(random.Random(7))
    home.run(portal)
    wipe.results(home.house, Subject("contacts", frozenset({"7"})))
    assert not [v for v in home.values() if v[:2] == ("contacts", "7")]
    assert home.touched(portal) == 1
    home.run(portal)
    assert home.values() == from_scratch(portal)
