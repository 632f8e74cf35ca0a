"""Files of a report put into a folder: all of them whole, or none."""

import os
import uuid
from collections.abc import Mapping
from pathlib import Path

from connectors.errors import StopRun


class FolderRefused(StopRun):
    """The folder takes no file; exit 2."""


def put(folder: Path, files: Mapping[str, bytes], *, private: bool = False) -> list[Path]:
    """Write each beside its place, then give all their names. Raises :class:`FolderRefused`. ``private``: for the owner alone."""
    beside: dict[Path, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, body in files.items():
            path = folder / f".{name}.{uuid.uuid4().hex[:12]}.part"
            beside[path] = folder / name
            with path.open("xb") as out:
                if private:
                    os.fchmod(out.fileno(), 0o600)
                out.write(body)
                out.flush()
                os.fsync(out.fileno())
        for path, final in beside.items():
            path.replace(final)
    except OSError as error:
        for path in beside:
            path.unlink(missing_ok=True)
        raise FolderRefused(
            f"cannot write the report to {folder}: {error.strerror or error}. Nothing was written there"
        ) from None
    return list(beside.values())
