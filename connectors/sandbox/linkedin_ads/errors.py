"""LinkedIn's refusals (https://learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling, from memory)."""

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

CODES = {
    400: "ILLEGAL_ARGUMENT",
    401: "INVALID_ACCESS_TOKEN",
    403: "ACCESS_DENIED",
    404: "RESOURCE_NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    414: "URI_TOO_LONG",
    426: "NONEXISTENT_VERSION",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_SERVER_ERROR",
}


class LinkedInError(Exception):
    """A refusal on its way out of a handler."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message
        self.code = code

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        body = {"status": self.status, "code": self.code or CODES.get(self.status, "UNKNOWN"), "message": self.message}
        return JSONResponse(body, self.status, headers)


def illegal(message: str) -> LinkedInError:
    """400."""
    return LinkedInError(400, message)
