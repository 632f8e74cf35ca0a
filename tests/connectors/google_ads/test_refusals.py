"""What goes wrong: settings, refusals by error code, a cancelled account, values that cannot be read."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.base import BadValue, Raw
from connectors.errors import AuthenticationError, ConfigurationError, ContractError, MissingScope, QuotaExhausted, TransientError
from connectors.google_ads.normalise import campaign_day, click
from connectors.google_ads.source import GoogleAdsSource
from connectors.sandbox.google_errors import GoogleError, error_info
from connectors.sandbox.server import LoopbackServer
from connectors.transport import no_waiting
from tests.connectors.google_ads.conftest import NEW_YORK, PARIS, Ads, read, records, settings
from tests.connectors.google_rows import row_context

ANYWHERE = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"customer_ids": []}, "at least 1 item"),
        ({"customer_ids": ["12-34"]}, "not a customer id"),
        ({"login_customer_id": "me"}, "not a customer id"),
        ({"channel": "paid-serach"}, "not a channel; known: paid_search"),
        ({"click_history_days": 91}, "less than or equal to 90"),
        ({"api_version": "26"}, "pattern"),
        ({"client_secret": None}, "needs both client_id"),
    ],
)
def test_a_fault_in_the_settings_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        settings(ANYWHERE, **changes)


def test_customer_ids_lose_their_dashes() -> None:
    assert settings(ANYWHERE, customer_ids=["123-456-7890", 1234567891]).customer_ids == ("1234567890", "1234567891")


def test_a_refused_login_names_no_secret(google: Ads) -> None:
    with pytest.raises(AuthenticationError, match="7 days") as refusal:
        google.source(refresh_token="worn-out").check()
    assert "worn-out" not in str(refusal.value)


def test_an_account_out_of_reach_says_which_setting_to_give(google: Ads) -> None:
    with pytest.raises(ConfigurationError, match=r"account 3333333333.*login_customer_id"):
        google.source(customer_ids=["3333333333"]).check()


def test_a_retired_version_names_its_setting(google: Ads) -> None:
    with pytest.raises(ConfigurationError, match="api_version v19"):
        google.source(api_version="v19").check()


@pytest.mark.parametrize("in_array", [True, False])
def test_an_error_is_read_with_and_without_its_array(google: Ads, in_array: bool) -> None:
    google.quirk(google_ads_stream_errors_in_array=in_array)
    with pytest.raises(ConfigurationError, match="login_customer_id"):
        google.source(customer_ids=["3333333333"]).describe()


# --- refusals that the sandbox does not give, from a scripted server ---------------------------------------


@contextmanager
def scripted(refusal: GoogleError, *, of: str = PARIS) -> Iterator[tuple[GoogleAdsSource, list[Request]]]:
    """Two accounts, one of which refuses every query, at noon of 2026-11-21."""
    asked: list[Request] = []
    about = {"descriptiveName": "Shop", "currencyCode": "EUR", "timeZone": "Europe/Paris"}

    async def token(_: Request) -> Response:
        return JSONResponse({"access_token": "t", "expires_in": 3600, "token_type": "Bearer"})

    async def accessible(request: Request) -> Response:
        asked.append(request)
        return JSONResponse({"resourceNames": []})

    async def search(request: Request) -> Response:
        asked.append(request)
        customer_id = request.path_params["id"]
        if customer_id == of:
            return JSONResponse(refusal.body(), refusal.code, {"Date": "Sat, 21 Nov 2026 12:00:00 GMT"})
        if b"FROM customer" in await request.body():
            return JSONResponse([{"results": [{"customer": about | {"id": customer_id}}]}])
        return JSONResponse([{"fieldMask": "customer.id", "requestId": "x"}])

    routes = [
        Route("/token", token, methods=["POST"]),
        Route("/v26/customers:listAccessibleCustomers", accessible),
        Route("/v26/customers/{id}/googleAds:searchStream", search, methods=["POST"]),
    ]
    with LoopbackServer(Starlette(routes=routes)) as server, no_waiting():
        source = GoogleAdsSource("google_ads", settings(server.base_url, developer_token="dev-token"))
        yield source, asked
        source.close()


STATUS = {"quotaError": 429, "internalError": 500, "authenticationError": 401, "authorizationError": 403, "queryError": 400}


def refused(kind: str, code: str, delay: str | None = None) -> GoogleError:
    error: dict[str, Any] = {"errorCode": {kind: code}, "message": "No."}
    if delay is not None:
        error["details"] = {"quotaErrorDetails": {"rateScope": "DEVELOPER", "rateName": "Operations", "retryDelay": delay}}
    failure = "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"
    return GoogleError(STATUS[kind], "No.", [{"@type": failure, "errors": [error], "requestId": "request-1"}])


def test_a_cancelled_account_is_skipped_and_reported(caplog: pytest.LogCaptureFixture) -> None:
    with scripted(refused("authorizationError", "CUSTOMER_NOT_ENABLED")) as (source, asked):
        reach = source.check()
        assert reach.account_id == NEW_YORK
        assert reach.notes[-2:] == (f"{PARIS} is not enabled and was left out", "the login itself reaches no account")
        pages = read(source, "campaigns_daily")
        assert records(pages) == []
        assert pages[-1].cursor == f"{NEW_YORK}=2026-10-01"
        assert source.describe()["skipped"] == {PARIS: f"{PARIS} is not enabled and was left out"}
        assert {request.headers.get("developer-token") for request in asked} == {"dev-token"}
    assert PARIS in caplog.text


@pytest.mark.parametrize(
    ("refusal", "kind", "words"),
    [
        (refused("quotaError", "RESOURCE_EXHAUSTED"), QuotaExhausted, "RESOURCE_EXHAUSTED"),
        (refused("quotaError", "EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION"), QuotaExhausted, "LONG_TERM"),
        (refused("quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED"), TransientError, "TEMPORARILY"),
        (refused("quotaError", "RESOURCE_EXHAUSTED", "30s"), TransientError, "RESOURCE_EXHAUSTED"),
        (refused("internalError", "INTERNAL_ERROR"), TransientError, "INTERNAL_ERROR"),
        (refused("authenticationError", "NOT_ADS_USER"), AuthenticationError, "NOT_ADS_USER"),
        (refused("authorizationError", "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION"), ConfigurationError, "Explorer access"),
        (refused("queryError", "UNRECOGNIZED_FIELD"), ContractError, "queryError.UNRECOGNIZED_FIELD"),
        (GoogleError(403, "No.", [error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "ads")]), MissingScope, "auth/adwords"),
        (GoogleError(403, "No.", [error_info("SERVICE_DISABLED", "ads")]), ConfigurationError, "Google Ads API is not enabled"),
    ],
)
def test_a_refusal_is_told_by_its_code(refusal: GoogleError, kind: type[Exception], words: str) -> None:
    with scripted(refusal) as (source, _), pytest.raises(kind, match=words):
        source.describe()


def test_a_long_wait_ends_the_stream_and_says_until_when() -> None:
    with scripted(refused("quotaError", "RESOURCE_EXHAUSTED", "7200s")) as (source, asked):
        with pytest.raises(QuotaExhausted) as refusal:
            source.describe()
        assert refusal.value.until == datetime(2026, 11, 21, 14, tzinfo=UTC)
        assert len(asked) == 1


# --- values ------------------------------------------------------------------------------------------------


def day(**parts: dict[str, Any]) -> Raw:
    record: Raw = {
        "customer": {"id": PARIS, "currencyCode": "EUR", "timeZone": "Europe/Paris"},
        "campaign": {"id": "111", "name": "brand", "advertisingChannelType": "SEARCH"},
        "segments": {"date": "2026-09-30"},
        "metrics": {"costMicros": "1"},
    }
    return record | {name: record[name] | values for name, values in parts.items()}


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"metrics": {"costMicros": "12,5"}}, "costMicros: '12,5' is not a number"),
        ({"metrics": {"clicks": 1.5}}, "clicks: 1.5 is not a whole number"),
        ({"metrics": {"conversions": "Infinity"}}, "conversions: 'Infinity' is not a number"),
        ({"segments": {"date": "30/09/2026"}}, "segments.date: '30/09/2026' is not a day"),
        ({"customer": {"currencyCode": ""}}, "currencyCode: missing"),
        ({"campaign": {"id": None}}, "id: missing"),
    ],
)
def test_a_value_that_cannot_be_read_is_named(parts: dict[str, Any], words: str) -> None:
    with pytest.raises(BadValue, match=words):
        list(campaign_day(day(**parts), row_context({}), None))


def test_a_campaign_type_newer_than_ours_is_paid_other() -> None:
    rows = dict(campaign_day(day(campaign={"advertisingChannelType": "HOLOGRAM"}), row_context({}), None))
    assert rows["ad_spend_daily"]["channel"] == "paid_other"


def test_a_row_without_a_part_is_set_aside() -> None:
    record = day()
    del record["campaign"]
    with pytest.raises(BadValue, match="campaign: missing"):
        list(campaign_day(record, row_context({}), None))
    with pytest.raises(BadValue, match="clickView: missing"):
        list(click(day(), lambda value: value))
    assert date(2026, 9, 30) == next(iter(click(day() | {"clickView": {"gclid": "x"}}, lambda v: v)))[1]["clicked_on"]
