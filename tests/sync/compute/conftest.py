"""Spark for the tests, as cheap as it can be started."""

import os
from pathlib import Path

import pytest

from sync.compute.spark import has_java

# Compiling costs more than it saves on a few rows; nothing here changes what a SELECT means.
_CHEAP = """
spark.driver.defaultJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
spark.sql.adaptive.enabled false
"""


@pytest.fixture(scope="session")
def spark_allowed(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skips where Spark or Java is missing; ``CADRAN_REQUIRE_ENGINES`` makes that a failure."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        missing = "pyspark"
    else:
        missing = "" if has_java() else "Java"
    if missing:
        if os.environ.get("CADRAN_REQUIRE_ENGINES"):
            pytest.fail(f"CADRAN_REQUIRE_ENGINES is set, and {missing} is not installed")
        pytest.skip(f"{missing} is not installed here (pip install pyspark, apt-get install default-jre-headless)")
    folder: Path = tmp_path_factory.mktemp("spark-conf")
    (folder / "spark-defaults.conf").write_text(_CHEAP)
    os.environ["SPARK_CONF_DIR"] = str(folder)
