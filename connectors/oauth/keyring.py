"""The system's keyring, through the package ``keyring`` (extra ``cadran[keyring]``), imported on first use.

What counts is what the package itself recommends: backends of priority 1 and more (https://keyring.readthedocs.io/en/latest/,
2026-11-22). Those below are the one that always fails, the one that keeps nothing, the chain of none, and files in plain text,
which ours of mode 0600 are better than.
"""

import importlib
from typing import Any

SERVICE = "cadran"
RECOMMENDED = 1.0


class Unusable(Exception):
    """The keyring did not do as it was asked; the text says why, without what it holds."""


def is_usable(*, any_backend: bool) -> bool:
    """Whether there is a keyring that keeps things. ``any_backend``: also one that the package does not recommend."""
    try:
        priority = float(_backend().priority)
    except Unusable:
        return False
    return priority > 0 if any_backend else priority >= RECOMMENDED


def read(entry: str) -> str:
    """What was written under a name. Raises :class:`Unusable`, also when there is nothing."""
    found = _done("get_password", entry)
    if found is None:
        raise Unusable("it holds no such entry")
    return str(found)


def write(entry: str, text: str) -> None:
    """Keep a text under a name. Raises :class:`Unusable`."""
    _done("set_password", entry, text)


def remove(entry: str) -> None:
    """Forget a name. What cannot be removed because nobody can read it is as good as gone."""
    try:
        _done("delete_password", entry)
    except Unusable:
        return


def _done(action: str, *arguments: str) -> Any:
    backend = _backend()
    try:
        return getattr(backend, action)(SERVICE, *arguments)
    except Exception as error:  # noqa: BLE001 - each backend raises what its system's library does
        raise Unusable(type(error).__name__) from None


def _backend() -> Any:
    try:
        return importlib.import_module("keyring").get_keyring()
    except ImportError:
        raise Unusable("the extra cadran[keyring] is not installed") from None
    except Exception as error:  # noqa: BLE001 - as above
        raise Unusable(type(error).__name__) from None
