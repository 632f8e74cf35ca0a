"""Maven Analytics' "CRM Sales Opportunities" as a world: the five published CSV files, read where they lie.

The set is a fictional hardware company's pipeline: accounts become companies, agents owners (their team is that of
their manager), products products, and each opportunity a deal with one line item. It has no contact, source, campaign
or spend, and none is invented. What the files do not say and an account must have is ours:

- Prospecting opportunities have no date, so they have no ``createdate``.
- A day is midnight UTC in an account whose zone is UTC, so that it is the same day everywhere.
- The open stages have a probability (0.1 and 0.4), and what has no date was last modified when the clock starts.
- An open or lost opportunity's line item is at list price; a won one's is at the price it was won at.
- ``GTXPro``, ``technolgy`` and ``Philipines`` are the spellings of the files; the right ones are served.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn, TypeVar

from connectors.sandbox.world import HubSpotWorld, Record, World, WorldError

NOW = datetime(2018, 1, 1, tzinfo=UTC)
"""The set ends on 2017-12-31."""

SPELLINGS: Mapping[str, str] = MappingProxyType({"GTXPro": "GTX Pro", "technolgy": "technology", "Philipines": "Philippines"})

STAGES: Mapping[str, str] = MappingProxyType({"Prospecting": "0.1", "Engaging": "0.4", "Won": "1.0", "Lost": "0.0"})
"""Stages of the files, in order, and the probability they are given."""

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "accounts.csv": ("account", "sector", "year_established", "revenue", "employees", "office_location", "subsidiary_of"),
        "products.csv": ("product", "series", "sales_price"),
        "sales_teams.csv": ("sales_agent", "manager", "regional_office"),
        "sales_pipeline.csv": (
            "opportunity_id",
            "sales_agent",
            "product",
            "account",
            "deal_stage",
            "engage_date",
            "close_date",
            "close_value",
        ),
    }
)

SETTINGS_YAML = """\
# Settings for Maven Analytics' CRM Sales Opportunities: a pipeline without any spend.
locale: en
timezone: UTC
currency: USD
crm: hubspot
sources:
  hubspot: {}
