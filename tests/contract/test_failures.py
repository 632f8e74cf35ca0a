"""Every way a vendor call can end badly, and what the run makes of it: recovered, or one kind of error with its exit code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import AuthenticationError, ConfigurationError, ContractError, StopRun, TransientError
from tests.contract.harness import Home, Served, facts_of, reading
from tests.contract.subjects import SUBJECTS

FOR_EVER = 1_000_000


def test_a_refused_credential_stops_the_run_before_anything_is_stored(served: Served, connector: str, tmp_path: Path) -> None:
    """Exit 2, by check, describe and sync alike; what is wrong is for the user to mend."""
    for number, (changes, kind) in enumerate(SUBJECTS[connector].wrong):
        source = served.build(connector, **changes)
        steps: tuple[Callable[[], Any], ...] = (source.check, source.describe)
        for step in steps:
            with pytest.raises(kind) as refused:
                step()
            assert refused.value.exit_code == 2
        home = Home(tmp_path / str(number))
        with pytest.raises(StopRun) as stopped:
            home.pull(source)
        assert isinstance(stopped.value, AuthenticationError if kind is AuthenticationError else ConfigurationError)
        assert home.facts() == {}


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("status", {"status": 503, "times": 2}),
        ("status", {"status": 500, "times": 2}),
        ("status", {"status": 429}),
        ("cut", {"times": 2}),
    ],
    ids=["503", "500", "429", "cut"],
)
def test_a_trouble_that_passes_leaves_no_trace_in_the_facts(
    served: Served, web_connector: str, kind: str, more: dict[str, Any]
) -> None:
    """It hits the first call, and again in the reading; the try after it is good."""
    calm = facts_of(served.build(web_connector))
    ordered = {**more, **SUBJECTS[web_connector].too_many} if more.get("status") == 429 else more
    source = served.build(web_connector)
    served.fault(web_connector, kind, **ordered)
    source.check()
    served.fault(web_connector, kind, **ordered)
    assert facts_of(source) == calm
    assert served.sandbox.faults.pending == []


def test_a_trouble_that_stays_ends_the_source_and_loses_nothing(served: Served, web_connector: str, tmp_path: Path) -> None:
    """Exit 3; what was stored stays, and the next run goes on from there."""
    home, undisturbed = Home(tmp_path / "home"), Home(tmp_path / "undisturbed")
    source = served.build(web_connector)
    source.describe()
    served.fault(web_connector, "status", times=FOR_EVER)
    with pytest.raises(TransientError):
        served.build(web_connector).check()
    extracted = home.pull(served.build(web_connector))
    assert extracted.exit_code == 3
    assert all(isinstance(error, TransientError) for error in extracted.errors)
    for stream in source.streams():
        with pytest.raises(TransientError):
            list(source.read(stream, None, reading()))
    served.calm_down()
    assert home.pull(served.build(web_connector)).errors == []
    undisturbed.pull(served.build(web_connector))
    assert home.facts() == undisturbed.facts()


@pytest.mark.parametrize("body", [b"<html><body>Welcome to the hotel's network</body></html>", b'{"results": [{"id": "1"'])
def test_an_answer_that_is_no_answer_breaks_the_contract(served: Served, web_connector: str, body: bytes, tmp_path: Path) -> None:
    """Exit 4: a page of somebody else under 200, or half a document. Never taken for an empty list."""
    described = served.build(web_connector)
    described.describe()
    served.meddler.page = lambda _headers, _query: body
    for step in (served.build(web_connector).check, lambda: list(described.read(described.streams()[0], None, reading()))):
        with pytest.raises(ContractError) as broken:
            step()
        assert broken.value.exit_code == 4
    home = Home(tmp_path)
    assert home.pull(served.build(web_connector)).exit_code == 4
    assert home.facts() == {}


def test_a_broken_source_does_not_stop_the_others(served: Served, web_connector: str, tmp_path: Path) -> None:
    """The spend file is read while the vendor is down."""
    served.fault(web_connector, "status", times=FOR_EVER)
    home = Home(tmp_path)
    extracted = home.pull(served.build(web_connector), served.build("spend_file"))
    assert extracted.exit_code == 3
    assert set(home.facts()) == {"cost_entry"}
