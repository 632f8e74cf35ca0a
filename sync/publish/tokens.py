"""``cadran tokens``: which programs may read the HTTP API."""

from pathlib import Path

import click

from connectors.errors import ConfigurationError
from kpi.text import Text
from sync import render
from sync.bootstrap import utc_now
from sync.opening import consulted, folder_of
from sync.output import print_json
from sync.publish.web.signin.token_file import TokenFile


def tokens_command(
    action: str,
    name: str | None,
    expires: int | None,
    owners: tuple[str, ...],
    as_json: bool,
    settings_file: Path | None,
    account: str | None,
    home: Path | None,
) -> int:
    tokens, locale = TokenFile(folder_of(settings_file, account, home)), consulted(settings_file, account, home).locale
    if action == "list":
        _list(tokens, as_json, locale)
        return 0
    if name is None:
        raise ConfigurationError(f"name the token: `cadran tokens {action} NAME`")
    if action == "add":
        secret = tokens.add(name, expires, owners, utc_now())
        if as_json:
            print_json({"action": action, "name": name, "token": secret})
            return 0
        kept_nowhere = Text("Keep it now: it is shown this once.", "Gardez-le maintenant : il n'est affiché qu'une fois.")
        click.echo(kept_nowhere.in_(locale), err=True)
        click.echo(secret)
        return 0
    tokens.revoke(name)
    if as_json:
        print_json({"action": action, "name": name})
    else:
        click.echo(Text(f"The token {name} is no longer taken.", f"Le jeton {name} n'est plus accepté.").in_(locale))
    return 0


def _list(tokens: TokenFile, as_json: bool, locale: str) -> None:
    found, now = tokens.all(), utc_now()
    if as_json:
        print_json(
            [
                {
                    "name": t.name,
                    "owners": list(t.owners),
                    "since": t.since,
                    "expires": t.expires.isoformat() if t.expires else None,
                    "is_over": t.is_over(now),
                }
                for t in found
            ]
        )
        return
    headings = (Text("name", "nom"), Text("owners", "propriétaires"), Text("since", "depuis"), Text("until", "jusqu'au"))
    rows = [
        (
            t.name,
            ", ".join(t.owners) or render.MISSING,
            render.day(t.since, locale),
            render.day(t.expires, locale) + (f" ({Text('over', 'terminé').in_(locale)})" if t.is_over(now) else ""),
        )
        for t in found
    ]
    render.console().print(render.table("", [h.in_(locale) for h in headings], rows))
