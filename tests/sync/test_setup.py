"""The settings file that ``init`` writes, from answers."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

from connectors.base import Reach
from connectors.registry import CONNECTORS
from sync.setup import CRMS, OPTIONAL, checks, example, next_steps, written


def test_the_file_holds_the_answers_and_only_the_sources_that_were_chosen() -> None:
    """What was not chosen is gone; what was is filled in; comments stay for what a person may want next."""
    answers = {"google_ads": {"customer_ids": "111-222-3333"}, "semrush": {"domain": "lumen.example", "database": "be"}}
    text = written("fr", answers, "/srv/cadran")
    made = yaml.safe_load(text)
    assert set(made["sources"]) == {"hubspot", "google_ads", "semrush"}
    assert made["sources"]["google_ads"]["customer_ids"] == ["111-222-3333"]
    assert (made["sources"]["semrush"]["domain"], made["sources"]["semrush"]["database"]) == ("lumen.example", "be")
    assert (made["locale"], made["home"]) == ("fr", "/srv/cadran")
    assert "currency" not in made, "the CRM account knows its own currency and zone"
    assert "# HH:MM in the reporting zone" in text


def test_with_every_default_the_file_is_the_example_less_what_the_crm_knows() -> None:
    """``init --yes`` asks nothing."""
    answers = {source: {} for source in OPTIONAL}
    made, shown = yaml.safe_load(written("en", answers, None)), yaml.safe_load(example())
    assert set(shown) - set(made) == {"timezone", "currency", "history_start"}
    assert made["sources"] == {name: section for name, section in shown["sources"].items() if name != "sellsy"}
    assert {*OPTIONAL, *CRMS} == set(CONNECTORS)


def test_another_crm_takes_the_place_of_the_first_one() -> None:
    """Its section, its key and scopes, and how reps see the numbers there."""
    made = yaml.safe_load(written("en", {"sellsy": {"client_id": "my-client"}}, None, "sellsy"))
    assert (set(made["sources"]), made["crm"]["source"]) == ({"sellsy"}, "sellsy")
    assert made["sources"]["sellsy"]["client_id"] == "my-client"
    for locale, page in (("en", "Custom fields"), ("fr", "Champs personnalisés")):
        text = next_steps(locale, Path("cadran.yaml"), {}, "sellsy")
        for expected in ("opportunities.read", "custom-fields.write", "SELLSY_CLIENT_SECRET", page):
            assert expected in text
        assert "HubSpot" not in text


def test_the_next_steps_name_scopes_variables_and_the_record_page() -> None:
    """In both languages: what the key must open, what the environment must hold, where reps will look."""
    for locale, page in (("en", "Customize record page"), ("fr", "Personnaliser la fiche")):
        text = next_steps(locale, Path("cadran.yaml"), {"semrush": {}})
        assert "crm.objects.deals.read" in text
        assert "crm.objects.companies.write" in text
        assert "SEMRUSH_KEY" in text
        assert "GOOGLE_CLIENT_ID" not in text
        assert page in text


def test_a_check_shows_what_the_last_sync_noted_of_the_account_once() -> None:
    """Such as a mapping that cannot be followed; it costs no call."""
    reach = Reach("1", "Acme", "EUR", "UTC", notes=("read-only key", "told twice"))
    noted = {"notes": ["told twice", "mapping of deals.amount: net is archived; amount is read instead"]}
    house: Any = SimpleNamespace(
        sources={"hubspot": SimpleNamespace(id="hubspot", check=lambda: reach)},
        ledger=SimpleNamespace(description=lambda source: noted if source == "hubspot" else None),
    )
    [found] = checks(house)
    assert found.reach is not None
    assert found.reach.notes == (*reach.notes, noted["notes"][1])
