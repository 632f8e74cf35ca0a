"""Writing a batch of campaigns in parts that can go through, so that every one of them ends in a known outcome.

Few records, so the simplest way: a refused batch is halved until the bad record stands alone; no answer is *unknown*
until it is read back.
"""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.base import Raw, WriteOutcome
from connectors.errors import CadranError, QuotaExhausted, StopRun, TransientError
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.errors import Unsettled, read_refusal
from connectors.hubspot.wire import Answer

REFUSED = frozenset({400, 404, 409})
"""Refusals of a whole batch for the sake of some of its records."""

Records = Mapping[str, Mapping[str, str]]
"""Record id -> property -> value."""


def write_parts(
    client: HubSpotClient, send: Callable[[Records], Answer], id_of: Callable[[Raw], str], records: Records, what: str
) -> dict[str, WriteOutcome]:
    """An outcome for each record. ``id_of`` gives the id under which a result was asked for. Raises only for what concerns
    the whole run."""
    try:
        answer = client.ask(lambda: send(records), what=what, accept=REFUSED, repeat_silent=False)
    except (StopRun, QuotaExhausted):
        raise
    except (Unsettled, TransientError) as error:
        return _all("unknown", records, str(error))
    except CadranError as error:
        return _all("rejected", records, str(error))
    if answer.status in REFUSED:
        if len(records) == 1:
            return _all("rejected", records, read_refusal(answer).reason)
        ids = list(records)
        outcomes: dict[str, WriteOutcome] = {}
        for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
            outcomes |= write_parts(client, send, id_of, {one: records[one] for one in half}, what)
        return outcomes
    return _read(answer, id_of, records)


def _read(answer: Answer, id_of: Callable[[Raw], str], records: Records) -> dict[str, WriteOutcome]:
    """Outcomes out of a 200 or 207; a record that the answer does not mention is unknown."""
    outcomes = _all("unknown", records, "HubSpot's answer does not mention the record")
    try:
        body: Any = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return outcomes
    for error in body.get("errors") or ():
        for one in (error.get("context") or {}).get("ids") or ():
            if str(one) in records:
                outcomes[str(one)] = WriteOutcome(str(one), "rejected", {}, str(error.get("message") or "refused"))
    for result in body.get("results") or ():
        record_id = id_of(result)
        if record_id in records:
            answered = result.get("properties") or {}
            # An answer leaves out what is empty.
            values = {name: answered.get(name) for name, sent in records[record_id].items() if name in answered or not sent}
            outcomes[record_id] = WriteOutcome(record_id, "written", values)
    return outcomes


def _all(status: str, records: Records, reason: str) -> dict[str, WriteOutcome]:
    return {record_id: WriteOutcome(record_id, status, {}, reason) for record_id in records}  # type: ignore[arg-type]
