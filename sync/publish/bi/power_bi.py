"""A Power BI project: the tables as Parquet, and beside them a model and a report that Desktop opens as they are.

A project that somebody has worked on since is theirs: then the data alone are written anew. To have a fresh one, export into
another folder.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from kpi.text import Text
from sync.progress import Progress
from sync.publish.bi import pbir, schema, tmdl
from sync.publish.bi.parquet import write_parquet
from sync.publish.bi.place import Place, digest_of
from sync.publish.bi.tables import Tables

MODEL, REPORT, PROJECT = "Cadran.SemanticModel", "Cadran.Report", "Cadran.pbip"


def write(place: Place, made: Tables, progress: Progress, earlier: Mapping[str, Any]) -> list[str]:
    """All files; gives those of the project that are kept as they are."""
    for table in (*schema.TABLES, *schema.FOR_POWER_BI):
        name, count = f"{tmdl.DATA}/{table.name}.parquet", made.count(table)
        with progress.step(f"{Text('writing', 'écriture de').in_(made.house.locale)} {name}") as step:
            write_parquet(made, table, place.file(name, count))
            step.advance(count)
    ours = {name: note["sha256"] for name, note in earlier.get("files", {}).items() if "sha256" in note and _is_project(name)}
    if _is_theirs(place.folder, ours):
        return [name for name in ours or [PROJECT] if (place.folder / name).is_file()]
    for name, text in _project(made, place.folder).items():
        place.text(name, text)
    return []


def _is_project(name: str) -> bool:
    return name == PROJECT or name.startswith((f"{MODEL}/", f"{REPORT}/"))


def _is_theirs(folder: Path, ours: Mapping[str, str]) -> bool:
    """Whether a file of the project is not as we left it; one that we know nothing of is somebody's too."""
    if not ours:
        return (folder / PROJECT).exists()
    return any(digest_of(folder / name) != digest for name, digest in ours.items())


def _project(made: Tables, folder: Path) -> dict[str, str]:
    """Every file of the project with its text."""
    own = uuid5(NAMESPACE_URL, f"cadran:{made.house.name}")
    parts: dict[str, Any] = {
        PROJECT: pbir.project(),
        f"{MODEL}/.platform": pbir.platform("SemanticModel", str(uuid5(own, MODEL))),
        f"{MODEL}/definition.pbism": pbir.model_properties(),
        f"{REPORT}/.platform": pbir.platform("Report", str(uuid5(own, REPORT))),
        **{f"{REPORT}/{name}": part for name, part in pbir.files(made, tmdl.measure_names(made)).items()},
    }
    texts = {name: orjson.dumps(part, option=orjson.OPT_INDENT_2).decode() + "\n" for name, part in parts.items()}
    return texts | {f"{MODEL}/definition/{name}": text for name, text in tmdl.files(made, folder).items()}
