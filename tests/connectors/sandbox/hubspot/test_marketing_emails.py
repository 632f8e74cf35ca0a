"""Marketing e-mails: the list with totals, the daily series, and what is not settled about either."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.sandbox.quirks import Quirks
from connectors.sandbox.world import HubSpotWorld, World
from tests.connectors.sandbox.hubspot.conftest import Api, Serve

EMAILS = "/marketing/emails/2026-09"
OCTOBER: dict[str, Any] = {
    "id": "9001",
    "name": "October letter",
    "campaign": "guid-1",
    "publishDate": "2026-09-20T08:00:00Z",
    "days": {"2026-09-20": {"sent": 400, "delivered": 390, "open": 100}, "2026-09-21": {"open": 40}, "2027-01-01": {"open": 1}},
}
OLD: dict[str, Any] = {"id": "9000", "name": "Old", "publishDate": "2026-01-01T08:00:00Z", "archivedAt": "2026-02-01T00:00:00Z"}


def world() -> World:
    account = {"portalId": 1, "timeZone": "Europe/Paris", "companyCurrency": "EUR", "uiDomain": "app.hubspot.com"}
    return World("mail", datetime(2026, 10, 1, 9, tzinfo=UTC), HubSpotWorld(account, marketing_emails=[OCTOBER, OLD]))


@pytest.fixture
def mail(serve: Serve) -> Api:
    return serve(world())


def histogram(api: Api, since: str = "2026-09-19", until: str = "2026-09-22") -> list[dict[str, Any]]:
    query = f"interval=DAY&startTimestamp={since}T00:00:00Z&endTimestamp={until}T00:00:00Z"
    found: list[dict[str, Any]] = api.get(f"{EMAILS}/statistics/histogram?{query}").json()["results"]
    return found


def test_the_list_gives_totals_until_now_and_only_the_fields_asked_for(mail: Api) -> None:
    body = mail.get(f"{EMAILS}?includeStats=true&includedProperties=name,campaign").json()
    [email] = body["results"]
    assert email.keys() == {"id", "name", "campaign", "stats"}
    assert (email["stats"]["counters"]["sent"], email["stats"]["counters"]["open"]) == (400, 140)
    assert "paging" not in body


def test_without_a_choice_the_senders_name_is_there_too(mail: Api) -> None:
    [email] = mail.get(EMAILS).json()["results"]
    assert "fromName" in email["from"]
    assert "stats" not in email


def test_archived_ones_are_a_list_of_their_own_and_pages_follow(mail: Api) -> None:
    assert [e["id"] for e in mail.get(f"{EMAILS}?archived=true").json()["results"]] == ["9000"]
    first = mail.get(f"{EMAILS}?limit=1").json()
    assert first["total"] == 1


def test_days_of_the_accounts_zone_with_noughts_between(mail: Api) -> None:
    found = histogram(mail)
    assert [one["interval"]["start"] for one in found] == [
        "2026-09-19T22:00:00Z",
        "2026-09-20T22:00:00Z",
        "2026-09-21T22:00:00Z",
    ]
    assert [one["aggregations"]["counters"]["open"] for one in found] == [100, 40, 0]


def test_either_answer_about_days(serve: Serve) -> None:
    found = histogram(serve(world(), quirks=Quirks(email_days_are_utc=True, email_empty_days_are_absent=True)))
    assert [one["interval"]["start"] for one in found] == ["2026-09-20T00:00:00Z", "2026-09-21T00:00:00Z"]


@pytest.mark.parametrize(("is_marketing", "absent"), [(False, "content"), (True, "marketing.email.read")])
def test_one_of_two_scopes_opens_them(serve: Serve, is_marketing: bool, absent: str) -> None:
    quirks = Quirks(email_scope_is_marketing=is_marketing)
    assert serve(world(), quirks=quirks).get(EMAILS).status_code == 200
    assert serve(world(), token=f"sandbox-without:{absent}", quirks=quirks).get(EMAILS).status_code == 403
