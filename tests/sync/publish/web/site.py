"""The pages of a small home, asked in this process."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from re import sub
from typing import Any

from starlette.testclient import TestClient

from config.serve import ServeSettings
from config.settings import AccountSettings
from sync.publish import after
from sync.publish.web.app import create_app
from sync.publish.web.asking import Ask, NoAnswer
from tests.sync.versions import Versions

HOST = "http://127.0.0.1:8780"


class Answers(Ask):
    """What a child process would say: words joined -> JSON, or what went wrong."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        super().__init__()
        self.said = said
        self.asked: list[str] = []

    def once(self, *words: str, timeout_s: float = 0) -> Any:
        line = " ".join(words)
        self.asked.append(line)
        found = self.said.get(line, NoAnswer(f"cadran {line}: not expected", 1))
        if isinstance(found, Exception):
            raise found
        return found


@contextmanager
def site(
    folder: Path,
    values: Iterable[Mapping[str, Any]] | None = None,
    *,
    said: Mapping[str, Any] | None = None,
    locale: str = "en",
    **serve: Any,
) -> Iterator[tuple[TestClient, Versions, Answers]]:
    """The client, the home, and what was asked of child processes. ``values`` None: nothing was synced."""
    home = Versions(folder)
    home.house.settings = AccountSettings(serve=ServeSettings(**serve))
    if values is not None:
        home.run(values)
        with after.filled(home.house):
            pass
    answers = Answers(said or {})
    client = TestClient(
        create_app(home.house, answers), base_url=HOST, headers={"accept-language": locale}, raise_server_exceptions=False
    )
    try:
        yield client, home, answers
    finally:
        client.close()
        home.close()


def words(html: str) -> str:
    """What a reader sees, on one line."""
    return " ".join(unescape(sub(r"<(script|style)[^>]*>.*?</\1>|<[^>]+>", " ", html.replace("\n", " "))).split())
