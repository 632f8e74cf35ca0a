"""TikTok's answers: always HTTP 200, with a code that is not 0 where something is wrong
(https://business-api.tiktok.com/portal/docs?id=1737172488964097, 2026-11-21)."""

from typing import Any

REQUEST_ID = "sandbox-request"


class Refusal(Exception):
    """One refusal."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.body = enveloped(code, message)


def enveloped(code: int, message: str, data: Any = None) -> dict[str, Any]:
    return {"code": code, "message": message, "request_id": REQUEST_ID, "data": {} if data is None else data}


def token_refused(*, is_missing: bool = False) -> Refusal:
    return (
        Refusal(40104, "Access token is empty.")
        if is_missing
        else Refusal(40105, "Access token is incorrect or has been revoked.")
    )


def too_many_calls() -> Refusal:
    return Refusal(40100, "Too many requests. Please retry in some time.")


def invalid(message: str) -> Refusal:
    """A parameter that is wrong, or something that is not accessible: one number for both."""
    return Refusal(40002, message)


def too_large() -> Refusal:
    return Refusal(40067, "The query is too large. Please narrow the time range.")
