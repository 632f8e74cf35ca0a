"""The menu: the pages that a reader may open, by group."""

from collections.abc import Iterable
from dataclasses import dataclass

from sync.publish.web.page import N_, Group, Page
from sync.publish.web.signin.readers import Reader, may

GROUPS: dict[Group, str] = {
    "overview": N_("Overview"),
    "sales": N_("Sales"),
    "marketing": N_("Marketing"),
    "customers": N_("Customers"),
    "plan": N_("Targets and alerts"),
    "system": N_("Data"),
}


@dataclass(frozen=True)
class Entry:
    path: str
    title: str
    is_here: bool


def menu(pages: Iterable[Page], reader: Reader | None, here: str) -> list[tuple[str, list[Entry]]]:
    """(title of the group, its pages), in order; empty for who is not signed in."""
    if reader is None:
        return []
    found: dict[Group, list[Entry]] = {group: [] for group in GROUPS}
    for page in pages:
        if page.group is not None and may(reader, page.needs):
            is_here = here == page.path or (page.path != "/" and here.startswith(page.path + "/"))
            found[page.group].append(Entry(page.path, page.title, is_here))
    return [(GROUPS[group], entries) for group, entries in found.items() if entries]
