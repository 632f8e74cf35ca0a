"""The login: with a refresh token for apps that get one, without for the others, and its end told ahead."""

from datetime import timedelta

import pytest
import requests

from connectors.base import Place
from connectors.errors import AuthenticationError
from connectors.linkedin_ads.oauth import OAUTH
from connectors.linkedin_ads.source import LinkedInAdsSource
from connectors.oauth.endpoint import TokenEndPoint
from connectors.oauth.flow import Attempt
from connectors.oauth.grant import Grant
from connectors.oauth.login import Login
from connectors.oauth.store import Logins
from connectors.sandbox.linkedin_ads.vendor import ACCESS_TOKEN
from tests.connectors.linkedin_ads.conftest import PAGE, LinkedIn


def consented(linkedin: LinkedIn, source: LinkedInAdsSource) -> Grant:
    """What ``cadran connect`` keeps when the person says yes."""
    endpoint = TokenEndPoint("linkedin_ads", source.settings, OAUTH, lambda: linkedin.sandbox.clock.now().timestamp())
    attempt = Attempt("linkedin_ads", endpoint.oauth, endpoint.client_id, endpoint.oauth.redirect_uri)
    sent_back = requests.get(attempt.address, allow_redirects=False, timeout=10).headers["Location"]
    grant = endpoint.by_code(attempt.code(sent_back), attempt.redirect_uri, attempt.verifier)
    endpoint.close()
    Logins(Place(linkedin.folder, linkedin.folder / "logins")).save("linkedin_ads", grant)
    return grant


def at_the_sandboxs_clock(linkedin: LinkedIn, source: LinkedInAdsSource) -> LinkedInAdsSource:
    """The source, its login by the sandbox's clock."""
    place = Place(linkedin.folder, linkedin.folder / "logins")
    source._login.close()
    source._login = Login("linkedin_ads", source.settings, OAUTH, place, lambda: linkedin.sandbox.clock.now().timestamp())
    source._client._login = source._login
    return source


@pytest.fixture
def source(linkedin: LinkedIn) -> LinkedInAdsSource:
    return at_the_sandboxs_clock(linkedin, linkedin.source(refresh_token=None))


def test_an_approved_app_is_renewed_past_the_sixty_days(linkedin: LinkedIn, source: LinkedInAdsSource) -> None:
    grant = consented(linkedin, source)
    assert grant.refresh_token is not None
    assert grant.ends_at == linkedin.sandbox.clock.now() + timedelta(days=365)
    linkedin.sandbox.clock.advance(timedelta(days=61))
    assert source.check().account_name == "Shop FR, Shop US"
    assert not any("the login ends" in note for note in source.check().notes)


def test_any_other_app_is_warned_of_the_end_and_says_plainly_when_it_came(linkedin: LinkedIn, source: LinkedInAdsSource) -> None:
    linkedin.quirk(linkedin_ads_app_has_refresh_tokens=False)
    assert consented(linkedin, source).refresh_token is None
    assert not any("the login ends" in note for note in source.check().notes)
    linkedin.sandbox.clock.advance(timedelta(days=47))
    [note] = [note for note in at_the_sandboxs_clock(linkedin, source).check().notes if "the login ends" in note]
    assert (
        note == "the login ends on 2026-11-29 and LinkedIn does not renew it: run `cadran connect linkedin_ads` before that day"
    )
    linkedin.sandbox.clock.advance(timedelta(days=14))
    with pytest.raises(AuthenticationError, match="ended on 2026-11-29, after 60 days: run `cadran connect linkedin_ads`"):
        at_the_sandboxs_clock(linkedin, linkedin.source(refresh_token=None)).check()


def test_scopes_of_pages_are_asked_for_only_where_pages_are_read(linkedin: LinkedIn) -> None:
    """LinkedIn refuses a login that asks for more than the app was approved for."""
    ads = linkedin.source()
    both = linkedin.source(organizations=[PAGE])
    assert ads.settings.addressed(OAUTH).scopes == ("r_ads", "r_ads_reporting")
    assert both.settings.addressed(OAUTH).scopes == (
        "r_ads",
        "r_ads_reporting",
        "r_organization_social",
        "rw_organization_admin",
    )
    assert linkedin.page_source().settings.addressed(OAUTH).scopes == ("r_organization_social", "rw_organization_admin")


def test_the_end_of_a_token_in_the_settings_is_told_ahead_too(linkedin: LinkedIn) -> None:
    """LinkedIn says it to the app that the token was issued to; without the app's secret nobody can know."""
    given = {"access_token": ACCESS_TOKEN, "refresh_token": None}
    assert not any("access_token" in note for note in linkedin.source(**given).check().notes)
    linkedin.sandbox.clock.advance(timedelta(days=50))
    [note] = [note for note in linkedin.source(**given).check().notes if "access_token" in note]
    assert note == "the access_token of the settings ends on 2026-11-29: put a new one there before that day"
    for unknowing in ({"client_secret": None}, {"client_secret": "another app's"}):
        assert not any("access_token" in note for note in linkedin.source(**given, **unknowing).check().notes)
