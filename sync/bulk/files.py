"""Composed rows on disk: what all rows of a file have the same stands in the names of its folders (Hive partitions), not in the rows.

Writing a column that never changes takes as long as writing one that does: without the six of them, a fifth less in all.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from kpi.sql import literal
from sync.result_rows import RESULT_TYPES

Same = Mapping[str, str | None]
"""Column of :data:`sync.result_rows.RESULT_TYPES` -> the value of all rows."""

_NULL = "__HIVE_DEFAULT_PARTITION__"


def folder_for(folder: Path, same: Same) -> Path:
    """The folder of files whose rows have these values; made where it is missing."""
    found = folder.joinpath(*(f"{name}={_NULL if value is None else quote(value, safe='')}" for name, value in same.items()))
    found.mkdir(parents=True, exist_ok=True)
    return found


def rows_of(files: Sequence[Path]) -> str:
    """A table expression with the columns of :data:`sync.result_rows.RESULT_TYPES`, in their order. ``files``: at least one."""
    paths = ", ".join(literal(str(file)) for file in files)
    columns = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in RESULT_TYPES.items())
    return f"(SELECT {columns} FROM read_parquet([{paths}], hive_partitioning=true, hive_types_autocast=false))"
