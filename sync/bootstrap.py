"""The one place where clock, stores, connectors and settings are put together."""

import hashlib
import hmac
import importlib.util
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from pathlib import Path

import sqlalchemy.exc

from config.settings import DEFAULT_HOME, Account, AccountSettings, Loaded, SettingsFault, load
from connectors.base import Place, Source, Target
from connectors.errors import ConfigurationError
from connectors.exchange_rates import ecb_rates
from connectors.registry import CONNECTORS, MODELS, Connector
from sync import arenas, left_out, own_kpis, spread_costs
from sync.house import House
from sync.lake import Lake
from sync.ledger import Ledger
from sync.own_kpis import catalogue
from sync.publish.alerts.rules import mistakes as alert_mistakes
from sync.publish.reports.mistakes import mistakes as report_mistakes
from sync.publish.targets.said import mistakes as target_mistakes

DEMO = "demo"
"""Account name of the demo, whose vendors are the sandbox."""


def utc_now() -> datetime:
    """The machine's clock. Nothing else in the project reads it."""
    return datetime.now(UTC)


def _account_mistakes(settings: AccountSettings) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with sections that name KPIs, members and recipients of each other."""
    yield from target_mistakes(settings)
    yield from alert_mistakes(settings)
    yield from report_mistakes(settings)


def default_home() -> Path:
    """``CADRAN_HOME``, else ``.cadran`` in the working folder."""
    return Path(os.environ.get("CADRAN_HOME") or DEFAULT_HOME)


def settings(file: Path | None, environ: Mapping[str, str] | None = None) -> Loaded:
    """The settings, checked. Raises :class:`ConfigurationError` that lists every fault."""
    try:
        judges = (own_kpis.mistakes, left_out.mistakes, spread_costs.mistakes)
        return load(file, MODELS, environ, lambda kpis: chain.from_iterable(judge(kpis) for judge in judges), _account_mistakes)
    except SettingsFault as fault:
        count = len(fault.faults)
        head = f"{count} fault{'s' if count > 1 else ''} in the settings:"
        raise ConfigurationError("\n".join([head, *fault.faults]).replace("\n", "\n  ")) from None


def choose_account(loaded: Loaded, name: str | None) -> Account:
    """The account that a command is about; must be named when there are several."""
    if name is None:
        if len(loaded.accounts) > 1:
            raise ConfigurationError(f"several accounts are set up; add --account with one of: {', '.join(loaded.accounts)}")
        return next(iter(loaded.accounts.values()))
    if name not in loaded.accounts:
        raise ConfigurationError(f"no account is called {name}; known: {', '.join(loaded.accounts)}")
    return loaded.accounts[name]


@contextmanager
def house(loaded: Loaded, account: Account, *, needs_sources: bool = True) -> Iterator[House]:
    """Open an account: its folder (0700), ledger, lake and, when the command speaks to vendors, its sources."""
    folder = loaded.home / account.name
    if not needs_sources and loaded.ledger is None and not (folder / "ledger.sqlite").exists():
        raise ConfigurationError(f"nothing has been synced into {folder} yet: run `cadran sync` (or `cadran demo`) first")
    if needs_sources and not account.sources:
        where = loaded.file or "the settings"
        raise ConfigurationError(f"{where} names no sources; `cadran init` writes a first file, `cadran demo` needs none")
    for path in (loaded.home, folder):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    arenas.share()
    ledger = _ledger(loaded, account.name, folder)
    place = place_of(loaded, account)
    wanted = account.sources if needs_sources else {}
    sources = {source_id: CONNECTORS[section.type].build(source_id, section, place) for source_id, section in wanted.items()}
    built = House(
        name=account.name,
        settings=account.settings,
        folder=folder,
        ledger=ledger,
        lake=Lake(folder, ledger),
        sources=sources,
        target=cache(lambda: _target(account, sources)),
        pseudonym=_pseudonym(folder),
        exchange_rates=ecb_rates,
        clock=utc_now,
        without_links=_crm(account).without_links,
        catalogue=catalogue(account.settings.kpis),
    )
    try:
        yield built
    finally:
        built.close()


def place_of(loaded: Loaded, account: Account) -> Place:
    """What the account's sources may use on this machine."""
    base = (loaded.file.parent if loaded.file else Path()).resolve()
    return Place(base, (loaded.home / account.name / "logins").resolve(), loaded.logins)


def _ledger(loaded: Loaded, account: str, folder: Path) -> Ledger:
    if loaded.ledger is None:
        return Ledger.at(folder)
    if importlib.util.find_spec("psycopg") is None:
        raise ConfigurationError("`ledger` names a PostgreSQL database, whose driver is an extra: pip install 'cadran[postgres]'")
    try:
        return Ledger.in_postgresql(loaded.ledger.get_secret_value(), account)
    except sqlalchemy.exc.SQLAlchemyError as error:
        # The driver's text may hold the address with its password; its class says enough.
        raise ConfigurationError(
            f"the database that `ledger` names cannot be used ({type(error).__name__}): check the URL"
        ) from None


def _crm(account: Account) -> Connector:
    """The CRM's connector; HubSpot's where no section names one (its records may be stored nevertheless)."""
    section = account.sources.get(account.settings.crm.source)
    return CONNECTORS[section.type if section else "hubspot"]


def _target(account: Account, sources: Mapping[str, Source]) -> Target:
    crm = account.settings.crm.source
    if crm not in sources:
        raise ConfigurationError(f"the CRM source `{crm}` is not among the sources")
    connector = CONNECTORS[account.sources[crm].type]
    if connector.target is None:
        raise ConfigurationError(f"`crm: {crm}`: {connector.title} is not a CRM that Cadran can write to")
    return connector.build_target(sources[crm])


def _pseudonym(folder: Path) -> Callable[[str], str]:
    """Keyed hash for personal identifiers; the key never leaves the account's folder."""
    path = folder / "pseudonym.key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
    key = path.read_bytes()
    return lambda value: hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:32]
