"""The demo: the real program on simulated vendors, from the first check to an empty second plan.

The vendors run in a process of their own on a loopback port; what they hold at the end is saved as a world in the demo's home, so
that ``show``, ``explain``, ``plan``, ``apply`` and ``undo`` work on it afterwards, and ``cadran sandbox`` can serve it.
The demo never touches a home that holds a real account.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import yaml

from config.settings import Loaded
from connectors.errors import ConfigurationError
from connectors.sandbox import world as worlds
from connectors.sandbox.apart import SandboxProcess
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.vendor import vendors
from connectors.sandbox.worlds import open_world
from kpi.text import Text
from sync import bootstrap, render, runs
from sync.apply import Selection
from sync.bootstrap import DEMO
from sync.house import House
from sync.output import print_headline, print_json, print_plan, run_json, say_set_aside
from sync.plan import Plan
from sync.progress import shown
from sync.results import headline
from sync.schedule import StopSignal

HEADLINE = (
    "deals_won",
    "revenue_won",
    "avg_deal_size",
    "win_rate",
    "cycle_days_median",
    "cycle_days_mean",
    "pipeline_value",
    "leads",
    "new_customers",
    "lead_to_customer",
    "sessions",
    "session_conversion",
    "visitor_to_lead",
    "visitor_to_customer",
    "spend",
    "cpl",
    "cac_paid",
    "cac_blended",
    "roi",
    "roas_crm",
    "ctr",
    "cpc",
    "cpm",
)

WORLD_FOLDER = "world"
SECRETS: Mapping[str, str] = {name: value for vendor in vendors().values() for name, value in vendor.secrets.items()}
"""Variables that the sandbox's settings refer to. They open nothing else."""


def sandbox_settings(settings_yaml: str | None, base_url: str, folder: Path) -> dict[str, Any]:
    """A world's settings, with every source pointed at the sandbox; credentials are references, as in a real file."""
    document: dict[str, Any] = yaml.safe_load(settings_yaml or "") or {}
    known = vendors()
    added: Mapping[str, dict[str, Any]] = {
        **{name: vendor.section(base_url) for name, vendor in known.items()},
        "spend_file": {"path": str(folder / WORLD_FOLDER / "costs.csv")},
    }
    sources = document.get("sources") or {"hubspot": {}}
    document["sources"] = {
        name: {**(section or {}), **added.get(str((section or {}).get("type", name)), {})} for name, section in sources.items()
    }
    return document


def load_sandboxed(settings_yaml: str | None, base_url: str, root: Path, *, hubspot_key: str = worlds.FULL_TOKEN) -> Loaded:
    """The settings of the demo's world, validated like any others, with one of the sandbox's HubSpot keys."""
    folder = root / DEMO
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "cadran.yaml"
    document = {"accounts": {DEMO: sandbox_settings(settings_yaml, base_url, folder.resolve())}}
    file.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    loaded = bootstrap.settings(file, {**os.environ, **SECRETS, "SANDBOX_HUBSPOT_TOKEN": hubspot_key})
    return Loaded(home=root, accounts=loaded.accounts, file=file)


def refuse_real_accounts(root: Path) -> None:
    """Raise unless the home is empty or holds only a demo."""
    real = sorted(p.parent.name for p in root.glob("*/ledger.sqlite") if p.parent.name != DEMO)
    if real:
        raise ConfigurationError(
            f"{root} holds real accounts ({', '.join(real)}); the demo keeps away from them. Give it a home of its own: `cadran demo --home demo-home`"
        )


@contextmanager
def reopened(root: Path, *, needs_sources: bool) -> Iterator[House]:
    """The demo's house again. With sources, its vendors run for as long as the block lasts and are saved afterwards."""
    folder = root / DEMO / WORLD_FOLDER
    if not (root / DEMO / "ledger.sqlite").exists():
        raise ConfigurationError(f"there is no demo in {root}: run `cadran demo` first")
    if not needs_sources:
        loaded = bootstrap.settings(root / DEMO / "cadran.yaml", {**os.environ, **SECRETS})
        loaded = Loaded(home=root, accounts=loaded.accounts, file=loaded.file)
        with bootstrap.house(loaded, loaded.accounts[DEMO], needs_sources=False) as house:
            yield house
        return
    with _vendors(str(folder)) as vendors, _house(vendors, root, worlds.FULL_TOKEN) as house:
        try:
            yield house
        finally:
            vendors.save(folder)


def demo_command(
    world: str, keep: bool, as_json: bool, settings_file: Path | None, account: str | None, home: Path | None
) -> int:
    """Everything, in the order of the pilot path: check, sync, plan, apply ten records, apply the rest, sync and plan again."""
    if settings_file is not None or account not in (None, DEMO):
        raise ConfigurationError("the demo has its own settings and account: leave --settings and --account out")
    root = home or bootstrap.default_home()
    refuse_real_accounts(root)
    folder = root / DEMO
    with _vendors(world) as vendors:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        vendors.save(folder / WORLD_FOLDER)
        with _house(vendors, root, worlds.READONLY_TOKEN) as house:
            synced, plan = _look(house, as_json)
        with _house(vendors, root, worlds.FULL_TOKEN) as house:
            document = _write(house, vendors, synced, plan, as_json)
        vendors.save(folder / WORLD_FOLDER)
        if as_json:
            print_json(document)
        if keep:
            stop = StopSignal().install()
            click.echo(
                f"The simulated vendors answer at {vendors.base_url} (HubSpot token: {worlds.FULL_TOKEN}). Ctrl-C ends them.",
                err=True,
            )
            while not stop.wait(1.0):
                pass
            vendors.save(folder / WORLD_FOLDER)
    return 0


