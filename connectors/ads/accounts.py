"""Ad accounts, and a cursor that knows how far each of them was read."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.base import BadValue, Cursor
from connectors.errors import ContractError


@dataclass(frozen=True)
class AdAccount:
    """An ad account: what it is billed in, and where its days begin."""

    id: str
    name: str
    currency: str
    zone: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def zone_of(source_id: str, account: AdAccount) -> ZoneInfo:
    """The account's zone. Raises :class:`ContractError` for one that does not exist."""
    try:
        return ZoneInfo(account.zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ContractError(source_id, f"account {account.id} is in the unknown time zone {account.zone!r}") from None


def described(facts: Mapping[str, Any], account_id: str) -> AdAccount:
    """An account of those that ``describe`` gave as JSON under ``accounts``. Raises :class:`BadValue` for one it did not name."""
    for one in facts.get("accounts") or ():
        if one["id"] == account_id:
            return AdAccount(**one)
    raise BadValue(f"account {account_id} is not among the accounts of the last reading")


class Stands:
    """A cursor: the last day read of each account (``111=2026-11-21 222=2026-11-20``), so that an account added to the settings
    later starts at its beginning."""

    def __init__(self, days: dict[str, date]) -> None:
        self._days = days

    @staticmethod
    def of(cursor: Cursor) -> "Stands":
        parts = (part.split("=") for part in (cursor or "").split())
        return Stands({account_id: date.fromisoformat(day) for account_id, day in parts})

    def day(self, account_id: str) -> date | None:
        """The last day read of an account, inclusive; None: it was never read."""
        return self._days.get(account_id)

    def move(self, account_id: str, day: date) -> None:
        """The account is read up to ``day``, inclusive. Never back."""
        self._days[account_id] = max(day, self._days.get(account_id, day))

    def __str__(self) -> str:
        return " ".join(f"{account_id}={day.isoformat()}" for account_id, day in sorted(self._days.items()))
