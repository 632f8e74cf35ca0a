"""``python -m sync.publish.web --account …``: the pages of one account, started by ``cadran serve``."""

import logging
import sys
from pathlib import Path

import click

from connectors.errors import CadranError
from sync.opening import opened
from sync.publish.web.serving import place_of, serve_pages


@click.command()
@click.option("--settings", "settings_file", type=click.Path(path_type=Path))
@click.option("--account")
@click.option("--home", type=click.Path(path_type=Path))
def main(settings_file: Path | None, account: str | None, home: Path | None) -> None:
    """Answer on the address of the settings (``serve``) until standard input closes."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        with opened(settings_file, account, home, needs_sources=False) as house:
            serve_pages(house, place_of(settings_file, account, home), ends_with_input=not sys.stdin.isatty())
    except CadranError as error:
        click.echo(f"cadran: {error}", err=True)
        sys.exit(error.exit_code)


main()
