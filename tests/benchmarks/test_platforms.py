"""The sandbox of each ad platform holds what the benchmark asks for, and its connector reads all of it. No figure is judged here."""

import pytest

from benchmarks import platforms
from benchmarks.measuring import FIGURES_HEADING
from benchmarks.platforms import PLATFORMS, Load, Taken
from connectors.ads.days import months_before
from connectors.transport import no_waiting


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_platform_is_read_whole_within_its_limits(name: str) -> None:
    with platforms.sandbox(name, 2, 3) as server, no_waiting():
        found = platforms.read(name, server.base_url, 2)
        requests = server.sandbox.stats.vendors[name].requests
    load = Load(months_before(platforms.TODAY, 2), 3)
    assert found == {"rows": load.rows, "refused": 0}
    figure = platforms.figure(PLATFORMS[name](), {2: Taken(requests, 0, found["rows"], 1.0, 100.0)}, 3)
    assert figure.markdown().count(" | ") == FIGURES_HEADING.split("\n")[0].count(" | ")
    assert 0 < PLATFORMS[name]().least(load).requests <= requests + 2


def test_too_many_requests_or_growing_memory_are_not_the_figure_to_reach() -> None:
    platform, load = PLATFORMS["meta_ads"](), Load(months_before(platforms.TODAY, 24), 500)
    least = platform.least(load).requests
    good = {6: Taken(20, 0, 1, 1.0, 100.0), 24: Taken(least, 0, load.rows, 1.0, 110.0)}
    assert platforms.figure(platform, good, 500).is_reached
    for changed in (
        Taken(least * 2, 0, load.rows, 1.0, 110.0),
        Taken(least, 1, load.rows, 1.0, 110.0),
        Taken(least, 0, load.rows - 1, 1.0, 110.0),
        Taken(least, 0, load.rows, 1.0, 200.0),
    ):
        assert not platforms.figure(platform, {**good, 24: changed}, 500).is_reached
