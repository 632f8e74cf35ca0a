"""One batch update, and what came of each of its records.

https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis and
https://developers.hubspot.com/docs/api-reference/error-handling (2026-11-21). Three answers are possible, and which one
a bad value gets is not settled (FACTS §6.2, §19): 200/207 with an entry per record in ``results`` or ``errors``; 400 for
the whole batch, which is then halved until the bad record stands alone; or nothing, which is *unknown* until it is read
back. A 400 that names a property nobody may write refuses the records that carry it at once: halving would end at each
of them.
"""

from collections.abc import Mapping, Sequence

from connectors.base import Raw, RecordWrite, WriteOutcome
from connectors.errors import CadranError, QuotaExhausted, StopRun, TransientError
from connectors.hubspot.client import BATCH, HubSpotClient
from connectors.hubspot.errors import Refusal, Unsettled, read_refusal, refusal_of

_PARTED = frozenset({400, 404, 409})
"""Refusals of a whole batch for the sake of some of its records."""

_OF_THE_PROPERTY = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"})
"""Error codes that are about a property, whatever the record."""

_NEVER_STARTED = frozenset({423, 429, 477})
"""Refusals that came before HubSpot touched a record."""


def write_batch(client: HubSpotClient, object: str, writes: Sequence[RecordWrite]) -> list[WriteOutcome]:
    """An outcome per record, in the order given; a record given twice gets both its values in one write.

    Raises only for what concerns the whole run (credential, scope, daily limit), and only while nothing was written.
    """
    merged: dict[str, dict[str, str]] = {}
    for write in writes:
        merged.setdefault(write.record_id, {}).update(write.values)
    if len(merged) > BATCH:
        raise ValueError(f"a batch holds at most {BATCH} records, got {len(merged)}")
    outcomes = _attempt(client, object, merged)
    return [outcomes[record_id] for record_id in merged]


def _attempt(client: HubSpotClient, object: str, records: Mapping[str, Mapping[str, str]]) -> dict[str, WriteOutcome]:
    inputs = [
        {"id": record_id, "properties": dict(values), "objectWriteTraceId": _trace(object, record_id)}
        for record_id, values in records.items()
    ]
    try:
        answer = client.ask(
            lambda: client.batches.update(object, {"inputs": inputs}, _preload_content=False),
            what=f"update {object}",
            accept=_PARTED,
            repeat_silent=False,
        )
    except Unsettled as silent:
        return _all("unknown", records, str(silent))
    except TransientError as error:
        return _all("rejected" if error.status in _NEVER_STARTED else "unknown", records, str(error))
    except (StopRun, QuotaExhausted):
        raise
    except CadranError as error:
        return _all("rejected", records, str(error))
    if answer.status in _PARTED:
        return _part(client, object, records, read_refusal(answer))
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return _all("unknown", records, "HubSpot answered without saying what it did")
    return _read(object, records, body)


def _read(object: str, records: Mapping[str, Mapping[str, str]], body: Raw) -> dict[str, WriteOutcome]:
    """Outcomes out of a 200 or 207; a record that the answer does not mention is unknown."""
    outcomes = _all("unknown", records, "HubSpot's answer does not mention the record")
    traces = {_trace(object, record_id): record_id for record_id in records}
    for error in body.get("errors") or ():
        refusal = refusal_of(207, error)
        named = [traces.get(t, t) for t in (*refusal.named("objectWriteTraceId"), *refusal.named("ids"))]
        for record_id in named:
            if record_id in records:
                outcomes[record_id] = WriteOutcome(record_id, "rejected", {}, refusal.reason)
    for result in body.get("results") or ():
        record_id = str(result.get("id"))
        if record_id in records:
            answered = result.get("properties") or {}
            values = {name: answered.get(name) for name in records[record_id] if name in answered}
            outcomes[record_id] = WriteOutcome(record_id, "written", values)
    return outcomes


def _part(
    client: HubSpotClient, object: str, records: Mapping[str, Mapping[str, str]], refusal: Refusal
) -> dict[str, WriteOutcome]:
    """A refused batch, in parts that can go through."""
    if len(records) == 1:
        return _all("rejected", records, refusal.reason)
    if refusal.codes and refusal.codes <= _OF_THE_PROPERTY:
        named = set(refusal.named("propertyName"))
        hit = {record_id: values for record_id, values in records.items() if not named.isdisjoint(values)}
        if hit:
            rest = {record_id: values for record_id, values in records.items() if record_id not in hit}
            return _all("rejected", hit, refusal.reason) | (_attempt(client, object, rest) if rest else {})
    ids = list(records)
    halves = ids[: len(ids) // 2], ids[len(ids) // 2 :]
    outcomes: dict[str, WriteOutcome] = {}
    for half in halves:
        part = {record_id: records[record_id] for record_id in half}
        try:
            outcomes |= _attempt(client, object, part)
        except CadranError as error:
            # The other half may be written already: its outcome must not be lost with this one's error.
            if not outcomes:
                raise
            # Refused as a whole, it was not written; what concerns the run left it open, and the next call meets it again.
            is_open = isinstance(error, (StopRun, QuotaExhausted))
            outcomes |= _all("unknown" if is_open else "rejected", part, str(error))
    return outcomes


def _all(status: str, records: Mapping[str, object], reason: str) -> dict[str, WriteOutcome]:
    return {record_id: WriteOutcome(record_id, status, {}, reason) for record_id in records}  # type: ignore[arg-type]


def _trace(object: str, record_id: str) -> str:
    return f"{object}-{record_id}"
