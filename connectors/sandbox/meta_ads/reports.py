"""Reports that are made in the background: ordered, asked after, fetched. They move on by being asked after.

A report says *Job Completed* a moment before it is at 100 %, and gives a part of its rows until then.
"""

from dataclasses import dataclass, field
from typing import Any

from connectors.sandbox.meta_ads.insights import Query
from connectors.sandbox.world import Record

STEPS: tuple[tuple[str, int], ...] = (("Job Running", 40), ("Job Completed", 99), ("Job Completed", 100))


@dataclass
class Report:
    """One order. ``rows`` are those that the account had when it was ordered."""

    id: str
    query: Query
    rows: list[Record] = field(repr=False)
    has_failed: bool = False
    polls: int = 0

    @property
    def is_whole(self) -> bool:
        return not self.has_failed and self.polls >= len(STEPS)

    def asked_after(self, *, words_lack_job: bool) -> dict[str, Any]:
        """The next answer to who asks how far it is."""
        self.polls += 1
        status, done = ("Job Failed", 0) if self.has_failed and self.polls > 1 else STEPS[min(self.polls, len(STEPS)) - 1]
        found: dict[str, Any] = {
            "id": self.id,
            "async_status": status.removeprefix("Job ") if words_lack_job else status,
            "async_percent_completion": done,
        }
        return found | ({"error_code": 2, "error_subcode": 1504038} if status == "Job Failed" else {})

    def given(self) -> list[Record]:
        """Half of the rows until it is whole."""
        return self.rows if self.is_whole else self.rows[: len(self.rows) // 2]
