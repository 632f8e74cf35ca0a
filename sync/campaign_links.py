"""Associations of campaigns carried out: the lines of a plan that are no values (:mod:`sync.link_text`).

Making an association twice is making it once, and ending one that is gone is fine, so that a line whose answer was lost
is simply sent again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import Associates
from connectors.errors import MissingScope, NotInTier
from sync import batches
from sync.batches import Batch, Records, Written
from sync.campaign_properties import CAMPAIGN, ITSELF, NATIVE, OWN, PEOPLE
from sync.ledger import Key
from sync.link_text import difference, is_link, joined, link_base, linked_object, parted
from sync.plan import Change


def write_batch(batch: Batch, object: str, records: Records) -> Written:
    """Values first, so that the records are there, then associations. See :func:`sync.batches.write_batch`."""
    if object not in (NATIVE, OWN, PEOPLE):
        return batches.write_batch(batch, object, records)
    counts = Counter[str]()
    if object == OWN and (refusal := next((why for (place, _), why in batch.blocked.items() if place == NATIVE), None)):
        records, counts["rejected"] = _without_moved(batch, records, refusal)
    links = [line for lines in records.values() for line in lines if is_link(line.property)]
    of_values = {one: [line for line in lines if not is_link(line.property)] for one, lines in records.items()}
    of_values = {one: lines for one, lines in of_values.items() if lines}
    if of_values:
        counts += batches.write_batch(batch, object, of_values).counts
    if links:
        counts += _write_links(batch, object, links)
    # No stream gives these records: there is no echo to be read back.
    return Written(object, +counts, 0)


def _without_moved(batch: Batch, records: Records, refusal: str) -> tuple[Records, int]:
    """Without the lines that take figures away because the CRM's own campaigns have them: the CRM has just refused to. How many
    these were."""
    moved = [line for lines in records.values() for line in lines if _is_taken_away(line)]
    if moved:
        reason = f"it stays here, because the CRM's own campaigns do not take it: {refusal}"
        _note(batch, moved, [_result(line, "rejected", None, reason) for line in moved])
    return {one: [line for line in lines if not _is_taken_away(line)] for one, lines in records.items()}, len(moved)


def _is_taken_away(line: Change) -> bool:
    return (line.kpi, line.outcome) == (CAMPAIGN, "clear")


def _write_links(batch: Batch, object: str, lines: Sequence[Change]) -> Counter[str]:
    refusal = batch.blocked.get((object, ITSELF))
    if refusal is not None:
        results = [_result(line, "rejected", None, f"the object could not be made: {refusal}") for line in lines]
        _note(batch, lines, results)
        return Counter(rejected=len(lines))
    _note(batch, lines, [])
    results = []
    for property in sorted({line.property for line in lines}):
        of_property = [line for line in lines if line.property == property]
        try:
            failed = _carry_out(batch, object, property, of_property)
        except (MissingScope, NotInTier) as error:
            results += [_result(line, "rejected", None, str(error)) for line in of_property]
            continue
        # The whole list first: killed before the line is settled, it is sent and noted once more, which changes nothing.
        batch.ledger.adopt(_standing(batch, object, property, of_property, failed), batch.now(), batch.run_id)
        results += [_result(line, "written", line.new, None) for line in of_property]
    batch.ledger.settle(batch.plan_id, results, batch.now(), batch.run_id)
    return Counter(str(result["state"]) for result in results)


def _carry_out(batch: Batch, object: str, property: str, lines: Sequence[Change]) -> frozenset[tuple[str, str]]:
    """The associations that could not be made."""
    target, to = batch.target, linked_object(property)
    if not isinstance(target, Associates):
        raise TypeError(f"{type(target).__name__} makes no associations")
    comes, goes = [], []
    for line in lines:
        new, gone = difference(line.old, line.new)
        comes += [(str(line.record_id), one) for one in sorted(new)]
        goes += [(str(line.record_id), one) for one in sorted(gone)]
    if goes:
        target.unlink(object, to, goes)
    return target.link(object, to, comes) if comes else frozenset()


def _standing(
    batch: Batch, object: str, property: str, lines: Sequence[Change], failed: frozenset[tuple[str, str]]
) -> dict[Key, str | None]:
    """All that we associated once the lines are carried out, without what could not be."""
    base = link_base(linked_object(property))
    bases = batch.ledger.bases_of(object, [str(line.record_id) for line in lines])
    found: dict[Key, str | None] = {}
    for line in lines:
        key: Key = (object, str(line.record_id), base)
        comes, goes = difference(line.old, line.new)
        made = {one for one in comes if (line.record_id, one) not in failed}
        found[key] = joined((parted(bases[key].value if key in bases else None) - goes) | made)
    return found


def _note(batch: Batch, lines: Sequence[Change], results: Sequence[Mapping[str, Any]]) -> None:
    """The intention of every line, on disk before any call, and what is settled without one."""
    intended = [
        {**_place(line), "run_id": batch.run_id, "plan_id": batch.plan_id, "old": line.old, "new": line.new} for line in lines
    ]
    batch.ledger.intend(intended, batch.now())
    if results:
        batch.ledger.settle(batch.plan_id, results, batch.now(), batch.run_id)


def _result(line: Change, state: str, answered: str | None, reason: str | None) -> dict[str, Any]:
    return {**_place(line), "state": state, "answered": answered, "reason": reason}


def _place(line: Change) -> dict[str, Any]:
    return {"object": line.object, "record_id": line.record_id, "property": line.property}
