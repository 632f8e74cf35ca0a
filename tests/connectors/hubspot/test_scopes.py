"""Which right opens what, under which name, and what a refusal of an optional stream means."""

import orjson
import pytest

from connectors.errors import MissingScope, NotInTier
from connectors.hubspot.errors import error_of
from connectors.hubspot.scopes import lacking, not_read
from connectors.hubspot.streams import NEEDS, OPTIONAL_STREAMS, STREAMS
from connectors.transport import Response

CARTS = next(stream for stream in STREAMS if stream.name == "carts")


@pytest.mark.parametrize(
    ("needed", "granted", "expected"),
    [
        ("crm.objects.carts.read", ["crm.objects.carts.read"], ()),
        ("crm.objects.contacts.read", ["crm.objects.contacts.read.v2"], ()),
        ("content", ["marketing.email.read"], ()),
        ("crm.objects.products.read", ["e-commerce"], ()),
        ("crm.objects.carts.read", ["crm.objects.carts.write"], ("crm.objects.carts.read",)),
    ],
)
def test_a_right_goes_under_several_names(needed: str, granted: list[str], expected: tuple[str, ...]) -> None:
    assert lacking((needed,), granted) == expected


def test_a_scope_of_the_stream_that_is_missing_stays_what_it_is() -> None:
    for scopes in (("crm.objects.carts.read",), ("crm.schemas.carts.read",), ()):
        refused = MissingScope("hubspot", scopes, "list carts")
        assert not_read("hubspot", CARTS, refused) is refused


def test_a_scope_that_is_none_of_the_streams_stands_for_a_tier() -> None:
    found = not_read("hubspot", CARTS, MissingScope("hubspot", ("commerce-access",), "list carts"))
    assert isinstance(found, NotInTier)
    assert str(found) == "hubspot: the account cannot read carts: it needs the commerce objects."


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"category": "MISSING_SCOPES"}, MissingScope),
        ({"errors": [{"context": {"requiredGranularScopes": ["x"]}}], "category": "OTHER"}, MissingScope),
        ({}, MissingScope),
        ({"category": "PORTAL_NOT_ENTITLED"}, NotInTier),
    ],
)
def test_a_403_names_scopes_or_is_about_the_subscription(body: dict[str, object], kind: type[Exception]) -> None:
    answer = Response(403, {}, orjson.dumps(body))
    found = error_of("hubspot", answer, what="list carts", attempt=1, bucket="burst", window_s=10, midnight=lambda: None)
    assert type(found) is kind


def test_every_optional_stream_says_what_it_needs_and_what_is_lost_without_it() -> None:
    assert set(OPTIONAL_STREAMS) <= set(NEEDS)
    assert all(needs and lost for needs, lost in NEEDS.values())
