"""Which room may know which: the import rules of ``pyproject.toml`` hold, and the sandbox keeps to itself."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ["kpi", "connectors", "sync", "config"]


def test_the_import_rules_hold() -> None:
    """sync above connectors above kpi and config; kpi is pure."""
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_the_sandbox_shares_nothing_with_what_it_tests() -> None:
    """A shared misunderstanding must not agree with itself: the sandbox imports no other module of ours, whatever connectors there are."""
    room = ROOT / "connectors" / "sandbox"
    files = sorted(room.rglob("*.py"))
    assert len(files) > 50
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            named = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            named += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            ours = [name for name in named if name.split(".")[0] in ROOMS]
            assert all(name.startswith("connectors.sandbox") for name in ours), f"{file.relative_to(ROOT)} imports {ours}"
