"""Tableau: a ``.hyper`` file for each table (``pantab``, extra ``tableau``), and publishing them to a server.

The table inside is ``Extract.Extract``: older servers insist on that name. Numbers are doubles, as Tableau shows every decimal, with
fifteen digits: pantab 5.3.0 fails on decimals between -0.1 and 0 ("invalid number format", seen 2026-11-22).
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.errors import AuthenticationError, ConfigurationError, TransientError
from sync.progress import Step
from sync.publish.bi.place import ExportRefused, refusal
from sync.publish.bi.schema import NUMBER, Table
from sync.publish.bi.tables import Tables

if TYPE_CHECKING:
    from config.tableau import TableauSettings

NAME = ("Extract", "Extract")
BATCH = 50_000
"""Rows that are handed over at a time."""
MISSING = "what writes Tableau's files is an extra: pip install 'cadran[tableau]'"


def needs_pantab() -> None:
    """Raises :class:`ExportRefused` where the extra is not installed."""
    if any(importlib.util.find_spec(name) is None for name in ("pantab", "pyarrow")):
        raise ExportRefused(MISSING)


def write_hyper(made: Tables, table: Table, path: Path) -> None:
    """One table as one file."""
    import pantab

    columns = ", ".join(f'CAST("{c.name}" AS DOUBLE) AS "{c.name}"' if c.type == NUMBER else f'"{c.name}"' for c in table.columns)
    rows = made.con.sql(f"SELECT {columns} FROM ({made.query(table)})").to_arrow_reader(BATCH)
    try:
        # The folder's own renaming makes it whole; without a copy of pantab's the disk needs room once.
        pantab.frame_to_hyper(rows, path, table=NAME, atomic=False)
    except RuntimeError as error:
        raise refusal(path.parent, error) from None


def can_publish(settings: "TableauSettings | None") -> "TableauSettings":
    """Raises where publishing is asked for and something that it needs is missing: before anything is written."""
    if settings is None:
        raise ConfigurationError(
            "--publish needs a section `tableau` in cadran.yaml: server, project, token_name, token (docs/bi.md)"
        )
    if importlib.util.find_spec("tableauserverclient") is None:
        raise ExportRefused(MISSING)
    return settings


def publish(settings: "TableauSettings", files: Sequence[Path], step: Step) -> list[str]:
    """Send each file as a data source of its own, in the place of an earlier one of that name; their names. Files above 64 MB go in
    pieces. Raises a sentence of ours for every refusal; none holds the token."""
    import requests
    import tableauserverclient as tsc
    from tableauserverclient.server.endpoint.exceptions import TableauError

    server = tsc.Server(settings.server.rstrip("/"), use_server_version=False)
    server.add_http_options({"timeout": settings.timeout_s})
    names = []
    try:
        if settings.api_version is None:
            server.use_server_version()
        else:
            server.version = settings.api_version
        auth = tsc.PersonalAccessTokenAuth(settings.token_name, settings.token.get_secret_value(), settings.site)
        with server.auth.sign_in(auth):
            project = _project(tsc, server, settings.project)
            for file in files:
                item = tsc.DatasourceItem(project_id=project, name=f"{settings.prefix} {file.stem}")
                done = server.datasources.publish(item, str(file), tsc.Server.PublishMode.Overwrite)
                names.append(str(done.name))
                step.advance(1)
    except (tsc.FailedSignInError, tsc.NotSignedInError):
        raise AuthenticationError("tableau", "The token may have ended, or be another site's (section `tableau`).") from None
    except tsc.ServerResponseError as error:
        raise ConfigurationError(f"Tableau refused ({error.code}): {error.summary}. {error.detail}") from None
    except (TableauError, requests.RequestException) as error:
        raise TransientError(
            "tableau",
            f"{settings.server} did not take the files ({type(error).__name__}); they are in the folder, try again later",
        ) from None
    return names


def _project(tsc: Any, server: Any, name: str) -> str:
    """The project's id. Raises where the token sees no project of that name."""
    found = [project for project in tsc.Pager(server.projects) if project.name == name]
    if not found:
        raise ConfigurationError(f"Tableau has no project called {name} that this token may see (setting tableau.project)")
    return str(found[0].id)
