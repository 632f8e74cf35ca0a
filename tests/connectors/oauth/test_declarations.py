"""What connectors declare of their vendor's login fits the one way to log in."""

from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.oauth.flow import Attempt, loopback_port
from connectors.registry import CONNECTORS

LOGINS = sorted(name for name, connector in CONNECTORS.items() if connector.oauth is not None)


@pytest.mark.parametrize("name", LOGINS)
def test_a_login_goes_over_https_and_comes_back_to_this_machine(name: str) -> None:
    oauth = CONNECTORS[name].oauth_declared()
    assert oauth is not None
    assert {urlsplit(url).scheme for url in (oauth.authorize_url, oauth.token_url)} == {"https"}
    assert loopback_port(oauth.redirect_uri) is not None or "https" in oauth.redirect_uri
    asked = parse_qs(urlsplit(Attempt(name, oauth, "app", oauth.redirect_uri).address).query)
    assert {oauth.names.get("client_id", "client_id"), "state", "redirect_uri"} <= set(asked)


@pytest.mark.parametrize("name", LOGINS)
def test_a_section_of_such_a_source_names_an_app_and_an_address(name: str) -> None:
    """What `cadran connect` asks of the settings (`connectors.oauth.section.HasApp`)."""
    model = CONNECTORS[name].settings_model()
    assert {"client_id", "client_secret", "redirect_uri"} <= set(model.model_fields)
    assert callable(model.addressed)  # type: ignore[attr-defined]
    assert callable(model.instead_of_login)  # type: ignore[attr-defined]


def test_google_is_among_them() -> None:
    assert {"ga4", "google_ads"} <= set(LOGINS)
