"""What LinkedIn refuses, and what a person is told: scopes, versions, quotas, tokens."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors import transport
from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    ContractError,
    MissingScope,
    QuotaExhausted,
    TransientError,
)
from connectors.linkedin_ads import budget
from connectors.linkedin_ads.budget import MetricBudget
from connectors.sandbox.linkedin_ads import analytics, gate
from tests.connectors.linkedin_ads.conftest import EURO, NOW, LinkedIn, read, records


def test_a_version_that_has_ended_names_the_setting(linkedin: LinkedIn) -> None:
    linkedin.sandbox.clock.set(datetime(2026, 12, 1, tzinfo=UTC))
    with pytest.raises(ConfigurationError, match=r"does not answer API version 202511 \(HTTP 426\).*Set api_version"):
        linkedin.source(api_version="202511").check()


def test_a_version_that_ends_soon_is_warned_of(linkedin: LinkedIn) -> None:
    told = [n for n in linkedin.source(api_version="202511").check().notes if "api_version" in n]
    assert [note.split(":")[0] for note in told] == ["API version 202511 ends in the middle of 2026-11"]
    assert not any("api_version" in note for note in linkedin.source().check().notes)


def test_a_missing_scope_says_which_one_and_what_else_it_may_be(linkedin: LinkedIn) -> None:
    linkedin.fault("status", status=403, route="adAnalytics")
    with pytest.raises(MissingScope, match=r"is not a user of this ad account.*r_ads, r_ads_reporting"):
        read(linkedin.source())


def test_a_wrong_token_of_the_settings_is_refused(linkedin: LinkedIn) -> None:
    with pytest.raises(AuthenticationError, match="access_token"):
        linkedin.source(access_token="AQX-wrong", refresh_token=None).check()


def test_a_token_that_linkedin_no_longer_takes_is_renewed_once(linkedin: LinkedIn) -> None:
    source = linkedin.source()
    source.check()
    linkedin.fault("status", status=401, route="adAnalytics")
    assert records(read(source))
    assert linkedin.calls("token") == 2


def test_a_429_is_waited_out(linkedin: LinkedIn) -> None:
    linkedin.fault("status", status=429, route="adAnalytics", times=2)
    source = linkedin.source()
    assert records(read(source))
    assert source.refused_429 == 2


def test_a_429_that_outlasts_five_minutes_is_the_days_allowance(linkedin: LinkedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(transport, "_sleep", waited.append)
    monkeypatch.setattr(gate, "CALLS_A_DAY", 1)
    with pytest.raises(QuotaExhausted) as used_up:
        read(linkedin.source())
    assert sum(waited) > 300
    assert used_up.value.until == datetime(2026, 10, 1, tzinfo=UTC)


def test_a_long_wait_ends_the_stream_at_once(linkedin: LinkedIn) -> None:
    linkedin.fault("status", status=429, retry_after="3600", route="adAnalytics")
    with pytest.raises(QuotaExhausted) as used_up:
        read(linkedin.source())
    assert used_up.value.until == NOW + timedelta(hours=1)


def test_metric_values_are_counted_so_that_linkedin_need_not_refuse(linkedin: LinkedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for one answer in five minutes: the second waits, and nothing is refused."""
    now = [1000.0]

    def wait(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(transport, "_sleep", wait)
    monkeypatch.setattr(analytics, "METRIC_VALUES", 30)
    monkeypatch.setattr(linkedin.sandbox, "monotonic", lambda: now[0])
    source = linkedin.source(account_ids=[EURO])
    source._client._budget = MetricBudget(30, clock=lambda: now[0])
    read(source)
    read(source)
    assert source.refused_429 == 0
    assert now[0] >= 1000 + budget.WINDOW_S


def test_more_metric_values_than_allowed_are_refused(linkedin: LinkedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge of the test above: a client that does not count is refused."""
    monkeypatch.setattr(analytics, "METRIC_VALUES", 30)
    source = linkedin.source(account_ids=[EURO])
    read(source)
    with pytest.raises(QuotaExhausted):
        read(source)
    assert source.refused_429 > 0


@pytest.mark.parametrize("status", [500, 503])
def test_a_failure_that_stays_is_transient(linkedin: LinkedIn, status: int) -> None:
    linkedin.fault("status", status=status, times=100)
    with pytest.raises(TransientError):
        linkedin.source().check()


@pytest.mark.parametrize(
    ("kind", "more", "told"),
    [
        ("empty", {}, "not JSON"),
        ("status", {"status": 400}, "unexpected answer"),
        ("odd_value", {"field": "currency", "value": None}, "does not say its currency"),
    ],
)
def test_an_answer_unlike_the_documents_breaks_the_contract(
    linkedin: LinkedIn, kind: str, more: dict[str, Any], told: str
) -> None:
    linkedin.fault(kind, route="adAccounts", **more)
    with pytest.raises(ContractError, match=told):
        linkedin.source().check()
