"""What goes wrong between us and the property: settings, credentials, rights, quota."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.base import Place
from connectors.errors import AuthenticationError, ConfigurationError, ContractError, MissingScope, QuotaExhausted, TransientError
from connectors.ga4.client import Allowance, Ga4Client
from connectors.ga4.settings import ADMIN_API, Ga4Settings
from connectors.ga4.source import Ga4Source, build
from connectors.sandbox.faults import Fault
from connectors.sandbox.google_errors import error_body, error_info
from connectors.sandbox.server import LoopbackServer
from connectors.transport import no_waiting
from tests.connectors.ga4.conftest import PROPERTY, Ga4, read, settings

ANYWHERE = "http://127.0.0.1:9"


def key_of_a_service_account(**changes: str) -> dict[str, str]:
    pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )
    return {
        "type": "service_account",
        "client_email": "cadran@shop.iam.gserviceaccount.com",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "token_uri": "https://stolen.example/token",
    } | changes


# --- settings ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"), [("G-ABC123", "measurement id"), ("UA-1-1", "not a property id"), ("", "not a property id")]
)
def test_an_id_that_is_no_property_says_where_to_find_one(given: str, words: str) -> None:
    with pytest.raises(ValidationError, match=f"{words}.*Property details"):
        settings(ANYWHERE, property_id=given)


def test_a_property_id_may_come_as_a_number() -> None:
    assert settings(ANYWHERE, property_id=123456789).property_id == "123456789"


@pytest.mark.parametrize(
    "changes",
    [
        {"refresh_token": None, "client_id": None, "client_secret": None},
        {"service_account_file": "key.json"},
        {"client_secret": None},
    ],
)
def test_exactly_one_whole_credential_is_asked_for(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"credential|needs both client_id"):
        settings(ANYWHERE, **changes)


def test_the_admin_api_follows_the_data_api_to_another_host() -> None:
    assert settings(ANYWHERE).admin_url == ANYWHERE
    assert settings(ANYWHERE, admin_base_url="http://127.0.0.1:8").admin_url == "http://127.0.0.1:8"
    google = Ga4Settings(property_id="1", service_account_file="key.json")
    assert google.admin_url == ADMIN_API


# --- check and credentials -----------------------------------------------------------------------------


def test_check_tells_the_property_its_zone_and_what_is_left(google: Ga4) -> None:
    reach = google.source(key_events=("generate_lead", "sign_up")).check()
    assert (reach.account_id, reach.account_name, reach.currency, reach.zone) == (PROPERTY, "Shop", "EUR", "Europe/Paris")
    assert reach.notes[0] == "199999 tokens left today, 13999 this hour"
    assert reach.notes[1:] == ("key events: generate_lead", "not marked as key events in the property: sign_up")


def test_a_service_accounts_key_opens_the_property_at_our_token_uri(google: Ga4, tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text(json.dumps(key_of_a_service_account()))
    login = {"refresh_token": None, "client_id": None, "client_secret": None}
    by_file = settings(google.base_url, service_account_file="key.json", **login)
    by_text = settings(google.base_url, service_account=(tmp_path / "key.json").read_text(), **login)
    for given in (by_file, by_text):
        source = build("ga4", given, Place(tmp_path, tmp_path / "logins"))
        assert source.check().account_name == "Shop"
        source.close()
    assert google.sandbox.stats.vendors["oauth"].routes["token"] == 2


@pytest.mark.parametrize("text", ["{", "[]", '{"client_email": "a@b"}', '{"client_email": "a@b", "private_key": "SECRET-KEY"}'])
def test_a_broken_key_is_a_fault_of_the_settings_and_stays_secret(google: Ga4, text: str) -> None:
    source = google.source(service_account=text, refresh_token=None, client_id=None, client_secret=None)
    with pytest.raises(ConfigurationError, match="not a service account's JSON key") as fault:
        source.check()
    assert "SECRET-KEY" not in str(fault.value)


def test_a_missing_key_file_is_named(google: Ga4) -> None:
    source = google.source(service_account_file="nowhere.json", refresh_token=None, client_id=None, client_secret=None)
    with pytest.raises(ConfigurationError, match=r"nowhere\.json cannot be read"):
        source.check()


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"refresh_token": "worn-out"}, "7 days"), ({"client_secret": "guessed"}, "client_id and client_secret")],
)
def test_a_refused_login_is_explained_without_its_secrets(
    google: Ga4, changes: dict[str, str], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(AuthenticationError, match=words) as refusal:
        google.source(**changes).check()
    assert not [secret for secret in changes.values() if secret in str(refusal.value) + caplog.text]


def test_a_property_out_of_reach_says_whom_to_give_which_role(google: Ga4) -> None:
    with pytest.raises(ConfigurationError, match=r"property 999.*Viewer.*property_id"):
        google.source(property_id="999").check()


def test_a_token_end_point_that_is_down_is_tried_again(google: Ga4) -> None:
    google.sandbox.faults.add(Fault(kind="status", vendor="oauth", times=2, status=503))
    assert google.source().check().account_name == "Shop"
    google.sandbox.faults.add(Fault(kind="status", vendor="oauth", times=9, status=503))
    with pytest.raises(TransientError, match="token end point"):
        google.source().check()


# --- answers that the sandbox does not give, from a scripted server --------------------------------------


@contextmanager
def scripted(status: int, body: Any, *, admin: int = 200) -> Iterator[Ga4Source]:
    """A vendor that gives every report this answer at noon of 2026-11-21, 04:00 in California."""
    date = {"Date": "Sat, 21 Nov 2026 12:00:00 GMT"}

    async def token(_: Request) -> Response:
        return JSONResponse({"access_token": "t", "expires_in": 3600, "token_type": "Bearer"})

    async def report(_: Request) -> Response:
        return JSONResponse(body, status, date)

    async def about(_: Request) -> Response:
        return JSONResponse({"displayName": "Shop", "currencyCode": "EUR", "timeZone": "Europe/Paris"}, admin, date)

    routes = [
        Route("/token", token, methods=["POST"]),
        Route("/v1beta/properties/{id}:runReport", report, methods=["POST"]),
        Route("/v1beta/properties/{rest:path}", about),
    ]
    with LoopbackServer(Starlette(routes=routes)) as server, no_waiting():
        source = Ga4Source("ga4", settings(server.base_url))
        yield source
        source.close()


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("message", "until"),
    [
        ("Exhausted property tokens for a project per hour.", NOON + timedelta(minutes=30)),
        ("Exhausted potentially thresholded requests quota.", NOON + timedelta(minutes=30)),
        ("Exhausted server errors quota.", NOON + timedelta(minutes=60)),
        ("Exhausted property tokens per day.", datetime(2026, 11, 22, 8, tzinfo=UTC)),
    ],
)
def test_a_long_wait_ends_the_stream_and_says_until_when(message: str, until: datetime) -> None:
    with scripted(429, error_body(429, message)) as source, pytest.raises(QuotaExhausted) as refusal:
        source.check()
    assert refusal.value.until == until


def test_too_many_requests_at_once_is_waited_for() -> None:
    with scripted(429, error_body(429, "Exhausted concurrent requests quota.")) as source:
        with pytest.raises(TransientError) as refusal:
            source.check()
        assert refusal.value.retry_after_s == 30.0
        assert source.requests_sent == 3


@pytest.mark.parametrize(
    ("status", "reason", "kind", "words"),
    [
        (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", MissingScope, "analytics.readonly"),
        (403, "SERVICE_DISABLED", ConfigurationError, "not enabled in the Google Cloud project"),
        (401, "ACCESS_TOKEN_TYPE_UNSUPPORTED", AuthenticationError, "access token"),
        (400, "OTHER", ContractError, "refused a report"),
    ],
)
def test_a_refusal_is_told_by_its_reason(status: int, reason: str, kind: type[Exception], words: str) -> None:
    body = error_body(status, "No.", [error_info(reason, "analyticsdata.googleapis.com")])
    with scripted(status, body) as source, pytest.raises(kind, match=words):
        source.check()


def test_without_the_admin_api_the_report_tells_currency_and_zone() -> None:
    report = {"rowCount": 0, "metadata": {"currencyCode": "CHF", "timeZone": "Europe/Zurich"}}
    with scripted(200, report, admin=403) as source:
        reach = source.check()
    assert (reach.account_name, reach.currency, reach.zone) == (f"property {PROPERTY}", "CHF", "Europe/Zurich")
    assert "Admin API may not be read" in reach.notes[-1]


# --- the allowance ---------------------------------------------------------------------------------------


def test_a_quota_that_was_not_returned_is_not_taken_for_an_empty_one() -> None:
    from google.analytics import data_v1beta as ga

    allowance = Allowance()
    allowance.note(ga.PropertyQuota.pb(ga.PropertyQuota()))
    assert allowance.used_up() is None
    allowance.note(ga.PropertyQuota.pb(ga.PropertyQuota(tokens_per_day={"consumed": 1, "remaining": 0})))
    assert allowance.used_up() == "tokens_per_day"


def test_calls_slow_down_below_a_tenth_of_the_tokens_and_stop_at_none(google: Ga4) -> None:
    source = google.source()
    pauses: list[float] = []
    client = Ga4Client("ga4", source.settings, source._token, pause=pauses.append)
    client.touch()
    quota = client.allowance
    quota.remaining["tokens_per_hour"] = quota._first["tokens_per_hour"] // 10 + 1
    client.touch()
    assert pauses == []
    quota.remaining["tokens_per_day"] = quota._first["tokens_per_day"] // 10 - 1
    client.touch()
    assert len(pauses) == 1
    quota.remaining["tokens_per_hour"] = 0
    calls = google.calls("runReport")
    with pytest.raises(QuotaExhausted, match="tokens_per_hour") as refusal:
        client.touch()
    assert refusal.value.until is not None
    assert google.calls("runReport") == calls, "no call is spent on finding out"
    client.close()


def test_a_quota_that_runs_out_in_the_middle_ends_the_read(google: Ga4) -> None:
    source = google.source()
    stream = source.streams()[0]
    assert read(source, stream.name).records
    source._client.allowance.remaining["tokens_per_day"] = 0
    with pytest.raises(QuotaExhausted) as refusal:
        read(source, stream.name)
    assert refusal.value.until == datetime(2026, 10, 1, 7, tzinfo=UTC), "midnight in California"
