"""``cadran connect`` and ``disconnect``: a person logs in to a vendor once, and every later run uses that login.

Nothing but the account's folder ``logins`` is written; the account itself is not opened, so a run may be under way meanwhile.
"""

import sys
import time
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import click

from config.sections import SourceSection
from config.settings import Account, Loaded
from connectors.base import Place, Reach
from connectors.errors import AuthenticationError, CadranError, ConfigurationError
from connectors.oauth.declaration import OAuth
from connectors.oauth.endpoint import TokenEndPoint, TokenRefused
from connectors.oauth.flow import Attempt, ConsentRefused, NotOurs, loopback_port, with_port
from connectors.oauth.grant import Grant
from connectors.oauth.loopback import Loopback, Verdict
from connectors.oauth.section import HasApp
from connectors.oauth.store import Logins
from connectors.registry import CONNECTORS
from kpi.text import Text
from sync import bootstrap, render
from sync.output import print_json

DONE = Text(
    "Consent received. You can close this page and go back to the terminal.",
    "Consentement reçu. Vous pouvez fermer cette page et revenir au terminal.",
)
REFUSED = Text("The consent was refused. Nothing was stored.", "Le consentement a été refusé. Rien n'a été enregistré.")
NOT_OURS = Text(
    "This answer does not belong to the login under way. Open the address shown in the terminal again.",
    "Cette réponse n'appartient pas à la connexion en cours. Ouvrez de nouveau l'adresse affichée dans le terminal.",
)


@dataclass(frozen=True)
class Chosen:
    """A source that people log in to."""

    id: str
    section: SourceSection
    app: HasApp
    oauth: OAuth
    place: Place
    locale: str


def connect_command(
    source: str | None,
    listed: bool,
    browser: bool,
    paste: bool,
    port: int | None,
    timeout: float,
    as_json: bool,
    settings_file: Path | None,
    account: str | None,
    home: Path | None,
) -> int:
    loaded, chosen_account = _opened(settings_file, account, home)
    found = _sources(loaded, chosen_account)
    if listed:
        _print_list(found, chosen_account.settings.locale, as_json=as_json)
        return 0
    one = _named(found, source, chosen_account)
    instead = one.app.instead_of_login()
    if instead is not None:
        raise ConfigurationError(f"{one.id}: the settings give {instead}, which is used instead of a login; take it out first.")
    endpoint = TokenEndPoint(one.id, one.app, one.oauth, time.time)
    try:
        attempt, code = _consent(one, endpoint, browser=browser, paste=paste, port=port, timeout=timeout)
        grant = endpoint.by_code(code, attempt.redirect_uri, attempt.verifier)
    except TokenRefused:
        raise AuthenticationError(
            one.id, f"{one.oauth.vendor} does not take the code that came back (used already, or too old): run it again."
        ) from None
    finally:
        endpoint.close()
    for path in (loaded.home, loaded.home / chosen_account.name):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept_in = Logins(one.place).connected(one.id, grant)
    return _report(one, grant, kept_in, as_json=as_json)


def disconnect_command(source: str, as_json: bool, settings_file: Path | None, account: str | None, home: Path | None) -> int:
    loaded, chosen_account = _opened(settings_file, account, home)
    one = _named(_sources(loaded, chosen_account), source, chosen_account)
    was_there = Logins(one.place).forget(one.id)
    if as_json:
        print_json({"source": one.id, "forgotten": was_there})
        return 0
    vendor = one.oauth.vendor
    words = (
        Text(
            f"{one.id}: the login is forgotten here. To withdraw the consent itself, remove the app in your {vendor} account.",
            f"{one.id} : la connexion est oubliée ici. Pour retirer le consentement lui-même, supprimez l'application dans votre compte {vendor}.",
        )
        if was_there
        else Text(f"{one.id}: there was no login.", f"{one.id} : il n'y avait pas de connexion.")
    )
    click.echo(words.in_(one.locale))
    return 0


# --- which source ------------------------------------------------------------------------------------------------


def _opened(settings_file: Path | None, account: str | None, home: Path | None) -> tuple[Loaded, Account]:
    loaded = bootstrap.settings(settings_file)
    if home is not None:
        loaded = replace(loaded, home=home)
    return loaded, bootstrap.choose_account(loaded, account)


