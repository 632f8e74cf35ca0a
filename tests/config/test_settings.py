"""Settings: every fault at once, with its place, and never a secret in a message."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from config.sections import SourceSection
from config.settings import Loaded, SettingsFault, load


class CrmSection(SourceSection):
    type: str = "hubspot"
    base_url: str = "https://crm.example"
    token: SecretStr


MODELS = {"hubspot": CrmSection}


def write(folder: Path, text: str) -> Path:
    file = folder / "cadran.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def faults(file: Path, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsFault) as caught:
        load(file, MODELS, environ or {})
    return caught.value.faults


def good(folder: Path, text: str, environ: dict[str, str] | None = None) -> Loaded:
    return load(write(folder, text), MODELS, environ if environ is not None else {"TOKEN": "s3cret"})


def test_every_fault_is_reported_at_once_with_its_line_and_the_nearest_key(tmp_path: Path) -> None:
    """A misspelt key at each level, a wrong value and an unknown connector: four lines, each where it stands."""
    file = write(
        tmp_path,
        "timezon: Europe/Paris\nlocale: de\ncrm:\n  polcy: overwrite\nsources:\n  hubspot: {tokn: x, token: env:TOKEN}\n  hubspt: {}\n",
    )
    lines = faults(file, {"TOKEN": "s3cret"})
    assert any(":1: timezon" in line and "did you mean `timezone`" in line for line in lines)
    assert any(":2: locale" in line for line in lines)
    assert any(":4: crm.polcy" in line and "did you mean `policy`" in line for line in lines)
    assert any(":6: sources.hubspot.tokn" in line and "did you mean `token`" in line for line in lines)
    assert any(":7: sources.hubspt" in line and "did you mean `hubspot`" in line for line in lines)
    assert len(lines) == 5


def test_a_secret_in_the_file_is_refused_without_being_echoed(tmp_path: Path) -> None:
    """The file holds references; a token pasted into it is a fault whose sentence does not repeat it."""
    lines = faults(write(tmp_path, "sources:\n  hubspot: {token: pat-eu1-1234567890}\n"))
    assert any("env:NAME" in line for line in lines)
    assert not any("pat-eu1" in line for line in lines)


def test_a_reference_that_leads_nowhere_names_the_variable(tmp_path: Path) -> None:
    """An unset variable and a missing file are each named."""
    lines = faults(write(tmp_path, "sources:\n  hubspot: {token: env:NOPE}\n  b: {type: hubspot, token: file:missing.txt}\n"))
    assert any("NOPE" in line for line in lines)
    assert any("missing.txt" in line for line in lines)


def test_secrets_come_from_environment_and_files_and_print_as_stars(tmp_path: Path) -> None:
    """``env:``, ``file:`` and a variable for the key itself all reach the connector as a secret."""
    (tmp_path / "key.txt").write_text("from-file\n")
    text = "sources:\n  hubspot: {token: env:TOKEN}\n  b: {type: hubspot, token: file:key.txt}\n"
    account = good(tmp_path, text).accounts["default"]
    one, two = account.sources["hubspot"], account.sources["b"]
    assert isinstance(one, CrmSection)
    assert isinstance(two, CrmSection)
    assert (one.token.get_secret_value(), two.token.get_secret_value()) == ("s3cret", "from-file")
    assert "s3cret" not in repr(account)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """``CADRAN_SOURCES__HUBSPOT__BASE_URL`` replaces what the file says; the token may come that way alone."""
    environ = {"CADRAN_SOURCES__HUBSPOT__BASE_URL": "http://127.0.0.1:1", "CADRAN_SOURCES__HUBSPOT__TOKEN": "t"}
    loaded = good(tmp_path, "sources:\n  hubspot: {base_url: 'https://other.example'}\n", environ)
    section = loaded.accounts["default"].sources["hubspot"]
    assert isinstance(section, CrmSection)
    assert section.base_url == "http://127.0.0.1:1"
    assert section.token.get_secret_value() == "t"


def test_accounts_inherit_the_top_level_and_override_it(tmp_path: Path) -> None:
    """Two CRM accounts in one file share what they do not say themselves."""
    text = "locale: fr\nsources:\n  hubspot: {token: env:TOKEN}\naccounts:\n  paris: {}\n  lyon: {locale: en, crm: {policy: overwrite}}\n"
    accounts = good(tmp_path, text).accounts
    assert accounts["paris"].settings.locale == "fr"
    assert accounts["lyon"].settings.locale == "en"
    assert accounts["lyon"].settings.crm.policy == "overwrite"
    assert set(accounts["lyon"].sources) == {"hubspot"}


def test_broken_yaml_names_its_line(tmp_path: Path) -> None:
    """A file that is no YAML says where."""
    assert faults(write(tmp_path, "locale: en\n  bad: [\n"))[0].startswith(f"{tmp_path / 'cadran.yaml'}:2")


def test_a_crm_that_is_not_a_source_is_a_fault(tmp_path: Path) -> None:
    """``crm: other`` must name one of the sources."""
    lines = faults(write(tmp_path, "crm: other\nsources:\n  hubspot: {token: env:TOKEN}\n"), {"TOKEN": "x"})
    assert any("not among sources" in line for line in lines)


def test_a_zone_that_does_not_exist_is_a_fault(tmp_path: Path) -> None:
    """``CET Paris`` is not an IANA name."""
    assert any("Europe/Paris" in line for line in faults(write(tmp_path, "timezone: Paris\n")))


def test_the_ledgers_address_is_a_reference_too(tmp_path: Path) -> None:
    """A database URL holds a password: it comes from the environment, and prints as stars."""
    assert any("env:NAME" in line for line in faults(write(tmp_path, "ledger: postgresql://u:hunter2@db/x\n")))
    loaded = good(tmp_path, "ledger: env:LEDGER\n", {"LEDGER": "postgresql://u:hunter2@db/x"})
    assert loaded.ledger is not None
    assert loaded.ledger.get_secret_value().endswith("@db/x")
    assert "hunter2" not in repr(loaded)


def test_the_address_of_an_engine_is_a_reference_also_where_an_account_has_its_own(tmp_path: Path) -> None:
    """It may hold a password: read from where it stands, refused in the file, and never shown."""
    file = tmp_path / "cadran.yaml"
    one = "compute: {engine: postgres, url: env:MARTS}\naccounts: {a: {}, b: {compute: {engine: postgres, url: OTHER}}}\n"
    file.write_text(one.replace("OTHER", "env:OTHER"))
    loaded = load(file, {}, {"MARTS": "postgresql://u:p@db/a", "OTHER": "postgresql://u:p@db/b"})
    found = {name: account.settings.compute.url for name, account in loaded.accounts.items()}
    assert {name: url.get_secret_value()[-1] for name, url in found.items() if url} == {"a": "a", "b": "b"}
    file.write_text(one.replace("OTHER", "postgresql://u:hush@db/b"))
    with pytest.raises(SettingsFault) as caught:
        load(file, {}, {})
    assert [fault.split(": ", 1)[1] for fault in caught.value.faults] == [
        "compute.url: the environment variable MARTS is not there or empty",
        "accounts.b.compute.url: a secret may not stand in the file; write env:NAME or file:PATH",
    ]
