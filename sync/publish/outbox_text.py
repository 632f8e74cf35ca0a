"""Messages that could not be delivered, in words: for ``cadran check``, ``cadran alerts`` and the page of the sync's health."""

from collections.abc import Sequence

import click

from kpi.text import Text
from sync.publish.messages import GIVEN_UP, Kept


def trouble_line(one: Kept, locale: str) -> str:
    """What waits or was given up, for whom, and why."""
    at = f"{one.next_at:%Y-%m-%d %H:%M} UTC"
    if one.state == GIVEN_UP:
        words = Text(
            f"Message to {one.recipient} will not be delivered ({one.subject}): {one.reason}",
            f"Le message à {one.recipient} ne sera pas remis ({one.subject}) : {one.reason}",
        )
    else:
        words = Text(
            f"Message to {one.recipient} waits ({one.subject}), tried {one.attempts} times, again from {at}: {one.reason}",
            f"Le message à {one.recipient} attend ({one.subject}), {one.attempts} essais, le prochain à partir du {at} : {one.reason}",
        )
    return words.in_(locale)


def say_troubles(troubles: Sequence[Kept], locale: str) -> None:
    for one in troubles:
        click.echo(trouble_line(one, locale), err=True)
