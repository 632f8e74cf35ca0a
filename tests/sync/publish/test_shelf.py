"""The shelf holds what the last sync computed, and only that."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.errors import ConfigurationError
from sync.publish import after, shelf, shelving
from sync.publish.shelf_tables import figures
from sync.runs import stored_frame
from tests.sync.versions import Versions, value


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Versions]:
    made = Versions(tmp_path)
    yield made
    made.close()


def won(amount: str | None, month: int = 8, **more: str) -> dict[str, object]:
    return value("revenue_won", amount, {"revenue_won": amount or "0"}, start=date(2026, month, 1), **more)  # type: ignore[arg-type]


def rate(won: str, lost: str, amount: str) -> dict[str, object]:
    return value("win_rate", amount, {"deals_won": won, "deals_lost": lost}, unit="ratio")


def amounts(home: Versions, **asked: object) -> list[Decimal | None]:
    with after.filled(home.house) as found:
        return [figure.value for figure in found.series("revenue_won", **asked)]  # type: ignore[arg-type]


def test_a_value_comes_back_as_it_was_computed(home: Versions) -> None:
    """To the last digit, with what is shown beside it."""
    home.run([won("0.1234567891"), rate("3", "1", "0.75")])
    with after.filled(home.house) as found:
        figure = found.figure("revenue_won", period="month", start=date(2026, 8, 1))
        assert figure is not None
        assert (figure.value, figure.currency, figure.end) == (Decimal("0.1234567891"), "EUR", date(2026, 9, 1))
        assert figure.inputs == {"revenue_won": Decimal("0.1234567891")}
        assert figure.interval is None
        win_rate = found.figure("win_rate", period="month", start=date(2026, 8, 1))
        assert win_rate is not None
        assert win_rate.interval is not None
        assert win_rate.interval.low < Decimal("0.75") < win_rate.interval.high
        assert (found.run_id, found.currency, found.today) == (1, "EUR", date(2026, 10, 1))


def test_filling_takes_what_changed_and_drops_what_is_gone(home: Versions) -> None:
    """After each run it holds what the lake's newest versions are."""
    home.run([won("1", 6), won("2", 7), won("3", 8)])
    assert amounts(home) == [1, 2, 3]
    home.run([won("1", 6), won("5", 8)])
    assert amounts(home) == [1, 5]
    home.run([won("1", 6), won("2", 7), won("5", 8)])
    assert amounts(home, since=date(2026, 7, 1)) == [2, 5]
    assert amounts(home, until=date(2026, 7, 1)) == [1]


def test_only_news_is_written(home: Versions) -> None:
    """A second filling without a run in between finds nothing, one with a changed value that value alone."""
    home.run([won("1", 6), won("2", 7)])
    with shelf.opened(home.house) as found:
        assert shelving.fill(home.house, found.engine, stored_frame(home.house)) == 2
        assert shelving.fill(home.house, found.engine, stored_frame(home.house)) == 0
    home.run([won("1", 6), won("9", 7)])
    with shelf.opened(home.house) as found:
        assert shelving.fill(home.house, found.engine, stored_frame(home.house)) == 1


def test_it_is_filled_anew_where_it_is_lost_or_of_another_ledger(home: Versions) -> None:
    """Nothing is lost with the file."""
    home.run([won("1")])
    assert amounts(home) == [1]
    (home.house.folder / shelf.FILE).unlink()
    assert amounts(home) == [1]
    with shelf.opened(home.house) as found, found.engine.begin() as tx:
        tx.execute(sa.text("UPDATE shelf SET value = '99' WHERE key = 'run_id'"))
        tx.execute(sa.delete(figures))
    assert amounts(home) == [1]


