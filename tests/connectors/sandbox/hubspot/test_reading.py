"""Lists, single records and batch reads (FACTS §18, points 1, 2 and 5)."""

import pytest

from connectors.sandbox.limits import Lags
from connectors.sandbox.quirks import Quirks
from tests.connectors.sandbox.hubspot.conftest import Api, Serve
from tests.connectors.sandbox.hubspot.schemas import BATCH_ERROR, ERROR, LIST, RECORD, batch, obeys, partial_batch

DEALS = "/crm/objects/2026-09/deals"


@pytest.mark.parametrize("base", ["/crm/objects/2026-09", "/crm/objects/2026-03", "/crm/v3/objects"])
@pytest.mark.parametrize("name", ["deals", "deal", "Deals", "0-3"])
def test_a_list_is_the_same_under_every_version_and_name(api: Api, base: str, name: str) -> None:
    answer = api.get(f"{base}/{name}")
    assert answer.status_code == 200
    obeys(answer.json(), LIST)
    assert [one["id"] for one in answer.json()["results"]] == ["101", "102", "103", "104"]
    assert len(answer.headers["X-HubSpot-Correlation-Id"]) == 36


def test_a_list_comes_in_id_order_and_its_last_page_has_no_paging(api: Api) -> None:
    first = api.get(DEALS, limit=3).json()
    assert first["paging"]["next"]["after"] == "104"
    last = api.get(DEALS, limit=3, after="104").json()
    assert [one["id"] for one in last["results"]] == ["104"]
    assert "paging" not in last


def test_every_value_is_text_or_null_and_unknown_properties_are_dropped(api: Api) -> None:
    answer = api.get(DEALS, properties="amount,closedate,hs_is_closed_won,dealtype,no_such_thing").json()
    obeys(answer, LIST)
    alpha = answer["results"][0]["properties"]
    assert alpha["amount"] == "1500.00"
    assert alpha["closedate"] == "2026-03-01T00:00:00Z"
    assert alpha["hs_is_closed_won"] == "true"
    assert alpha["dealtype"] is None
    assert "no_such_thing" not in alpha


def test_property_names_may_come_as_repeated_keys(api: Api) -> None:
    answer = api.get(DEALS, properties=["amount", "dealname"]).json()
    assert set(answer["results"][0]["properties"]) == {"amount", "dealname", "createdate", "hs_lastmodifieddate", "hs_object_id"}


def test_archived_records_are_listed_only_when_asked_for(api: Api) -> None:
    answer = api.get(DEALS, archived="true").json()
    obeys(answer, LIST)
    assert [(one["id"], one["archived"], one["archivedAt"]) for one in answer["results"]] == [
        ("105", True, "2026-05-01T00:00:00Z")
    ]


@pytest.mark.parametrize(
    "query", [{"limit": 101}, {"limit": 0}, {"after": "x"}, {"limt": 5}, {"propertiesWithHistory": "amount", "limit": 51}]
)
def test_a_list_refuses_what_it_does_not_know(api: Api, query: dict[str, object]) -> None:
    answer = api.get(DEALS, **query)
    assert answer.status_code == 400
    obeys(answer.json(), ERROR)


def test_a_list_gives_a_first_page_of_associated_ids(api: Api) -> None:
    answer = api.get(DEALS, associations="contacts,companies").json()
    obeys(answer, LIST)
    assert answer["results"][0]["associations"]["contacts"]["results"] == [
        {"id": "11", "type": "deal_to_contact"},
        {"id": "12", "type": "deal_to_contact"},
    ]
    assert "associations" not in answer["results"][2]


def test_history_comes_newest_first(api: Api) -> None:
    answer = api.get(DEALS, propertiesWithHistory="dealstage,dealname", limit=50).json()
    obeys(answer, LIST)
    history = answer["results"][0]["propertiesWithHistory"]
    assert [entry["value"] for entry in history["dealstage"]] == ["closedwon", "appointmentscheduled"]
    assert [entry["value"] for entry in history["dealname"]] == ["Alpha"]


@pytest.mark.parametrize("is_refused", [False, True])
def test_walking_id_ranges_by_seeded_after_is_a_quirk(serve: Serve, is_refused: bool) -> None:
    api = serve(quirks=Quirks(seeded_after_is_refused=is_refused))
    assert api.get(DEALS, after="103").status_code == (400 if is_refused else 200)
    issued = api.get(DEALS, limit=2).json()["paging"]["next"]["after"]
    assert api.get(DEALS, after=issued).status_code == 200


