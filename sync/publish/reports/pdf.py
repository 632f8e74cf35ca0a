"""A report as PDF: by a Chromium that is installed, else by WeasyPrint (extra ``pdf``), else not at all, and then why.

The file that is printed says itself that it loads nothing and runs no script; Chromium is told besides to find no host, and has a profile
of its own. It prints by a page of its own that needs script, so that cannot be switched off.
Flags: Chromium's ``headless`` and its list of switches (https://peter.sh/experiments/chromium-command-line-switches/, read 2026-11-22).
"""

import logging
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from connectors.errors import StopRun

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TIMEOUT_S = 60.0
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
)


class NotMade(Exception):
    """This way makes no PDF here; the text says why."""


class NoPdf(StopRun):
    """No way makes a PDF here."""


Maker = Callable[[str], bytes]


def pdf(html: str, makers: Sequence[Maker] | None = None) -> bytes:
    """Raises :class:`NoPdf` with what each way lacks."""
    reasons = []
    for maker in (by_chromium, by_weasyprint) if makers is None else makers:
        try:
            made = maker(html)
        except NotMade as error:
            reasons.append(str(error))
            continue
        if made.startswith(b"%PDF-"):
            return made
        reasons.append("what was made is no PDF")
    raise NoPdf(f"no PDF can be made here: {'; '.join(reasons)}. Install Chromium, or `pip install 'cadran[pdf]'`")


def by_chromium(html: str) -> bytes:
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise NotMade(f"there is no browser ({', '.join(BROWSERS)})")
    with tempfile.TemporaryDirectory(prefix="cadran-report-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        page, made = folder / "report.html", folder / "report.pdf"
        page.write_text(html, encoding="utf-8")
        # Chromium refuses to sandbox what root starts.
        as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
        command = [browser, *FLAGS, *as_root, f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={made}", page.as_uri()]
        _run(command, {**os.environ, "HOME": name, "XDG_CONFIG_HOME": name, "XDG_CACHE_HOME": name})
        try:
            return made.read_bytes()
        except OSError:
            raise NotMade(f"{Path(browser).name} wrote no file") from None


def _run(command: Sequence[str], environment: dict[str, str]) -> None:
    """A group of its own, so that nothing that it started outlives it."""
    name = Path(command[0]).name
    try:
        process = subprocess.Popen(  # noqa: S603 - a browser by its name, and paths of ours
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise NotMade(f"{name} cannot be started: {error.strerror}") from None
    try:
        process.wait(TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise NotMade(f"{name} took longer than {TIMEOUT_S:.0f} s") from None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def by_weasyprint(html: str) -> bytes:
    try:
        import weasyprint
    except (ImportError, OSError):
        # OSError: its Python part is there, and the library Pango is not.
        raise NotMade("WeasyPrint is not installed") from None
    # It warns of every rule of the style sheet that is for screens.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    try:
        return bytes(weasyprint.HTML(string=html, url_fetcher=_nothing).write_pdf())
    except Exception as error:  # noqa: BLE001 - a library of many parts; the report is sent without it
        raise NotMade(f"WeasyPrint failed ({type(error).__name__})") from None


def _nothing(url: str, *_: object, **__: object) -> dict[str, object]:
    raise ValueError(f"a report loads nothing, and not {url[:40]}")
