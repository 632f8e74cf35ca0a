"""``cadran report weekly|monthly``."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from kpi.text import Text
from sync.house import House
from sync.opening import opened
from sync.output import print_json
from sync.publish import after
from sync.publish.messages import Delivered, deliver
from sync.publish.outbox_text import say_troubles
from sync.publish.reports.contents import span_of
from sync.publish.reports.files import put
from sync.publish.reports.making import Format, Made, make
from sync.publish.reports.sending import send_now
from sync.publish.reports.span import Kind, Span


def report_command(
    kind: Kind,
    start: datetime | None,
    role: str | None,
    format: Format,
    out: Path | None,
    send: bool,
    as_json: bool,
    settings_file: Path | None,
    account: str | None,
    home: Path | None,
) -> int:
    """Writes the report to ``out`` (the working folder, unless it is sent alone), and sends it where asked to."""
    with opened(settings_file, account, home, needs_sources=False) as house, after.filled(house) as shelf:
        span = span_of(kind, shelf, start.date() if start else None, house.settings.kpis.week_start)
        written: list[Path] = []
        made: list[Made] = []
        if out is not None or not send:
            follow = [role] if role else house.settings.kpis.follow
            one = make(house, shelf, span, locale=house.locale, format=format, follow=follow, name=role or "")
            made.append(one)
            written = put(out or Path(), one.files)
        delivered = Delivered()
        if send:
            sent, ids = send_now(house, shelf, kind, span, role)
            made += sent
            delivered = deliver(house, only=ids)
        if as_json:
            print_json(_json(span, made, written, delivered))
        else:
            _say(house, made, written, delivered)
        return 0


def _json(span: Span, made: list[Made], written: list[Path], delivered: Delivered) -> dict[str, Any]:
    return {
        "kind": span.kind,
        "period_start": span.start.isoformat(),
        "period_end": span.end.isoformat(),
        "headline": made[0].headline,
        "files": [str(path) for path in written],
        "no_pdf": next((one.no_pdf for one in made if one.no_pdf), None),
        "sent": [kept.to_json() for kept in delivered.sent],
        "waiting": [kept.to_json() for kept in (*delivered.waiting, *delivered.given_up)],
    }


def _say(house: House, made: list[Made], written: list[Path], delivered: Delivered) -> None:
    click.echo(made[0].headline)
    for path in written:
        click.echo(path)
    for reason in dict.fromkeys(one.no_pdf for one in made if one.no_pdf):
        click.echo(f"cadran: {reason}", err=True)
    for kept in delivered.sent:
        words = Text(f"Sent to {kept.recipient}: {kept.subject}", f"Envoyé à {kept.recipient} : {kept.subject}")
        click.echo(words.in_(house.locale))
    say_troubles([*delivered.waiting, *delivered.given_up], house.locale)
