"""``cadran users``: who may sign in to the web server with a password."""

import sys
from pathlib import Path

import click

from config.serve import Role
from connectors.errors import ConfigurationError
from kpi.text import Text
from sync import render
from sync.bootstrap import utc_now
from sync.opening import consulted, folder_of
from sync.output import print_json
from sync.publish.web.signin.user_file import UserFile


def users_command(
    action: str,
    name: str | None,
    role: Role,
    owners: tuple[str, ...],
    stdin: bool,
    as_json: bool,
    settings_file: Path | None,
    account: str | None,
    home: Path | None,
) -> int:
    users, locale = UserFile(folder_of(settings_file, account, home)), consulted(settings_file, account, home).locale
    if action == "list":
        _list(users, as_json, locale)
        return 0
    if name is None:
        raise ConfigurationError(f"name the user: `cadran users {action} NAME`")
    if action == "add":
        users.add(name, role, owners, _password(stdin), utc_now())
        said = Text(f"{name} may sign in as {role}.", f"{name} peut se connecter avec le rôle {role}.")
    elif action == "password":
        users.set_password(name, _password(stdin))
        said = Text(
            f"{name} has a new password and is signed out everywhere.", f"{name} a un nouveau mot de passe et est déconnecté."
        )
    else:
        users.remove(name)
        said = Text(f"{name} is removed and signed out everywhere.", f"{name} est retiré et déconnecté.")
    if as_json:
        print_json({"action": action, "name": name})
    else:
        click.echo(said.in_(locale))
    return 0


def _password(stdin: bool) -> str:
    """Typed twice and not shown, or the first line of standard input; never an argument, which other users of the machine could see."""
    if stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise ConfigurationError("there is nobody to ask for the password: give it on standard input with --stdin")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed


def _list(users: UserFile, as_json: bool, locale: str) -> None:
    found = users.all()
    if as_json:
        print_json([{"name": u.name, "role": u.role, "owners": list(u.owners), "since": u.since} for u in found])
        return
    if not found:
        nobody = Text(
            "No users: on this machine nobody has to sign in. `cadran users add NAME --role admin` adds the first.",
            "Aucun utilisateur : sur cette machine, personne n'a à se connecter. `cadran users add NOM --role admin` ajoute le premier.",
        )
        click.echo(nobody.in_(locale))
        return
    headings = (Text("name", "nom"), Text("role", "rôle"), Text("owners", "propriétaires"), Text("since", "depuis"))
    rows = [(u.name, u.role, ", ".join(u.owners) or render.MISSING, render.day(u.since, locale)) for u in found]
    render.console().print(render.table("", [h.in_(locale) for h in headings], rows))
