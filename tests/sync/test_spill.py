"""What does not stay in memory: few values are alive at a time, nothing with a name lies on disk, nothing is left of a killed run."""

import gc
from pathlib import Path

import pytest

from sync import staging
from sync.spill import AT_ONCE, RUN, Spill, in_order


class Counted:
    """A value that knows how many of its kind are alive."""

    alive = most = 0

    def __init__(self, number: int) -> None:
        self.number = number
        self._born()

    def __setstate__(self, state: dict[str, int]) -> None:
        self.__dict__ |= state
        self._born()

    @staticmethod
    def _born() -> None:
        Counted.alive += 1
        Counted.most = max(Counted.most, Counted.alive)

    def __del__(self) -> None:
        Counted.alive -= 1


@pytest.fixture
def counted() -> type[Counted]:
    gc.collect()
    Counted.alive = Counted.most = 0
    return Counted


@pytest.mark.parametrize("count", [0, 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE - 1])
def test_values_come_back_in_order_as_often_as_wanted(tmp_path: Path, count: int) -> None:
    spill = Spill(tmp_path, range(count))
    assert list(spill) == list(spill) == list(range(count))
    assert (len(spill), count - 1 in spill, count in spill) == (count, count > 0, False)


def test_few_values_are_alive_whatever_their_number(tmp_path: Path, counted: type[Counted]) -> None:
    """The spill's own last ones and those that one reader has in hand."""
    spill = Spill(tmp_path, map(counted, range(20 * AT_ONCE)))
    assert sum(value.number for value in spill) == sum(range(20 * AT_ONCE))
    assert counted.most <= 2 * AT_ONCE + 1


def test_sorting_holds_one_run_and_where_keys_are_equal_leaves_the_order(tmp_path: Path, counted: type[Counted]) -> None:
    count = 2 * RUN + 7
    ordered = in_order((counted(number) for number in range(count)), lambda value: -(value.number // 2), tmp_path)
    assert [value.number for value in ordered] == sorted(range(count), key=lambda number: -(number // 2))
    assert counted.most <= RUN + 4 * AT_ONCE


def test_two_readers_do_not_disturb_each_other(tmp_path: Path) -> None:
    spill = Spill(tmp_path, range(3 * AT_ONCE))
    assert list(zip(spill, spill, strict=True)) == [(n, n) for n in range(3 * AT_ONCE)]


def test_a_spill_leaves_no_file_that_anybody_could_open(tmp_path: Path) -> None:
    spill = Spill(tmp_path / "staging", range(3 * AT_ONCE))
    assert list((tmp_path / "staging").iterdir()) == []
    assert (tmp_path / "staging").stat().st_mode & 0o777 == 0o700
    assert len(list(spill)) == 3 * AT_ONCE


def test_a_workplace_goes_with_its_block_and_is_left_alone_by_who_sweeps(tmp_path: Path) -> None:
    """Readers work without the account's lock; what a killed run left is swept when nobody works there."""
    left = tmp_path / "left"
    left.mkdir()
    (left / "ids").write_text("1")
    (tmp_path / "1.ndjson").write_text("1")
    with staging.workplace(tmp_path) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        staging.sweep(tmp_path)
        assert folder.exists()
        assert left.exists()
    assert not folder.exists()
    staging.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []
    staging.sweep(tmp_path / "never")
