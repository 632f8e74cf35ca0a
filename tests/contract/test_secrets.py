"""No secret is ever written anywhere, whatever goes wrong."""

import logging
import traceback
from collections.abc import Mapping
from pathlib import Path

import pytest

from connectors.errors import CadranError
from tests.contract.harness import Home, Served
from tests.contract.subjects import SUBJECTS


def echo(headers: Mapping[str, str], query: str) -> bytes:
    """An error page that shows the request it could not serve, as proxies do."""
    shown = "\n".join(f"{name}: {value}" for name, value in headers.items())
    return f"<html><pre>{query}\n{shown}</pre></html>".encode()


def test_no_secret_is_in_any_log_line_error_text_raw_file_or_ledger(
    served: Served, connector: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Good and wrong credentials, faults of all kinds, an echoing proxy; everything logged from DEBUG up, HTTP libraries too."""
    caplog.set_level(logging.DEBUG)
    subject, home = SUBJECTS[connector], Home(tmp_path / "home")
    told: list[str] = []

    def attempt(**changes: str) -> None:
        source = served.build(connector, **changes)
        for step in (source.check, lambda: home.pull(source)):
            try:
                found = step()
            except CadranError as error:
                told.extend((repr(error), *traceback.format_exception(error)))
            else:
                told.append(repr(found))

    attempt()
    for changes, _ in subject.wrong:
        attempt(**changes)
    if subject.vendor is not None:
        for kind, more in (("status", {"status": 500}), ("status", {"status": 400}), ("cut", {}), ("empty", {})):
            served.fault(connector, kind, times=3, **more)
            attempt()
            served.calm_down()
        for status in (200, 400, 401, 403, 500):
            served.meddler.page, served.meddler.status = echo, status
            attempt()
        served.calm_down()
        served.stop()
        attempt()
    written = home.everything()
    said = "\n".join([*told, *(record.getMessage() for record in caplog.records), caplog.text])
    assert said
    assert written
    for secret in subject.all_secrets:
        assert secret not in said
        assert secret not in written
