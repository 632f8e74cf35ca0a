"""How a measurement is taken and shown: several turns of each side, one after the other, then median and extremes."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

Side = Callable[[], float]
"""Does the work once and gives the seconds it took; what it needs beforehand is not in them."""


@dataclass(frozen=True)
class Timing:
    """The seconds of every turn, in the order in which they were taken."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.seconds)


@dataclass(frozen=True)
class Row:
    """One line of the table: Cadran beside another way to the same result."""

    what: str
    ours: Timing
    beside: str
    """The other side, in words."""
    theirs: Timing | None
    """None: there is no other side, only a promise."""
    values: tuple[int, int] = (1, 1)
    """How many results one turn of ours and of theirs gives; times and ratio are per result."""
    promised_s: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float:
        """Our seconds by theirs (or by the promise), per result: the median over the turns, each beside its neighbour."""
        if self.theirs is None:
            assert self.promised_s is not None, "a row has another side or a promise"
            return self.ours.median / self.promised_s
        per = self.values[1] / self.values[0]
        return median(ours * per / theirs for ours, theirs in zip(self.ours.seconds, self.theirs.seconds, strict=True))

    def markdown(self) -> str:
        theirs = "" if self.theirs is None else f": {shown(self.theirs, self.values[1])}"
        cells = (
            self.what,
            shown(self.ours, self.values[0]),
            self.beside + theirs,
            f"{self.ratio:.3g}",
            str(len(self.ours.seconds)),
            self.note,
        )
        return "| " + " | ".join(cells) + " |"


HEADING = (
    "| what | Cadran: median (min–max) | beside it: median (min–max) | Cadran ÷ beside | turns | notes |\n"
    "|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Figure:
    """One line of the table of figures to reach: what was promised, what came out, and what it cost."""

    what: str
    to_reach: str
    reached: str
    is_reached: bool
    requests: int
    """As the sandbox counted them, all of the run."""
    refused_429: int
    peak_mb: float
    """Most memory of the process at any time; its interpreter and libraries are in it."""
    beside: str = ""
    """What a user would take instead, measured in the same run."""
    note: str = ""

    def markdown(self) -> str:
        verdict = "" if self.is_reached else " **(not reached)**"
        cells = (
            self.what,
            self.to_reach,
            self.reached + verdict,
            f"{self.requests:,}",
            f"{self.refused_429:,}",
            f"{self.peak_mb:,.0f} MB",
            self.beside,
            self.note,
        )
        return "| " + " | ".join(cells) + " |"


FIGURES_HEADING = (
    "| what | to reach | Cadran | requests | 429s | peak memory | beside it | notes |\n|---|---|---|---|---|---|---|---|"
)


def shown(timing: Timing, values: int = 1) -> str:
    """``1.20 s (1.10–1.35)``, in the unit that fits."""
    each = timing.median / values
    scale, unit = next((s, u) for s, u, least in ((1, "s", 1.0), (1e3, "ms", 1e-3), (1e6, "µs", 0.0)) if each >= least)
    middle, low, high = (_three_digits(s / values * scale) for s in (timing.median, min(timing.seconds), max(timing.seconds)))
    return f"{middle} {unit} ({low}–{high})"


def _three_digits(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def interleaved(sides: Mapping[str, Side], turns: int) -> dict[str, Timing]:
    """Each side ``turns`` times; who begins alternates, so that neither always meets the other's leavings."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    order = list(sides)
    for _ in range(turns):
        for name in order:
            taken[name].append(sides[name]())
        order.reverse()
    return {name: Timing(tuple(seconds)) for name, seconds in taken.items()}


def timed(work: Callable[[], object]) -> float:
    """Seconds that ``work`` took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def process(arguments: Sequence[str], folder: Path) -> float:
    """Seconds of a whole process, from its start to its end. Raises when it fails."""
    return timed(lambda: subprocess.run(arguments, cwd=folder, check=True, capture_output=True))


def cadran() -> str:
    """The installed command, beside the running Python."""
    return str(Path(sys.executable).with_name("cadran"))
