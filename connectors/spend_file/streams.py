"""The one thing a spend file offers."""

from connectors.base import Raw, Stream


def record_id(record: Raw) -> str:
    """The cost's own id, made when the line is read (:func:`connectors.spend_file.reading.read_file`)."""
    return str(record["cost_id"])


COSTS = Stream(
    name="costs",
    mode="snapshot",
    tables=("cost_entry",),
    record_id=record_id,
    docs_url="docs/connectors/spend_file.md",
    api_version="1",
)
"""A line that is no longer in the file is gone from the costs at the next sync."""
