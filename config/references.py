"""Where a section of the settings holds secrets: told by its model, however deep, so that each is read from where it stands."""

from collections.abc import Callable
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr

Path = tuple[str, ...]
Read = Callable[[str, Path], str]
"""(what stands in the settings, its keys) -> the secret itself."""


def with_secrets(kind: Any, node: Any, read: Read, path: Path = ()) -> Any:
    """A copy of ``node``, a document of the type ``kind``, with every text at the place of a secret put through ``read``.

    What does not fit its type is left as it is: the model says so. A lone text may stand for a list of secrets."""
    origin, parts = get_origin(kind), get_args(kind)
    if kind is SecretStr:
        return read(node, path) if isinstance(node, str) else node
    if origin is Annotated:
        return with_secrets(parts[0], node, read, path)
    if origin in (Union, UnionType):
        for part in parts:
            node = with_secrets(part, node, read, path)
        return node
    if isinstance(kind, type) and issubclass(kind, BaseModel) and isinstance(node, dict):
        known = kind.model_fields
        return {
            key: with_secrets(known[key].annotation, child, read, (*path, str(key))) if key in known else child
            for key, child in node.items()
        }
    if origin is dict and isinstance(node, dict):
        return {key: with_secrets(parts[1], child, read, (*path, str(key))) for key, child in node.items()}
    if origin is list and isinstance(node, list):
        return [with_secrets(parts[0], child, read, (*path, str(index))) for index, child in enumerate(node)]
    if origin is list and isinstance(node, str):
        return with_secrets(parts[0], node, read, path)
    return node