def test_an_after_of_ones_own_choice_may_be_ignored(serve: Serve) -> None:
    api = serve(quirks=Quirks(seeded_after_is_ignored=True))
    assert api.get(DEALS, after="103").json()["results"][0]["id"] == "101"
    issued = api.get(DEALS, limit=2).json()["paging"]["next"]["after"]
    assert api.get(DEALS, after=issued).json()["results"][0]["id"] == issued == "103"


def test_after_may_be_the_last_id_of_the_page_before(serve: Serve) -> None:
    api = serve(quirks=Quirks(list_after_is_exclusive=True))
    first = api.get(DEALS, limit=2).json()
    assert first["paging"]["next"]["after"] == first["results"][-1]["id"] == "102"
    assert api.get(DEALS, after="102").json()["results"][0]["id"] == "103"


def test_a_merged_away_id_leads_to_its_survivor_in_single_reads_only(api: Api) -> None:
    single = api.get("/crm/objects/2026-09/contacts/19")
    obeys(single.json(), RECORD)
    assert single.json()["id"] == "11"
    many = api.post("/crm/objects/2026-09/contacts/batch/read", {"inputs": [{"id": "19"}]})
    assert (many.status_code, many.json()["results"]) == (207, [])
    assert "19" not in [one["id"] for one in api.get("/crm/objects/2026-09/contacts").json()["results"]]


def test_a_single_record_that_is_not_there_is_404(api: Api) -> None:
    answer = api.get(f"{DEALS}/999")
    assert answer.status_code == 404
    obeys(answer.json(), ERROR)
    assert api.get(f"{DEALS}/105").status_code == 404
    assert api.get(f"{DEALS}/105", archived="true").json()["id"] == "105"


def test_a_batch_read_names_what_is_missing(api: Api) -> None:
    answer = api.post(f"{DEALS}/batch/read", {"inputs": [{"id": "101"}, {"id": "105"}, {"id": "999"}], "properties": ["amount"]})
    assert answer.status_code == 207
    obeys(answer.json(), partial_batch(RECORD))
    obeys(answer.json()["errors"][0], BATCH_ERROR)
    assert answer.json()["errors"][0]["context"]["ids"] == ["105", "999"]
    whole = api.post(f"{DEALS}/batch/read", {"inputs": [{"id": "101"}]})
    obeys(whole.json(), batch(RECORD))


def test_a_batch_read_goes_by_a_unique_property_without_case(api: Api) -> None:
    body = {"inputs": [{"id": "person1@example.com"}], "idProperty": "email", "properties": ["email"]}
    answer = api.post("/crm/objects/2026-09/contacts/batch/read", body)
    assert answer.json()["results"][0]["id"] == "11"
    assert api.post("/crm/objects/2026-09/contacts/batch/read", body | {"idProperty": "firstname"}).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"inputs": [{"id": "101"}] * 101},
        {"inputs": [{"id": str(n)} for n in range(51)], "propertiesWithHistory": ["amount"]},
        {"inputs": [{"id": "101", "name": "x"}]},
        {"inputs": [{"id": 101}]},
        {"inputs": "101"},
        {"ids": ["101"]},
        ["101"],
    ],
)
def test_a_batch_read_refuses_what_it_does_not_take(api: Api, body: object) -> None:
    answer = api.post(f"{DEALS}/batch/read", body)
    assert answer.status_code == 400
    obeys(answer.json(), ERROR)


def test_a_name_that_is_no_object_is_400(api: Api) -> None:
    answer = api.get("/crm/objects/2026-09/unicorns")
    assert answer.status_code == 400
    assert "Unable to infer object type" in answer.json()["message"]


def test_a_deal_without_amount_and_one_in_a_foreign_currency(api: Api) -> None:
    assert api.deal("103", "amount", "amount_in_home_currency")["amount_in_home_currency"] is None
    assert api.deal("102", "amount_in_home_currency")["amount_in_home_currency"] == "900"


def test_gzip_is_for_those_who_ask(serve: Serve) -> None:
    api = serve(lags=Lags(search_s=0))
    plain = api.call("GET", DEALS, headers={"Accept-Encoding": "identity"})
    packed = api.call("GET", DEALS, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert plain.json() == packed.json()


def test_an_unknown_address_is_html_unless_json_is_asked_for(api: Api) -> None:
    assert api.get("/crm/objects/1999-01/deals").json()["status"] == "error"
    page = api.call("GET", "/crm/objects/1999-01/deals", headers={"Accept": "*/*"})
    assert (page.status_code, page.headers["Content-Type"].split(";")[0]) == (404, "text/html")
