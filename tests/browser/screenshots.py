"""``python -m tests.browser.screenshots HOME``: pictures of the main pages of a demo's home, for the README.

Run ``cadran demo`` before; ``make screenshots`` does both.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.browser.conftest import BROWSERS, FLAGS

IMAGES = Path(__file__).parents[2] / "docs" / "images"
DESK = {"viewport": {"width": 1280, "height": 860}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}
DARK = {"color_scheme": "dark"}

SHOTS: dict[str, tuple[str, dict[str, Any]]] = {
    "overview": ("/", DESK),
    "campaigns": ("/campaigns?period=all&sort=spend&dir=desc", DESK),
    "kpi": ("/kpi/win_rate", {**DESK, **DARK, "locale": "fr-FR"}),
    "sales": ("/sales", DESK),
    "funnel": ("/funnel?period=all", {**PHONE, "locale": "fr-FR"}),
    "customers": ("/customers", DESK),
    "health": ("/health", DESK),
}
"""File -> address, and the window."""


def main(home: Path) -> None:
    from playwright.sync_api import sync_playwright

    # The demo's own settings say no port: any free one.
    environment = {**os.environ, "CADRAN_SERVE__PORT": "0"}
    command = [sys.executable, "-m", "sync.publish.web", "--account", "demo", "--home", str(home)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        address = next(found[1] for line in server.stderr or () if (found := re.search(r"running on (http://\S+)", line)))
        IMAGES.mkdir(exist_ok=True)
        path = next(found for name in BROWSERS if (found := shutil.which(name)))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
            for name, (where, options) in SHOTS.items():
                page = browser.new_context(**{"locale": "en-GB", **options}, reduced_motion="reduce").new_page()
                page.goto(address + where, wait_until="networkidle")
                page.screenshot(path=IMAGES / f"{name}.png")
                sys.stdout.write(f"{name}.png: {where}\n")
            browser.close()
    finally:
        server.communicate(timeout=30)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
