"""Whole demos as processes of their own, so that two cores have something to do."""

import json
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.e2e.installation import COMMAND

MAVEN = Path(__file__).parents[2] / ".." / "shared" / "data" / "maven_crm"
PATIENCE_S = 900


class Demo:
    """A demo under way; two of them use both cores."""

    def __init__(self, folder: Path, world: str) -> None:
        self.home = folder
        command = [str(COMMAND), "demo", "--world", world, "--home", str(folder), "--json"]
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.document: Any = None

    def result(self) -> Any:
        """The document on standard output, once it is there."""
        if self.document is None:
            out, err = self.process.communicate(timeout=PATIENCE_S)
            assert self.process.returncode == 0, err
            self.document = json.loads(out)
        return self.document

    def value(self, kpi: str, places: str) -> Decimal:
        """A headline value, rounded to as many places as ``places`` shows."""
        return Decimal(self.result()["kpi_values"][kpi]["value"]).quantize(Decimal(places))
