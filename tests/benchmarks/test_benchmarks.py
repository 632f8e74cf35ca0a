"""Each benchmark runs, on next to nothing. How long it takes is nobody's business here."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import (
    catalogue,
    crm_increment,
    crm_list,
    crm_quota,
    crm_read,
    crm_write,
    crm_write_quota,
    fact_load,
    kpi_compute,
    record_values,
    start_up,
    whole_demo,
    wire_to_facts,
)
from benchmarks.measuring import FIGURES_HEADING, HEADING, Figure, Row, Timing, interleaved, shown
from connectors.sandbox.limits import Latency
from connectors.sandbox.worlds import save_folder
from tests.connectors.hubspot.small_world import small_world


@pytest.fixture(scope="module")
def tiny_world(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("world")
    save_folder(small_world(deals=3), folder)
    return str(folder)


def complete(rows: list[Row]) -> bool:
    """Every row has what the table shows."""
    return bool(rows) and all(
        row.ratio > 0 and row.markdown().count(" | ") == HEADING.split("\n")[0].count(" | ") for row in rows
    )


def shown_whole(figures: list[Figure]) -> bool:
    """Every figure has what the table shows, and was counted."""
    cells = FIGURES_HEADING.split("\n")[0].count(" | ")
    return bool(figures) and all(
        one.markdown().count(" | ") == cells and one.requests > 0 and one.peak_mb > 10 for one in figures
    )


def test_start_up_runs(tmp_path: Path) -> None:
    assert complete(start_up.measure(tmp_path, turns=1))


def test_the_whole_demo_runs(tmp_path: Path, tiny_world: str) -> None:
    assert complete(whole_demo.measure(tmp_path, world=tiny_world, turns=1))
    assert list(tmp_path.iterdir()) == [], "its home is gone afterwards"


def test_reading_the_crm_runs(tmp_path: Path, tiny_world: str) -> None:
    assert complete(crm_read.measure(tmp_path, world=tiny_world, turns=1))


def test_writing_the_crm_runs(tmp_path: Path, tiny_world: str) -> None:
    assert complete(crm_write.measure(tmp_path, world=tiny_world, records=2, turns=1))


def test_computing_kpis_runs_and_agrees_with_the_loops(tmp_path: Path, tiny_world: str) -> None:
    assert complete(kpi_compute.measure(tmp_path, world=tiny_world, turns=1))


def test_loading_facts_runs(tmp_path: Path) -> None:
    assert complete(fact_load.measure(tmp_path, count=10, big=20, turns=1))


def test_values_of_records_after_a_change_are_the_same_both_ways(tmp_path: Path) -> None:
    [figure] = record_values.measure(tmp_path, scale=0.00005, turns=1)
    assert figure.markdown().count(" | ") == FIGURES_HEADING.split("\n")[0].count(" | ")
    assert ", 0 of them different from computing all" in figure.note


def test_the_whole_catalogue_runs(tmp_path: Path) -> None:
    [figure] = catalogue.measure(tmp_path, scale=0.00001)
    assert figure.markdown().count(" | ") == FIGURES_HEADING.split("\n")[0].count(" | ")
    assert list(tmp_path.iterdir()) == [], "its facts are gone afterwards"


def test_listing_at_quota_runs(tmp_path: Path) -> None:
    figures = crm_list.measure(tmp_path, deals=120, sample=120, latency=Latency(answer_s=0.001))
    assert shown_whole(figures)
    assert len(figures) == 2
    assert list(tmp_path.iterdir()) == [], "its homes are gone afterwards"


def test_an_increment_of_one_timestamp_gives_every_row_once(tmp_path: Path) -> None:
    [figure] = crm_increment.measure(tmp_path, deals=250, pause_s=0.01, latency=Latency(answer_s=0.001))
    assert shown_whole([figure])
    assert figure.reached.startswith("250 rows, 250 different")
    assert figure.is_reached, figure.markdown()


def test_sharing_an_account_runs_and_nothing_is_refused(tmp_path: Path) -> None:
    [figure] = crm_quota.measure(tmp_path, seconds=0.02, latency=Latency(answer_s=0.001))
    assert shown_whole([figure])
    assert figure.refused_429 == 0


def test_writing_at_quota_runs_and_counts_two_calls_a_batch(tmp_path: Path) -> None:
    [figure] = crm_write_quota.measure(tmp_path, records=330, singly=2, batched=120, latency=Latency(answer_s=0.001))
    assert shown_whole([figure])
    assert figure.requests == 2 * 3 + 2 * 2, "220 deals and 110 contacts"
    assert list(tmp_path.iterdir()) == [], "its home is gone afterwards"


def test_wire_to_facts_runs_and_counts_what_it_committed(tmp_path: Path) -> None:
    [figure] = wire_to_facts.measure(tmp_path, deals=120, turns=1)
    assert shown_whole([figure])
    assert int(figure.what.split(" deals × ")[1].split()[0]) >= 38, "properties"
    assert list(tmp_path.iterdir()) == [], "its home is gone afterwards"


def test_a_figure_that_is_not_reached_says_so() -> None:
    def figure(is_reached: bool) -> str:
        return Figure("x", "≥ 2/s", "1/s", is_reached, requests=1_234, refused_429=0, peak_mb=99.6).markdown()

    assert figure(True) == "| x | ≥ 2/s | 1/s | 1,234 | 0 | 100 MB |  |  |"
    assert "| 1/s **(not reached)** |" in figure(False)


def test_turns_alternate_and_the_ratio_is_per_value_beside_its_neighbour() -> None:
    order: list[str] = []

    def side(name: str, seconds: float) -> float:
        order.append(name)
        return seconds

    taken = interleaved({"ours": lambda: side("ours", 3.0), "theirs": lambda: side("theirs", 2.0)}, turns=2)
    assert order == ["ours", "theirs", "theirs", "ours"]
    assert Row("x", taken["ours"], "y", taken["theirs"], values=(3, 1)).ratio == 0.5
    assert Row("x", Timing((1.0, 4.0, 9.0)), "y", Timing((1.0, 2.0, 3.0))).ratio == 2.0
    assert Row("x", Timing((30.0,)), "the promise", None, promised_s=60.0).ratio == 0.5


def test_times_are_shown_in_the_unit_that_fits() -> None:
    assert shown(Timing((1.0, 2.0, 1500.0))) == "2 s (1–1,500)"
    assert shown(Timing((0.05,))) == "50 ms (50–50)"
    assert shown(Timing((0.5,)), values=100_000) == "5 µs (5–5)"


def test_the_page_says_when_and_on_what() -> None:
    page = command.page(["", HEADING], datetime(2026, 11, 21, tzinfo=UTC))
    assert "on 2026-11-21: 2 cores, " in page
    assert "duckdb " in page
    assert page.endswith("|---|---|---|---|---|---|\n")


def test_all_tables_are_written_and_chosen_ones_only_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = Row("a row", Timing((1.0,)), "the promise", None, promised_s=2.0)
    figure = Figure("a figure", "1", "1", True, requests=1, refused_429=0, peak_mb=20.0)
    results = tmp_path / "RESULTS.md"
    for name, value in (
        ("BESIDE", {"beside": lambda _: [row]}),
        ("FIGURES", {"figures": lambda _: [figure]}),
        ("BENCHMARKS", {"beside": lambda _: [row], "figures": lambda _: [figure]}),
        ("RESULTS", results),
    ):
        monkeypatch.setattr(command, name, value)
    monkeypatch.setattr("sys.argv", ["benchmarks", "figures"])
    command.main()
    assert capsys.readouterr().out == f"\n{FIGURES_HEADING}\n{figure.markdown()}\n"
    assert not results.exists()
    monkeypatch.setattr("sys.argv", ["benchmarks", "--write"])
    command.main()
    tables = f"\n\n{HEADING}\n{row.markdown()}\n\n{FIGURES_HEADING}\n{figure.markdown()}\n"
    assert results.read_text(encoding="utf-8").endswith(tables)


def test_a_benchmark_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks", "nothing"])
    with pytest.raises(SystemExit):
        command.main()
    assert "unknown: nothing" in capsys.readouterr().err
