"""A small Tableau server on loopback: signs in one token, knows two projects, takes data sources whole or in pieces."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

TOKEN, SECRET, SITE = "cadran", "s3cret-of-the-token", "marketing"
NAMESPACE = "http://tableau.com/api"
VERSION = "3.24"


@dataclass
class Tableau:
    """What the server has."""

    url: str = ""
    sources: dict[str, bytes] = field(default_factory=dict)
    """Name -> the file."""
    projects: dict[str, str] = field(default_factory=lambda: {"p1": "default", "p2": "Marketing"})
    put_into: set[str] = field(default_factory=set)
    modes: set[str] = field(default_factory=set)
    pieces: dict[str, list[bytes]] = field(default_factory=dict)
    is_down: bool = False
    may_publish: bool = True
    signed_out: int = 0


def _answer(body: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><tsResponse xmlns="{NAMESPACE}">{body}</tsResponse>'.encode()


def _fault(code: str, summary: str) -> bytes:
    return _answer(f'<error code="{code}"><summary>{summary}</summary><detail>It may not.</detail></error>')


@contextmanager
def tableau_server() -> Iterator[Tableau]:
    """Served for the block."""
    state = Tableau()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/xml;charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _parts(self) -> dict[str, bytes]:
            """A multipart request's parts by name."""
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            message = BytesParser().parsebytes(head + raw)
            found: dict[str, bytes] = {}
            for part in message.get_payload():
                assert isinstance(part, Message)
                content = part.get_payload(decode=True)
                assert isinstance(content, bytes)
                found[str(part.get_param("name", header="Content-Disposition"))] = content
            return found

        def do_GET(self) -> None:
            if state.is_down:
                self._send(503, b"")
            elif "serverinfo" in self.path.lower():
                self._send(
                    200,
                    _answer(
                        '<serverInfo><productVersion build="1">2025.1</productVersion>'
                        f"<restApiVersion>{VERSION}</restApiVersion></serverInfo>"
                    ),
                )
            else:
                projects = "".join(f'<project id="{i}" name="{n}"/>' for i, n in state.projects.items())
                self._send(
                    200, _answer(f'<pagination pageNumber="1" pageSize="100" totalAvailable="2"/><projects>{projects}</projects>')
                )

        def do_PUT(self) -> None:
            upload = urlsplit(self.path).path.rsplit("/", 1)[1]
            state.pieces[upload].append(self._parts()["tableau_file"])
            self._send(200, _answer(f'<fileUpload uploadSessionId="{upload}" fileSize="1"/>'))

        def do_POST(self) -> None:
            place = urlsplit(self.path)
            if place.path.endswith("/auth/signin"):
                self._sign_in()
            elif place.path.endswith("/auth/signout"):
                state.signed_out += 1
                self._send(204, b"")
            elif not state.may_publish:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self._send(403, _fault("403004", "Forbidden"))
            elif place.path.endswith("/fileUploads"):
                state.pieces["u1"] = []
                self._send(201, _answer('<fileUpload uploadSessionId="u1" fileSize="0"/>'))
            else:
                self._publish(parse_qs(place.query))

        def _sign_in(self) -> None:
            request = ElementTree.fromstring(self.rfile.read(int(self.headers["Content-Length"])))
            given = next(iter(request))
            named = (given.get("personalAccessTokenName"), given.get("personalAccessTokenSecret"), given[0].get("contentUrl"))
            if named != (TOKEN, SECRET, SITE):
                self._send(401, _fault("401001", "Signin Error"))
                return
            self._send(200, _answer(f'<credentials token="t"><site id="s1" contentUrl="{SITE}"/><user id="u"/></credentials>'))

        def _publish(self, query: dict[str, list[str]]) -> None:
            parts = self._parts()
            source = next(iter(ElementTree.fromstring(parts["request_payload"])))
            project = source.find("project")
            assert project is not None
            upload = query.get("uploadSessionId")
            name = str(source.get("name"))
            state.sources[name] = b"".join(state.pieces[upload[0]]) if upload else parts["tableau_datasource"]
            state.put_into.add(state.projects[str(project.get("id"))])
            state.modes |= {mode for mode in ("overwrite", "append") if query.get(mode) == ["true"]}
            self._send(
                201,
                _answer(
                    f'<datasource id="d" name="{name}" contentUrl="d" type="hyper"><project id="p2" name="Marketing"/></datasource>'
                ),
            )

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
