"""The example settings file: it loads, it shows everything, and what it says in comments is true."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from config.settings import DEFAULT_HOME, Loaded, Settings, SettingsFault, load
from connectors.registry import CONNECTORS, MODELS

EXAMPLE = Path(__file__).parents[2] / "config" / "defaults" / "cadran.yaml"
TEXT = EXAMPLE.read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"^\s+[a-z_]+: env:([A-Z_]+)", TEXT, re.MULTILINE)))
"""Environment variables that the example refers to."""


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    """The example, copied as a user copies it, in an environment that has what it names."""
    file = tmp_path / "cadran.yaml"
    file.write_text(TEXT, encoding="utf-8")
    return load(file, MODELS, {name: f"value of {name}" for name in NAMED})


def test_the_example_loads_with_every_connector(loaded: Loaded) -> None:
    """One flat account with a section of each type; the CRM is among them."""
    assert list(loaded.accounts) == ["default"]
    account = loaded.accounts["default"]
    assert {section.type for section in account.sources.values()} == set(CONNECTORS)
    assert CONNECTORS[account.sources[account.settings.crm.source].type].target is not None


def test_its_references_are_resolved_and_its_secrets_stay_hidden(loaded: Loaded) -> None:
    """Every named variable arrives somewhere, as a secret where it is one."""
    sections = loaded.accounts["default"].sources
    assert NAMED
    for name in NAMED:
        if name.endswith(("TOKEN", "SECRET", "KEY")):
            assert f"value of {name}" not in repr(sections)
    assert sections["hubspot"].token.get_secret_value() == "value of HUBSPOT_TOKEN"  # type: ignore[attr-defined]
    assert sections["ga4"].client_id == "value of GOOGLE_CLIENT_ID"  # type: ignore[attr-defined]


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    """All of them at once, each by its name."""
    file = tmp_path / "cadran.yaml"
    file.write_text(TEXT, encoding="utf-8")
    with pytest.raises(SettingsFault) as caught:
        load(file, MODELS, {})
    assert all(any(name in fault for fault in caught.value.faults) for name in NAMED)


def test_the_example_shows_every_setting_of_an_account() -> None:
    """A setting that is not in the example is a setting that nobody finds."""
    shown = yaml.safe_load(TEXT)
    assert set(shown) == set(Settings.model_fields) - {"accounts"}
    for part in ("crm", "kpis", "attribution", "schedule", "retention"):
        model = Settings.model_fields[part].annotation
        assert model is not None
        assert set(shown[part]) == set(model.model_fields), part


def test_the_home_is_beside_the_file(loaded: Loaded) -> None:
    """As the comment says: ``.cadran``, found from wherever the command is started."""
    assert loaded.file is not None
    assert loaded.home == loaded.file.parent / DEFAULT_HOME


def alternatives() -> Iterator[tuple[str, str]]:
    """(section, key) of the settings that the example shows in comments."""
    section = ""
    for line in TEXT.splitlines():
        if heading := re.match(r"  ([a-z0-9_]+):$", line):
            section = heading[1]
        elif (key := re.match(r"    # ([a-z_]+): ", line)) and section:
            yield section, key[1]


@pytest.mark.parametrize(("section", "key"), list(alternatives()))
def test_what_stands_in_comments_is_a_setting_of_its_section(section: str, key: str) -> None:
    """Taking the hash away must not end in an unknown key."""
    assert key in MODELS[section].model_fields


def test_the_example_holds_no_secret() -> None:
    """Only references: whatever looks like a credential is ``env:NAME`` or ``file:PATH``."""
    for key, value in re.findall(r"^\s*#?\s*([a-z_]*(?:token|secret|key|password)): (\S+)", TEXT, re.MULTILINE):
        assert value.startswith(("env:", "file:")), key
