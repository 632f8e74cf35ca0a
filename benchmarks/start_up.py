"""``cadran --help`` as a person meets it: a whole process, interpreter included."""

import sys
from functools import partial
from pathlib import Path

from benchmarks.measuring import Row, cadran, interleaved, process

PROMISED_S = 0.150


def measure(folder: Path, *, turns: int = 15) -> list[Row]:
    """Beside an empty interpreter, and beside only importing the vendor's client."""
    commands = {
        "cadran --help": [cadran(), "--help"],
        "python -c pass": [sys.executable, "-c", "pass"],
        'python -c "import hubspot"': [sys.executable, "-c", "import hubspot"],
    }
    # The first start of anything reads from disk and compiles: that is set-up.
    for command in commands.values():
        process(command, folder)
    taken = interleaved({name: partial(process, command, folder) for name, command in commands.items()}, turns)
    ours, *others = commands
    note = f"promised < {PROMISED_S * 1000:.0f} ms"
    return [Row(f"`{ours}`", taken[ours], f"`{other}`", taken[other], promised_s=PROMISED_S, note=note) for other in others]
