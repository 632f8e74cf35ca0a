"""KPIs computed by Spark in local mode, over the marts as Parquet.

The session speaks to nobody: its driver is bound to loopback, its pages are off, and all it writes lies in the account's
staging folder. It ends with the block, its Java process with it, so that a scheduler holds no heap between two runs.
"""

import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from connectors.errors import ConfigurationError
from kpi.schema import MARTS, columns
from kpi.sql import literal
from sync import engines
from sync.compute.base import Engine
from sync.staging import workplace

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOOPBACK = "127.0.0.1"

MEMORY_SHARE = 0.4
"""Of the machine's: the heap of Java, beside the engine that made the marts."""


_TYPES = {"VARCHAR": "STRING"}
"""Where Spark calls a type of the lake by another name."""

_QUIET = """
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
"""


@contextmanager
def in_spark(con: duckdb.DuckDBPyConnection, staging: Path) -> Iterator[Engine]:
    """A session of our own over the marts of ``con``. Raises :class:`ConfigurationError` where Spark or Java is missing."""
    if importlib.util.find_spec("pyspark") is None:
        raise ConfigurationError("`compute.engine: spark` needs an extra: pip install 'cadran[spark]'")
    if not has_java():
        raise ConfigurationError(
            "`compute.engine: spark` needs Java 17 or newer: install it (Debian: apt-get install default-jre-headless) or set JAVA_HOME"
        )
    with workplace(staging) as folder, _session(folder) as spark:
        for mart, model in MARTS.items():
            path = folder / f"{mart}.parquet"
            names = ", ".join(f'"{c.name}"' for c in columns(model))
            con.execute(f'COPY (SELECT {names} FROM "{mart}") TO {literal(str(path))} (FORMAT parquet)')
            # Left to itself it would run a job to find out the types.
            typed = ", ".join(f"`{c.name}` {_TYPES.get(c.sql_type, c.sql_type)}" for c in columns(model))
            spark.read.schema(typed).parquet(str(path)).createOrReplaceTempView(mart)

        def run(sql: str) -> Iterator[tuple[Any, ...]]:
            return map(tuple, spark.sql(sql).toLocalIterator(prefetchPartitions=True))

        yield Engine("spark", run)


def has_java() -> bool:
    """Whether there is a Java that Spark would find."""
    home = os.environ.get("JAVA_HOME")
    return bool(home and os.access(Path(home) / "bin" / "java", os.X_OK)) or shutil.which("java") is not None


@contextmanager
def _session(folder: Path) -> Iterator["SparkSession"]:
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    os.environ["SPARK_LOCAL_IP"] = LOOPBACK
    quiet = folder / "log4j2.properties"
    quiet.write_text(_QUIET)
    cores = os.cpu_count() or 1
    builder = SparkSession.Builder().master(f"local[{cores}]").appName("cadran")
    for key, value in {
        "spark.driver.host": LOOPBACK,
        "spark.driver.bindAddress": LOOPBACK,
        "spark.driver.memory": f"{int(engines.machine() * MEMORY_SHARE) >> 20}m",
        "spark.driver.maxResultSize": "0",
        "spark.driver.extraJavaOptions": f"-Djava.io.tmpdir={folder} -Duser.timezone=UTC -Dlog4j2.configurationFile={quiet}",
        "spark.local.dir": str(folder),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # What does not fit a type is an error, not null and not a wrapped number.
        "spark.sql.ansi.enabled": "true",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(cores),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
    }.items():
        builder = builder.config(key, value)
    try:
        spark = builder.getOrCreate()
    except PySparkException as error:
        raise ConfigurationError(
            f"`compute.engine: spark`: the session did not start ({error}): it needs Java 17 or newer, which `java -version` tells"
        ) from None
    try:
        yield spark
    finally:
        _end(spark)


def _end(spark: "SparkSession") -> None:
    """The session and its Java process: PySpark keeps that for the next session, with a folder for temporary files that is gone."""
    from pyspark import SparkContext

    context: Any = SparkContext
    gateway = context._gateway
    spark.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()
    context._gateway = context._jvm = None
