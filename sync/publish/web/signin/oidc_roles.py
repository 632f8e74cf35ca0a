"""What a provider says of a person, made into a role: pure functions."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from config.serve import OidcSettings, Role
from sync.publish.web.signin.readers import RANKS


def verified_email(claims: Mapping[str, Any]) -> str | None:
    """The person's address, when the provider says that it is theirs: at some anybody may write any address into a profile."""
    email = claims.get("email")
    return email.strip().casefold() if isinstance(email, str) and claims.get("email_verified") in (True, "true") else None


def role_of(claims: Mapping[str, Any], settings: OidcSettings) -> Role | None:
    """The highest role whose list has one of the person's groups or the person's address; None: nobody we know."""
    named = claims.get(settings.groups_claim, ())
    groups = {named} if isinstance(named, str) else {one for one in named if isinstance(one, str)} if _is_list(named) else set()
    email = verified_email(claims)
    for role in reversed(RANKS):
        members = settings.roles.get(role)
        if members and (groups & set(members.groups) or email in {one.casefold() for one in members.emails}):
            return role
    return None


def owners_of(claims: Mapping[str, Any], settings: OidcSettings) -> tuple[str, ...]:
    email = verified_email(claims)
    return tuple(next((ids for address, ids in settings.owners.items() if address.casefold() == email), ()))


def name_of(claims: Mapping[str, Any]) -> str:
    """What the person is called in pages and logs, in one line."""
    name = verified_email(claims) or next(
        (claims[one] for one in ("preferred_username", "name") if claims.get(one)), claims["sub"]
    )
    return "".join(character for character in str(name)[:100] if character.isprintable())


def stamp_of(settings: OidcSettings) -> str:
    """Changes with the provider and with who has which role: sessions that stand on another one are over."""
    return sha256(settings.model_dump_json(exclude={"client_secret", "title", "clock_skew_seconds"}).encode()).hexdigest()[:16]


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)
