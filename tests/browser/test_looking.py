"""Looking closer: sorting a table, from a value to the records behind it, a chart and its table."""

import re
from decimal import Decimal

from tests.browser.conftest import Served, Window


def test_a_table_is_sorted_by_its_heads(opens: Window) -> None:
    """By the column that is clicked, the highest first, then the other way round; the address says so."""
    window = opens("lea")
    window.open("/campaigns?period=all")
    head = window.page.get_by_role("link", name=re.compile("^Leads"))
    for way, order in (("descending", "desc"), ("ascending", "asc")):
        head.click()
        window.page.wait_for_url(f"**sort=leads&dir={order}*")
        column = window.page.locator("th", has=head)
        assert column.get_attribute("aria-sort") == way
        place = window.page.locator("table.side thead th").evaluate_all(
            "(all, way) => all.findIndex(one => one.ariaSort === way)", way
        )
        cells = window.page.locator(f"table.side tbody tr:not(.quiet) > :nth-child({place + 1})").all_inner_texts()
        counts = [Decimal(cell.split()[0].replace(",", "")) for cell in cells if cell[0].isdigit()]
        assert len(counts) > 1
        assert counts == sorted(counts, reverse=order == "desc")


def test_from_a_value_to_the_records_behind_it(served: Served, opens: Window) -> None:
    """Loaded when asked for, each row with a link to its record in the CRM."""
    window = opens("lea")
    window.open("/")
    window.page.locator(".tile h3 a").first.click()
    window.page.wait_for_url("**/kpi/revenue_won*")
    window.page.get_by_role("link", name="Show the rows").first.click()
    link = window.page.locator('#rows a[href^="https://"][rel~="noopener"]').first
    link.wait_for(timeout=90_000)
    deals = served.installation.server.sandbox.portal.find("deals").by_id
    found = re.search(r"/record/0-3/(\d+)$", link.get_attribute("href"))
    assert found is not None
    assert found[1] in deals


def test_a_chart_is_drawn_and_its_values_stand_beside_it(opens: Window) -> None:
    window = opens("lea")
    window.open("/")
    assert window.page.locator(".chart svg path").count() > 3
    window.page.locator(".values summary").first.click()
    rows = window.page.locator(".values table tbody tr")
    assert rows.count() > 1
    assert rows.first.locator("td").first.inner_text().strip()
