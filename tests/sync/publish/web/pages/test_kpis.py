"""The catalogue: every KPI once among its family, found by its words."""

from pathlib import Path

from kpi.definitions import MODULES
from sync.publish.web.pages.kpis import FAMILIES
from tests.sync.publish.web.pages.test_kpi import won
from tests.sync.publish.web.site import site, words


def test_every_family_of_definitions_has_a_title() -> None:
    assert set(FAMILIES) == {module.__name__.rpartition(".")[2] for module in MODULES}


def test_all_kpis_are_listed_with_what_is_followed_first(tmp_path: Path) -> None:
    with site(tmp_path, [won("1234", 8), won("5678")]) as (client, home, _):
        text = client.get("/kpis").text
        said = words(text)
        for name in home.house.catalogue.names:
            assert f'href="/kpi/{name}"' in text, name
        assert said.index("What the company follows") < said.index("Subscriptions") < said.index("On single records")
        assert "Revenue won followed €5,678.00 September 2026" in said


def test_words_are_looked_for_everywhere_and_accents_do_not_matter(tmp_path: Path) -> None:
    """In names, titles, explanations and formulas, in the reader's language."""
    with site(tmp_path, [won("5")]) as (client, _, _):
        found = client.get("/kpis?q=WIN+decided", headers={"hx-request": "true"}).text
        assert "<html" not in found
        assert 'href="/kpi/win_rate"' in found
        assert 'href="/kpi/mrr"' not in found
        french = client.get("/kpis?q=recurrent+mensuel", headers={"accept-language": "fr"}).text
        assert 'href="/kpi/mrr"' in french
        none = client.get("/kpis", params={"q": '"><script>alert(1)</script>' * 9}).text
        assert "No KPI holds these words" in words(none)
        assert "<script>alert" not in none
