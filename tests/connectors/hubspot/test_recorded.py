"""Bodies recorded from a real portal (dlt-hub/verified-sources, Apache-2.0) can be normalised."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.hubspot.normalise import rows
from kpi.schema import TABLES, checker
from tests.connectors.hubspot.conftest import normalise_context

FOLDER = Path(__file__).parents[3] / ".." / "shared" / "data" / "hubspot_api_fixtures" / "api_v3_responses"


@pytest.mark.parametrize(
    ("stream", "file"), [("deals", "deals"), ("contacts", "contacts"), ("companies", "companies"), ("products", "products")]
)
def test_a_recorded_answer_becomes_rows_of_the_schema(stream: str, file: str) -> None:
    path = FOLDER / f"mock_{file}_data.json"
    if not path.exists():
        pytest.skip(f"{path.name} is not beside this checkout")
    records: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["results"]
    context = normalise_context({"currency": "USD"}, home_currency="USD")
    made = [row for record in records for row in rows(stream, record, context)]
    for table, row in made:
        checker(TABLES[table])({**row, "source": "hubspot", "extracted_at": datetime(2026, 1, 1, tzinfo=UTC)})
    main = [row for table, row in made if table in ("deal", "contact", "company", "product")]
    assert {row["source_id"] for row in main} >= {record["id"] for record in records}
