"""What a vendor granted at a login or a refresh, as it is kept."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

EARLY = timedelta(minutes=5)
"""An access token is renewed so long before it ends, or after nine tenths of its life where that is later."""


@dataclass(frozen=True)
class Grant:
    """Tokens and their ends. Instants are UTC by this machine's clock. Never printed: its ``repr`` leaves the tokens out."""

    access_token: str = field(repr=False)
    """Empty where there is none yet: a refresh token alone came from the settings."""
    granted_at: datetime
    """When the access token was issued."""
    connected_at: datetime
    """When a person consented; for a refresh token of the settings, when it was first used."""
    client_id: str
    """The app it was issued to; no other can refresh it."""
    expires_at: datetime | None = None
    """End of the access token; None: it has none."""
    refresh_token: str | None = field(default=None, repr=False)
    refresh_expires_at: datetime | None = None
    """End of the refresh token; None: none that the vendor tells."""
    origin: str = ""
    """Digest of the settings' refresh token that it descends from; empty for a login by ``cadran connect``."""

    @property
    def ends_at(self) -> datetime | None:
        """When it is over unless it is renewed before; what a person has to renew when there is no refresh token."""
        return self.refresh_expires_at if self.refresh_token else self.expires_at

    def is_fresh(self, now: datetime) -> bool:
        """Good for the next call and the minutes after it."""
        if not self.access_token:
            return False
        if self.expires_at is None:
            return True
        early = min(EARLY, (self.expires_at - self.granted_at) / 10) if self.refresh_token else timedelta(0)
        return now < self.expires_at - early


NEVER = datetime(1970, 1, 1, tzinfo=UTC)
