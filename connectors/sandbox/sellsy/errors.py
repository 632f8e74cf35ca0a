"""Sellsy's refusals."""

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

_CONTEXT = {400: "validation", 401: "authentication", 402: "plan", 403: "authorization", 404: "not_found", 429: "quota"}


class Refused(Exception):
    """A call that Sellsy does not carry out."""

    def __init__(self, status: int, message: str, details: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.details = dict(details or {})

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        error = {"code": self.status, "message": self.message, "context": _CONTEXT.get(self.status, "error")}
        body = {"error": error | ({"details": self.details} if self.details else {})}
        return JSONResponse(body, self.status, dict(headers or {}))
