"""The commands ``cadran users`` and ``cadran tokens``."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sync.cli import cli
from sync.publish.web.signin import passwords
from sync.publish.web.signin.token_file import TokenFile
from sync.publish.web.signin.user_file import UserFile

PASSWORD = "vase tulip lorry"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings file, no home yet, and passwords that are checked in a millisecond."""
    from argon2 import PasswordHasher

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CADRAN_HOME", raising=False)
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def run(*words: str, given: str | None = None) -> Result:
    return CliRunner().invoke(cli, list(words), input=given)


def listed(what: str) -> Any:
    return json.loads(run(what, "list", "--json").stdout)


def test_users_are_added_listed_and_removed_before_anything_was_synced(tmp_path: Path) -> None:
    added = run("users", "add", "Anne", "--role", "viewer", "--owner", "13", "--owner", "12", "--stdin", given=PASSWORD + "\n")
    assert (added.exit_code, added.stdout) == (0, "Anne may sign in as viewer.\n")
    (user,) = listed("users")
    assert (user["name"], user["role"], user["owners"]) == ("anne", "viewer", ["12", "13"])
    assert "anne" in run("users").stdout
    assert run("users", "remove", "anne").exit_code == 0
    assert listed("users") == []
    assert "nobody has to sign in" in run("users").stdout


def test_a_changed_password_ends_the_sessions_of_the_old_one(tmp_path: Path) -> None:
    run("users", "add", "anne", "--stdin", given=PASSWORD + "\n")
    file = UserFile(tmp_path / ".cadran" / "default")
    before = file.find("anne")
    assert run("users", "password", "anne", "--stdin", given="lamp goose button\n").exit_code == 0
    after = file.find("anne")
    assert before is not None
    assert after is not None
    assert before.stamp != after.stamp
    assert passwords.matches(after.hash, "lamp goose button")


@pytest.mark.parametrize(
    ("words", "given", "said"),
    [
        (["add", "anne", "--stdin"], "short\n", "this password is not taken: it has 5 characters"),
        (["add", "anne", "--stdin"], "", "this password is not taken"),
        (["add", "anne"], None, "give it on standard input with --stdin"),
        (["add"], None, "name the user: `cadran users add NAME`"),
        (["remove", "bob"], None, "no user is called bob; there are none yet"),
    ],
)
def test_what_cannot_be_done_is_said_and_ends_with_2(words: list[str], given: str | None, said: str) -> None:
    refused = run("users", *words, given=given)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert listed("users") == []


def test_a_password_is_no_argument() -> None:
    assert run("users", "add", "anne", "--password", PASSWORD).exit_code == 2
    assert run("users", "add", "anne", PASSWORD).exit_code == 2


def test_a_token_is_shown_once(tmp_path: Path) -> None:
    made = run("tokens", "add", "bi", "--expires", "30", "--owner", "*")
    secret = made.stdout.strip()
    assert secret.startswith("cdr_")
    file = tmp_path / ".cadran" / "default" / "tokens"
    assert secret not in file.read_text()
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    (token,) = listed("tokens")
    assert secret not in json.dumps(token)
    assert (token["name"], token["owners"], token["is_over"]) == ("bi", ["*"], False)
    assert "there is a token bi already" in run("tokens", "add", "bi").stderr
    assert run("tokens", "revoke", "bi").exit_code == 0
    assert TokenFile(tmp_path / ".cadran" / "default").all() == []
    assert run("tokens", "revoke", "bi").exit_code == 2


def test_they_belong_to_an_account(tmp_path: Path) -> None:
    (tmp_path / "cadran.yaml").write_text("home: data\nlocale: fr\naccounts: {north: {}, south: {}}\n")
    assert run("users", "list").exit_code == 2  # which one?
    added = run("users", "add", "anne", "--stdin", "--account", "north", given=PASSWORD + "\n")
    assert added.stdout == "anne peut se connecter avec le rôle viewer.\n"
    assert UserFile(tmp_path / "data" / "north").find("anne") is not None
    assert UserFile(tmp_path / "data" / "south").is_empty()
