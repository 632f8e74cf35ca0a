"""The collector leaves alone what existed before a long read, and comes back to it afterwards."""

import gc

from sync.garbage import little_garbage


def test_what_exists_is_left_alone_only_for_the_block() -> None:
    usual = gc.get_threshold()
    with little_garbage():
        assert gc.get_freeze_count() > 1_000
        assert gc.get_threshold() > usual
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == usual


def test_blocks_may_overlap_and_fail() -> None:
    usual = gc.get_threshold()
    first, second = little_garbage(), little_garbage()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not second.__exit__(KeyError, KeyError(), None)
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == usual


def test_new_garbage_is_collected_all_the_same() -> None:
    with little_garbage():
        ring: list[object] = []
        ring.append(ring)
        del ring
        assert gc.collect() >= 1
