"""What Meta's refusals mean, the allowance that is never used up, and a token that no log holds."""

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.errors import (
    AuthenticationError,
    CadranError,
    ConfigurationError,
    ContractError,
    MissingScope,
    QuotaExhausted,
    TransientError,
)
from connectors.meta_ads import usage
from connectors.meta_ads.errors import Asked, classify
from connectors.sandbox.meta_ads.access import TOKEN, WITHOUT
from tests.connectors.meta_ads.conftest import PARIS, Meta, read, records, spend

STAND = f"{PARIS}=2026-10-01"
FOR_EVER = 1_000


@pytest.mark.parametrize("code", [1, 2, 4, 17, 32, 341, 613, 80000, 80004, 80014])
def test_codes_that_pass_are_outlasted(meta: Meta, code: int) -> None:
    source = meta.source(account_ids=[PARIS])
    whole = records(read(source, cursor=STAND))
    meta.refuse(str(code), route="insights", times=2)
    assert records(read(source, cursor=STAND)) == whole
    assert source.refused_429 == (2 if code > 2 else 0)


@pytest.mark.parametrize(
    ("policy", "kind", "says"),
    [
        ("190/463", AuthenticationError, "does not accept the access_token"),
        ("10", MissingScope, "Missing scope: ads_read"),
        ("200", MissingScope, "read the figures of ad account 1201"),
        ("2635", ConfigurationError, "retired api_version v26.0"),
        ("100/33", ConfigurationError, "there is no such id"),
        ("100", ContractError, "code 100"),
        ("3018", ContractError, "code 3018"),
        ("17", TransientError, "too many calls"),
    ],
)
def test_codes_that_stay_say_who_can_mend_them(meta: Meta, policy: str, kind: type[CadranError], says: str) -> None:
    source = meta.source(account_ids=[PARIS])
    source.describe()
    meta.refuse(policy, times=FOR_EVER)
    with pytest.raises(kind, match=says):
        read(source, cursor=STAND)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b'{"data": []}', None),
        (200, b'{"error": {"code": 190}}', AuthenticationError),
        (400, b'{"error": {"code": 9999, "is_transient": true}}', TransientError),
        (400, b'{"error": {"code": 9999}}', ContractError),
        (400, b'{"error": {"code": "nine"}}', ContractError),
        (400, b'{"error": "no"}', ContractError),
        (503, b"<html>", TransientError),
        (400, b"<html>", ContractError),
    ],
)
def test_the_body_speaks_before_the_status(status: int, body: bytes, kind: type[CadranError] | None) -> None:
    error = classify("meta_ads", "v26.0", Asked("read", ("ads_read",)), usage.Response(status, {}, body))
    assert error is None if kind is None else isinstance(error, kind)


def test_a_scope_that_is_missing_is_named(meta: Meta) -> None:
    with pytest.raises(MissingScope) as refused:
        meta.source(access_token=f"{WITHOUT}ads_read").check()
    assert refused.value.scopes == ("ads_read",)


def test_a_single_day_that_fails_ends_the_stream_after_few_reports(meta: Meta) -> None:
    """Halving ends; what failed is named, and may be tried again."""
    meta.account(PARIS).about["report_rows"] = 0
    meta.refuse("2/1504038", route="insights", times=FOR_EVER)
    with pytest.raises(TransientError, match=r"from 2026-01-01 to 2026-01-01 failed"):
        read(meta.source(account_ids=[PARIS]))
    assert meta.calls("order") < 12


# --- the allowance -------------------------------------------------------------------------------------------------------


def test_calls_are_spaced_out_before_the_allowance_is_used_up(meta: Meta, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above 75 %, ever more; nothing below. The sandbox tells the share in every answer."""
    waits: list[float] = []
    monkeypatch.setattr(usage, "pause", waits.append)
    meta.account(PARIS).about["calls_an_hour"] = 20
    source = meta.source(account_ids=[PARIS])
    for _ in range(20):
        read(source, cursor=STAND)
    assert len(waits) == 4, "before the calls after 80, 85, 90 and 95 %"
    assert waits == sorted(waits) == pytest.approx([6.0, 12.0, 18.0, 24.0])
    assert source.refused_429 == 0


def test_a_blocked_account_ends_the_stream_until_meta_lets_it_in_again(meta: Meta) -> None:
    meta.account(PARIS).about["calls_an_hour"] = 1
    source = meta.source(account_ids=[PARIS])
    read(source, cursor=STAND)
    with pytest.raises(QuotaExhausted) as ended:
        read(source, cursor=STAND)
    assert ended.value.until == datetime(2026, 9, 30, 23, 30, tzinfo=UTC)
    assert source.refused_429 == 1


@pytest.mark.parametrize("header", ["not json", "[]", '{"1201": [{"call_count": "many"}]}', '{"1201": null}', "{}"])
def test_a_header_that_cannot_be_read_changes_nothing(header: str) -> None:
    pace = usage.Pace()
    pace.look(usage.Response(200, {usage.HEADER: header}, b""))
    assert (pace.used, usage.regained_after_s({usage.HEADER: header})) == (0.0, None)


# --- the token -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_ignored", [False, True])
def test_the_token_works_either_way_and_stands_in_no_log(
    meta: Meta, is_ignored: bool, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the header; where Meta does not see it there, as a parameter. ``paging.next`` carries it, and is not followed as it is."""
    for logger in ("urllib3", "urllib3.connectionpool", ""):  # HubSpot's client quiets urllib3 for a whole process
        caplog.set_level(logging.DEBUG, logger=logger)
    addresses: list[str] = []
    source = meta.source(account_ids=[PARIS])
    send = source._graph._transport._session.request

    def watched(method: str, url: str, **more: Any) -> Any:
        addresses.append(f"{url} {more['params']}")
        return send(method, url, **more)

    monkeypatch.setattr(source._graph._transport._session, "request", watched)
    meta.quirk(meta_ads_header_token_is_ignored=is_ignored, meta_ads_pages_are_capped=True)
    meta.days(PARIS)[:] = [{**meta.days(PARIS)[0], "date": "2026-09-20", "campaign_id": str(n)} for n in range(700)]
    assert len(spend(source)) == 700
    assert meta.calls("node_insights") == 2, "the second page was asked for by paging.next"
    assert TOKEN not in caplog.text
    assert (TOKEN in " ".join(addresses)) is is_ignored
    assert "GET /meta_ads/v26.0/" in caplog.text, "addresses are logged at DEBUG, and were looked at"
