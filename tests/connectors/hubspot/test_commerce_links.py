"""Whose a payment and a subscription are: associations that are read where the account offers them."""

from typing import Any

import pytest

from connectors.sandbox.quirks import Quirks
from connectors.sandbox.world import World
from tests.connectors.hubspot.conftest import Account, Open
from tests.connectors.hubspot.small_world import small_world
from tests.shop import shop_objects, shop_properties


def shop() -> World:
    """The small account with a shop; the first subscription is a company's."""
    world = small_world(deals=3, properties=shop_properties())
    world.hubspot.objects |= shop_objects()
    world.hubspot.objects["subscriptions"][0]["associations"]["companies"] = ["1"]
    return world


def links(account: Account, stream: str) -> set[tuple[str, str, str]]:
    """(record, object, id) of every association row of a stream."""
    records, _cursor = account.read(stream)
    rows: list[dict[str, Any]] = [row for table, row in account.rows(stream, records) if table == "association"]
    assert {row["from_type"] for row in rows} <= {stream}
    return {(row["from_id"], row["to_type"], row["to_id"]) for row in rows}


@pytest.fixture
def served(open_account: Open) -> Account:
    account = open_account(shop())
    account.source.describe()
    return account


def test_a_payment_says_whose_it_is_and_what_it_pays(served: Account) -> None:
    """Also one of which nothing went back: its links are of no refund, but they stand."""
    assert links(served, "commerce_payments") == {
        ("8001", "contacts", "11"),
        ("8001", "companies", "1"),
        ("8001", "deals", "1001"),
        ("8001", "subscriptions", "7101"),
        ("8001", "invoices", "7301"),
    }


def test_a_subscription_is_its_companys(served: Account) -> None:
    assert links(served, "subscriptions") == {
        ("7101", "contacts", "11"),
        ("7101", "companies", "1"),
        ("7101", "line_items", "501"),
        ("7102", "contacts", "12"),
    }


def test_an_account_that_offers_no_such_association_is_told_so_in_one_line(open_account: Open) -> None:
    """HubSpot's list of association types has no number for the pair: which answer it gives is not known."""
    account = open_account(shop(), quirks=Quirks(subscriptions_have_companies=False))
    facts = account.source.describe()
    [line] = [note for note in facts["notes"] if note.startswith("subscriptions: ")]
    assert line.startswith("subscriptions: this account offers no association with companies")
    assert links(account, "subscriptions") == {
        ("7101", "contacts", "11"),
        ("7101", "line_items", "501"),
        ("7102", "contacts", "12"),
    }


def test_a_key_that_may_not_read_one_end_reads_the_other_associations(open_account: Open) -> None:
    """The line about the object itself says what is lacking."""
    account = open_account(shop(), token="sandbox-without:crm.objects.invoices.read")
    facts = account.source.describe()
    assert "invoices" in facts["skipped"]
    assert {to for _, to, _ in links(account, "commerce_payments")} == {"contacts", "companies", "deals", "subscriptions"}


@pytest.mark.parametrize("stream", ["commerce_payments", "subscriptions"])
def test_a_first_read_costs_what_was_quoted(served: Account, stream: str) -> None:
    """An association call for each object that it is linked with."""
    quoted = served.source.quote(served.stream(stream), None, served.context())
    before = served.client.wire.requests_sent
    served.read(stream)
    assert served.client.wire.requests_sent - before <= quoted.calls
    assert served.calls("associations") == len(served.source.describe()["links"][stream])