"""

_T = TypeVar("_T")


@dataclass(frozen=True)
class Line:
    """One line of one file, which knows its place for the sentence of an error."""

    file: Path
    number: int
    """From 1; the header is line 1."""
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        value = self.cells[column].strip()
        return SPELLINGS.get(value, value)

    def required(self, column: str) -> str:
        return self.text(column) or self._refuse(column, "is empty")

    def whole(self, column: str) -> int:
        return self._parsed(column, int, "a whole number")

    def number_in(self, column: str) -> Decimal:
        value = self._parsed(column, Decimal, "a number")
        return value if value.is_finite() else self._refuse(column, f"is {self.text(column)!r}, not a number")

    def day(self, column: str) -> date | None:
        """The date, or None for an empty cell."""
        return self._parsed(column, date.fromisoformat, "a date such as 2017-03-01") if self.text(column) else None

    def one_of(self, column: str, known: Mapping[str, _T]) -> _T:
        value = self.required(column)
        return known[value] if value in known else self._refuse(column, f"is {value!r}, which is not known here")

    def _parsed(self, column: str, parse: Callable[[str], _T], meaning: str) -> _T:
        try:
            return parse(self.text(column))
        except (ValueError, InvalidOperation):
            self._refuse(column, f"is {self.text(column)!r}, not {meaning}")

    def _refuse(self, column: str, fault: str) -> NoReturn:
        raise WorldError(f"{self.file}, line {self.number}: column {column!r} {fault}")


def load(folder: Path) -> World:
    """The world of the files in ``folder``.

    Raises :class:`WorldError` naming the file, the column and the line for a missing file or column, a date or number
    that cannot be read, and a name that its own table does not have.
    """
    if not folder.is_dir():
        raise WorldError(f"{folder}: there is no such folder")
    owners = _owners(_lines(folder, "sales_teams.csv"))
    products = _products(_lines(folder, "products.csv"))
    companies = _companies(_lines(folder, "accounts.csv"))
    deals, line_items = _deals(_lines(folder, "sales_pipeline.csv"), owners, products, companies)
    return World(
        name="maven_crm",
        now=NOW,
        hubspot=HubSpotWorld(
            account={
                "portalId": 20171231,
                "accountType": "STANDARD",
                "timeZone": "UTC",
                "companyCurrency": "USD",
                "additionalCurrencies": [],
                "utcOffset": "+00:00",
                "utcOffsetMilliseconds": 0,
                "uiDomain": "app.hubspot.com",
                "dataHostingLocation": "na1",
            },
            owners=list(owners.values()),
            pipelines={"deals": [_pipeline()]},
            properties={
                "deals": [_text_property("opportunity_id", "Opportunity ID", "dealinformation")],
                "products": [_text_property("product_category", "Product category", "productinformation")],
            },
            objects={
                "companies": list(companies.values()),
                "contacts": [],
                "deals": deals,
                "line_items": line_items,
                "products": list(products.values()),
            },
        ),
        settings_yaml=SETTINGS_YAML,
    )


def _lines(folder: Path, name: str) -> Iterator[Line]:
    file = folder / name
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise WorldError(f"{file}: the file is missing") from None
    except UnicodeDecodeError:
        raise WorldError(f"{file}: not UTF-8 text") from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    for column in COLUMNS[name]:
        if column not in (reader.fieldnames or ()):
            raise WorldError(f"{file}, line 1: column {column!r} is missing")
    for cells in reader:
        for column in COLUMNS[name]:
            if cells[column] is None:
                raise WorldError(f"{file}, line {reader.line_num}: column {column!r} has no cell")
        yield Line(file, reader.line_num, cells)


# --- Tables to records ---------------------------------------------------------------------------------


def _owners(lines: Iterator[Line]) -> dict[str, Record]:
    owners: dict[str, Record] = {}
    teams: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        agent = line.required("sales_agent")
        team = f"{line.required('manager')} ({line.required('regional_office')})"
        first, _, last = agent.partition(" ")
        owners[agent] = {
            "id": str(100 + number),
            "email": f"{agent.lower().replace(' ', '.')}@example.com",
            "type": "PERSON",
            "firstName": first,
            "lastName": last,
            "userId": 1_000 + number,
            "userIdIncludingInactive": 1_000 + number,
            "teams": [{"id": teams.setdefault(team, str(len(teams) + 1)), "name": team, "primary": True}],
            "archived": False,
            "createdAt": _instant(date(2016, 1, 1)),
            "updatedAt": _instant(date(2016, 1, 1)),
        }
    return owners


def _products(lines: Iterator[Line]) -> dict[str, Record]:
    return {
        line.required("product"): {
            "id": str(3_000 + number),
            "properties": {
                "name": line.required("product"),
                "price": str(line.number_in("sales_price")),
                "product_category": line.text("series"),
                "hs_lastmodifieddate": _instant(NOW.date()),
            },
        }
        for number, line in enumerate(lines, start=1)
    }


def _companies(lines: Iterator[Line]) -> dict[str, Record]:
    rows = list(lines)
    ids = {line.required("account"): str(5_000 + number) for number, line in enumerate(rows, start=1)}
    return {
        line.required("account"): {
            "id": ids[line.required("account")],
            "properties": {
                "name": line.required("account"),
                "industry": line.text("sector"),
                "annualrevenue": format((line.number_in("revenue") * 1_000_000).quantize(Decimal(1)), "f"),
                "numberofemployees": str(line.whole("employees")),
                "founded_year": str(line.whole("year_established")),
                "country": line.text("office_location"),
                "hs_parent_company_id": line.one_of("subsidiary_of", ids) if line.text("subsidiary_of") else None,
                "hs_lastmodifieddate": _instant(NOW.date()),
            },
        }
        for line in rows
    }


def _deals(
    lines: Iterator[Line], owners: Mapping[str, Record], products: Mapping[str, Record], companies: Mapping[str, Record]
) -> tuple[list[Record], list[Record]]:
    deals: list[Record] = []
    line_items: list[Record] = []
    for number, line in enumerate(lines, start=1):
        deal_id, item_id = str(100_000 + number), str(300_000 + number)
        product = line.one_of("product", products)
        company = line.one_of("account", companies) if line.text("account") else None
        properties = _deal_properties(line, line.one_of("sales_agent", owners)["id"], company)
        associations = {"line_items": [item_id]} | ({"companies": [company["id"]]} if company else {})
        deals.append({"id": deal_id, "properties": properties, "associations": associations})
        won = properties["hs_is_closed_won"] == "true"
        price = properties["amount"] if won else product["properties"]["price"]
        line_items.append(
            {
                "id": item_id,
                "properties": {
                    "name": product["properties"]["name"],
                    "hs_product_id": product["id"],
                    "quantity": "1",
                    "price": price,
                    "amount": price,
                    "hs_line_item_currency_code": "USD",
                    "createdate": properties["createdate"],
                    "hs_lastmodifieddate": properties["hs_lastmodifieddate"],
                },
            }
        )
    return deals, line_items


def _deal_properties(line: Line, owner_id: str, company: Record | None) -> Record:
    stage = line.required("deal_stage")
    line.one_of("deal_stage", STAGES)
    engaged, closed = line.day("engage_date"), line.day("close_date")
    is_won, is_lost = stage == "Won", stage == "Lost"
    amount = str(line.number_in("close_value")) if is_won or is_lost else None
    entered = {"engaging": engaged, stage.lower(): closed if is_won or is_lost else engaged}
    account = company["properties"]["name"] if company else "No account"
    return {
        "dealname": f"{account} - {line.text('product')}",
        "opportunity_id": line.required("opportunity_id"),
        "amount": amount,
        "amount_in_home_currency": amount,
        "deal_currency_code": "USD",
        "pipeline": "default",
        "dealstage": stage.lower(),
        "createdate": _instant(engaged),
        "closedate": _instant(closed),
        "hubspot_owner_id": owner_id,
        "hs_is_closed": _flag(is_won or is_lost),
        "hs_is_closed_won": _flag(is_won),
        "hs_is_closed_lost": _flag(is_lost),
        "hs_lastmodifieddate": _instant(closed or engaged or NOW.date()),
    } | {f"hs_v2_date_entered_{name}": _instant(day) for name, day in entered.items() if day is not None}


def _pipeline() -> Record:
    stages = [
        {
            "id": stage.lower(),
            "label": stage,
            "displayOrder": order,
            "metadata": {"isClosed": _flag(probability in {"1.0", "0.0"}), "probability": probability},
            "archived": False,
        }
        for order, (stage, probability) in enumerate(STAGES.items())
    ]
    return {"id": "default", "label": "Sales Pipeline", "displayOrder": 0, "archived": False, "stages": stages}


def _text_property(name: str, label: str, group: str) -> Record:
    return {"name": name, "label": label, "type": "string", "fieldType": "text", "groupName": group}


def _instant(day: date | None) -> str | None:
    return None if day is None else f"{day.isoformat()}T00:00:00.000Z"


def _flag(claim: bool) -> str:
    return "true" if claim else "false"