def _sources(loaded: Loaded, account: Account) -> Mapping[str, Chosen]:
    """Those of an account that people log in to."""
    place = bootstrap.place_of(loaded, account)
    found = {}
    for source_id, section in account.sources.items():
        oauth = CONNECTORS[section.type].oauth_declared()
        if oauth is not None:
            found[source_id] = Chosen(source_id, section, cast("HasApp", section), oauth, place, account.settings.locale)
    return found


def _named(found: Mapping[str, Chosen], source: str | None, account: Account) -> Chosen:
    if source is not None and source in found:
        return found[source]
    known = ", ".join(found) or "none of the settings"
    if source in account.sources:
        raise ConfigurationError(f"{source}: nobody logs in to this source, its settings say all; sources with a login: {known}")
    asked = f"no source is called {source}" if source else "name the source to log in to"
    raise ConfigurationError(f"{asked}; sources with a login: {known}")


# --- the consent -------------------------------------------------------------------------------------------------


def _consent(
    one: Chosen, endpoint: TokenEndPoint, *, browser: bool, paste: bool, port: int | None, timeout: float
) -> tuple[Attempt, str]:
    """The login that a person consented to, and its code."""
    registered = one.app.redirect_uri or one.oauth.redirect_uri
    there = loopback_port(registered)
    if there is None and not paste:
        raise ConfigurationError(
            f"{one.id}: redirect_uri {registered} is not on this machine: add --paste, and paste the address that the browser ends at"
        )
    at = port if port is not None else there or 0
    if paste:
        attempt = Attempt(one.id, endpoint.oauth, endpoint.client_id, with_port(registered, at) if at else registered)
        return attempt, _pasted(one, attempt)

    def judge(query: str) -> tuple[bool, Verdict]:
        return _judged(attempt, query, one.locale)

    try:
        loopback = Loopback(at, urlsplit(registered).path, judge)
    except OSError:
        raise ConfigurationError(
            f"{one.id}: port {at} of 127.0.0.1 is taken by another program; end it, or give another with --port (and register it)"
        ) from None
    attempt = Attempt(one.id, endpoint.oauth, endpoint.client_id, with_port(registered, loopback.port))
    with loopback:
        _say_address(one, attempt, opens=browser)
        if browser:
            webbrowser.open(attempt.address)
        query = loopback.wait(timeout)
    if query is None:
        raise ConfigurationError(
            f"{one.id}: no answer came within {timeout:g} s. Run it again, with --timeout for more time, or with --paste where the "
            "browser is on another machine."
        )
    return attempt, attempt.code(query)


def _judged(attempt: Attempt, query: str, locale: str) -> tuple[bool, Verdict]:
    """Whether a redirect ends the wait, and what its sender reads. A foreign one does not: it would be too easy to disturb."""
    try:
        attempt.code(query)
    except NotOurs:
        return False, (400, _page(NOT_OURS, locale))
    except ConsentRefused:
        return True, (200, _page(REFUSED, locale))
    return True, (200, _page(DONE, locale))


def _page(words: Text, locale: str) -> str:
    return (
        f'<!doctype html><html lang="{locale}"><meta charset="utf-8"><title>Cadran</title>'
        f'<body style="font:1.1rem sans-serif;margin:4rem auto;max-width:40rem"><h1>Cadran</h1><p>{words.in_(locale)}</p></body></html>'
    )


def _pasted(one: Chosen, attempt: Attempt) -> str:
    _say_address(one, attempt, opens=False)
    words = Text(
        "After the consent the browser goes to an address that may not open. Paste that whole address here:",
        "Après le consentement, le navigateur va à une adresse qui peut ne pas s'ouvrir. Collez ici cette adresse entière :",
    )
    click.echo(words.in_(one.locale), err=True)
    try:
        return attempt.code(sys.stdin.readline())
    except NotOurs:
        raise ConfigurationError(
            f"{one.id}: this is not the address of the login that was just begun; run it again and paste the address that the browser ends at"
        ) from None


def _say_address(one: Chosen, attempt: Attempt, *, opens: bool) -> None:
    words = (
        Text(
            f"Opening {attempt.oauth.vendor}'s consent page; if no browser appears, open:",
            f"Ouverture de la page de consentement de {attempt.oauth.vendor} ; si aucun navigateur n'apparaît, ouvrez :",
        )
        if opens
        else Text(f"Open {attempt.oauth.vendor}'s consent page:", f"Ouvrez la page de consentement de {attempt.oauth.vendor} :")
    )
    click.echo(words.in_(one.locale), err=True)
    click.echo(attempt.address, err=True)


