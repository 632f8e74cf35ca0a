"""CSV for programs and for Excel: exact, and no name becomes a formula."""

import csv
import io
from pathlib import Path

import pytest

from sync.publish.bi.tables import Choice
from tests.sync.publish.bi.conftest import exported, in_french
from tests.sync.versions import Versions, value


def read(file: Path, delimiter: str = ",", encoding: str = "utf-8") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.read_bytes().decode(encoding), newline=""), delimiter=delimiter))


def test_programs_read_it_with_points_and_commas(home: Versions, tmp_path: Path) -> None:
    """Whatever the account's language is: a file for a program does not change with its reader."""
    exported(in_french(home.house), "csv", tmp_path)
    found = {(r["kpi"], r["dimension"], r["period_start"]): r for r in read(tmp_path / "kpi_value.csv")}
    row = found["cpl", "campaign", "2026-07-01"]
    assert (row["value"], row["currency"], row["is_provisional"], row["as_of"]) == (
        "1.25",
        "EUR",
        "false",
        "2026-10-01T08:00:00Z",
    )
    assert found["revenue_won", "total", "2026-08-01"]["value"] == "-29036.72073"
    assert found["cpl", "total", "2026-09-01"]["value"] == ""


def test_excel_opens_it_in_the_accounts_language(home: Versions, tmp_path: Path) -> None:
    """A mark for UTF-8, and in French a semicolon between cells and a comma in numbers."""
    for house, delimiter, number in ((home.house, ",", "1.25"), (in_french(home.house), ";", "1,25")):
        exported(house, "csv", tmp_path, Choice(kpis=("cpl",)), excel=True)
        file = tmp_path / "kpi_value.csv"
        assert file.read_bytes().startswith(b"\xef\xbb\xbfkpi" + delimiter.encode())
        assert number in [r["value"] for r in read(file, delimiter, "utf-8-sig")]


TYPED = {
    "=1+1": "'=1+1",
    "+33 1 23": "'+33 1 23",
    "-5": "'-5",
    "@SUM(A1)": "'@SUM(A1)",
    "\t=1": "'\t'=1",
    "\rx": "'\rx",
    "  =1": "'  =1",
    "＝1": "'＝1",
    "a;=cmd|' /C calc'!A0": "a;'=cmd|' /C calc'!A0",
    "a\n@x": "a\n'@x",
    "Brand - FR, 2026": "Brand - FR, 2026",
    "a=b": "a=b",
    "O'Brien": "O'Brien",
}
"""What somebody called a campaign, and what stands in the cell."""


@pytest.mark.parametrize("excel", [False, True])
def test_a_text_that_begins_like_a_formula_is_none(home: Versions, tmp_path: Path, excel: bool) -> None:
    """Also where another program would begin a cell. What is harmless stays as it is, and so do numbers below zero."""
    home.run([value("cpl", "-1", {"spend": "-10", "leads": "10"}, by="campaign", key=typed) for typed in TYPED])
    exported(home.house, "csv", tmp_path, excel=excel)
    found = read(tmp_path / "kpi_value.csv", encoding="utf-8-sig")
    assert {row["member"] for row in found} == {row["label"] for row in found} == set(TYPED.values())
    assert {row["value"] for row in found} == {"-1"}
