"""Signing in, languages, filters, a phone's width, keyboard and screen reader, on every page."""

import json
from pathlib import Path
from typing import Any

import pytest

from sync.publish.web.pages import pages
from tests.browser.conftest import PASSWORD, Reader, Served, Window

AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text(encoding="utf-8")
PATHS = [page.path.replace("{kpi}", "win_rate") for page in pages()]
"""Every page; of those about one thing, one."""

FRENCH = {"locale": "fr-FR"}
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
WALL = {"viewport": {"width": 3840, "height": 2160}}
DARK = {"color_scheme": "dark"}


def test_who_does_not_know_the_password_sees_nothing(opens: Window) -> None:
    """And whoever does is back where the address led."""
    window = opens()
    window.open("/health")
    window.sign_in(password="something else entirely")
    assert "do not go together" in window.page.locator("[role=alert]").inner_text()
    assert "Last runs" not in window.page.content()
    window.sign_in()
    assert window.page.url.endswith("/health")
    assert "Last runs" in window.text


def test_a_session_that_is_over_leads_to_the_sign_in_and_back(opens: Window) -> None:
    """Also where only a part of the page was asked for."""
    window = opens("lea")
    window.open("/?role=finance")
    window.page.context.clear_cookies()
    window.page.locator("#filter-period").select_option("quarter")
    window.page.wait_for_url("**/sign-in**")
    window.sign_in()
    assert window.page.url.endswith("/?role=finance")
    assert "Overview" in window.text


def test_a_filter_changes_the_figures_and_the_address(opens: Window) -> None:
    """So that a view can be sent to a colleague; going back shows what was there before."""
    window = opens("lea")
    window.open("/")
    before = window.text
    window.page.locator("#filter-period").select_option("all")
    window.page.wait_for_url("**period=all*")
    window.page.wait_for_load_state("networkidle")
    after = window.text
    assert after != before
    window.page.reload()
    assert window.page.locator("#filter-period").input_value() == "all"
    window.open("/?period=fortnight")
    assert "choose among" in window.text


def test_the_language_is_changed_on_the_page_and_kept(opens: Window) -> None:
    window = opens("lea")
    window.open("/?role=finance")
    window.page.get_by_role("button", name="Français").click()
    window.page.wait_for_load_state("networkidle")
    assert window.page.locator("html").get_attribute("lang") == "fr"
    assert window.page.url.endswith("role=finance")
    assert "Vue d'ensemble" in window.text
    window.open("/health")
    assert "Dernières exécutions" in window.text


def test_a_french_browser_is_greeted_in_french(opens: Window) -> None:
    window = opens(**FRENCH)
    window.open("/")
    assert window.page.locator("html").get_attribute("lang") == "fr"
    window.page.get_by_label("Nom").fill("lea")
    window.page.get_by_label("Mot de passe").fill(PASSWORD)
    window.page.get_by_role("button", name="Se connecter").click()
    window.page.wait_for_load_state("networkidle")
    assert "Vue d'ensemble" in window.text


def test_the_keyboard_alone_reaches_the_content_and_the_menu(opens: Window) -> None:
    window = opens("lea")
    window.open("/")
    window.page.keyboard.press("Tab")
    assert window.page.evaluate("document.activeElement.textContent").strip() == "Skip to the content"
    window.page.keyboard.press("Enter")
    window.page.keyboard.press("Tab")
    assert window.page.evaluate("document.querySelector('main').contains(document.activeElement)")
    outline = window.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"


def test_nothing_is_wider_than_a_phone(opens: Window) -> None:
    """Wide tables scroll in themselves; the menu is folded."""
    window = opens("lea", **PHONE)
    for path in PATHS:
        window.open(path)
        wide = window.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is {wide} pixels too wide"
        assert not window.page.locator("nav.menu ul").first.is_visible()


def serious(window: Reader) -> list[str]:
    """What axe finds of weight on the page: rule, and where."""
    window.page.evaluate(AXE)
    found: Any = json.loads(window.page.evaluate("axe.run().then(found => JSON.stringify(found.violations))"))
    return [
        f"{one['id']}: {[node['target'] for node in one['nodes']][:3]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("options", [{}, {**DARK, **PHONE}], ids=["light", "dark phone"])
def test_axe_finds_no_serious_fault(opens: Window, options: dict[str, Any]) -> None:
    """Labels, contrast, order, names: on each page, light and dark."""
    nobody = opens(bypass_csp=True, **options)
    nobody.open("/sign-in")
    found = {"/sign-in": serious(nobody)}
    window = opens("lea", bypass_csp=True, **options)
    for path in PATHS:
        window.open(path)
        found[path] = serious(window)
    assert {path: faults for path, faults in found.items() if faults} == {}


def test_a_wall_is_filled(opens: Window) -> None:
    """Larger letters, and tiles over the whole width."""
    window = opens("lea", **WALL)
    window.open("/")
    box = window.page.locator(".tiles").bounding_box()
    assert box["width"] > 2500
    assert float(window.page.evaluate("getComputedStyle(document.documentElement).fontSize").removesuffix("px")) > 18


def test_a_viewer_is_offered_no_undo(opens: Window) -> None:
    window = opens("tom")
    window.open("/health")
    assert "Last runs" in window.text
    assert window.page.get_by_role("button", name="Undo…").count() == 0


def test_the_server_tells_nothing_secret(served: Served, opens: Window) -> None:
    """Neither in its log nor in a page."""
    window = opens("lea")
    window.open("/")
    for text in (window.page.content(), "".join(served.said)):
        assert PASSWORD not in text
        assert not any(secret in text for secret in served.installation.secrets.values())
