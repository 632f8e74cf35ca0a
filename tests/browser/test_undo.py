"""Taking back, from the page, what was written to the CRM."""

from tests.browser.conftest import Served, Window


def test_an_admin_takes_back_a_run(served: Served, opens: Window) -> None:
    """The question is asked first; then the CRM holds what it held before."""
    here = served.installation
    window = opens("lea")
    window.open("/health")
    row = window.page.locator("tr", has=window.page.get_by_role("button", name="Undo…")).first
    run = row.locator("td").first.inner_text()
    entry = here.json("plan")
    assert not [c for c in entry["changes"] if c["outcome"] in ("create", "update", "clear")]
    deals = here.server.sandbox.portal.find("deals")
    written = [d.id for d in deals.by_id.values() if d.values.get("cadran_summary")]
    assert written
    row.get_by_role("button", name="Undo…").click()
    dialog = window.page.locator("dialog[open]")
    assert f"Take back run {run}?" in dialog.inner_text()
    dialog.get_by_role("button", name="Leave it").click()
    assert not dialog.is_visible()
    row.get_by_role("button", name="Undo…").click()
    window.page.locator("dialog[open]").get_by_role("button", name="Take it back").click()
    window.page.wait_for_selector(".notice.good", timeout=120_000)
    assert f"Run {run} was taken back" in window.text
    assert not [d.id for d in deals.by_id.values() if d.values.get("cadran_summary")]
