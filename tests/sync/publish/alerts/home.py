"""A home with rules, figures on its shelf, and a mail server that is asked what arrived."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from sync.publish import after
from sync.publish.alerts.watch import Looked, evaluate
from sync.publish.messages import Letter, deliver
from sync.publish.shelf import Shelf
from tests.sync.publish.mail import home_of
from tests.sync.versions import value

AUGUST, JULY, LAST_AUGUST = date(2026, 8, 1), date(2026, 7, 1), date(2025, 8, 1)
NOTIFY = {"recipients": {"sales": {"to": ["json://sales"], "language": "fr"}, "direction": {"to": ["json://direction"]}}}


class Watched:
    """The home, and everything that was sent from it. Closed after the test that opened it."""

    open: ClassVar[list["Watched"]] = []

    def __init__(self, folder: Path, rules: Mapping[str, Any], **settings: Any) -> None:
        alerts = {"to": ["direction"], "rules": dict(rules)}
        self.home, self.clock = home_of(folder, {"notify": NOTIFY, "alerts": alerts, **settings})
        self.sent: list[tuple[str, Letter]] = []
        self.open.append(self)

    @property
    def house(self) -> Any:
        return self.home.house

    def run(self, *values: dict[str, Any]) -> None:
        """A sync that ended well with these values."""
        self.home.run(values)

    def look(self) -> Looked:
        """Evaluate, then send."""
        with self.shelf() as shelf:
            looked = evaluate(self.house, shelf)
        self.deliver()
        return looked

    @contextmanager
    def shelf(self) -> Iterator[Shelf]:
        with after.filled(self.house) as shelf:
            yield shelf

    def deliver(self) -> None:
        deliver(self.house, lambda address, letter: self.sent.append((address.removeprefix("json://"), letter)))

    def told(self, to: str = "direction") -> list[str]:
        """Subjects that one recipient got."""
        return [letter.subject for name, letter in self.sent if name == to]

    def text(self, to: str = "direction") -> str:
        """The newest."""
        return [letter.text for name, letter in self.sent if name == to][-1]


def revenue(amount: str | None, start: date = AUGUST, **more: Any) -> dict[str, Any]:
    return value("revenue_won", amount, {"revenue_won": amount or "0"}, start=start, **more)


def by_channel(amount: str, key: str, start: date = AUGUST) -> dict[str, Any]:
    return revenue(amount, start, by="channel", key=key, model="first")


def win_rate(won: int, lost: int, start: date = AUGUST, **more: Any) -> dict[str, Any]:
    row = value(
        "win_rate", str(won / (won + lost)), {"deals_won": str(won), "deals_lost": str(lost)}, start=start, unit="ratio", **more
    )
    return {**row, "n": won + lost}
