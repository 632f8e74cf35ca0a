"""The login by Microsoft's consent page, kept by refresh tokens of which each works once."""

from datetime import timedelta

import pytest
import requests

from connectors.errors import AuthenticationError
from connectors.microsoft_ads.oauth import OAUTH
from connectors.oauth.endpoint import TokenEndPoint
from connectors.oauth.flow import Attempt
from connectors.oauth.store import Logins
from tests.connectors.microsoft_ads.conftest import PARIS, Ads, read, records


def test_a_login_is_renewed_for_as_long_as_it_is_not_revoked(microsoft: Ads) -> None:
    source = microsoft.source(refresh_token=None, account_ids=[PARIS])
    endpoint = TokenEndPoint("microsoft_ads", source.settings, OAUTH, lambda: microsoft.sandbox.clock.now().timestamp())
    attempt = Attempt("microsoft_ads", endpoint.oauth, endpoint.client_id, "http://localhost:50123/")
    code = attempt.code(requests.get(attempt.address, allow_redirects=False, timeout=10).headers["Location"])
    grant = endpoint.by_code(code, attempt.redirect_uri, attempt.verifier)
    endpoint.close()
    assert grant.refresh_token is not None
    Logins(microsoft.place).save("microsoft_ads", grant)
    microsoft.sandbox.clock.advance(timedelta(days=2))
    assert len(records(read(source))) == 3
    kept = Logins(microsoft.place).load("microsoft_ads")
    assert kept is not None
    assert kept.refresh_token not in (None, grant.refresh_token)
    microsoft.sandbox.consents["microsoft_ads"].revoke()
    with pytest.raises(AuthenticationError, match="run `cadran connect microsoft_ads`"):
        read(source)
