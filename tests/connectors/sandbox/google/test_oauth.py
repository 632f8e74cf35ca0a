"""Tokens: two grants, one hour by the sandbox's clock, and the refusals a client has to tell apart."""

from datetime import timedelta
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import credentials, service_account

from connectors.sandbox.oauth import ADWORDS_SCOPE, ANALYTICS_SCOPE, ASSERTION_GRANT
from connectors.sandbox.world import GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GOOGLE_REFRESH_TOKEN
from tests.connectors.sandbox.google.conftest import PROPERTY, REFRESH_FORM, Google


@pytest.fixture(scope="module")
def account_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def service_account_info(google: Google, key: str) -> dict[str, str]:
    return {
        "type": "service_account",
        "client_email": "cadran@sandbox.iam.gserviceaccount.com",
        "private_key": key,
        "private_key_id": "1",
        "token_uri": f"{google.base_url}/token",
    }


def refresh_token_credentials(google: Google, refresh_token: str = GOOGLE_REFRESH_TOKEN) -> credentials.Credentials:
    return credentials.Credentials(  # type: ignore[no-untyped-call]
        None,
        refresh_token=refresh_token,
        client_id=GOOGLE_CLIENT_ID,
        client_secret=GOOGLE_CLIENT_SECRET,
        token_uri=f"{google.base_url}/token",
    )


def assertion(key: str, **claims: Any) -> str:
    body = {"iss": "a@b", "aud": "https://oauth2.googleapis.com/token", "scope": ANALYTICS_SCOPE, "iat": 1000, "exp": 4600}
    kept = {name: value for name, value in (body | claims).items() if value is not None}
    return jwt.encode(crypt.RSASigner.from_string(key), kept).decode()  # type: ignore[no-untyped-call, no-any-return]


def test_the_refresh_token_buys_a_token_that_both_services_take(google: Google) -> None:
    answer = requests.post(f"{google.base_url}/token", data=REFRESH_FORM)
    assert answer.json() == {
        "access_token": google.token,
        "expires_in": 3599,
        "scope": f"{ADWORDS_SCOPE} {ANALYTICS_SCOPE}",
        "token_type": "Bearer",
    }
    assert google.get(f"/v1beta/properties/{PROPERTY}").status_code == 200
    assert google.get("/v26/customers:listAccessibleCustomers").status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"refresh_token": "revoked"}, 400, "invalid_grant"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "https://www.googleapis.com/auth/drive"}, 400, "invalid_scope"),
        ({"grant_type": ASSERTION_GRANT, "assertion": "not.a.jwt"}, 400, "invalid_grant"),
    ],
)
def test_a_wrong_grant_is_refused_by_its_own_name(google: Google, change: dict[str, str], status: int, error: str) -> None:
    answer = requests.post(f"{google.base_url}/token", data=REFRESH_FORM | change)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_token_dies_after_an_hour_of_the_sandboxs_clock(google: Google) -> None:
    google.sandbox.clock.advance(timedelta(seconds=3598))
    assert google.get(f"/v1beta/properties/{PROPERTY}").status_code == 200
    google.sandbox.clock.advance(timedelta(seconds=1))
    refused = google.get(f"/v1beta/properties/{PROPERTY}")
    assert refused.status_code == 401
    assert refused.json()["error"]["status"] == "UNAUTHENTICATED"
    assert refused.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_EXPIRED"


@pytest.mark.parametrize("header", ["", "Basic abc", "Bearer ", "Bearer made-up", "Bearer ya29.sandbox.analytics.soon"])
def test_without_a_good_token_both_services_answer_401(google: Google, header: str) -> None:
    for path in (f"/v1beta/properties/{PROPERTY}", "/v26/customers:listAccessibleCustomers"):
        refused = requests.get(google.base_url + path, headers={"Authorization": header})
        assert (refused.status_code, refused.json()["error"]["status"]) == (401, "UNAUTHENTICATED")


def test_a_token_for_analytics_does_not_open_google_ads(google: Google) -> None:
    narrow = requests.post(f"{google.base_url}/token", data=REFRESH_FORM | {"scope": ANALYTICS_SCOPE}).json()
    google.token = narrow["access_token"]
    assert google.get(f"/v1beta/properties/{PROPERTY}").status_code == 200
    refused = google.get("/v26/customers:listAccessibleCustomers")
    assert refused.status_code == 403
    assert refused.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_googles_own_credentials_refresh_here_and_again_after_a_401(google: Google) -> None:
    with AuthorizedSession(refresh_token_credentials(google)) as session:  # type: ignore[no-untyped-call]
        url = f"{google.base_url}/v1beta/properties/{PROPERTY}"
        assert session.get(url).status_code == 200
        google.sandbox.clock.advance(timedelta(days=1))
        assert session.get(url).status_code == 200


def test_googles_own_credentials_understand_a_dead_refresh_token(google: Google) -> None:
    with pytest.raises(RefreshError, match="invalid_grant"):
        refresh_token_credentials(google, "revoked").refresh(Request())  # type: ignore[no-untyped-call]


def test_a_service_account_trades_its_assertion_for_a_token(google: Google, account_key: str) -> None:
    account = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
        service_account_info(google, account_key), scopes=[ANALYTICS_SCOPE]
    )
    account.refresh(Request())
    google.token = account.token
    assert google.get(f"/v1beta/properties/{PROPERTY}").status_code == 200
    assert google.get("/v26/customers:listAccessibleCustomers").status_code == 403


@pytest.mark.parametrize(
    ("claims", "error"),
    [({"exp": 9000}, "invalid_grant"), ({"aud": "https://elsewhere/"}, "invalid_grant"), ({"scope": "drive"}, "invalid_scope")],
)
def test_an_assertion_must_be_short_lived_and_made_out_to_the_end_point(
    google: Google, account_key: str, claims: dict[str, Any], error: str
) -> None:
    form = {"grant_type": ASSERTION_GRANT, "assertion": assertion(account_key, **claims)}
    answer = requests.post(f"{google.base_url}/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"sub": "a@b", "aud": "https://analyticsdata.googleapis.com/", "scope": None}, 200),
        ({"sub": "a@b", "aud": "https://analyticsadmin.googleapis.com/", "scope": None}, 401),
        ({"sub": "a@b"}, 200),
        ({"sub": "other"}, 401),
        ({"sub": "a@b", "scope": ADWORDS_SCOPE}, 401),
    ],
)
def test_a_self_signed_token_counts_when_it_is_made_out_to_analytics(
    google: Google, account_key: str, claims: dict[str, Any], status: int
) -> None:
    google.token = assertion(account_key, **claims)
    assert google.ask_report(metrics=["sessions"]).status_code == status
