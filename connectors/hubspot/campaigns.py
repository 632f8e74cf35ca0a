"""HubSpot's own campaigns as a place for our figures: read and written under their GUIDs, fifty a call.

``/marketing/campaigns/{v}`` (FACTS §10.4, 2026-11-21; Marketing Hub Professional and up). Our properties are custom ones of
the type 0-35. That they can be created by API is UNVERIFIED; made by hand in HubSpot's pages they are written just the same.
"""

from collections.abc import Mapping, Sequence

from connectors.base import RecordWrite, WriteOutcome
from connectors.hubspot.campaign_parts import Records, write_parts
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.wire import Answer

OBJECT = "campaigns"
TYPE_ID = "0-35"
GROUP = "campaign_information"
"""Public code creates campaign properties in this group; whether another would do is not known."""
BATCH = 50
"""Campaigns of one batch read or update (FACTS §10.4)."""

_PATH = "/marketing/v3/campaigns"


def read_campaigns(client: HubSpotClient, guids: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, str | None]]:
    """Values by GUID; a campaign that is gone is not among them. Empty values are missing in HubSpot's answer."""
    found: dict[str, dict[str, str | None]] = {}
    for start in range(0, len(guids), BATCH):
        body = {"inputs": [{"id": guid} for guid in guids[start : start + BATCH]]}
        query = {"properties": ",".join(names)}

        def send(body: Mapping[str, object] = body, query: Mapping[str, str] = query) -> Answer:
            return client.wire.send("POST", f"{_PATH}/batch/read", query=query, body=body)

        what = "read campaigns"
        for one in client.results(client.ask_json(send, what=what), what):
            values = one.get("properties") or {}
            found[str(one["id"])] = {name: values.get(name) for name in names}
    return found


def write_campaigns(client: HubSpotClient, writes: Sequence[RecordWrite]) -> list[WriteOutcome]:
    """An outcome per campaign; an empty text clears."""

    def send(records: Records) -> Answer:
        inputs = [{"id": guid, "properties": dict(values)} for guid, values in records.items()]
        return client.wire.send("POST", f"{_PATH}/batch/update", body={"inputs": inputs})

    outcomes: dict[str, WriteOutcome] = {}
    for start in range(0, len(writes), BATCH):
        records = {w.record_id: w.values for w in writes[start : start + BATCH]}
        outcomes |= write_parts(client, send, lambda result: str(result.get("id")), records, "update campaigns")
    return [outcomes[w.record_id] for w in writes]
