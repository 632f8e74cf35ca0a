"""Opening an account: by a client alone, by a login whose refresh token is spent each time."""

import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from connectors.errors import AuthenticationError
from connectors.oauth.endpoint import TokenEndPoint, challenge
from connectors.sandbox.sellsy.service import CLIENT_ID
from connectors.sellsy.oauth import OAUTH, answer
from tests.connectors.sellsy.conftest import Company, read


def test_a_personal_client_asks_for_its_own_token_once(company: Company) -> None:
    """And nobody is told to renew it."""
    source = company.source()
    read(source, "owners")
    assert not any("login" in note for note in source.check().notes)
    assert company.sandbox.stats.vendors["sellsy"].routes["token"] == 1


def test_a_login_goes_on_with_the_token_that_each_refresh_gives(company: Company) -> None:
    """The one of the settings is spent at once; what follows upon it is kept for the next process."""
    company.sandbox.consents["sellsy"].seed(refresh_token="from-the-settings")
    for _ in range(2):
        source = company.source(refresh_token="from-the-settings")
        assert read(source, "owners")[0].records
        source.close()
    company.sandbox.clock.advance(timedelta(days=61))
    # The token's end is told by this machine's clock; that the vendor no longer takes it, by its answer.
    company.sandbox.consents["sellsy"].revoke()
    [kept] = Path(company.folder / "logins").glob("*.json")
    assert kept.stat().st_mode & 0o777 == 0o600
    source = company.source(refresh_token="from-the-settings")
    with pytest.raises(AuthenticationError, match="refresh_token of the settings"):
        read(source, "owners")


def test_a_person_logs_in_by_a_code_with_proof(company: Company) -> None:
    """A private client: the consent page wants a code challenge, the token end point its verifier, in JSON."""
    source = company.source()
    endpoint = TokenEndPoint("sellsy", source.settings, OAUTH, time.time)
    verifier, redirect_uri = "v" * 64, "http://127.0.0.1:8585/"
    asked = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": redirect_uri,
        "scope": "companies.read",
        "state": "s",
    }
    proof = {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}

    def redirected(parameters: dict[str, str]) -> dict[str, list[str]]:
        answer = requests.get(endpoint.oauth.authorize_url, params=parameters, timeout=10, allow_redirects=False)
        return parse_qs(urlsplit(answer.headers["Location"]).query)

    assert redirected(asked)["error"] == ["invalid_request"]
    code = redirected(asked | proof)["code"][0]
    grant = endpoint.by_code(code, redirect_uri, verifier)
    assert company.sandbox.consents["sellsy"].scopes_of(grant.access_token) == {"companies.read"}
    assert grant.refresh_token is not None
    assert endpoint.by_refresh(grant).refresh_token != grant.refresh_token
    with pytest.raises(AuthenticationError):
        endpoint.by_refresh(grant)
    endpoint.close()


def test_a_refusal_in_the_form_of_the_api_is_understood_too() -> None:
    assert answer({"error": {"code": 401, "message": "no"}}) == {"error": "invalid_client"}
    assert answer({"error": {"code": 400, "message": "no"}}) == {"error": "refused"}
    assert answer({"error": "invalid_grant"}) == {"error": "invalid_grant"}
    assert (OAUTH.body, OAUTH.uses_pkce, OAUTH.by_client_alone) == ("json", True, True)
