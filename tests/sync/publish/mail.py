"""A mail server on loopback that keeps what arrives, and a home whose messages go there."""

import email.policy
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from config.settings import AccountSettings
from sync.house import House
from tests.sync.versions import FIRST, Versions

PASSWORD = "hidden-word"


class Inbox:
    """What arrived, in order. ``refuses``: an SMTP answer to give instead of taking a message."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuses: str | None = None

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the server's name for it
        if self.refuses:
            return self.refuses
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 taken"

    def body(self, place: int = -1, kind: str = "plain") -> str:
        part = self.mails[place].get_body((kind,))
        assert part is not None
        return str(part.get_content())

    @property
    def subjects(self) -> list[str]:
        return [str(mail["subject"]) for mail in self.mails]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mail_server(port: int, inbox: Inbox | None = None) -> Iterator[Inbox]:
    inbox = inbox or Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()


def address(port: int, to: str = "sales") -> str:
    """As the settings hold it. The server asks for no password; the address has one that must not get out."""
    return f"mailto://127.0.0.1:{port}?from=cadran@firm.example&to={to}@firm.example&name=Cadran&reply={PASSWORD}@firm.example"


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now = FIRST + timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def home_of(folder: Path, settings: dict[str, Any]) -> tuple[Versions, Clock]:
    """A home with these settings, and its clock."""
    made, clock = Versions(folder), Clock()
    made.house.settings, made.house.clock = AccountSettings.model_validate(settings), clock
    return made, clock


def recipients(port: int, **languages: str | None) -> dict[str, Any]:
    """Section ``notify``: a recipient for each language."""
    return {"recipients": {name: {"to": address(port, name), "language": said} for name, said in languages.items()}}


def keep(house: House, message: Any) -> tuple[int, ...]:
    from sync.publish.messages import send_later

    with house.ledger.transaction() as tx:
        return send_later(tx, house, message)
