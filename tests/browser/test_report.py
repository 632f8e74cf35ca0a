"""A report on paper and on a phone: PDFs by a real Chromium and by WeasyPrint, and nothing that is fetched."""

import re
import shutil
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from sync.publish import after
from sync.publish.reports.making import Made, make
from sync.publish.reports.pdf import BROWSERS, Maker, by_chromium, by_weasyprint
from sync.publish.reports.span import Span
from tests.browser.conftest import missing
from tests.sync.publish.reports.world import HOSTILE, campaigns, home, months

A4 = (595, 842)
"""Points."""


def by_chromium_here(html: str) -> bytes:
    if not any(shutil.which(name) for name in BROWSERS):
        missing("there is no Chromium")
    return by_chromium(html)


def by_weasyprint_here(html: str) -> bytes:
    if find_spec("weasyprint") is None:
        missing("WeasyPrint is not installed")
    return by_weasyprint(html)


def streams(made: bytes) -> Iterator[bytes]:
    """What is packed in the file."""
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", made, re.DOTALL):
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(found[1])


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """August of a small company, one of whose campaigns has a hostile name."""
    made, _ = home(tmp_path_factory.mktemp("report"))
    made.run([*months(), *campaigns(3), *campaigns(1, HOSTILE)])
    with after.filled(made.house) as shelf:
        span = Span("monthly", date(2026, 8, 1))
        yield make(made.house, shelf, span, locale="fr", format="html", follow=["sales", "marketing"])
    made.close()


@pytest.mark.parametrize("maker", [by_chromium_here, by_weasyprint_here])
def test_a_report_becomes_a_pdf_of_a4_pages(report: Made, maker: Maker) -> None:
    """Some pages, all of paper's size, without a live address in them."""
    made = maker(next(iter(report.files.values())).decode())
    assert made.startswith(b"%PDF-")
    assert made.rstrip().endswith(b"%%EOF")
    inside = made + b"".join(streams(made))
    sizes = [tuple(round(float(end)) for end in found.split()[2:]) for found in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", inside)]
    assert sizes
    assert set(sizes) == {A4}
    assert b"/URI" not in inside
    assert b"/JavaScript" not in inside


def test_on_a_phone_nothing_sticks_out_and_nothing_is_fetched(report: Made, chromium: Any, tmp_path: Path) -> None:
    """Wide tables move inside their frame; the hostile name is read, and does nothing."""
    file = tmp_path / "report.html"
    file.write_bytes(next(iter(report.files.values())))
    page = chromium.new_page(viewport={"width": 360, "height": 800}, color_scheme="dark")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.locator("svg").count() >= 4
    assert page.get_by_text(HOSTILE, exact=True).count() == 1
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 19, 25)"
    assert asked == [file.as_uri()]
    page.close()
