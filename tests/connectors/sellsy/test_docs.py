"""The pages list every custom field that people must make, as the plan says it."""

from pathlib import Path

import pytest

from connectors.sellsy.by_hand import KINDS, PLACES, type_for
from connectors.sellsy.oauth import READ_SCOPES, WRITE_SCOPES
from connectors.sellsy.settings import SellsySettings
from sync.properties import definitions

DOCS = Path(__file__).parents[3] / "docs" / "connectors"


@pytest.mark.parametrize(("locale", "name"), [("en", "sellsy.md"), ("fr", "sellsy.fr.md")])
def test_a_page_lists_fields_items_scopes_and_settings(locale: str, name: str) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    for one in definitions(locale):
        kind, place = KINDS[type_for(one)].in_(locale), PLACES[one.object].in_(locale)
        assert f"| `{one.name}` | {one.label} | {kind} | {place} |" in page
        assert ", ".join(label for _, label in one.options) in page
    for word in (*READ_SCOPES, *WRITE_SCOPES):
        assert word in page
    own = SellsySettings.model_fields.keys() - {"type", "login_url", "access_token", "refresh_token", "redirect_uri"}
    assert [key for key in own if f"`{key}`" not in page] == []
