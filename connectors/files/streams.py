"""One stream for each kind of file."""

from collections.abc import Mapping
from types import MappingProxyType

from connectors.base import Raw, Stream
from connectors.files.kinds import KINDS, KindName


def record_id(record: Raw) -> str:
    """The line's own id, made when it is read (:func:`connectors.files.reading.lines_of`)."""
    return str(record["line_id"])


STREAMS: Mapping[KindName, Stream] = MappingProxyType(
    {
        name: Stream(
            name=name,
            mode="snapshot",
            tables=kind.tables,
            record_id=record_id,
            docs_url="docs/connectors/files.md",
            api_version="1",
        )
        for name, kind in KINDS.items()
    }
)
"""A line that is no longer in its file is gone at the next sync at which every file of the kind can be read."""
