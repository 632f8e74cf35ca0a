"""Which world a person means by ``--world``."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from connectors.sandbox.world import World, WorldError
from connectors.sandbox.worlds import builtin, maven_crm
from connectors.sandbox.worlds.folder import load_folder

BUILTIN = "builtin"

LOADERS: Mapping[str, Callable[[Path], World]] = MappingProxyType({"maven_crm": maven_crm.load})
"""Data sets published in another shape, by the word before the colon."""


def open_world(spec: str) -> World:
    """The world that ``spec`` names: ``builtin``, ``builtin:SEED``, a folder, or ``LOADER:PATH``.

    A folder called like a choice is reached as ``./builtin``. Raises :class:`WorldError` naming the choices when
    there is no such world, and the file, line and column when it cannot be read.
    """
    kind, colon, rest = spec.partition(":")
    if kind == BUILTIN:
        return builtin.build(_seed(rest) if colon else builtin.DEFAULT_SEED)
    if colon and kind in LOADERS:
        if not rest:
            raise WorldError(f"--world {spec}: name the folder of the files after the colon, {kind}:PATH")
        return LOADERS[kind](Path(rest))
    path = Path(spec)
    if spec and path.is_dir():
        return load_folder(path)
    raise WorldError(f"no world {spec!r}: choose {choices()}")


def choices() -> str:
    """What may follow ``--world``, for a sentence."""
    loaders = ", ".join(f"{name}:PATH" for name in LOADERS)
    return f"{BUILTIN}, {BUILTIN}:SEED, {loaders} or an existing folder with a world.json"


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise WorldError(f"{BUILTIN}:{text}: the seed is a whole number, 0 or more, e.g. {BUILTIN}:{builtin.DEFAULT_SEED}")
    return int(text)
