"""The login by TikTok's consent page: its own names of everything, and a token without an end."""

from datetime import timedelta

import pytest
import requests

from connectors.errors import AuthenticationError
from connectors.oauth.endpoint import TokenEndPoint, TokenRefused
from connectors.oauth.flow import Attempt
from connectors.oauth.store import Logins
from connectors.sandbox.tiktok_ads.service import APP_ID, SECRET
from connectors.tiktok_ads.oauth import OAUTH
from tests.connectors.tiktok_ads.conftest import PARIS, Ads, read, records


def test_a_login_reads_and_a_revoked_one_says_what_to_do(tiktok: Ads) -> None:
    source = tiktok.source(access_token=None, client_id=APP_ID, client_secret=SECRET, advertiser_ids=[PARIS])
    endpoint = TokenEndPoint("tiktok_ads", source.settings, OAUTH, lambda: tiktok.sandbox.clock.now().timestamp())
    attempt = Attempt("tiktok_ads", endpoint.oauth, APP_ID, OAUTH.redirect_uri)
    code = attempt.code(requests.get(attempt.address, allow_redirects=False, timeout=10).headers["Location"])
    grant = endpoint.by_code(code, attempt.redirect_uri, attempt.verifier)
    assert (grant.refresh_token, grant.ends_at) == (None, None)
    with pytest.raises(TokenRefused):
        endpoint.by_code(code, attempt.redirect_uri, attempt.verifier)
    endpoint.close()
    Logins(tiktok.place).save("tiktok_ads", grant)
    tiktok.sandbox.clock.advance(timedelta(days=400))
    assert len(records(read(source))) == 3
    tiktok.sandbox.consents["tiktok_ads"].revoke()
    with pytest.raises(AuthenticationError, match="run `cadran connect tiktok_ads`"):
        read(source)


def test_a_wrong_app_is_told_apart_from_a_spent_code(tiktok: Ads) -> None:
    source = tiktok.source(access_token=None, client_id=APP_ID, client_secret="mistyped", advertiser_ids=[PARIS])
    endpoint = TokenEndPoint("tiktok_ads", source.settings, OAUTH, lambda: 0.0)
    with pytest.raises(AuthenticationError, match="client_id and client_secret must be those of your TikTok app"):
        endpoint.by_code("code", OAUTH.redirect_uri, "")
    endpoint.close()
