"""Refusals as programs read them: problem documents (RFC 9457)."""

from http import HTTPStatus

import orjson
from starlette.responses import Response


def problem(status: int, detail: str, *, retry_after_s: int | None = None) -> Response:
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    headers = {"retry-after": str(retry_after_s)} if retry_after_s is not None else {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="cadran"'
    return Response(orjson.dumps(body), status, headers, media_type="application/problem+json")
