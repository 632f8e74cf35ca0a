"""What the batch end points take, checked before anything happens, and the form of what they answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.sandbox.hubspot.errors import Body, invalid
from connectors.sandbox.hubspot.gate import Answer, Call
from connectors.sandbox.hubspot.properties import unknown_field
from connectors.sandbox.hubspot.values import instant_text

BATCH_MAX = 100


def known_keys(body: Mapping[str, Any], *known: str) -> None:
    """Raises 400 for a key that the end point does not have."""
    for key in body:
        if key not in known:
            raise unknown_field(key)


def inputs_of(body: Mapping[str, Any], *known: str, most: int = BATCH_MAX) -> list[dict[str, Any]]:
    """``inputs``, each an object with known keys only. Raises 400."""
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(one, dict) for one in inputs):
        raise invalid("Invalid input JSON: inputs must be a list of objects")
    if len(inputs) > most:
        raise invalid(f"The maximum number of inputs supported in a batch request is {most}, got {len(inputs)}")
    for one in inputs:
        known_keys(one, *known)
    return inputs


def text_of(given: Mapping[str, Any], key: str) -> str:
    value = given.get(key)
    if not isinstance(value, str) or not value:
        raise invalid(f"Invalid input JSON: {key} must be a text")
    return value


def texts_of(given: Mapping[str, Any], key: str) -> list[str]:
    """A list of texts, empty when it is not there."""
    values = given.get(key) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise invalid(f"Invalid input JSON: {key} must be a list of texts")
    return values


def batch_answer(call: Call, results: Sequence[Body], errors: Sequence[Body] = (), *, status: int = 200) -> Answer:
    """``status`` when all went well, else 207 with ``errors``."""
    at = instant_text(call.portal.clock.now())
    ordered = list(reversed(results)) if call.portal.quirks.batch_results_reversed else list(results)
    body: Body = {"status": "COMPLETE", "results": ordered, "startedAt": at, "completedAt": at}
    if not errors:
        return Answer(status, body)
    return Answer(207, body | {"numErrors": len(errors), "errors": list(errors)})
