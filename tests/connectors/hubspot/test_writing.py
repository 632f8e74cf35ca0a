"""Every record of a batch has an outcome, whatever HubSpot answers."""

import pytest

from connectors.base import RecordWrite, WriteOutcome
from connectors.errors import AuthenticationError, MissingScope, QuotaExhausted
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.world import FULL_TOKEN, READONLY_TOKEN
from connectors.transport import RetryRule
from tests.connectors.hubspot.conftest import Account, Open
from tests.connectors.hubspot.small_world import small_world
from tests.connectors.hubspot.test_target import CHANNEL, COST, create

BATCH = [str(1001 + n) for n in range(100)]


def writes(ids: list[str] = BATCH, value: str = "1.5", **special: str) -> list[RecordWrite]:
    """The same value for every record, but for those named ``_ID``."""
    return [RecordWrite(id, {"cadran_cost": special.get(f"_{id}", value)}) for id in ids]


def by_status(outcomes: list[WriteOutcome]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for outcome in outcomes:
        found.setdefault(outcome.status, []).append(outcome.record_id)
    return found


def held(account: Account, ids: list[str]) -> dict[str, str | None]:
    return {id: values["cadran_cost"] for id, values in account.target.read_values("deals", ids, ["cadran_cost"]).items()}


@pytest.fixture
def ready(account: Account) -> Account:
    create(account, COST)
    return account


def test_a_batch_of_a_hundred_is_one_call(ready: Account) -> None:
    outcomes = ready.target.write("deals", writes())
    assert by_status(outcomes) == {"written": BATCH}
    assert outcomes[0].values == {"cadran_cost": "1.5"}
    assert ready.calls("batch_update") == 1
    assert set(held(ready, BATCH).values()) == {"1.5"}


@pytest.mark.parametrize("refuses_batch", [False, True], ids=["207 per record", "400 for the batch"])
def test_one_bad_value_does_not_lose_the_others(open_account: Open, refuses_batch: bool) -> None:
    account = open_account(quirks=Quirks(invalid_value_refuses_batch=refuses_batch, batch_results_reversed=True))
    create(account, COST)
    outcomes = account.target.write("deals", writes(_1042="twelve"))
    found = by_status(outcomes)
    assert found["rejected"] == ["1042"]
    assert len(found["written"]) == 99
    assert [o.record_id for o in outcomes] == BATCH
    assert "twelve" in next(str(o.reason) for o in outcomes if o.status == "rejected")
    assert account.calls("batch_update") <= (16 if refuses_batch else 1)
    assert held(account, ["1041", "1042"]) == {"1041": "1.5", "1042": None}


def test_a_record_that_was_merged_away_or_archived_is_rejected_alone(ready: Account) -> None:
    """Batch updates do not follow a merge (FACTS §6.3)."""
    ready.control("merge", object="deals", survivor="1001", loser="1002")
    ready.control("archive", object="deals", id="1003")
    found = by_status(ready.target.write("deals", writes(["1001", "1002", "1003", "1004"])))
    assert found == {"written": ["1001", "1004"], "rejected": ["1002", "1003"]}


@pytest.mark.parametrize("applied", [True, False])
def test_half_a_batch_written_before_the_connection_was_cut_is_unknown(ready: Account, applied: bool) -> None:
    """Read back, the first half is there."""
    ready.fault(kind="half_batch", route="batch_update", status=500)
    ready.fault(kind="cut", route="batch_update", applied=applied)
    assert set(by_status(ready.target.write("deals", writes()))) == {"unknown"}
    there = [id for id, value in held(ready, BATCH).items() if value == "1.5"]
    assert there == (BATCH if applied else BATCH[:50])


def test_answers_without_a_row_leave_it_unknown_and_a_row_twice_changes_nothing(ready: Account) -> None:
    ready.fault(kind="drop_rows", route="batch_update")
    ready.fault(kind="duplicate_rows", route="batch_update")
    assert by_status(ready.target.write("deals", writes(["1001", "1002"]))) == {"written": ["1001"], "unknown": ["1002"]}
    assert by_status(ready.target.write("deals", writes(["1001", "1002"]))) == {"written": ["1001", "1002"]}


def test_a_record_that_is_gone_is_rejected_and_the_others_written(ready: Account) -> None:
    found = by_status(ready.target.write("deals", writes(["1001", "999999", "900"])))
    assert found == {"written": ["1001"], "rejected": ["999999", "900"]}


def test_a_property_that_is_gone_refuses_those_who_carry_it_without_halving(ready: Account) -> None:
    batch = [*writes(["1001", "1002"]), RecordWrite("1003", {"cadran_gone": "x", "cadran_cost": "2"})]
    outcomes = ready.target.write("deals", batch)
    assert by_status(outcomes) == {"written": ["1001", "1002"], "rejected": ["1003"]}
    assert ready.calls("batch_update") == 2


def test_a_property_gone_from_every_record_costs_one_call(ready: Account) -> None:
    outcomes = ready.target.write("deals", [RecordWrite(id, {"cadran_gone": "x"}) for id in BATCH])
    assert by_status(outcomes) == {"rejected": BATCH}
    assert ready.calls("batch_update") == 1


def test_a_record_that_breaks_a_rule_of_the_account_is_reported_alone(open_account: Open) -> None:
    rules = [{"object": "deals", "when": {"dealstage": ["closedwon"]}, "require": ["closed_won_reason"]}]
    account = open_account(small_world(rules=rules))
    create(account, COST)
    outcomes = account.target.write("deals", writes(["1001", "1002", "1003"]))
    assert by_status(outcomes)["rejected"] == ["1002"], "the only won deal of the three"
    assert "closed_won_reason" in str(outcomes[1].reason)


def test_a_record_given_twice_is_written_once_with_both_values(ready: Account) -> None:
    create(ready, CHANNEL)
    outcomes = ready.target.write(
        "deals", [RecordWrite("1001", {"cadran_cost": "1"}), RecordWrite("1001", {"cadran_channel": "email"})]
    )
    assert [dict(o.values) for o in outcomes] == [{"cadran_cost": "1", "cadran_channel": "email"}]


def test_more_than_a_batch_is_refused(ready: Account) -> None:
    with pytest.raises(ValueError, match="at most 100"):
        ready.target.write("deals", writes([str(n) for n in range(101)]))


@pytest.mark.parametrize("applied", [True, False])
def test_an_empty_answer_is_unknown_until_it_is_read_back(ready: Account, applied: bool) -> None:
    ready.fault(kind="empty", route="batch_update", applied=applied)
    assert by_status(ready.target.write("deals", writes(["1001", "1002"]))) == {"unknown": ["1001", "1002"]}
    assert held(ready, ["1001"]) == {"1001": "1.5" if applied else None}


@pytest.mark.parametrize("applied", [True, False])
def test_a_cut_answer_is_unknown_and_the_write_is_not_repeated(ready: Account, applied: bool) -> None:
    ready.fault(kind="cut", route="batch_update", applied=applied)
    assert by_status(ready.target.write("deals", writes(["1001"]))) == {"unknown": ["1001"]}
    assert ready.calls("batch_update") == 1


def test_a_time_out_is_unknown_and_the_write_is_not_repeated(open_account: Open) -> None:
    account = open_account(read_s=0.3)
    create(account, COST)
    account.fault(kind="slow", route="batch_update", seconds=1.0)
    assert by_status(account.target.write("deals", writes(["1001"]))) == {"unknown": ["1001"]}
    assert account.calls("batch_update") <= 1


def test_a_batch_that_was_half_written_before_an_outage_is_written_whole_by_the_retry(ready: Account) -> None:
    ready.fault(kind="half_batch", route="batch_update", status=503)
    assert by_status(ready.target.write("deals", writes())) == {"written": BATCH}


def test_an_outage_that_outlasts_the_retries_is_unknown(open_account: Open) -> None:
    account = open_account(rule=RetryRule(attempts=2))
    create(account, COST)
    account.fault(kind="status", route="batch_update", status=502, times=5)
    assert by_status(account.target.write("deals", writes(["1001"]))) == {"unknown": ["1001"]}


@pytest.mark.parametrize("status", [423, 429, 477])
def test_a_lock_or_a_429_is_waited_for(ready: Account, status: int) -> None:
    ready.fault(kind="status", route="batch_update", status=status, times=2)
    assert by_status(ready.target.write("deals", writes(["1001"]))) == {"written": ["1001"]}


@pytest.mark.parametrize("status", [423, 429, 477])
def test_one_that_lasts_is_a_rejection_because_nothing_was_written(open_account: Open, status: int) -> None:
    account = open_account(rule=RetryRule(attempts=2))
    create(account, COST)
    account.fault(kind="status", route="batch_update", status=status, times=5)
    assert by_status(account.target.write("deals", writes(["1001"]))) == {"rejected": ["1001"]}


@pytest.mark.parametrize("status", [404, 409])
def test_a_refusal_of_the_batch_ends_at_the_record_it_is_about(ready: Account, status: int) -> None:
    ready.fault(kind="status", route="batch_update", status=status)
    assert by_status(ready.target.write("deals", writes(["1001", "1002"]))) == {"written": ["1001", "1002"]}


def test_the_daily_limit_is_raised_while_nothing_was_written(ready: Account) -> None:
    ready.fault(kind="status", route="batch_update", status=429, policy="DAILY")
    with pytest.raises(QuotaExhausted):
        ready.target.write("deals", writes(["1001"]))


def test_once_something_was_written_its_outcome_is_kept(open_account: Open) -> None:
    """The batch is refused for a bad value; its first half goes through, then the day's calls are used up."""
    account = open_account(quirks=Quirks(invalid_value_refuses_batch=True))
    create(account, COST)
    account.fault(kind="status", route="batch_update", status=400)
    account.fault(kind="slow", route="batch_update", seconds=0.0)
    account.fault(kind="status", route="batch_update", status=429, policy="DAILY")
    outcomes = account.target.write("deals", writes(["1001", "1002"]))
    assert by_status(outcomes) == {"written": ["1001"], "unknown": ["1002"]}, "the second was never sent: it stays open"


def test_a_read_only_key_writes_nothing_and_names_the_scope(open_account: Open) -> None:
    account = open_account(token=READONLY_TOKEN)
    with pytest.raises(MissingScope) as found:
        account.target.write("deals", writes(["1001"]))
    assert found.value.scopes == ("crm.objects.deals.write",)


def test_a_token_that_was_revoked_meanwhile_stops_the_write(ready: Account) -> None:
    ready.fault(kind="status", route="batch_update", status=401)
    with pytest.raises(AuthenticationError) as found:
        ready.target.write("deals", writes(["1001"]))
    assert FULL_TOKEN not in str(found.value)
