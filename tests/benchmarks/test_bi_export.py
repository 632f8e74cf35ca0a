"""The benchmark of exports writes what it says, at a size that takes a second."""

from pathlib import Path

from benchmarks import bi_export


def test_each_format_is_beside_another_way_to_the_same_rows(tmp_path: Path) -> None:
    """As many values as asked, each with its two inputs."""
    found = bi_export.measure(tmp_path, values=500, turns=1)
    assert {row.what.split()[2].strip("`") for row in found} >= {"parquet", "csv", "pbip"}
    assert all(row.note.startswith("500 rows of kpi_value and 1,000 rows of kpi_input") for row in found)
