"""The simulated Sellsy refuses what the real one refuses, so that a client that does it wrong fails here."""

from typing import Any

import pytest
import requests

from connectors.sandbox.sellsy.service import CLIENT_ID, CLIENT_SECRET
from tests.connectors.sellsy.conftest import Company


class Caller:
    """A client without manners."""

    def __init__(self, company: Company) -> None:
        self._base = f"{company.base_url}/sellsy"
        body = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        self.token = requests.post(f"{self._base}/oauth2/access-tokens", json=body, timeout=10).json()["access_token"]

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.request(method, f"{self._base}/v2{path}", headers=headers, timeout=10, **more)

    def ids(self, path: str, **params: Any) -> list[int]:
        return [one["id"] for one in self("GET", path, params=params).json()["data"]]


@pytest.fixture
def call(company: Company) -> Caller:
    return Caller(company)


def test_pages_are_gone_through_by_position_or_by_number(call: Caller) -> None:
    first = call("GET", "/opportunities", params={"limit": 4}).json()
    assert [one["id"] for one in first["data"]] == [301, 302, 303, 304]
    assert first["pagination"] | {"offset": ""} == {"limit": 4, "total": 10, "count": 4, "offset": ""}
    assert call.ids("/opportunities", limit=4, offset=first["pagination"]["offset"]) == [305, 306, 307, 308]
    assert call.ids("/opportunities", limit=4, offset=8) == [309, 310]


@pytest.mark.parametrize(
    ("params", "field"),
    [({"limit": 101}, "limit"), ({"offset": "nonsense"}, "offset"), ({"offset": 100_000}, "offset"), ({"page": 2}, "page")],
)
def test_a_list_that_is_asked_wrongly_is_refused(call: Caller, params: dict[str, Any], field: str) -> None:
    answer = call("GET", "/opportunities", params=params)
    assert answer.status_code == 400
    assert field in answer.json()["error"]["details"]


def test_searches_take_their_filters_and_no_others(call: Caller) -> None:
    filters = {"statuses": ["won"], "updated_status": {"start": "2026-08-31T00:00:00+02:00"}, "pipeline": [1]}
    found = call("POST", "/opportunities/search", json={"filters": filters}).json()
    assert [one["id"] for one in found["data"]] == [303, 310]
    assert call("POST", "/opportunities/search", json={"filters": {"updated": {}}}).status_code == 400
    assert call("POST", "/opportunities/search", json={}).status_code == 400


def test_verify_tries_and_saves_nothing(call: Caller, company: Company) -> None:
    body = [{"id": company.field("cadran_deal_roi")["id"], "value": "1.5"}]
    assert call("PUT", "/opportunities/301/custom-fields", params={"verify": "true"}, json=body).status_code == 204
    assert "_values" not in company.record("opportunities", 301)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("cadran_deal_roi", 1.5),
        ("cadran_deal_roi", "many"),
        ("cadran_deal_acquisition_cost", "12.50"),
        ("cadran_deal_acquisition_cost", {"amount": "1", "currency": "USD"}),
        ("cadran_channel", "paid_search"),
        ("cadran_start_on", "05/07/2026"),
        ("cadran_campaign", "x" * 251),
        ("cadran_lead_cost", {"amount": "1", "currency": "EUR"}),
    ],
)
def test_a_value_in_another_form_than_its_field_is_refused(call: Caller, company: Company, code: str, value: Any) -> None:
    """The last one is a contact's field, on an opportunity."""
    answer = call("PUT", "/opportunities/301/custom-fields", json=[{"id": company.field(code)["id"], "value": value}])
    assert answer.status_code == 400
    assert "_values" not in company.record("opportunities", 301)


def test_every_answer_says_what_is_left_and_a_token_is_needed(call: Caller) -> None:
    answer = call("GET", "/scopes")
    assert [int(answer.headers[f"X-Quota-Remaining-By-{period}"]) > 0 for period in ("Second", "Minute", "Day", "Month")] == [
        True
    ] * 4
    call.token = "none"
    assert call("GET", "/scopes").status_code == 401
