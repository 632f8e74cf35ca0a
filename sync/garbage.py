"""Python's garbage collector, told that a long read leaves little garbage.

Records are trees: they go as soon as nobody holds them. The collector would still walk all that the program has imported,
some 300,000 objects, again and again while records come in: a tenth of the time of a first load (measured 2026-11-21).
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_USUAL = gc.get_threshold()
_RARELY = (20_000, 20, 50)
"""Objects made between two looks at the newest, and how many looks at these come before one at the older."""


@contextmanager
def little_garbage() -> Iterator[None]:
    """For the block, what exists already is not looked at, and the rest more rarely. Blocks may overlap: the first to end
    brings the usual ways back for all."""
    gc.freeze()
    gc.set_threshold(*_RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*_USUAL)
        gc.unfreeze()
