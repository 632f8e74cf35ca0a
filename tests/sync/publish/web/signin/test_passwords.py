"""Which passwords are taken, how they are kept, and the file they are kept in."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from connectors.errors import ConfigurationError
from sync.publish.web.signin import passwords
from sync.publish.web.signin.user_file import UserFile
from tests.sync.publish.web.signin.conftest import PASSWORD, World

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "12 or more"),
        ("x" * 300, "256 are the most"),
        ("aaaaaaaaaaaa", "same few"),
        ("123456789012", "follows"),
        ("qwertyuiopasdf", "follows"),
        ("zyxwvutsrqpon", "follows"),
        ("password1234", "commonest"),
        ("P@ssw0rd2026!", "commonest"),
        ("Bienvenue2026!", "commonest"),
        ("motdepasse-1234", "commonest"),
        ("I am Anne Martin", "the user's name"),
    ],
)
def test_weak_passwords_are_refused_with_why(password: str, why: str) -> None:
    assert why in str(passwords.refused(password, "anne@example.com"))


@pytest.mark.parametrize("password", [PASSWORD, "Tr4in-lavande-poutre", "déjeuner sur l'herbe", "9f$Kw2!mQz7&"])
def test_others_are_taken(password: str) -> None:
    assert passwords.refused(password, "anne") is None


def test_a_hash_is_argon2id_with_its_own_salt_and_fits_only_its_password() -> None:
    kept = passwords.hashed(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=19456,t=4,p=1$")
    assert kept != passwords.hashed(PASSWORD)
    assert passwords.matches(kept, PASSWORD)
    assert not passwords.matches(kept, PASSWORD + " ")


def test_an_unknown_name_costs_as_much_as_a_known_one() -> None:
    """The hash that stands in for it has today's parameters, and nothing matches it."""
    assert not passwords.is_outdated(passwords.NOBODY)
    assert not passwords.matches(passwords.NOBODY, "")


def test_a_hash_with_other_parameters_is_renewed_at_the_next_sign_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    security = world.security()
    with monkeypatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        before = security.users.add("anne", "viewer", [], PASSWORD, NOW)
    assert security.checked("anne", "wrong wrong wrong") is None
    assert security.users.find("anne") == before
    assert security.checked("anne", PASSWORD) == before
    after = security.users.find("anne")
    assert after is not None
    assert "m=19456,t=4,p=1" in after.hash
    assert after.stamp == before.stamp  # sessions go on


@pytest.mark.usefixtures("quick_hashes")
class TestFile:
    def test_it_is_its_owner_s_alone_and_holds_no_password(self, tmp_path: Path) -> None:
        users = UserFile(tmp_path / "new")
        users.add("anne", "viewer", ["12", "12"], PASSWORD, NOW)
        assert stat.S_IMODE(users.path.stat().st_mode) == 0o600
        assert PASSWORD not in users.path.read_text()
        assert [(u.name, u.role, u.owners) for u in UserFile(tmp_path / "new").all()] == [("anne", "viewer", ("12",))]

    def test_one_that_others_may_read_is_refused(self, tmp_path: Path) -> None:
        users = UserFile(tmp_path)
        users.add("anne", "viewer", [], PASSWORD, NOW)
        users.path.chmod(0o640)
        users.path.touch()
        with pytest.raises(ConfigurationError, match="chmod 600"):
            UserFile(tmp_path).all()

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"anne": 1}'])
    def test_one_that_is_broken_is_refused_and_lets_nobody_in(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "users").write_text(text)
        (tmp_path / "users").chmod(0o600)
        with pytest.raises(ConfigurationError, match="not what Cadran wrote"):
            UserFile(tmp_path).is_empty()

    @pytest.mark.parametrize("name", ["", "a b", "x" * 65, "a\nb", "../users", "<b>"])
    def test_names_are_plain(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(ConfigurationError, match="1 to 64 letters"):
            UserFile(tmp_path).add(name, "viewer", [], PASSWORD, NOW)

    def test_a_name_is_given_once_whatever_its_case(self, tmp_path: Path) -> None:
        users = UserFile(tmp_path)
        users.add("Anne", "viewer", [], PASSWORD, NOW)
        with pytest.raises(ConfigurationError, match="there is a user anne already"):
            users.add("ANNE", "admin", [], PASSWORD, NOW)
        with pytest.raises(ConfigurationError, match="no user is called bob; there are: anne"):
            users.remove("bob")

    def test_renewing_a_hash_does_not_bring_back_who_was_removed(self, tmp_path: Path) -> None:
        users = UserFile(tmp_path)
        user = users.add("anne", "viewer", [], PASSWORD, NOW)
        UserFile(tmp_path).remove("anne")
        users.rehash(user, PASSWORD)
        assert users.is_empty()
