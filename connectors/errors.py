"""Every way a vendor call can end badly, grouped by what to do about it.

::

    CadranError
    ├── StopRun                      nothing can be done in this run
    │   ├── ConfigurationError       exit 2   the settings are wrong: the user mends them
    │   ├── AuthenticationError      exit 2   the credential is refused
    │   ├── MissingScope             exit 2   the credential lacks a scope (an optional stream is skipped with one line)
    │   ├── NotInTier                exit 2   the account's subscription lacks it (the same)
    │   ├── UnsafePlan               exit 5   a guard stopped the write; a person decides
    │   └── AccountBusy              exit 6   another run holds the account
    ├── FilesRefused                 exit 2   some files cannot be read; the others were
    ├── TransientError               exit 3   retried with back-off; this is what is left when that ran out
    ├── QuotaExhausted               exit 3   the stream ends, its cursor stays, the others go on
    ├── ContractError                exit 4   the vendor's answer is not what its documents say
    └── RecordRejected               exit 0   one record was refused; it is reported, the others go on

The sentence is built from the attributes; no error ever holds a token. ``connectors/transport.py`` has the
one table that maps an HTTP status to a class; a vendor overrides only where it differs. Message texts are
never matched, except where a vendor gives nothing else to go by (SEMrush).
"""

from datetime import datetime


class CadranError(Exception):
    """Base of all: ``exit_code`` is what the command line ends with."""

    exit_code = 1


class StopRun(CadranError):
    """The run cannot go on."""

    exit_code = 2


class ConfigurationError(StopRun):
    """Something in the settings is wrong; the sentence says which key and what to write instead."""


class AuthenticationError(StopRun):
    """The vendor does not accept the credential."""

    def __init__(self, source: str, hint: str) -> None:
        self.source = source
        self.hint = hint
        super().__init__(f"{source}: the credential was refused. {hint}")


class MissingScope(StopRun):
    """The credential is good but may not do this."""

    def __init__(self, source: str, scopes: tuple[str, ...], action: str) -> None:
        self.source = source
        self.scopes = scopes
        self.action = action
        super().__init__(
            f"{source}: the credential may not {action}. Missing scope: {', '.join(scopes) or 'not named by the vendor'}."
        )


class NotInTier(StopRun):
    """The account's subscription does not include this."""

    def __init__(self, source: str, action: str, needs: str) -> None:
        self.source = source
        self.action = action
        self.needs = needs
        super().__init__(f"{source}: the account cannot {action}: it needs {needs}.")


class UnsafePlan(StopRun):
    """A guard found the plan alarming. Nothing was written."""

    exit_code = 5

    def __init__(self, why: str, number: str, threshold: str, override: str) -> None:
        self.why = why
        self.number = number
        self.threshold = threshold
        self.override = override
        super().__init__(f"plan refused: {why} ({number}, allowed {threshold}). To go on anyway: {override}")


class AccountBusy(StopRun):
    """Another run holds this account's lock."""

    exit_code = 6


class FilesRefused(CadranError):
    """Some of a person's files cannot be read as what they are said to be. The others were; the rows of these stay as they were."""

    exit_code = 2

    def __init__(self, source: str, reasons: tuple[str, ...]) -> None:
        self.source = source
        self.reasons = reasons
        super().__init__(f"{source}: {'; '.join(reasons)}. The rows of what is refused stay as they were last read")


class TransientError(CadranError):
    """A time-out, a cut connection, a 429 or a 5xx. ``retry_after_s`` is the vendor's own wait, if it named one."""

    exit_code = 3

    def __init__(self, source: str, what: str, *, status: int | None = None, retry_after_s: float | None = None) -> None:
        self.source = source
        self.status = status
        self.retry_after_s = retry_after_s
        super().__init__(f"{source}: {what}" + (f" (HTTP {status})" if status else ""))


class QuotaExhausted(CadranError):
    """The allowance is used up until ``until`` (UTC; null when the vendor does not say)."""

    exit_code = 3

    def __init__(self, source: str, what: str, until: datetime | None = None) -> None:
        self.source = source
        self.until = until
        super().__init__(f"{source}: {what}" + (f"; free again at {until.isoformat()}" if until else ""))


class ContractError(CadranError):
    """The vendor answered something its documents do not describe: ours to mend."""

    exit_code = 4

    def __init__(self, source: str, what: str, *, status: int | None = None, request_id: str | None = None) -> None:
        self.source = source
        self.status = status
        self.request_id = request_id
        tail = "".join(f", {k} {v}" for k, v in (("HTTP", status), ("request", request_id)) if v)
        super().__init__(f"{source}: {what}{tail}")


class RecordRejected(CadranError):
    """One record could not be written or read; ``reason`` is for the person who reads the outcome list."""

    exit_code = 0

    def __init__(self, record_id: str, reason: str) -> None:
        self.record_id = record_id
        self.reason = reason
        super().__init__(f"{record_id}: {reason}")
