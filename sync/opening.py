"""How a command finds its account: the settings file, or the demo's home when there is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from config.settings import AccountSettings
from connectors.errors import ConfigurationError
from sync import bootstrap
from sync.house import House


@contextmanager
def opened(settings_file: Path | None, account: str | None, home: Path | None, *, needs_sources: bool) -> Iterator[House]:
    """The house that a command works in.

    ``account`` ``demo``, or a home that holds nothing but the demo while there is no settings file, opens the demo: its
    simulated vendors are started from the world it left, and that world is saved again at the end.
    """
    root = home or bootstrap.default_home()
    if account == bootstrap.DEMO or (account is None and settings_file is None and _only_demo(root)):
        from sync.demo import reopened

        with reopened(root, needs_sources=needs_sources) as house:
            yield house
        return
    loaded = bootstrap.settings(settings_file)
    if home is not None:
        loaded = replace(loaded, home=home)
    if needs_sources and not loaded.file and not any(a.sources for a in loaded.accounts.values()):
        raise ConfigurationError("there is no cadran.yaml here; `cadran init` writes one, `cadran demo` needs none")
    with bootstrap.house(loaded, bootstrap.choose_account(loaded, account), needs_sources=needs_sources) as house:
        yield house


def consulted(settings_file: Path | None, account: str | None, home: Path | None) -> AccountSettings:
    """What the settings say of an account, without opening it: it need not have been synced. No file: the defaults."""
    root = home or bootstrap.default_home()
    if account == bootstrap.DEMO or (account is None and settings_file is None and _only_demo(root)):
        with opened(settings_file, account, home, needs_sources=False) as house:
            return house.settings
    return bootstrap.choose_account(bootstrap.settings(settings_file), account).settings


def folder_of(settings_file: Path | None, account: str | None, home: Path | None) -> Path:
    """The folder of an account, without opening it: it need not have been synced, nor be there."""
    root = home or bootstrap.default_home()
    if account == bootstrap.DEMO or (account is None and settings_file is None and _only_demo(root)):
        return root / bootstrap.DEMO
    loaded = bootstrap.settings(settings_file)
    return (home or loaded.home) / bootstrap.choose_account(loaded, account).name


def _only_demo(root: Path) -> bool:
    """No settings file here, and the home holds the demo and no other account."""
    if Path("cadran.yaml").exists() or not (root / bootstrap.DEMO / "ledger.sqlite").exists():
        return False
    return {p.parent.name for p in root.glob("*/ledger.sqlite")} == {bootstrap.DEMO}
