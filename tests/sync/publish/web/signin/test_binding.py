"""Where the server may listen, and the section ``serve`` of the settings."""

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from config.serve import ServeSettings
from connectors.errors import ConfigurationError
from sync.publish.web.signin.binding import check_binding, uvicorn_options
from sync.publish.web.signin.user_file import UserFile
from tests.sync.publish.web.signin.conftest import PASSWORD

DOCS = Path(__file__).parents[5] / "docs"
OIDC = {
    "issuer": "https://login.example.com",
    "client_id": "cadran",
    "client_secret": "s3cret-s3cret",
    "roles": {"viewer": {"groups": ["sales"]}},
}


@pytest.fixture
def users(tmp_path: Path) -> UserFile:
    return UserFile(tmp_path)


def add_one(users: UserFile) -> None:
    users.add("ada", "admin", [], PASSWORD, datetime(2026, 11, 22, tzinfo=UTC))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_this_machine_alone_needs_nothing(users: UserFile, host: str) -> None:
    check_binding(ServeSettings(host=host), users)


@pytest.mark.parametrize(
    "wide",
    [
        {"host": "0.0.0.0"},
        {"host": "::"},
        {"host": "192.168.1.5"},
        {"host": "kpi.example.com"},
        {"trusted_proxies": ["10.0.0.2"]},
    ],
)
def test_wider_is_refused_without_sign_in_then_without_https(users: UserFile, wide: dict[str, Any], quick_hashes: None) -> None:
    with pytest.raises(ConfigurationError, match="cadran users add NAME --role admin") as refused:
        check_binding(ServeSettings(**wide), users)
    assert refused.value.exit_code == 2
    add_one(users)
    with pytest.raises(ConfigurationError, match=r"serve\.tls.*serve\.public_url"):
        check_binding(ServeSettings(**wide), users)
    check_binding(ServeSettings(**wide, public_url="https://kpi.example.com"), users)


def test_a_proxy_on_this_machine_counts_as_wide(users: UserFile) -> None:
    with pytest.raises(ConfigurationError, match=r"at https://kpi\.example\.com: set up sign-in first"):
        check_binding(ServeSettings(public_url="https://kpi.example.com"), users)
    check_binding(ServeSettings(public_url="https://kpi.example.com", oidc=OIDC), users)  # type: ignore[arg-type]


def test_a_certificate_must_be_one(users: UserFile, tmp_path: Path, quick_hashes: None) -> None:
    add_one(users)
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    settings = ServeSettings(host="0.0.0.0", tls={"cert": cert, "key": key})  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="No such file"):
        check_binding(settings, users)
    cert.write_text("no certificate")
    key.write_text("no key")
    with pytest.raises(ConfigurationError, match="are no certificate and its key"):
        check_binding(settings, users)
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=localhost",
        "-days",
        "1",
    ]
    subprocess.run([*make, "-keyout", key, "-out", cert], check=True, capture_output=True)
    check_binding(settings, users)
    assert uvicorn_options(settings)["ssl_certfile"] == cert


def test_a_proxy_s_word_is_taken_only_when_the_settings_name_it() -> None:
    assert uvicorn_options(ServeSettings())["proxy_headers"] is False
    told = uvicorn_options(ServeSettings(trusted_proxies=["10.0.0.0/24"]))
    assert (told["proxy_headers"], told["forwarded_allow_ips"]) == (True, ["10.0.0.0/24"])


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"public_url": "http://kpi.example.com"}, "https://host"),
        ({"public_url": "https://kpi.example.com/cadran"}, "without a path"),
        ({"trusted_proxies": ["proxy"]}, "IP address or a network"),
        ({"tls": {"cert": "cert.pem", "key": "/k.pem"}}, "whole path"),
        ({"oidc": {**OIDC, "issuer": "http://login.example.com"}}, "https:// address"),
        ({"oidc": {**OIDC, "roles": {"admin": {}}}}, "nobody could sign in"),
        ({"oidc": {**OIDC, "roles": {"boss": {"groups": ["x"]}}}}, "'viewer', 'editor' or 'admin'"),
        ({"oidc": {**OIDC, "scopes": ["email"]}}, "`openid` must be among"),
        ({"own_record_only": True}, "Extra inputs"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(section: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ServeSettings(**section)


@pytest.mark.parametrize("page", ["sign-in.md", "sign-in.fr.md"])
def test_every_example_of_the_documentation_loads(page: str, tmp_path: Path) -> None:
    from config.settings import load

    blocks = re.findall(r"```yaml\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        (tmp_path / "cadran.yaml").write_text(block)
        loaded = load(tmp_path / "cadran.yaml", {}, {"OIDC_SECRET": "x"})
        assert loaded.accounts["default"].settings.serve != ServeSettings()


def test_the_client_secret_is_read_from_where_it_stands_and_prints_as_stars(tmp_path: Path) -> None:
    from config.settings import SettingsFault, load

    text = (
        "serve:\n  oidc:\n    issuer: https://login.example.com\n    client_id: cadran\n    client_secret: {}\n"
        "    roles: {{viewer: {{groups: [sales]}}}}\n"
    )
    file = tmp_path / "cadran.yaml"
    file.write_text(text.format("env:OIDC_SECRET"))
    oidc = load(file, {}, {"OIDC_SECRET": "s3cret-s3cret"}).accounts["default"].settings.serve.oidc
    assert oidc is not None
    assert oidc.client_secret.get_secret_value() == "s3cret-s3cret"
    assert "s3cret" not in repr(oidc)
    file.write_text(text.format("s3cret-s3cret"))
    with pytest.raises(SettingsFault, match="a secret may not stand in the file"):
        load(file, {}, {})
