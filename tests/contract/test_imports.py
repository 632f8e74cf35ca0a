"""Which room may know which: the import rules of ``pyproject.toml`` hold, and they name every connector."""

import subprocess
import sys
import tomllib
from pathlib import Path

from connectors.registry import CONNECTORS

ROOT = Path(__file__).parents[2]
ROOMS = ["kpi", "connectors", "sync", "config"]


def test_the_import_rules_hold() -> None:
    """sync above connectors above kpi and config; kpi is pure; the sandbox shares nothing with what it tests."""
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_the_rules_keep_every_connector_out_of_the_sandbox() -> None:
    """A shared misunderstanding must not agree with itself; a new connector has to be added to the rule."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    assert settings["root_packages"] == ROOMS
    [rule] = [r for r in settings["contracts"] if r["type"] == "forbidden" and r["source_modules"] == ["connectors.sandbox"]]
    assert set(rule["forbidden_modules"]) >= {f"connectors.{name}" for name in CONNECTORS}
