"""Facts in a database of their own, and a PostgreSQL server."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from tests.sync.facts import Facts


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in memory."""
    opened = duckdb.connect()
    yield opened
    opened.close()


@pytest.fixture
def facts(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Facts:
    """An empty portal. A file of tests that wants fewer steps of deriving has its own."""
    return Facts(con, tmp_path)


_DICTIONARY = ("--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8")
"""Words in the order of a dictionary, as many servers have it, where the other engines have that of their bytes (version 15 on)."""


def _postgresql_binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    path = shutil.which("initdb")
    return Path(path).parent if path else None


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL server of our own on loopback, where its programs are installed; one for each process that tests.

    Its folder is not among pytest's: those are closed to other users, and PostgreSQL runs as one.
    """
    binaries = _postgresql_binaries()
    if binaries is None:
        if os.environ.get("CADRAN_REQUIRE_ENGINES"):
            pytest.fail("CADRAN_REQUIRE_ENGINES is set, and PostgreSQL is not installed")
        pytest.skip("PostgreSQL is not installed here (Debian: apt-get install postgresql)")
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder, _served(binaries, Path(folder)) as url:
        yield url


@contextmanager
def _served(binaries: Path, folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    as_user: dict[str, object] = {}
    if sys.platform != "win32" and os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        account = pwd.getpwnam("postgres")
        as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        os.chown(folder, account.pw_uid, account.pw_gid)
        for parent in folder.parents:
            if parent.owner() == pwd.getpwuid(0).pw_name and parent != Path("/") and not parent.stat().st_mode & 0o001:
                parent.chmod(parent.stat().st_mode | 0o011)
    data = folder / "data"

    def call(*command: str) -> str:
        done = subprocess.run(command, check=True, capture_output=True, cwd="/", text=True, **as_user)  # type: ignore[call-overload]
        return str(done.stdout)

    initdb = str(binaries / "initdb")
    order = _DICTIONARY if "--icu-locale" in call(initdb, "--help") else ()
    call(initdb, "-D", str(data), "-U", "cadran", "-A", "trust", "-E", "UTF8", *order, "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    call(str(binaries / "pg_ctl"), "-D", str(data), "-w", "-o", options, "-l", str(folder / "log"), "start")
    try:
        yield f"postgresql://cadran@127.0.0.1:{port}/postgres"
    finally:
        call(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
