"""Refusals as Meta's Graph API words them: nearly all with HTTP 400
(https://developers.facebook.com/docs/marketing-api/insights/error-codes, 2026-05-21)."""

from typing import Any

TRACE = "AsandboxTrace0"


class GraphError(Exception):
    """One refusal."""

    def __init__(
        self, code: int, message: str, *, subcode: int | None = None, status: int = 400, is_transient: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = error_body(code, message, subcode=subcode, is_transient=is_transient)


def error_body(code: int, message: str, *, subcode: int | None = None, is_transient: bool = False) -> dict[str, Any]:
    error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    if is_transient:
        error["is_transient"] = True
    return {"error": error | {"fbtrace_id": TRACE}}


def invalid(message: str) -> GraphError:
    """A parameter or field that is not known, or out of range."""
    return GraphError(100, f"(#100) {message}")


def unknown_object(node: str) -> GraphError:
    return GraphError(
        100,
        f"Unsupported get request. Object with ID '{node}' does not exist, cannot be loaded due to missing permissions, or does not "
        "support this operation.",
        subcode=33,
    )


def too_much() -> GraphError:
    return GraphError(100, "Please reduce the amount of data you're asking for, then retry your request", subcode=1504018)
