"""What HubSpot's refusals mean, and what is done about them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from connectors.errors import AuthenticationError, CadranError, ContractError, MissingScope, QuotaExhausted, TransientError
from connectors.hubspot.errors import error_of, refusal_of
from connectors.sandbox.world import FULL_TOKEN
from connectors.transport import Response
from tests.connectors.hubspot.conftest import Account, Open

MIDNIGHT = datetime(2026, 10, 1, 22, 0, tzinfo=UTC)


def error(status: int, body: object = None, *, attempt: int = 1, bucket: str = "burst", **headers: str) -> CadranError:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_of(
        "hubspot",
        Response(status, named, raw),
        what="list deals",
        attempt=attempt,
        bucket=bucket,
        window_s=10.0,
        midnight=lambda: MIDNIGHT,
    )


def waits(found: CadranError) -> float | None:
    assert isinstance(found, TransientError)
    return found.retry_after_s


ROLLING = {"errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"}
SECONDLY = {"category": "RATE_LIMITS", "message": "You have reached your secondly limit."}


def test_the_wait_of_a_429_follows_its_policy_and_grows_with_the_attempts() -> None:
    assert waits(error(429, ROLLING)) == 10.0
    assert waits(error(429, ROLLING, attempt=3)) == 30.0
    assert waits(error(429, SECONDLY)) == 1.0
    assert waits(error(429, SECONDLY, attempt=2)) == 2.0
    assert waits(error(429, ROLLING, bucket="search")) == 1.0


def test_a_retry_after_is_taken_where_there_is_one() -> None:
    assert waits(error(429, ROLLING, Retry_After="4")) == 4.0
    assert waits(error(477, {}, Retry_After="3600")) == 3600.0
    assert waits(error(429, ROLLING, Retry_After="soon")) == 10.0


def test_the_daily_limit_lasts_until_midnight_of_the_account() -> None:
    found = error(429, {"policyName": "DAILY"})
    assert isinstance(found, QuotaExhausted)
    assert found.until == MIDNIGHT


def test_a_locked_record_is_left_alone_for_two_seconds() -> None:
    assert waits(error(423, {})) == 2.0


@pytest.mark.parametrize("status", [500, 502, 503, 504, 521, 523, 524])
def test_an_outage_is_tried_again(status: int) -> None:
    assert waits(error(status, b"<html>")) is None


def test_a_missing_scope_is_named() -> None:
    body = {"category": "MISSING_SCOPES", "errors": [{"context": {"requiredGranularScopes": ["crm.objects.deals.read"]}}]}
    found = error(403, body)
    assert isinstance(found, MissingScope)
    assert found.scopes == ("crm.objects.deals.read",)
    assert "crm.objects.deals.read" in str(found)


def test_a_refused_credential_is_an_authentication_error() -> None:
    assert isinstance(error(401, {"category": "INVALID_AUTHENTICATION"}), AuthenticationError)


@pytest.mark.parametrize("body", [b"", b"<html>404</html>", b"[1]", b"null"])
def test_a_body_of_any_form_is_survived(body: bytes) -> None:
    assert isinstance(error(404, body), ContractError)


def test_an_address_that_is_too_long_says_so() -> None:
    found = error(414, {"message": "URI Too Long"})
    assert isinstance(found, ContractError)
    assert "too long" in str(found)


def test_a_refusal_keeps_the_request_id_for_the_support() -> None:
    found = error(400, {"category": "VALIDATION_ERROR", "message": "no", "correlationId": "abc"})
    assert isinstance(found, ContractError)
    assert found.request_id == "abc"


def test_an_error_body_of_odd_types_reads_as_empty() -> None:
    refusal = refusal_of(400, {"errors": "x", "context": [], "message": 3, "category": None})
    assert (refusal.codes, refusal.named("ids"), refusal.reason) == (frozenset(), (), "HTTP 400")


# --- met on the way ---------------------------------------------------------------------------------------------


def test_a_storm_of_429_is_sat_out(account: Account) -> None:
    account.fault(kind="status", route="list", status=429, times=4)
    records, _ = account.read("companies")
    assert len(records) == 2
    assert account.refused == 4


def test_the_governor_holds_everybody_while_a_429_is_waited_for(account: Account) -> None:
    account.fault(kind="status", route="account", status=429, policy="TEN_SECONDLY_ROLLING")
    clock = account.client.wire.governor._clock
    account.client.account()
    assert clock() >= 10.0


def test_an_outage_that_lasts_ends_as_transient(account: Account) -> None:
    account.fault(kind="status", route="list", status=503, times=50)
    with pytest.raises(TransientError) as found:
        account.read("companies")
    assert found.value.exit_code == 3


def test_the_daily_limit_names_the_accounts_midnight(account: Account) -> None:
    account.source.describe()
    account.fault(kind="status", route="list", status=429, policy="DAILY")
    with pytest.raises(QuotaExhausted) as found:
        account.read("companies")
    assert found.value.until == datetime(2026, 10, 1, 22, 0, tzinfo=UTC), "midnight in Paris"


def test_before_the_zone_is_known_the_end_of_the_day_is_not_guessed(account: Account) -> None:
    account.fault(kind="status", route="account", status=429, policy="DAILY")
    with pytest.raises(QuotaExhausted) as found:
        account.client.account()
    assert found.value.until is None


def test_a_move_between_data_centres_ends_the_run_instead_of_waiting_a_day(account: Account) -> None:
    account.fault(kind="status", route="list", status=477, retry_after="86400", times=2)
    with pytest.raises(TransientError):
        account.read("companies")
    assert account.calls("list") == 1


@pytest.mark.parametrize("kind", ["cut", "empty"])
def test_an_answer_that_breaks_off_or_is_empty_is_asked_for_again(account: Account, kind: str) -> None:
    account.fault(kind=kind, route="list")
    records, _ = account.read("companies")
    assert len(records) == 2


def test_a_slow_answer_runs_into_the_time_out_and_is_asked_for_again(open_account: Open) -> None:
    account = open_account(read_s=0.3)
    account.source.describe()
    account.fault(kind="slow", route="list", seconds=1.0)
    records, _ = account.read("companies")
    assert len(records) == 2


def test_a_wrong_token_is_refused_and_appears_nowhere(open_account: Open, whole_log: Callable[[], str]) -> None:
    secret = "pat-eu1-11111111-2222-3333-4444-555555555555"
    account = open_account(token=secret)
    with pytest.raises(AuthenticationError) as found:
        account.source.check()
    assert secret not in str(found.value)
    assert secret not in whole_log()


def test_no_log_and_no_error_holds_the_token(open_account: Open, whole_log: Callable[[], str]) -> None:
    account = open_account()
    account.source.check()
    account.fault(kind="status", route="list", status=503, times=50)
    with pytest.raises(TransientError) as found:
        account.read("companies")
    assert FULL_TOKEN not in str(found.value) + whole_log()
    assert FULL_TOKEN not in repr(vars(account.client.wire))


def test_a_server_that_is_not_there_is_transient(open_account: Open) -> None:
    account = open_account()
    account.server.stop()
    with pytest.raises(TransientError, match="no answer"):
        account.client.account()


@pytest.mark.parametrize(
    ("route", "ask", "answer"),
    [
        ("token_info", lambda a: bool(a.client.token_info()), True),
        ("read", lambda a: a.client.survivor("deals", "1001"), "1001"),
        ("custom_property_limits", lambda a: "deals" in a.target.room(["deals"]), True),
    ],
)
def test_an_empty_answer_is_asked_for_again_and_never_means_that_nothing_is_there(
    account: Account, route: str, ask: Callable[[Account], Any], answer: Any
) -> None:
    """An empty 2xx for a record that stands would have had it erased as gone."""
    account.fault(kind="empty", route=route, times=2)
    assert ask(account) == answer
    account.fault(kind="empty", route=route, times=20)
    with pytest.raises(TransientError):
        ask(account)
