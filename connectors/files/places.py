"""Which files an entry means, and how they stand. Looking is all that is done here; a share may be gone at any time."""

import glob
from collections.abc import Iterable, Mapping
from pathlib import Path

from connectors.errors import ConfigurationError

SUFFIXES = frozenset({".csv", ".parquet"})
_PATTERN = frozenset("*?[")

Standing = Mapping[str, tuple[int, int]]
"""Path -> when it was last written (ns), and its size in bytes."""


def is_pattern(path: str) -> bool:
    return not _PATTERN.isdisjoint(path)


def files_of(base: Path, path: str, where: str) -> list[Path]:
    """The files that ``path`` means, in order of name. ``where`` names the setting in the sentence.

    Hidden files, those of other suffixes and a spreadsheet's lock files (``~$…``) are left alone. Raises
    :class:`ConfigurationError` when nothing is there: an empty answer would drop what the last sync read, because a folder was
    moved or a share is gone.
    """
    place = base / Path(path).expanduser()
    try:
        if is_pattern(path):
            found = [Path(one) for one in glob.glob(str(place), recursive=True)]  # noqa: PTH207 - it may begin at the root
        elif place.is_file():
            return [place]
        elif place.is_dir():
            found = list(place.iterdir())
        else:
            raise ConfigurationError(f"{where}: there is no file or folder {place}")
        files = sorted(one for one in found if one.suffix.lower() in SUFFIXES and one.name[0] not in ".~" and one.is_file())
    except OSError as error:
        raise ConfigurationError(f"{where}: {place} cannot be looked at ({error.strerror or type(error).__name__})") from None
    if not files:
        raise ConfigurationError(f"{where}: {place} holds no *.csv or *.parquet file")
    return files


def standing_of(files: Iterable[Path]) -> Standing:
    """How the files stand now. Raises :class:`OSError` for one that went away meanwhile."""
    stands = ((str(file), file.stat()) for file in files)
    return {path: (stat.st_mtime_ns, stat.st_size) for path, stat in stands}


def shown(file: Path, base: Path) -> str:
    """The file as a person finds it from the settings file."""
    return str(file.relative_to(base)) if file.is_relative_to(base) else str(file)
