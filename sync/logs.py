"""Log lines: time, level, logger, message, on standard error; nothing that looks like a credential gets through."""

import logging
import sys

from connectors.transport import redact


class _Redacted(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def set_up_logs(verbose: int = 0) -> None:
    """Warnings to a person; info lines when nobody watches (a scheduler's log) or with ``-v``; debug with ``-vv``."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacted("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    watched = sys.stderr.isatty()
    level = logging.DEBUG if verbose > 1 else logging.INFO if verbose or not watched else logging.WARNING
    logger = logging.getLogger("cadran")
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False
