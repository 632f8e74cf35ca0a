"""A clock that moves only when somebody waits on it."""

import threading


class VirtualTime:
    """Seconds for a governor: ``clock`` and ``wait`` in place of the real ones."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def wait(self, _condition: threading.Condition, seconds: float | None) -> None:
        assert seconds is not None, "nothing is under way that could end this wait"
        self.now += seconds

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
