"""What a reader narrows a page down to, in its address: so that a view can be kept as a bookmark and sent to a colleague.

``?period=month&since=2026-01-01&until=2026-07-01&compare=last_year&channel=paid_search&model=last``. Whatever else stands there is
an error that says what is wrong, where, and what can be written instead; nothing is guessed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Literal
from urllib.parse import urlencode

from kpi.periods import ROLLING
from kpi.text import Text

Compare = Literal["previous", "last_year", "none"]
COMPARES: tuple[Compare, ...] = ("previous", "last_year", "none")
KINDS = ("month", "quarter", "year", "week", "all", *ROLLING)


class BadFilter(ValueError):
    """A parameter that cannot be used; ``said`` is the sentence for the reader."""

    def __init__(self, name: str, given: str, said: Text) -> None:
        self.name, self.given, self.said = name, given, said
        super().__init__(said.en)


@dataclass(frozen=True)
class Filters:
    """None: not narrowed down."""

    period: str = "month"
    """Kind of period."""
    start: date | None = None
    """First day of the period that is looked at; None: the running one."""
    since: date | None = None
    """Series begin here."""
    until: date | None = None
    """And end before."""
    compare: Compare = "previous"
    channel: str | None = None
    model: str | None = None
    """Attribution model."""

    def with_(self, **changes: str | date | None) -> str:
        """The query of this view with something changed; what is as usual is left out."""
        values = {name: changes.get(name, getattr(self, name)) for name in (*NAMES,)}
        usual = Filters()
        kept = {n: v.isoformat() if isinstance(v, date) else v for n, v in values.items() if v not in (None, getattr(usual, n))}
        return urlencode({**kept, **{n: str(v) for n, v in changes.items() if n not in NAMES and v is not None}})


NAMES = ("period", "start", "since", "until", "compare", "channel", "model")


def parse(query: Mapping[str, str], *, channels: Collection[str], models: Collection[str]) -> Filters:
    """The filters of an address. Raises :class:`BadFilter` for the first that cannot be used."""

    def chosen(name: str, known: Collection[str], usual: str | None) -> str | None:
        given = query.get(name, "")
        if given and given not in known:
            near = get_close_matches(given, known, n=1)
            offered = ", ".join(near or sorted(known))
            raise BadFilter(name, given, Text(f"{name}: choose among {offered}", f"{name} : choisissez parmi {offered}"))
        return given or usual

    def day(name: str) -> date | None:
        given = query.get(name, "")
        try:
            return date.fromisoformat(given) if given else None
        except ValueError:
            raise BadFilter(
                name,
                given,
                Text(f"{name}: write a day as 2026-01-31", f"{name} : écrivez un jour comme 2026-01-31"),
            ) from None

    since, until = day("since"), day("until")
    if since and until and since >= until:
        raise BadFilter(
            "until",
            until.isoformat(),
            Text("until must be later than since", "until doit être postérieur à since"),
        )
    return Filters(
        period=chosen("period", KINDS, "month") or "month",
        start=day("start"),
        since=since,
        until=until,
        compare=_compare(chosen("compare", COMPARES, "previous")),
        channel=chosen("channel", channels, None),
        model=chosen("model", models, None),
    )


def _compare(name: str | None) -> Compare:
    return next((known for known in COMPARES if known == name), "previous")
