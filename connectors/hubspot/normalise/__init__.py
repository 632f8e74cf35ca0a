"""From HubSpot's records to rows of the common schema. Pure: no network, no clock.

No person's name, e-mail or phone is asked for, and none leaves here. A record that cannot be read raises
:class:`BadValue`, whose sentence names the property; the rest of its stream goes on.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from connectors.base import NormaliseContext, Raw, Row
from connectors.hubspot import streams
from connectors.hubspot.kinds import CUSTOM_PREFIX, KINDS, custom_kind
from connectors.hubspot.normalise import deals, goods, marketing, people
from connectors.hubspot.normalise.common import MERGED_INTO, Make, Rows, merged, merged_ids
from connectors.hubspot.normalise.plain import plain

_MAKERS: Mapping[str, Make] = MappingProxyType(
    {
        streams.OWNERS: people.owners,
        streams.PIPELINES: deals.pipelines,
        "deals": deals.deals,
        "contacts": people.contacts,
        "companies": people.companies,
        "products": goods.products,
        "line_items": goods.line_items,
        streams.CAMPAIGNS: marketing.campaigns,
        streams.MARKETING_EMAILS: marketing.emails,
        streams.EMAIL_STATISTICS: marketing.statistics,
    }
)
"""Streams that have a normaliser of their own; every other object's is its table of fields."""


def normaliser(stream: str, context: NormaliseContext) -> Rows:
    """The function from a stream's records to their rows, made once for all of them."""
    if stream in KINDS or stream.startswith(CUSTOM_PREFIX):
        kind = KINDS[stream] if stream in KINDS else custom_kind(stream.removeprefix(CUSTOM_PREFIX), "")
        make = _MAKERS.get(stream) or (lambda context: plain(kind, context))
        of_living = make(context)

        def rows(record: Raw) -> Iterator[Row]:
            if MERGED_INTO in record:
                return iter((merged(kind, str(record["id"]), str(record[MERGED_INTO])),))
            return of_living(record)

        return rows
    return _MAKERS[stream](context)


def rows(stream: str, record: Raw, context: NormaliseContext) -> Iterator[Row]:
    """The rows of one record of a stream."""
    return normaliser(stream, context)(record)


__all__ = ["MERGED_INTO", "Rows", "merged_ids", "normaliser", "rows"]
