"""One message handed to one address, by apprise: the only module that knows an address.

An address (``mailtos://user:password@…``, ``slack://token…``) is a credential. apprise writes addresses into its log and takes
parts of them into its sentences, so its log is caught here: nothing of it gets out but one sentence without any part of the address.
"""

import logging
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.transport import redact

CONNECT_S = 10.0
ANSWER_S = 60.0
"""How long a server may take to answer: a mail with a file is looked at before it is accepted, and giving up too early sends it twice."""

HIDDEN = "[hidden]"


@dataclass(frozen=True)
class Letter:
    """What arrives."""

    subject: str
    text: str
    html: str
    attachments: tuple[Path, ...] = ()


def post(address: str, letter: Letter) -> str | None:
    """None once the address's server has taken the letter; else why not, in a sentence that holds no part of the address."""
    missing = next((path for path in letter.attachments if not path.is_file()), None)
    if missing is not None:
        return f"the file {missing.name} is not there any more"
    with _caught_log() as lines, warnings.catch_warnings():
        # Services are loaded as they are met, some on modules that Python is about to drop: theirs to mend.
        warnings.simplefilter("ignore")
        # A fifth of a second, needed only where something is sent.
        import apprise

        asset = apprise.AppriseAsset(app_id="Cadran", app_desc="Cadran", async_mode=False, secure_logging=True)
        service = apprise.Apprise.instantiate(address, asset=asset)
        if service is None:
            scheme = address.partition("://")[0] if "://" in address else ""
            of = f" of the kind {scheme}://" if scheme.isalnum() else ""
            return f"apprise understands no address{of} as it is written: see its page for that service"
        service.socket_connect_timeout, service.socket_read_timeout = CONNECT_S, ANSWER_S
        is_html = service.resolve_format(apprise.NotifyFormat.HTML) == apprise.NotifyFormat.HTML
        from apprise.attachment.file import AttachFile

        attach: Any = AttachFile
        files = [attach(path=str(path), name=_plain_name(path.name), asset=asset) for path in letter.attachments]
        sender = apprise.Apprise(asset=asset)
        sender.add(service)
        try:
            is_taken = sender.notify(
                title=letter.subject,
                body=letter.html if is_html else letter.text,
                body_format=apprise.NotifyFormat.HTML if is_html else apprise.NotifyFormat.TEXT,
                attach=apprise.AppriseAttachment(files, asset=asset) if files else None,
            )
        except Exception as error:  # noqa: BLE001 - a service of apprise may raise anything; its text may hold the address
            return f"the service failed ({type(error).__name__})"
        return None if is_taken else why_not(lines, address)


def _plain_name(name: str) -> str:
    """A file's name in ASCII: apprise 2.2 encodes the whole header that holds any other, and mail programs then see no file."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()


def why_not(lines: Sequence[str], address: str) -> str:
    """The sentence of apprise's log that says most, without any part of the address but a mail server's name."""
    parts = urlsplit(address)
    of = f"{parts.hostname}: " if parts.scheme.startswith("mail") and parts.hostname else ""
    told = [line for line in lines if "://" not in line]
    best = next((line for line in told if "Exception" in line), next(iter(told), "the service did not take it"))
    best = best.removeprefix("Socket Exception:").strip()
    for secret in sorted(_pieces(address), key=len, reverse=True):
        best = best.replace(secret, HIDDEN)
    return redact(of + " ".join(best.split())[:300])


def _pieces(address: str) -> set[str]:
    """What an address is made of, as it is written and as it is meant; too short ones tell nothing."""
    parts = urlsplit(address)
    found = {parts.netloc, *parts.netloc.replace("@", ":").split(":"), *parts.path.split("/")}
    found |= {value for _, value in parse_qsl(parts.query)} | set(parts.query.replace("&", "=").split("="))
    return {piece for raw in found for piece in (raw, unquote(raw)) if len(piece) > 3}


@contextmanager
def _caught_log() -> Iterator[list[str]]:
    """What apprise logs goes into the list and nowhere else."""
    lines: list[str] = []

    class Catch(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    logger: Any = logging.getLogger("apprise")
    before = logger.handlers[:], logger.level, logger.propagate
    logger.handlers[:], logger.propagate = [Catch()], False
    logger.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        logger.handlers[:], _, logger.propagate = before
        logger.setLevel(before[1])
