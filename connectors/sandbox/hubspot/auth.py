"""Who may call what: the sandbox's tokens and HubSpot's scopes.

https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/account-service-keys (2026-11-21)
"""

from dataclasses import dataclass

from connectors.sandbox.hubspot.errors import missing_scopes, unauthenticated
from connectors.sandbox.hubspot.kinds import Kind
from connectors.sandbox.world import FULL_TOKEN, READONLY_TOKEN

_OBJECTS = (
    "contacts",
    "companies",
    "deals",
    "line_items",
    "products",
    "quotes",
    "invoices",
    "orders",
    "carts",
    "subscriptions",
    "commercepayments",
    "feedback_submissions",
    "leads",
    "goals",
    "users",
    "custom",
)

READ_SCOPES = (
    "oauth",
    *(f"crm.objects.{name}.read" for name in _OBJECTS),
    *(f"crm.schemas.{name}.read" for name in _OBJECTS),
    "crm.objects.owners.read",
    "settings.currencies.read",
    "marketing.campaigns.read",
    "marketing.campaigns.revenue.read",
    "marketing.email.read",
    "crm.export",
)
WRITE_SCOPES = (
    *(f"crm.objects.{name}.write" for name in _OBJECTS),
    *(f"crm.schemas.{name}.write" for name in _OBJECTS),
    "tickets",
    "forms",
    "content",
    "marketing.campaigns.write",
    "crm.import",
)
"""What changes something; ``tickets``, ``forms`` and ``content`` are read and write in one."""

WITHOUT = "sandbox-without:"


@dataclass(frozen=True)
class Grant:
    """What one token may do."""

    scopes: tuple[str, ...]

    def demand(self, scopes: tuple[str, ...]) -> None:
        """Raises the vendor's 403 naming the scopes that are missing."""
        missing = [scope for scope in scopes if scope not in self.scopes]
        if missing:
            raise missing_scopes(missing)


def grant_of(token: str) -> Grant:
    """The grant of a sandbox token. Raises the vendor's 401 for any other."""
    if token == FULL_TOKEN:
        return Grant(READ_SCOPES + WRITE_SCOPES)
    if token == READONLY_TOKEN:
        return Grant(READ_SCOPES)
    if token.startswith(WITHOUT):
        absent = set(token.removeprefix(WITHOUT).split(","))
        return Grant(tuple(scope for scope in READ_SCOPES + WRITE_SCOPES if scope not in absent))
    raise unauthenticated()


def bearer(header: str | None) -> Grant:
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer":
        raise unauthenticated()
    return grant_of(token.strip())


def object_scope(kind: Kind, action: str) -> str:
    """``read`` or ``write`` of records."""
    return "tickets" if kind.scope == "tickets" else f"crm.objects.{kind.scope}.{action}"


def schema_scope(kind: Kind, action: str) -> str:
    """``read`` or ``write`` of definitions. Which scope a campaign's definitions need is not documented: the campaigns' own."""
    if kind.scope == "campaigns":
        return f"marketing.campaigns.{action}"
    return "tickets" if kind.scope == "tickets" else f"crm.schemas.{kind.scope}.{action}"
