"""Maven Analytics' files as a world: their counts, and a sentence for each way in which they can be spoilt."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median

import pytest

from connectors.sandbox.world import Record, World, WorldError
from connectors.sandbox.worlds import open_world

PUBLISHED = Path(__file__).resolve().parents[4] / ".." / "shared" / "data" / "maven_crm"

needs_the_files = pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published CSV files are not at ../shared/data/maven_crm")

SMALL = {
    "accounts.csv": "account,sector,year_established,revenue,employees,office_location,subsidiary_of\n"
    "Acme,technolgy,1996,1100.04,2822,Philipines,\nBeta,retail,2001,0.5,9,Kenya,Acme\n",
    "products.csv": "product,series,sales_price\nGTX Pro,GTX,4821\n",
    "sales_teams.csv": "sales_agent,manager,regional_office\nAda Roe,Max Doe,East\nBo Li,Max Doe,East\n",
    "sales_pipeline.csv": "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
    "A1,Ada Roe,GTXPro,Acme,Won,2017-01-01,2017-03-01,4514\n"
    "B2,Bo Li,GTXPro,Beta,Lost,2017-01-02,2017-02-01,0\n"
    "C3,Bo Li,GTX Pro,,Engaging,2017-01-03,,\n"
    "D4,Bo Li,GTX Pro,Acme,Prospecting,,,\n",
}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, text in SMALL.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def opened(path: Path) -> World:
    return open_world(f"maven_crm:{path}")


def properties(world: World, kind: str) -> list[Record]:
    return [record["properties"] for record in world.hubspot.objects[kind]]


@needs_the_files
def test_the_published_files_count_what_anybody_counts() -> None:
    world = opened(PUBLISHED)
    deals = properties(world, "deals")
    won = [deal for deal in deals if deal["hs_is_closed_won"] == "true"]
    closed = [deal for deal in deals if deal["hs_is_closed"] == "true"]
    days = [(datetime.fromisoformat(deal["closedate"]) - datetime.fromisoformat(deal["createdate"])).days for deal in won]
    assert (len(deals), len(won), len(closed)) == (8_800, 4_238, 6_711)
    assert sum(Decimal(deal["amount"]) for deal in won) == 10_005_534
    assert round(sum(days) / len(days), 2) == 51.78
    assert median(days) == 57
    assert [len(world.hubspot.objects[kind]) for kind in ("companies", "products", "line_items", "contacts")] == [85, 7, 8_800, 0]
    assert len(world.hubspot.owners) == 35
    assert len({team["id"] for owner in world.hubspot.owners for team in owner["teams"]}) == 6
    assert sum("companies" not in deal["associations"] for deal in world.hubspot.objects["deals"]) == 1_425


@needs_the_files
def test_the_published_spellings_are_put_right() -> None:
    world = opened(PUBLISHED)
    assert Counter(line["name"] for line in properties(world, "line_items"))["GTX Pro"] == 1_480
    companies = properties(world, "companies")
    assert sum(company["industry"] == "technology" for company in companies) == 12
    assert {"technolgy", "Philipines"}.isdisjoint({value for company in companies for value in company.values()})


def test_each_table_becomes_what_hubspot_has_for_it(files: Path) -> None:
    world = opened(files)
    assert world.now == datetime(2018, 1, 1, tzinfo=UTC)
    assert (world.hubspot.account["companyCurrency"], world.hubspot.account["timeZone"]) == ("USD", "UTC")
    assert [owner["teams"][0]["name"] for owner in world.hubspot.owners] == ["Max Doe (East)", "Max Doe (East)"]
    acme, beta = world.hubspot.objects["companies"]
    assert acme["properties"]["annualrevenue"] == "1100040000"
    assert beta["properties"]["hs_parent_company_id"] == acme["id"]
    stages = {stage["id"]: stage["metadata"] for stage in world.hubspot.pipelines["deals"][0]["stages"]}
    assert stages["won"] == {"isClosed": "true", "probability": "1.0"}
    assert stages["lost"] == {"isClosed": "true", "probability": "0.0"}
    assert stages["engaging"]["isClosed"] == stages["prospecting"]["isClosed"] == "false"
    assert world.settings_yaml is not None
    assert "google_ads" not in world.settings_yaml
    assert world.costs_csv is None


def test_an_amount_is_what_it_closed_at_and_an_open_deal_has_none(files: Path) -> None:
    won, lost, engaging, prospecting = properties(opened(files), "deals")
    assert [deal["amount"] for deal in (won, lost, engaging, prospecting)] == ["4514", "0", None, None]
    assert won["closedate"] == won["hs_v2_date_entered_won"] == "2017-03-01T00:00:00.000Z"
    assert lost["hs_v2_date_entered_lost"] == "2017-02-01T00:00:00.000Z"
    assert (engaging["createdate"], engaging["closedate"]) == ("2017-01-03T00:00:00.000Z", None)
    assert prospecting["createdate"] is None
    assert [deal["opportunity_id"] for deal in (won, lost, engaging, prospecting)] == ["A1", "B2", "C3", "D4"]


def test_each_deal_has_one_line_item_and_its_company_if_it_has_one(files: Path) -> None:
    world = opened(files)
    deals, lines = world.hubspot.objects["deals"], world.hubspot.objects["line_items"]
    assert [deal["associations"]["line_items"] for deal in deals] == [[line["id"]] for line in lines]
    assert [line["properties"]["amount"] for line in lines] == ["4514", "4821", "4821", "4821"]
    assert "companies" not in deals[2]["associations"]


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        ("sales_pipeline.csv", "close_value", "value", r"sales_pipeline\.csv, line 1: column 'close_value' is missing"),
        (
            "sales_pipeline.csv",
            "2017-03-01",
            "01/03/2017",
            r"sales_pipeline\.csv, line 2: column 'close_date' is '01/03/2017', not a date",
        ),
        (
            "sales_pipeline.csv",
            "4514",
            "4514 USD",
            r"sales_pipeline\.csv, line 2: column 'close_value' is '4514 USD', not a number",
        ),
        ("sales_pipeline.csv", "4514", "NaN", r"sales_pipeline\.csv, line 2: column 'close_value' is 'NaN', not a number"),
        ("sales_pipeline.csv", "4514", "", r"sales_pipeline\.csv, line 2: column 'close_value' is '', not a number"),
        ("sales_pipeline.csv", "B2,Bo Li", "B2,Nobody", r"line 3: column 'sales_agent' is 'Nobody', which is not known"),
        ("sales_pipeline.csv", "A1,Ada Roe,GTXPro", "A1,Ada Roe,GTX", r"line 2: column 'product' is 'GTX', which is not known"),
        ("sales_pipeline.csv", "Beta,Lost", "Gamma,Lost", r"line 3: column 'account' is 'Gamma', which is not known"),
        ("sales_pipeline.csv", "Engaging", "Dreaming", r"line 4: column 'deal_stage' is 'Dreaming', which is not known"),
        ("sales_pipeline.csv", "B2,", ",", r"line 3: column 'opportunity_id' is empty"),
        ("sales_pipeline.csv", "Prospecting,,,", "Prospecting", r"line 5: column 'engage_date' has no cell"),
        ("accounts.csv", "2822", "many", r"accounts\.csv, line 2: column 'employees' is 'many', not a whole number"),
        (
            "accounts.csv",
            "Kenya,Acme",
            "Kenya,Omega",
            r"accounts\.csv, line 3: column 'subsidiary_of' is 'Omega', which is not known",
        ),
        ("products.csv", "4821", "dear", r"products\.csv, line 2: column 'sales_price' is 'dear', not a number"),
        ("sales_teams.csv", "manager", "boss", r"sales_teams\.csv, line 1: column 'manager' is missing"),
    ],
)
def test_a_spoilt_file_is_named_with_its_column_and_line(files: Path, name: str, old: str, new: str, sentence: str) -> None:
    text = (files / name).read_text()
    assert old in text
    (files / name).write_text(text.replace(old, new, 1))
    with pytest.raises(WorldError, match=sentence):
        opened(files)


@pytest.mark.parametrize("name", sorted(SMALL))
def test_a_missing_file_is_named(files: Path, name: str) -> None:
    (files / name).unlink()
    with pytest.raises(WorldError, match=rf"{name}: the file is missing"):
        opened(files)


def test_a_file_that_is_not_utf8_is_named(files: Path) -> None:
    (files / "accounts.csv").write_bytes(SMALL["accounts.csv"].replace("Kenya", "Corée").encode("latin-1"))
    with pytest.raises(WorldError, match=r"accounts\.csv: not UTF-8"):
        opened(files)
