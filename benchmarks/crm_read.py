"""Reading the CRM whole: contacts, companies and deals with their associations.

Beside ``hubspot-api-client``'s ``get_all`` with the same properties. Ours reads more for it: property definitions,
pipelines and owners, which companies are primary (associations by batch, not the first page of a list), the archived records.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from hubspot import HubSpot

from benchmarks.measuring import Row, Timing, interleaved, timed
from benchmarks.vendors import vendors
from connectors.base import ReadContext
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.normalise import MERGED_INTO
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.source import HubSpotSource
from connectors.hubspot.wire import LIMITS
from connectors.quota import Governor
from connectors.sandbox.world import FULL_TOKEN

READ = {"contacts": ("companies",), "companies": (), "deals": ("contacts", "companies", "line_items")}
"""Object -> what it is associated with."""
_CONTEXT = ReadContext(now=datetime(2026, 11, 21, tzinfo=UTC), since=date(2024, 1, 1), full=True)

Names = Mapping[str, Sequence[str]]


def source_at(address: str) -> HubSpotSource:
    """Our connector, with a rate governor that knows nothing of earlier turns."""
    settings = HubSpotSettings.model_validate({"base_url": address, "token": FULL_TOKEN})
    return HubSpotSource("hubspot", settings, HubSpotClient("hubspot", settings, governor=Governor(LIMITS)))


def read_ours(address: str) -> int:
    """Live records read."""
    source = source_at(address)
    try:
        source.describe()
        streams = [stream for stream in source.streams() if stream.name in READ]
        pages = (page for stream in streams for page in source.read(stream, None, _CONTEXT))
        return sum(not (record.get("archived") or MERGED_INTO in record) for page in pages for record in page.records)
    finally:
        source.close()


def read_plain(address: str, names: Names) -> int:
    """What a user would write."""
    crm = HubSpot(access_token=FULL_TOKEN, host=address).crm
    return sum(
        len(getattr(crm, object).get_all(properties=list(names[object]), associations=list(links)))
        for object, links in READ.items()
    )


def measure(_folder: Path, *, world: str = "builtin", turns: int = 5) -> list[Row]:
    with vendors(world, ample=True) as address:
        source = source_at(address)
        names: Names = source.describe()["properties"]
        count = read_plain(address, names)
        source.close()

    def side(read: Callable[[str], int], *, ample: bool) -> Callable[[], float]:
        def turn() -> float:
            with vendors(world, ample=ample) as address:
                found = -1

                def work() -> None:
                    nonlocal found
                    found = read(address)

                seconds = timed(work)
                if found != count:
                    raise RuntimeError(f"{found} records were read, {count} expected")
                return seconds

        return turn

    def plain(address: str) -> int:
        return read_plain(address, names)

    rows = []
    for ample, note in ((True, "no rate limit in the way"), (False, "HubSpot's real limits")):
        taken: Mapping[str, Timing] = interleaved(
            {"ours": side(read_ours, ample=ample), "plain": side(plain, ample=ample)}, turns
        )
        what = f"reading {count:,} contacts, companies and deals with associations"
        rows.append(Row(what, taken["ours"], "`hubspot-api-client` `get_all`", taken["plain"], note=note))
    return rows
