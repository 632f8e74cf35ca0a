"""Who looks, and what that person may do and see."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from config.serve import Role

Action = Literal["read", "change", "undo", "users"]
"""``change``: what changes a state of ours (a target, a muted alert); ``undo``: taking writes to the CRM back."""
Way = Literal["open", "password", "oidc", "token"]
"""How a reader was recognised; ``open``: not at all, on this machine alone, while nobody is set up."""

RANKS: tuple[Role, ...] = ("viewer", "editor", "admin")
"""Each may do what those before it may."""
_NEEDS: dict[Action, Role] = {"read": "viewer", "change": "editor", "undo": "admin", "users": "admin"}
EVERYONE = "*"
"""Stands among owner ids for all of them."""
_OF_RECORDS = ("deal", "contact", "company")


@dataclass(frozen=True)
class Reader:
    name: str
    role: Role
    locale: str
    owners: frozenset[str] | None
    """The CRM's owner ids whose figures and records may be seen; None: all."""
    way: Way


def may(reader: Reader, action: Action) -> bool:
    return RANKS.index(reader.role) >= RANKS.index(_NEEDS[action])


def bound_to(role: Role, owners: Iterable[str], own_records_only: bool) -> frozenset[str] | None:
    """The owners that somebody of that role is bound to; None: nobody in particular.

    With ``own_records_only`` a viewer without owner ids is bound to none of them: a forgotten ``--owner`` shows too little, never
    too much.
    """
    ids = frozenset(owners)
    return ids if own_records_only and role == "viewer" and EVERYONE not in ids else None


def visible_owners(reader: Reader) -> frozenset[str] | None:
    """Owner ids that figures by owner, and rows behind figures, must be limited to; None: no limit."""
    return reader.owners


def may_see(reader: Reader, by: str, key: str | None = None) -> bool:
    """Whether figures of that cut (``key`` None: of some member of it) may be shown. Rows behind them: :func:`visible_owners`.

    A bound reader sees own figures by owner, and no single records, whose owner nothing here tells. Figures of the company
    (totals, by channel …) are for everyone.
    """
    if reader.owners is None or by not in ("owner", *_OF_RECORDS):
        return True
    return by == "owner" and (bool(reader.owners) if key is None else key in reader.owners)
