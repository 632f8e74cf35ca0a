"""A person's login: a code, a short token, one of 60 days; and the word that it is over."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests

from connectors.base import Place
from connectors.errors import AuthenticationError, ConfigurationError
from connectors.meta_ads.oauth import OAUTH
from connectors.meta_ads.settings import MetaAdsSettings
from connectors.oauth.endpoint import TokenEndPoint
from connectors.oauth.flow import Attempt
from connectors.oauth.store import Logins
from connectors.sandbox.meta_ads.access import CLIENT_ID, CLIENT_SECRET
from tests.connectors.meta_ads.conftest import PARIS, Meta

HERE = "http://localhost:8398/"


def section(meta: Meta, **changes: str) -> MetaAdsSettings:
    given = {
        "base_url": f"{meta.base_url}/meta_ads",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "account_ids": [PARIS],
    }
    return MetaAdsSettings.model_validate(given | changes)


def code_and_end_point(meta: Meta, **changes: str) -> tuple[str, TokenEndPoint]:
    """What `cadran connect` has in hand once the browser came back."""
    end_point = TokenEndPoint("meta_ads", section(meta, **changes), OAUTH, lambda: meta.sandbox.clock.now().timestamp())
    attempt = Attempt("meta_ads", end_point.oauth, CLIENT_ID, HERE)
    redirect = requests.get(attempt.address, allow_redirects=False, timeout=10)
    return attempt.code(redirect.headers["Location"]), end_point


def test_the_short_token_is_exchanged_and_reads_for_sixty_days(meta: Meta) -> None:
    code, end_point = code_and_end_point(meta)
    grant = end_point.by_code(code, HERE, "")
    end_point.close()
    assert (grant.expires_at, grant.refresh_token) == (meta.sandbox.clock.now() + timedelta(days=60), None)
    place = Place(meta.folder, meta.folder / "logins")
    Logins(place).connected("meta_ads", grant)
    connected = {"access_token": None, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "account_ids": [PARIS]}
    meta.sandbox.clock.advance(timedelta(days=59))
    assert meta.source(**connected).check().account_id == PARIS
    meta.sandbox.clock.advance(timedelta(days=2))
    with pytest.raises(AuthenticationError, match="run `cadran connect meta_ads`"):
        meta.source(**connected).check()


def test_a_code_that_was_used_and_an_app_that_is_another_are_told_apart(meta: Meta) -> None:
    code, end_point = code_and_end_point(meta)
    end_point.by_code(code, HERE, "")
    with pytest.raises(AuthenticationError, match="invalid_grant"):
        end_point.by_code(code, HERE, "")
    end_point.close()
    code, end_point = code_and_end_point(meta, client_secret="other")
    with pytest.raises(AuthenticationError, match="client_id and client_secret must be those of your Meta app"):
        end_point.by_code(code, HERE, "")
    end_point.close()


def test_without_a_token_or_a_login_the_sentence_says_how_to_get_one(meta: Meta) -> None:
    with pytest.raises(ConfigurationError, match="nobody has logged in to Meta yet: run `cadran connect meta_ads`"):
        meta.source(access_token=None, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, account_ids=[PARIS]).check()
    assert urlsplit(OAUTH.redirect_uri).port == 8398
