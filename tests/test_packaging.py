"""What people install: the built wheel holds the four packages, all of them, and nothing else."""

import configparser
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {"kpi", "connectors", "sync", "config"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Built by hatchling as it is installed here: no isolated environment, so no network."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [path] = out.glob("*.whl")
    return zipfile.ZipFile(path)


def of_dist_info(wheel: zipfile.ZipFile, name: str) -> str:
    [path] = [found for found in wheel.namelist() if found.endswith(f".dist-info/{name}")]
    return wheel.read(path).decode()


def test_the_wheel_holds_exactly_the_four_packages(wheel: zipfile.ZipFile) -> None:
    """Their names are generic, so nothing may come along: no tests, no benchmarks, no docs."""
    top = {name.split("/")[0] for name in wheel.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == PACKAGES
    assert len(top) == len(PACKAGES) + 1


def test_the_wheel_holds_every_module_and_the_settings_examples(wheel: zipfile.ZipFile) -> None:
    """A module or a default file that stays behind would fail only at the user's."""
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for pattern in ("*.py", "*.yaml", "*.html", "*.css", "*.js", "*.svg", "*.po", "*.LICENSE", "*.NOTICE")
        for path in (ROOT / package).rglob(pattern)
        if "__pycache__" not in path.parts
    }
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert "config/defaults/cadran.yaml" in packed
    assert wanted <= packed
    pages = {".html", ".css", ".js", ".svg", ".po", ".LICENSE", ".NOTICE"}
    assert {Path(name).suffix for name in packed} <= {".py", ".yaml", ".csv", ".json", ".typed", *pages}


def test_the_wheel_brings_the_command_and_the_licence(wheel: zipfile.ZipFile) -> None:
    """``cadran`` on the path; Apache-2.0 in the box."""
    entry_points = configparser.ConfigParser()
    entry_points.read_string(of_dist_info(wheel, "entry_points.txt"))
    assert dict(entry_points["console_scripts"]) == {"cadran": "sync.cli:main"}
    about = Parser().parsestr(of_dist_info(wheel, "METADATA"))
    assert about["Name"] == "cadran"
    assert about["License-Expression"] == "Apache-2.0"
    assert any(name.endswith("/licenses/LICENSE") for name in wheel.namelist())
