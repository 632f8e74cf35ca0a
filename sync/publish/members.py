"""Which member of a dimension a person means: by its key, or by the name that people read."""

from sync.publish.shelf import Shelf


def member_of(shelf: Shelf, by: str, said: str) -> str | None:
    """The member's key; '' at total; None where nothing with figures is called so."""
    if by == "total":
        return ""
    members = shelf.members(by)
    if said in members:
        return said
    labels, wanted = shelf.labels(by), said.casefold()
    return next((key for key in members if labels.get(key, key).casefold() == wanted), None)
