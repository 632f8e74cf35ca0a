"""Where KPIs are computed: in DuckDB, where the marts are, or in a server or session that is handed a copy of them.

Marts are always made by DuckDB (:mod:`sync.derive`); the SELECTs of :mod:`kpi.scan` run anywhere and give the same parts to
the last digit, which ``make test-engines`` holds.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from config.settings import ComputeSettings
from sync.compute.base import Engine
from sync.compute.embedded import in_duckdb

__all__ = ["Engine", "engine"]


@contextmanager
def engine(con: duckdb.DuckDBPyConnection, settings: ComputeSettings, account: str, staging: Path) -> Iterator[Engine]:
    """What the settings name, over the marts of ``con``; the block must not change them.

    Raises :class:`connectors.errors.ConfigurationError` where it cannot be used, with what to do.
    """
    if settings.engine == "postgres":
        from sync.compute.postgresql import in_postgresql

        assert settings.url is not None, "the settings check that it is there"  # noqa: S101
        with in_postgresql(con, settings.url.get_secret_value(), f"cadran_{account}", staging) as found:
            yield found
    elif settings.engine == "spark":
        from sync.compute.spark import in_spark

        with in_spark(con, staging) as found:
            yield found
    else:
        yield in_duckdb(con)
