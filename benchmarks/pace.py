"""How much of a rate limit was used once the first window's free burst is spent."""

from collections.abc import Sequence


def steady_share(times: Sequence[float], limit: int, window_s: float) -> float | None:
    """Share of ``limit`` calls in ``window_s`` that were made from the second window on; None when there were too few calls.

    ``times`` are when the vendor counted each call. How long did ``limit`` calls take, on average over every place to begin
    counting? A burst that slips a little later in each window shows, which counting by the clock's own windows hides.
    """
    counted = sorted(times)
    spans = [counted[place + limit] - counted[place] for place in range(limit, len(counted) - limit)]
    return window_s * len(spans) / sum(spans) if spans else None