def test_members_of_a_dimension_side_by_side_under_the_model_asked(home: Versions) -> None:
    """What depends on the attribution model is told apart by it."""
    home.run(
        [
            won("1", by="channel", key="paid_search", model="first"),
            won("2", by="channel", key="paid_search", model="last"),
            won("4", by="channel", key="email", model="first"),
        ]
    )
    with after.filled(home.house) as found:
        first = found.cut(["revenue_won", "roi"], by="channel", period="month", start=date(2026, 8, 1))
        last = found.cut(["revenue_won"], by="channel", period="month", model="last")
        assert {key: row["revenue_won"].value for key, row in first.items()} == {"paid_search": 1, "email": 4}
        assert {key: row["revenue_won"].value for key, row in last.items()} == {"paid_search": 2}
        assert found.labels("channel")["paid_search"] == "Paid search"
        assert found.starts("channel", "month") == [date(2026, 8, 1)]


def test_without_a_start_it_is_the_running_period_and_never_a_coming_one(home: Versions) -> None:
    """A forecast has values of months to come."""
    home.run([won("1", 9), won("2", 10), won("3", 11)])
    with after.filled(home.house) as found:
        figure = found.figure("revenue_won", period="month")
        assert figure is not None
        assert figure.value == 2


def test_values_of_records_are_not_on_it(home: Versions) -> None:
    """There may be millions of them."""
    home.run([won("1", by="deal", key="7"), won("2", by="company", key="8"), won("3")])
    with after.filled(home.house) as found:
        assert found.series("revenue_won", by="deal", key="7") == []
        assert found.members("company") == []


def test_only_its_owner_may_read_it(home: Versions) -> None:
    home.run([won("1")])
    amounts(home)
    assert (home.house.folder / shelf.FILE).stat().st_mode & 0o777 == 0o600


def test_before_the_first_sync_it_says_what_to_run(home: Versions) -> None:
    with pytest.raises(ConfigurationError, match="cadran sync"), after.filled(home.house):
        pass


def test_a_step_that_fails_does_not_stop_the_next(home: Versions, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is told; a sync is done whatever follows it."""
    home.run([won("1")])
    done: list[int | None] = []

    def refuses(*_: object) -> None:
        raise ConfigurationError("no such channel")

    def breaks(*_: object) -> None:
        raise KeyError("oops")

    wanted = (("alerts", refuses), ("reports", breaks), ("forecasts", lambda _, found: done.append(found.run_id)))
    monkeypatch.setattr(after, "steps", lambda: wanted)
    assert after.follow(home.house) == []
    assert done == []
    with after.filled(home.house):
        pass
    assert after.follow(home.house) == ["alerts: no such channel", "reports: KeyError"]
    assert done == [1]


def test_the_clock_fills_it_only_where_somebody_looks(home: Versions) -> None:
    """Serving without pages, targets, alerts or reports costs nothing."""
    home.run([won("1")])
    assert after.tick(home.house) == []
    assert not (home.house.folder / shelf.FILE).exists()
    with shelf.opened(home.house):
        pass
    assert after.tick(home.house) == []
    with shelf.opened(home.house) as found:
        assert found.run_id == 1


def test_postgresql_holds_the_same(home: Versions, postgresql_url: str, tmp_path: Path) -> None:
    """In the account's schema, where BI tools can read it."""
    from sync.ledger import Ledger

    ledger = Ledger.in_postgresql(postgresql_url, "shelf")
    try:
        home.run([won("1.5", 6), won(None, 7), rate("3", "1", "0.75")])
        other = replace(home.house, ledger=ledger)
        engine = shelf.engine_of(other)
        assert shelving.fill(replace(home.house), engine, stored_frame(home.house)) == 3
        found = shelf.Shelf(engine, home.house.catalogue)
        assert [f.value for f in found.series("revenue_won")] == [Decimal("1.5"), None]
        home.run([won("2.5", 6)])
        shelving.fill(home.house, engine, stored_frame(home.house))
        found = shelf.Shelf(engine, home.house.catalogue)
        assert [f.value for f in found.series("revenue_won")] == [Decimal("2.5")]
        assert found.run_id == 2
    finally:
        ledger.close()