# --- what came of it ---------------------------------------------------------------------------------------------


def _report(one: Chosen, grant: Grant, kept_in: str, *, as_json: bool) -> int:
    """The login is kept; what it opens is asked at once, as ``cadran check`` does."""
    source = CONNECTORS[one.section.type].build(one.id, one.section, one.place)
    error: CadranError | None = None
    reach: Reach | None = None
    try:
        reach = source.check()
    except CadranError as refused:
        error = refused
    finally:
        source.close()
    if as_json:
        opened = (
            {"account_id": reach.account_id, "account_name": reach.account_name, "notes": list(reach.notes)} if reach else None
        )
        print_json({**_state(one, grant, kept_in), "opens": opened, "error": str(error) if error else None})
    else:
        click.echo(_kept(one, grant, kept_in).in_(one.locale))
        if reach is not None:
            words = Text(
                f"It opens {reach.account_name} ({reach.account_id}).", f"Elle ouvre {reach.account_name} ({reach.account_id})."
            )
            click.echo(words.in_(one.locale))
            for note in reach.notes:
                click.echo(f"  {note}")
    if error is not None:
        raise error
    return 0


def _kept(one: Chosen, grant: Grant, kept_in: str) -> Text:
    where = (
        Text("the system's keyring", "le trousseau du système")
        if kept_in == "keyring"
        else Text("a file that only you can read", "un fichier que vous seul pouvez lire")
    )
    ends = grant.ends_at
    until_en = f", until {render.day(ends.date(), 'en')}" if ends else ""
    until_fr = f", jusqu'au {render.day(ends.date(), 'fr')}" if ends else ""
    return Text(
        f"{one.id}: connected to {one.oauth.vendor}{until_en}; kept in {where.en}.",
        f"{one.id} : connecté à {one.oauth.vendor}{until_fr} ; conservé dans {where.fr}.",
    )


def _state(one: Chosen, grant: Grant | None, kept_in: str | None) -> dict[str, Any]:
    ends = grant.ends_at if grant else None
    return {
        "source": one.id,
        "vendor": one.oauth.vendor,
        "connected_at": grant.connected_at.isoformat() if grant else None,
        "ends_at": ends.isoformat() if ends else None,
        "kept_in": kept_in,
        "instead": one.app.instead_of_login(),
    }


def _print_list(found: Mapping[str, Chosen], locale: str, *, as_json: bool) -> None:
    states = []
    for one in found.values():
        logins = Logins(one.place)
        kept_in = logins.kept_in(one.id)
        try:
            states.append(_state(one, logins.load(one.id), kept_in))
        except ConfigurationError as unreadable:
            states.append({**_state(one, None, kept_in), "error": str(unreadable)})
    if as_json:
        print_json({"logins": states})
        return
    now = bootstrap.utc_now()
    rows = [(s["source"], s["vendor"], _in_words(s, now).in_(locale), s["kept_in"] or render.MISSING) for s in states]
    headings = (
        Text("source", "source"),
        Text("vendor", "fournisseur"),
        Text("login", "connexion"),
        Text("kept in", "conservée dans"),
    )
    render.console().print(render.table(Text("Logins", "Connexions").in_(locale), [h.in_(locale) for h in headings], rows))


def _in_words(state: Mapping[str, Any], now: datetime) -> Text:
    if state.get("error"):
        return Text(state["error"], state["error"])
    if state["instead"]:
        return Text(f"not needed: the settings give {state['instead']}", f"inutile : les réglages donnent {state['instead']}")
    if state["connected_at"] is None:
        return Text(f"none: run cadran connect {state['source']}", f"aucune : lancez cadran connect {state['source']}")
    since = datetime.fromisoformat(state["connected_at"]).date()
    if state["ends_at"] is None:
        return Text(f"since {render.day(since, 'en')}", f"depuis le {render.day(since, 'fr')}")
    ends = datetime.fromisoformat(state["ends_at"])
    day_en, day_fr = (render.day(ends.date(), language) for language in ("en", "fr"))
    if ends <= now:
        return Text(
            f"ended on {day_en}: run cadran connect {state['source']}",
            f"terminée le {day_fr} : lancez cadran connect {state['source']}",
        )
    return Text(
        f"since {render.day(since, 'en')}, ends on {day_en} unless renewed",
        f"depuis le {render.day(since, 'fr')}, finit le {day_fr} sauf renouvellement",
    )
