"""Reports made in the background: asked after until they are ready, and given up in the end."""

import pytest

from connectors.ads.reports import PATIENCE_S, when_ready
from connectors.errors import TransientError
from connectors.transport import no_waiting


def test_it_is_asked_after_until_it_is_ready() -> None:
    answers = iter([None, None, "the report"])
    with no_waiting():
        assert when_ready("meta_ads", "report 1", lambda: next(answers)) == "the report"


def test_one_that_never_is_ends_as_an_outage() -> None:
    """Safe to run again: exit 3."""
    instants = iter(float(n) * PATIENCE_S / 4 for n in range(100))
    with no_waiting(), pytest.raises(TransientError, match="report 1 is not ready after 60 minutes") as given_up:
        when_ready("meta_ads", "report 1", lambda: None, clock=lambda: next(instants))
    assert given_up.value.exit_code == 3
