"""Every row of an account's days, although an answer has no pages and is cut at 15,000 rows in silence.

Spans are planned from the number of campaigns; an answer that holds more than was planned is not believed but asked for in halves,
of the days first and of the campaigns where it is one day.
"""

from collections.abc import Callable, Iterator, Sequence

from connectors.ads.days import Span
from connectors.base import Raw
from connectors.errors import ContractError
from connectors.linkedin_ads.errors import UrlTooLong
from connectors.linkedin_ads.streams import SAFE

Ask = Callable[[Span, Sequence[str] | None], list[Raw]]
"""(days, ids of campaigns) -> rows; None asks for the whole account."""


def days_at_once(campaigns: int) -> int:
    """Days of one call, so that campaigns times days stays below :data:`SAFE`; at least 1."""
    return max((SAFE - 1) // max(campaigns, 1), 1)


def whole(source_id: str, ask: Ask, span: Span, campaign_ids: Sequence[str]) -> Iterator[Raw]:
    """All rows of ``span``. Raises :class:`ContractError` where a single day cannot be read whole."""
    rows = ask(span, None)
    if len(rows) < SAFE:
        yield from rows
    elif (halves := span.halves()) is not None:
        for half in halves:
            yield from whole(source_id, ask, half, campaign_ids)
    else:
        found = list(_listed(ask, span, campaign_ids))
        if len(found) < len(rows):
            raise ContractError(
                source_id,
                f"LinkedIn has more than {len(rows):,} rows for {span.first} and leaves out the rest; of the campaigns it lists it gives "
                f"{len(found):,}, so that some belong to campaigns it no longer lists",
            )
        yield from found


def _listed(ask: Ask, span: Span, ids: Sequence[str]) -> Iterator[Raw]:
    """Rows of one day, of these campaigns: as many at a time as LinkedIn takes."""
    step = SAFE - 1
    if len(ids) > step:
        for start in range(0, len(ids), step):
            yield from _listed(ask, span, ids[start : start + step])
        return
    try:
        yield from ask(span, ids)
    except UrlTooLong:
        if len(ids) == 1:
            raise
        middle = len(ids) // 2
        yield from _listed(ask, span, ids[:middle])
        yield from _listed(ask, span, ids[middle:])