@contextmanager
def _vendors(world: str) -> Iterator[SandboxProcess]:
    """The vendors of a world, answering. Raises :class:`ConfigurationError` with the file, the line and the column at fault."""
    with SandboxProcess(world) as vendors:
        try:
            vendors.base_url  # noqa: B018
        except worlds.WorldError as error:
            raise ConfigurationError(str(error)) from None
        yield vendors


@contextmanager
def _house(vendors: SandboxProcess, root: Path, hubspot_key: str) -> Iterator[House]:
    loaded = load_sandboxed(vendors.settings_yaml, vendors.base_url, root, hubspot_key=hubspot_key)
    with bootstrap.house(loaded, loaded.accounts[DEMO]) as house:
        yield house


def _say(house: House, as_json: bool, en: str, fr: str) -> None:
    if not as_json:
        click.echo("\n" + Text(en, fr).in_(house.locale))


def _look(house: House, as_json: bool) -> tuple[runs.Synced, Plan]:
    """The first half of the pilot path, with a key that may only read."""
    _say(
        house,
        as_json,
        "1. check: what each credential opens (a read-only HubSpot key)",
        "1. check : ce que chaque identifiant ouvre",
    )
    for source in house.sources.values():
        reach = source.check()
        if not as_json:
            where = f"{reach.account_name} ({reach.currency or render.MISSING}, {reach.zone or render.MISSING})"
            click.echo(f"   {source.id}: {where}")
    _say(house, as_json, "2. sync: extract, normalise, store, compute", "2. sync : extraire, normaliser, stocker, calculer")
    with shown() as progress:
        synced = runs.sync(house, progress)
    if not as_json:
        print_headline(house, synced)
        say_set_aside(house)
    _say(house, as_json, "3. plan: what would be written, and why", "3. plan : ce qui serait écrit, et pourquoi")
    plan = runs.plan(house, synced=synced)
    if not as_json:
        print_plan(plan, house, limit=24)
    return synced, plan


def _write(house: House, vendors: SandboxProcess, synced: runs.Synced, plan: Plan, as_json: bool) -> dict[str, Any]:
    """The second half, with a key that may write; ends with a plan that must be empty."""
    _say(
        house,
        as_json,
        "4. apply, with a key that may write: ten records first, then the rest",
        "4. apply, avec une clé qui peut écrire : dix fiches d'abord, puis le reste",
    )
    with shown() as progress:
        first = runs.apply(house, plan.plan_id, progress, selection=Selection(limit=10))
        rest = runs.apply(house, plan.plan_id, progress)
        if not as_json:
            written = Text("values written", "valeurs écrites").in_(house.locale)
            click.echo(f"   {first.written} + {rest.written} {written}")
        _say(house, as_json, "5. sync and plan again: nothing is left to write", "5. sync et plan à nouveau : plus rien à écrire")
        again = runs.sync(house, progress)
        second = runs.plan(house, synced=again)
    if not as_json:
        print_plan(second, house)
    stats = vendors.stats()
    document = {
        **run_json(house, synced, plan, rest),
        "written": first.written + rest.written,
        "rejected": first.rejected + rest.rejected,
        "requests": {vendor: counted["requests"] for vendor, counted in stats.items()},
        "refused_429": sum(counted["refused_429"] for counted in stats.values()),
        "second_plan_changes": len(second.acted_on),
        "kpi_values": {r.kpi: r.to_json() for r in headline(synced.computed.totals, HEADLINE)},
    }
    if not as_json:
        _print_end(house, document)
    return document


def _print_end(house: House, document: Mapping[str, Any]) -> None:
    requests = ", ".join(f"{k} {v}" for k, v in document["requests"].items())
    words = Text(
        f"\nRequests, as the vendors counted them: {requests}; refused (429): {document['refused_429']}; "
        f"changes in the second plan: {document['second_plan_changes']}.\n"
        "6. From here the schedule does it: `cadran serve`, or `cadran run` from cron.\n"
        "Look around: `cadran show roi --by channel`, `cadran explain cac_paid`, `cadran undo RUN`; on your own account `cadran init`.",
        f"\nRequêtes, comptées par les fournisseurs : {requests} ; refusées (429) : {document['refused_429']} ; "
        f"changements du second plan : {document['second_plan_changes']}.\n"
        "6. Ensuite la planification s'en charge : `cadran serve`, ou `cadran run` depuis cron.\n"
        "À voir : `cadran show roi --by channel`, `cadran explain cac_paid`, `cadran undo RUN` ; sur votre compte `cadran init`.",
    )
    click.echo(words.in_(house.locale))


def sandbox_command(world: str, port: int, settings_file: Path | None, account: str | None, home: Path | None) -> int:
    """Serve a world until stopped."""
    stop = StopSignal().install()
    try:
        opened = open_world(world)
    except worlds.WorldError as error:
        raise ConfigurationError(str(error)) from None
    with SandboxServer(opened, port=port) as server:
        click.echo(f"Simulated HubSpot, GA4, Google Ads and SEMrush at {server.base_url} (HubSpot token: {worlds.FULL_TOKEN})")
        while not stop.wait(1.0):
            pass
    return 0
