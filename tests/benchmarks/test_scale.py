"""What growing ten times costs, and what a run costs that has nothing to do."""

from pathlib import Path

from benchmarks import scale
from benchmarks.scale import Life, Step

RECORDS = {"records_read": {"hubspot.deals": 0, "hubspot.owners": 3, "ga4.visits": 9}}


def step(seconds: float = 1.0, requests: int = 10, peak_mb: float = 100.0, **more: object) -> Step:
    return Step(seconds, requests, 0, peak_mb, more.get("result", {}), more.get("routes", {}))  # type: ignore[arg-type]


def test_a_life_of_three_deals_ends_with_nothing_to_do(tmp_path: Path) -> None:
    life = scale.lived(tmp_path, 3, scale.WHOLE)
    assert list(life) == ["sync", "plan", "apply", "quiet", "empty"]
    assert life["apply"].result["written"] > 0
    assert life["empty"].result["changes"] == []
    assert all(one.requests > 0 and one.peak_mb > 10 for one in life.values())
    assert list(tmp_path.iterdir()) == [], "its home is gone afterwards"


def test_reading_runs(tmp_path: Path) -> None:
    life = scale.lived(tmp_path, 120, scale.READING)
    assert life["read"].result["committed"] == 120


def test_eleven_fold_is_the_most() -> None:
    before = {"read": step()}
    assert scale.grown("x", "read", 100, before, {"read": step(seconds=11.0, requests=110, peak_mb=125.0)}).is_reached
    for worse in (step(seconds=11.1), step(requests=111), step(peak_mb=126.0)):
        assert not scale.grown("x", "read", 100, before, {"read": worse}).is_reached


def test_a_quiet_run_has_two_requests_a_stream_and_four_more() -> None:
    def life(requests: int, **routes: int) -> Life:
        quiet = step(requests=requests, result=RECORDS, routes=routes)
        return {"apply": step(result={"written": 7}), "quiet": quiet, "empty": step(result={"changes": []})}

    assert scale.quiet(5, life(8, list=8)).is_reached, "two streams of HubSpot's; other sources do not count"
    assert not scale.quiet(5, life(9, list=9)).is_reached
    assert not scale.quiet(5, life(8, list=7, batch_update=1)).is_reached
    unsettled = life(8) | {"empty": step(result={"changes": ["a line"]})}
    assert not scale.quiet(5, unsettled).is_reached
