"""What a key may do, and what is to be had without asking. Older and newer names of one right count as the same."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from connectors.base import Stream
from connectors.errors import MissingScope, NotInTier
from connectors.hubspot.streams import needs_of

ALTERNATIVES: Mapping[str, str] = MappingProxyType(
    {
        "content": "marketing.email.read",
        "crm.objects.line_items.read": "e-commerce",
        "crm.objects.products.read": "e-commerce",
        "crm.schemas.line_items.read": "e-commerce",
        "crm.schemas.products.read": "e-commerce",
    }
)
"""Scope -> another that opens the same (FACTS §2.3; which one opens marketing e-mails is UNVERIFIED)."""
SENSITIVE = ".v2"
"""Follows the name of a scope that opens sensitive data too (FACTS §2.1)."""


def lacking(needed: Iterable[str], granted: Collection[str]) -> tuple[str, ...]:
    """Those of the needed scopes that a key with ``granted`` has under no name."""
    return tuple(
        scope
        for scope in needed
        if scope not in granted and scope + SENSITIVE not in granted and ALTERNATIVES.get(scope) not in granted
    )


def without_scope(stream: Stream, scopes: Iterable[str]) -> str:
    """Why a stream that the key may not read is skipped."""
    named = (
        ", ".join(f"{s} (or {ALTERNATIVES[s]})" if s in ALTERNATIVES else s for s in scopes)
        or "a scope that HubSpot does not name"
    )
    return f"the key lacks {named}. {_loss(stream.name)}"


def not_in_tier(stream: str) -> str:
    """Why a stream whose object the account does not have is skipped."""
    return f"this account does not have it (it needs {needs_of(stream)[0]}). {_loss(stream)}"


def not_read(source: str, stream: Stream, refused: MissingScope | NotInTier) -> MissingScope | NotInTier:
    """What a refusal means for an optional stream. A scope that is none of its own cannot be ticked: it stands for a tier."""
    if isinstance(refused, MissingScope) and (not refused.scopes or set(refused.scopes) & _all_names(stream)):
        return refused
    return NotInTier(source, f"read {stream.name}", needs_of(stream.name)[0])


def _all_names(stream: Stream) -> set[str]:
    objects = set(stream.scopes) | {ALTERNATIVES.get(scope, scope) for scope in stream.scopes}
    return objects | {scope.replace("crm.objects.", "crm.schemas.") for scope in objects}


def _loss(stream: str) -> str:
    return f"Without it: no {needs_of(stream)[1]}."
