"""Two states that most scenarios begin with, reached once by the real commands and copied for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.demos import MAVEN, Demo
from tests.e2e.installation import Installation, Kept, installed
from tests.small_world import small_world


@pytest.fixture(scope="session")
def _states(tmp_path_factory: pytest.TempPathFactory) -> tuple[Kept, Kept]:
    root = tmp_path_factory.mktemp("states")
    with installed(root / "first", small_world()) as installation:
        installation.ok("sync")
        installation.ok("plan")
        planned = Kept.of(installation, root / "planned")
        installation.ok("apply")
        installation.ok("sync")
        return planned, Kept.of(installation, root / "settled")


@pytest.fixture
def planned(_states: tuple[Kept, Kept], tmp_path: Path) -> Iterator[Installation]:
    """Synced, and the first plan made; nothing written yet."""
    with _states[0].again(tmp_path / "installation") as installation:
        yield installation


@pytest.fixture
def settled(_states: tuple[Kept, Kept], tmp_path: Path) -> Iterator[Installation]:
    """Everything written (run 3) and read again."""
    with _states[1].again(tmp_path / "installation") as installation:
        yield installation


@pytest.fixture(scope="session")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Demo]]:
    """Started together, and read when they are needed."""
    started = {"builtin": Demo(tmp_path_factory.mktemp("builtin"), "builtin")}
    if MAVEN.is_dir():
        started["maven_crm"] = Demo(tmp_path_factory.mktemp("maven"), f"maven_crm:{MAVEN}")
    yield started
    for demo in started.values():
        if demo.process.poll() is None:
            demo.process.kill()
            demo.process.communicate()
