"""``cadran check --probe``: says what a test account does, leaves nothing behind, and keeps away from real accounts."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from connectors.registry import CONNECTORS
from connectors.sandbox.faults import Fault
from connectors.sandbox.limits import HubSpotLimits, Lags
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import FULL_TOKEN
from connectors.transport import no_waiting
from sync.cli import cli
from sync.probe import FACTS
from tests.connectors.hubspot.small_world import ACCOUNT, small_world

AMPLE = HubSpotLimits(burst=10_000, search_per_second=10_000, associations=10_000)
DEFAULT = Quirks()
FLIPPED = replace(
    DEFAULT,
    **{fact.quirk: not getattr(DEFAULT, fact.quirk) for fact in FACTS if isinstance(getattr(DEFAULT, fact.quirk), bool)},
    property_name_max=80,
    owners_page_max=1_000,
)
NOT_PROBED = {
    "retry_after_on_429",
    "rules_apply_to_2026_03",
    "restore_bumps_modified",
    "campaign_properties_by_api",
    "subscriptions_have_companies",
    "user_record_is_user",
    "email_scope_is_marketing",
    "email_days_are_utc",
    "email_empty_days_are_absent",
}

Serve = Callable[..., SandboxServer]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """A test account over loopback; no pause is really waited for."""
    servers: list[SandboxServer] = []

    def serve_(quirks: Quirks = DEFAULT, account_type: str = "DEVELOPER_TEST", search_s: float = 0.0) -> SandboxServer:
        world = small_world(deals=3, account={**ACCOUNT, "accountType": account_type})
        servers.append(SandboxServer(world, quirks=quirks, limits=AMPLE, lags=Lags(search_s=search_s, property_s=0.0)).start())
        return servers[-1]

    monkeypatch.setattr("sync.setup.time.sleep", lambda _seconds: None)
    with no_waiting():
        yield serve_
    for server in servers:
        server.stop()


def check(server: SandboxServer, folder: Path, *flags: str, token: str = FULL_TOKEN, locale: str = "en") -> Result:
    """``cadran check --probe`` on that account."""
    settings = folder / "cadran.yaml"
    section = {"base_url": server.base_url, "token": "env:PROBE_TOKEN"}
    settings.write_text(json.dumps({"home": str(folder / "home"), "locale": locale, "sources": {"hubspot": section}}))
    return CliRunner().invoke(cli, ["check", "--probe", "--settings", str(settings), *flags], env={"PROBE_TOKEN": token})


def facts(result: Result) -> dict[str, dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return {fact["fact"]: fact for fact in json.loads(result.stdout)["probe"]["facts"]}


def standing(server: SandboxServer) -> dict[str, Any]:
    """Everything that is in the account: groups, custom properties and live records of each object."""
    with server.sandbox.lock:
        return {
            plural: (
                sorted(records.definitions.groups),
                sorted(records.definitions.active),
                sorted((one.id, sorted(one.values.items())) for one in records.by_id.values() if one.archived_at is None),
            )
            for plural, records in server.sandbox.portal.records.items()
        }


@pytest.mark.parametrize("quirks", [DEFAULT, FLIPPED], ids=["as assumed", "the other way"])
def test_it_reports_the_position_that_the_account_is_in(serve: Serve, tmp_path: Path, quirks: Quirks) -> None:
    found = facts(check(serve(quirks), tmp_path, "--json"))
    for name, fact in found.items():
        assert fact["assumed"] == getattr(DEFAULT, name)
        if name in NOT_PROBED or (name == "seeded_after_is_ignored" and quirks.seeded_after_is_refused):
            assert (fact["found"], fact["verdict"]) == (None, "not_probed")
            assert fact["reason"]
            continue
        position = {80: "<100", 1_000: ">500"}.get(getattr(quirks, name), getattr(quirks, name))
        assert fact["found"] == position, name
        assert fact["verdict"] == ("matches" if quirks is DEFAULT else "differs"), name


def test_a_list_that_ignores_where_it_is_to_begin_is_noticed(serve: Serve, tmp_path: Path) -> None:
    found = facts(check(serve(Quirks(seeded_after_is_ignored=True)), tmp_path, "--json"))
    assert found["seeded_after_is_ignored"]["found"] is True


def test_every_hubspot_doubt_is_put_or_explained() -> None:
    others = tuple(f"{name}_" for name in CONNECTORS)
    theirs = {name for name in vars(DEFAULT) if not name.startswith(others)}
    assert {fact.quirk for fact in FACTS} == theirs


@pytest.mark.parametrize("quirks", [DEFAULT, FLIPPED], ids=["as assumed", "the other way"])
def test_nothing_is_left_in_the_account(serve: Serve, tmp_path: Path, quirks: Quirks) -> None:
    server = serve(quirks)
    before = standing(server)
    result = check(server, tmp_path, "--json")
    assert json.loads(result.stdout)["probe"]["left_behind"] == []
    assert standing(server) == before


@pytest.mark.parametrize(
    ("fault", "exit_code"),
    [
        (Fault("status", status=401, route="batch_update"), 2),
        (Fault("status", status=503, route="create"), 3),
    ],
    ids=["the credential is withdrawn", "the second company cannot be made"],
)
def test_a_probe_that_fails_half_way_cleans_up(serve: Serve, tmp_path: Path, fault: Fault, exit_code: int) -> None:
    server = serve()
    before = standing(server)
    server.sandbox.faults.add(Fault("slow", route="create"))  # the first company is made
    server.sandbox.faults.add(replace(fault, vendor="hubspot", times=100))
    result = check(server, tmp_path, "--json")
    assert result.exit_code == exit_code, result.output
    assert server.sandbox.stats.vendors["hubspot"].routes["archive"] >= 1
    assert standing(server) == before


def test_a_record_that_may_have_been_made_is_named(serve: Serve, tmp_path: Path) -> None:
    """The answer to its creation is lost: there is no id to remove it by, and it is not made a second time."""
    server = serve()
    server.sandbox.faults.add(Fault("cut", vendor="hubspot", route="create", applied=True, times=100))
    result = check(server, tmp_path, "--json")
    assert result.exit_code == 3
    assert "perhaps one of companies called Cadran probe" in result.stderr
    assert server.sandbox.stats.vendors["hubspot"].routes["create"] == 1


def test_what_a_killed_probe_left_goes_with_the_next(serve: Serve, tmp_path: Path) -> None:
    """The first one loses its credential before it can clean up."""
    server = serve()
    before = standing(server)
    for route in ("batch_update", "archive", "archive_property", "archive_group"):
        server.sandbox.faults.add(Fault("status", vendor="hubspot", route=route, status=401, times=6))
    assert check(server, tmp_path, "--json").exit_code == 2
    assert standing(server) != before
    server.sandbox.faults.clear()
    found = facts(check(server, tmp_path, "--json"))
    assert found["search_unsorted_is_by_id"]["verdict"] == "matches"
    assert standing(server) == before


def test_an_interrupted_probe_cleans_up(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve()
    before = standing(server)

    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sync.setup.time.sleep", interrupt)
    assert check(server, tmp_path, "--json").exit_code == 130
    assert standing(server) == before


def test_what_cannot_be_removed_is_named(serve: Serve, tmp_path: Path) -> None:
    server = serve()
    server.sandbox.faults.add(Fault("status", vendor="hubspot", route="archive", status=500, times=100))
    result = check(server, tmp_path, "--json")
    left = json.loads(result.stdout)["probe"]["left_behind"]
    assert sorted(one.split()[0] for one in left) == ["companies", "companies", "companies", "contacts"]
    assert result.exit_code == 3
    assert "companies.cadran_probe_number" not in left, "the rest is gone all the same"


@pytest.mark.parametrize(("locale", "words"), [("en", "this one is STANDARD"), ("fr", "celui-ci est STANDARD")])
def test_a_real_account_is_refused_and_not_touched(serve: Serve, tmp_path: Path, locale: str, words: str) -> None:
    server = serve(account_type="STANDARD")
    before = standing(server)
    result = check(server, tmp_path, locale=locale)
    assert result.exit_code == 2
    assert words in result.stderr
    assert standing(server) == before


def test_a_read_only_key_is_told_which_scope_it_lacks(serve: Serve, tmp_path: Path) -> None:
    result = check(serve(), tmp_path, token="sandbox-without:crm.schemas.companies.write")
    assert result.exit_code == 2
    assert "crm.schemas.companies.write" in result.stderr


def test_a_question_that_the_key_may_not_ask_leaves_the_others_standing(serve: Serve, tmp_path: Path) -> None:
    found = facts(check(serve(), tmp_path, "--json", token="sandbox-without:crm.objects.owners.read"))
    assert found["owners_page_max"]["verdict"] == "not_probed"
    assert "crm.objects.owners.read" in found["owners_page_max"]["reason"]
    assert found["numbers_read_canonical"]["verdict"] == "matches"


def test_an_index_that_shows_nothing_is_no_answer(serve: Serve, tmp_path: Path) -> None:
    found = facts(check(serve(search_s=3_600.0), tmp_path, "--json"))
    assert found["search_unsorted_is_by_id"]["verdict"] == "not_probed"


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", ("Probe of a DEVELOPER_TEST account", "sandbox assumes", "not probed: needs a validation rule", "was removed.")),
        ("fr", ("Sonde d'un compte DEVELOPER_TEST", "le bac à sable suppose", "non sondé : demande une règle", "a été retiré.")),
    ],
)
def test_the_table_is_for_people(serve: Serve, tmp_path: Path, locale: str, words: tuple[str, ...]) -> None:
    result = check(serve(), tmp_path, locale=locale)
    assert result.exit_code == 0
    text = " ".join(result.stdout.split())
    for phrase in words:
        assert phrase in text


def test_without_the_flag_nothing_is_probed(serve: Serve, tmp_path: Path) -> None:
    server = serve(account_type="STANDARD")
    settings = tmp_path / "cadran.yaml"
    section = {"base_url": server.base_url, "token": "env:PROBE_TOKEN"}
    settings.write_text(json.dumps({"home": str(tmp_path / "home"), "sources": {"hubspot": section}}))
    result = CliRunner().invoke(cli, ["check", "--json", "--settings", str(settings)], env={"PROBE_TOKEN": FULL_TOKEN})
    assert "probe" not in json.loads(result.stdout)
