"""Several calls under way at once, never more than so many, and none left behind.

The vendor's governor sets the pace; the threads only hide the latency: with 190 calls in ten seconds and answers after
200 ms, four calls are under way on average.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = 8


class Stopped(Exception):
    """Asked to stop (SIGTERM, Ctrl-C): what was under way was finished, the rest is for the next time."""


def carried_out(
    jobs: Iterable[Callable[[], T]], *, at_once: int = AT_ONCE, stop: Callable[[], bool] = lambda: False
) -> Iterator[T]:
    """The jobs' results as they come. ``jobs`` is drawn from in the caller's thread, only as fast as jobs end.

    When one fails, those under way are finished, no further one begins, and the failure of the earliest job is raised.
    Raises :class:`Stopped` in the same way when ``stop`` turns true while jobs are left.
    """
    failures: dict[int, BaseException] = {}
    pending: dict[Future[T], int] = {}
    waiting = enumerate(jobs)
    upcoming = next(waiting, None)
    with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="cadran-write") as pool:
        while True:
            while upcoming is not None and len(pending) < at_once and not failures and not stop():
                number, job = upcoming
                pending[pool.submit(job)] = number
                upcoming = next(waiting, None)
            if not pending:
                break
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                number = pending.pop(future)
                failure = future.exception()
                if failure is None:
                    yield future.result()
                else:
                    failures[number] = failure
    if failures:
        raise failures[min(failures)]
    if upcoming is not None:
        raise Stopped
