"""What a read is said to cost beforehand is what it costs."""

from datetime import datetime
from typing import Any

import pytest

from connectors.base import Quotes, Verifies
from connectors.hubspot import client as client_module
from tests.connectors.hubspot.conftest import Account, Open
from tests.connectors.hubspot.small_world import DEALS, small_world

DAY = 86_400


def calls(account: Account) -> int:
    return account.server.sandbox.stats.vendors["hubspot"].requests


def cost(account: Account, name: str, cursor: str | None, **context: Any) -> tuple[int, int, str, str | None]:
    """(quoted calls, calls made, the quote's note, the cursor after the read)."""
    quote = account.source.quote(account.stream(name), cursor, account.context(**context))
    before = calls(account)
    _, following = account.read(name, cursor, **context)
    return quote.calls, calls(account) - before, quote.note, following


def test_the_source_quotes_and_verifies(account: Account) -> None:
    assert isinstance(account.source, Quotes)
    assert isinstance(account.source, Verifies)


@pytest.mark.parametrize("name", ["deals", "contacts", "companies", "products", "line_items", "owners", "pipelines"])
def test_a_first_load_costs_what_was_quoted(account: Account, name: str) -> None:
    """Up to the searches that a short or an undisturbed list can do without."""
    account.source.describe()
    quoted, made, note, _ = cost(account, name, None)
    assert made <= quoted <= made + 2
    assert note.startswith("first load") is (name not in ("owners", "pipelines"))


def test_an_increment_costs_what_was_quoted(account: Account) -> None:
    _, cursor = account.read("deals")
    account.wait(3600)
    assert cost(account, "deals", cursor)[:3] == (1, 1, "0 changed")
    for number in range(1001, 1001 + DEALS):
        account.edit("deals", str(number), amount="5")
    account.wait()
    quoted, made, note, _ = cost(account, "deals", cursor)
    assert (quoted, made) == (2 + 3, 2 + 3)
    assert note == "230 changed"


def test_long_searches_are_quoted_with_the_batch_reads_that_follow(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    _, cursor = account.read("deals")
    account.wait(3600)
    account.edit("deals", "1002", amount="77")
    account.wait()
    monkeypatch.setattr(client_module, "SEARCH_BODY_MAX", 300)
    assert cost(account, "deals", cursor)[:2] == (1 + 1 + 3, 1 + 1 + 3)


def test_versions_that_were_read_already_are_quoted_as_searched_and_no_more(account: Account) -> None:
    _, cursor = account.read("deals")
    account.wait(3600)
    for number in range(1001, 1001 + DEALS):
        account.edit("deals", str(number), amount="5")
    account.wait(4)
    records, cursor = account.read("deals", cursor)
    known = {one["id"]: datetime.fromisoformat(one["properties"]["hs_lastmodifieddate"]) for one in records}
    quoted, made, note, _ = cost(account, "deals", cursor, known=known)
    assert (quoted, made, note) == (2, 2, "0 changed, 230 known already")


def test_what_is_due_is_quoted_and_named(account: Account) -> None:
    _, cursor = account.read("deals")
    account.wait(DAY)
    assert cost(account, "deals", cursor)[:3] == (2, 2, "0 changed; archive list is due")
    account.wait(8 * DAY)
    quoted, made, note, _ = cost(account, "deals", cursor)
    assert made <= quoted <= made + 2
    assert note == "0 changed; complete list is due, 230 records"


def test_a_first_list_that_goes_on_is_quoted_with_the_changes_since_it_began(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as small_pages:
        small_pages.setattr("connectors.hubspot.reading.LINK_BATCH", 100)
        cursor = next(page.cursor for page in account.pages("deals", None))
    account.wait(86_400)
    account.edit("deals", "1001", amount="77")
    account.wait()
    quoted, made, note, _ = cost(account, "deals", cursor)
    assert made <= quoted <= made + 2
    assert note.startswith("complete list goes on")
    assert note.endswith("; 1 changed")


def test_the_seconds_follow_from_the_slowest_limit(open_account: Open) -> None:
    account = open_account(small_world(deals=0, objects={}))
    account.client.account()
    governor = account.client.wire.governor
    account.client.count = lambda _object, _filters: 100_000  # type: ignore[method-assign]
    quote = account.source.quote(account.stream("companies"), None, account.context())
    burst = governor.allowance("burst")
    assert quote.seconds == pytest.approx((-(-1_001 // burst.limit) - 1) * burst.period_s)
