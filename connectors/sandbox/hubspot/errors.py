"""HubSpot's refusals: the bodies of https://developers.hubspot.com/docs/api-reference/error-handling (2026-11-21).

A handler raises :class:`Refusal`; the gate adds the correlation id. A batch that goes on after a bad input collects
:func:`batch_error` bodies instead.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

Body = dict[str, Any]

NO_CREDENTIALS = (
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at "
    "https://developers.hubspot.com/docs/methods/auth/oauth-overview"
)


class Refusal(Exception):
    """An error answer: its HTTP status, body and further headers."""

    def __init__(self, status: int, body: Body, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status}: {body.get('message', '')}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def refusal(
    status: int,
    category: str,
    message: str,
    *,
    sub_category: str | None = None,
    context: Mapping[str, Sequence[str]] | None = None,
    errors: Sequence[Body] = (),
    links: Mapping[str, str] | None = None,
) -> Refusal:
    body: Body = {"status": "error", "message": message, "category": category}
    if sub_category:
        body["subCategory"] = sub_category
    if context:
        body["context"] = {key: list(values) for key, values in context.items()}
    if errors:
        body["errors"] = list(errors)
    if links:
        body["links"] = dict(links)
    return Refusal(status, body)


def invalid(message: str, **more: Any) -> Refusal:
    """400 VALIDATION_ERROR."""
    return refusal(400, "VALIDATION_ERROR", message, **more)


def not_found(message: str = "resource not found", **more: Any) -> Refusal:
    return refusal(404, "OBJECT_NOT_FOUND", message, **more)


def unauthenticated() -> Refusal:
    return refusal(401, "INVALID_AUTHENTICATION", NO_CREDENTIALS)


def missing_scopes(scopes: Sequence[str]) -> Refusal:
    """403, in the shape seen live in 2026-09."""
    return refusal(
        403,
        "MISSING_SCOPES",
        "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: "
        "https://developers.hubspot.com/scopes.",
        errors=[
            {"message": "One or more of the following scopes are required.", "context": {"requiredGranularScopes": list(scopes)}}
        ],
        links={"scopes": "https://developers.hubspot.com/scopes"},
    )


def ten_secondly(app_id: int) -> Body:
    """Real captures: https://github.com/HubSpot/hubspot-api-python/issues/117"""
    return {
        "status": "error",
        "message": "You have reached your ten_secondly_rolling limit.",
        "errorType": "RATE_LIMIT",
        "policyName": "TEN_SECONDLY_ROLLING",
        "groupName": f"publicapi:private-apps:hublet-na1:{app_id}",
    }


def secondly() -> Body:
    return {"status": "error", "message": "You have reached your secondly limit.", "category": "RATE_LIMITS"}


def daily() -> Body:
    return {
        "status": "error",
        "message": "You have reached your daily limit.",
        "errorType": "RATE_LIMIT",
        "policyName": "DAILY",
        "requestId": "sandbox",
    }


def property_error(name: str, code: str, message: str) -> Body:
    """One bad property of one record."""
    return {"message": message, "code": code, "context": {"propertyName": [name]}}


def invalid_values(problems: Sequence[Body], portal_id: int) -> Refusal:
    """400 for bad property values; older and newer readers both find theirs (an array inside ``message``, and ``errors``)."""
    listed = [
        {
            "isValid": False,
            "message": problem["message"],
            "error": problem["code"],
            "name": problem["context"]["propertyName"][0],
            "localizedErrorMessage": problem["message"],
            "portalId": portal_id,
        }
        for problem in problems
    ]
    return invalid(f"Property values were not valid: {orjson.dumps(listed).decode()}", errors=problems)


def batch_error(category: str, message: str, context: Mapping[str, Sequence[str]], errors: Sequence[Body] = ()) -> Body:
    """One entry of a 207's ``errors``."""
    return {
        "status": "error",
        "category": category,
        "message": message,
        "context": {key: list(values) for key, values in context.items()},
        "errors": list(errors),
        "links": {},
    }
