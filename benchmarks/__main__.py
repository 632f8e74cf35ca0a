"""``python -m benchmarks [NAME …] [--write]``."""

import argparse
import importlib.metadata
import platform
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import (
    bi_export,
    by_hand,
    catalogue,
    crm_increment,
    crm_list,
    crm_quota,
    crm_read,
    crm_write,
    crm_write_quota,
    fact_load,
    kpi_compute,
    pages,
    platforms,
    record_values,
    scale,
    start_up,
    whole_demo,
    wire_to_facts,
)
from benchmarks.measuring import FIGURES_HEADING, HEADING, Figure, Row

RESULTS = Path(__file__).with_name("RESULTS.md")
MACHINE = "2 cores"
"""Where the committed figures come from."""

BESIDE: Mapping[str, Callable[[Path], list[Row]]] = {
    "start_up": start_up.measure,
    "whole_demo": whole_demo.measure,
    "crm_read": crm_read.measure,
    "crm_write": crm_write.measure,
    "kpi_compute": kpi_compute.measure,
    "fact_load": fact_load.measure,
    "bi_export": bi_export.measure,
}
"""Cadran beside another way to the same result."""

FIGURES: Mapping[str, Callable[[Path], list[Figure]]] = {
    "crm_list": crm_list.measure,
    "wire_to_facts": wire_to_facts.measure,
    "crm_increment": crm_increment.measure,
    "crm_write_quota": crm_write_quota.measure,
    "scale": scale.measure,
    "crm_quota": crm_quota.measure,
    "catalogue": catalogue.measure,
    "by_hand": by_hand.measure,
    "record_values": record_values.measure,
    "platforms": platforms.measure,
    "pages": pages.measure,
}
"""What the vendors' quotas and memory allow, beside what was promised."""

BENCHMARKS: Mapping[str, Callable[[Path], Sequence[Row | Figure]]] = {**BESIDE, **FIGURES}

_VERSIONS = ("cadran", "duckdb", "hubspot-api-client", "orjson", "sqlglot", "urllib3", "uvicorn")


def lines(names: list[str]) -> Iterator[str]:
    """The tables that these benchmarks belong to, line by line as they come about."""
    for heading, table in ((HEADING, BESIDE), (FIGURES_HEADING, FIGURES)):
        chosen = [name for name in names if name in table]
        if chosen:
            yield from ("", heading)
            yield from _rows(chosen)


def _rows(names: list[str]) -> Iterator[str]:
    for name in names:
        with tempfile.TemporaryDirectory(prefix="cadran-bench-") as scratch:
            for row in BENCHMARKS[name](Path(scratch)):
                yield row.markdown()


def page(table: list[str], today: datetime) -> str:
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _VERSIONS)
    return "\n".join(
        (
            "# Benchmarks",
            "",
            f"Written by `python -m benchmarks --write` on {today:%Y-%m-%d}: {MACHINE}, {platform.system()}, "
            f"Python {platform.python_version()}, {versions}.",
            "",
            "Each line was measured in one run, side by side and turn by turn. The ratio is Cadran's time by the other's, the "
            "median over the turns: below 1 Cadran is quicker, above 1 it is slower. Other work may have run on the machine meanwhile; both sides met it. Vendors are the sandbox over loopback, started "
            'anew in a process of its own for every turn; it shares the two cores, and no network lies between. "No rate limit in '
            'the way" means that its limits were raised; "real limits" are 190 calls in 10 s, 150 of associations, 5 searches a second. '
            'Requests and 429s are those that the sandbox counted; memory is the peak of Cadran\'s whole process, and "does not grow" is '
            "judged as × 1.25 at most.",
            *table,
            "",
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(BENCHMARKS)}")
    parser.add_argument("--write", action="store_true", help=f"keep the whole table in {RESULTS.name}")
    asked = parser.parse_args()
    unknown = set(asked.names) - BENCHMARKS.keys()
    if unknown or (asked.write and asked.names):
        parser.error(f"unknown: {', '.join(sorted(unknown))}" if unknown else "--write keeps the whole table; name none")
    table = []
    for line in lines(asked.names or list(BENCHMARKS)):
        print(line, flush=True)
        table.append(line)
    if asked.write:
        RESULTS.write_text(page(table, datetime.now(UTC)), encoding="utf-8")


if __name__ == "__main__":
    main()
