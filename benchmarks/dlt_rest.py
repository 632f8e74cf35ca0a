"""The same deals by dlt's REST source into DuckDB, in its quickest form (Parquet between its steps).

Cadran does not need dlt, so it is measured only where ``CADRAN_BENCH_DLT`` names a Python that has it, e.g. one of
``python -m venv dlt; dlt/bin/pip install "dlt[duckdb]" pyarrow``. That Python runs this file as a script, which
reads ``{"address", "token", "names", "folder"}`` from its standard input and imports nothing of ours.
"""

import json
import os
import sys
import time
from pathlib import Path


def load(address: str, token: str, names: list[str], folder: str) -> dict[str, float]:
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    import dlt  # type: ignore[import-not-found,unused-ignore]
    from dlt.sources.rest_api import rest_api_source  # type: ignore[import-not-found,unused-ignore]

    source = rest_api_source(
        {
            "client": {
                "base_url": address,
                "auth": {"type": "bearer", "token": token},
                "paginator": {"type": "cursor", "cursor_path": "paging.next.after", "cursor_param": "after"},
            },
            "resources": [
                {
                    "name": "deals",
                    "primary_key": "id",
                    "write_disposition": "replace",
                    "endpoint": {
                        "path": "/crm/v3/objects/deals",
                        "params": {"limit": 100, "properties": ",".join(names)},
                        "data_selector": "results",
                    },
                }
            ],
        }
    )
    pipeline = dlt.pipeline("bench", destination=dlt.destinations.duckdb(f"{folder}/dlt.duckdb"), pipelines_dir=folder)
    start = time.perf_counter()
    pipeline.run(source, loader_file_format="parquet")
    seconds = time.perf_counter() - start
    count = _count(pipeline)
    status = Path("/proc/self/status").read_text()
    peak_kb = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")))
    return {"seconds": seconds, "records": count, "peak_mb": peak_kb * 1024 / 1e6}


def _count(pipeline: object) -> int:
    with pipeline.sql_client() as client:  # type: ignore[attr-defined]
        return int(client.execute_sql("SELECT count(*) FROM deals")[0][0])


if __name__ == "__main__":
    print(json.dumps(load(**json.load(sys.stdin))))
