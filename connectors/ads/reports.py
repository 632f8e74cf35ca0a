"""Reports that a platform makes in the background: ordered, asked after with growing pauses, fetched when they are ready."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from connectors.errors import TransientError
from connectors.transport import pause

log = logging.getLogger("cadran.ads")

T = TypeVar("T")

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
PATIENCE_S = 3_600.0
"""A report that is not ready by then is given up for this run. Its order is made anew by the next one: the vendor's id of a report
dies within days, and days are read again anyway."""


def when_ready(source_id: str, what: str, poll: Callable[[], T | None], *, clock: Callable[[], float] = time.monotonic) -> T:
    """What ``poll`` gives once it gives something. ``what`` names the report, for logs and for the error.

    Raises :class:`TransientError` when it is not ready within :data:`PATIENCE_S`, and whatever ``poll`` raises.
    """
    began, wait_s = clock(), FIRST_PAUSE_S
    while (found := poll()) is None:
        if clock() - began + wait_s > PATIENCE_S:
            raise TransientError(source_id, f"{what} is not ready after {PATIENCE_S / 60:.0f} minutes")
        log.info("%s: %s is being made; asking again in %.0f s", source_id, what, wait_s)
        pause(wait_s)
        wait_s = min(wait_s * 2, LONGEST_PAUSE_S)
    return found
