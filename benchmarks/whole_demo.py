"""``cadran demo --json`` as a whole process in a fresh home: the simulated vendors, two syncs, two plans, the writes."""

import tempfile
from pathlib import Path

from benchmarks.measuring import Row, cadran, interleaved, process

PROMISED_S = 60.0


def measure(folder: Path, *, world: str = "builtin", turns: int = 2) -> list[Row]:
    """Beside the promise; there is no other program that does the same."""

    def demo() -> float:
        with tempfile.TemporaryDirectory(dir=folder) as fresh:
            return process([cadran(), "demo", "--json", "--world", world, "--home", f"{fresh}/home"], Path(fresh))

    taken = interleaved({"demo": demo}, turns)
    return [
        Row(
            "`cadran demo --json`",
            taken["demo"],
            f"the promise of {PROMISED_S:.0f} s",
            None,
            promised_s=PROMISED_S,
            note="real HubSpot limits; the vendors' own work is in it, on the same cores",
        )
    ]
