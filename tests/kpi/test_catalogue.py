"""The catalogue page says what the registry holds, in both languages, and the files in docs are that page."""

from pathlib import Path

import pytest

from kpi.catalogue import markdown
from kpi.registry import KPIS, RECORD_KPIS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("locale", "file"), [("en", "kpis.md"), ("fr", "kpis.fr.md")])
def test_the_page_in_docs_is_up_to_date(locale: str, file: str) -> None:
    assert (DOCS / file).read_text(encoding="utf-8") == markdown(locale), "run `make docs` and look at the difference"


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_every_card_is_on_the_page_with_a_link_to_it(locale: str) -> None:
    page = markdown(locale)
    for name in (*KPIS, *RECORD_KPIS):
        assert f'<a id="{name}"></a>' in page
        assert f"(#{name})" in page


def test_the_page_shows_the_formula_in_its_language() -> None:
    assert "- **Formula:** (attributed revenue − spend) ÷ spend" in markdown("en")
    assert "- **Formule :** (chiffre d'affaires attribué − dépenses) ÷ dépenses" in markdown("fr")


def test_the_page_says_how_far_a_value_moves_before_it_is_rewritten() -> None:
    assert "a change of more than 1 %" in markdown("en")
    assert "un écart de plus de 0,005" in markdown("fr")
