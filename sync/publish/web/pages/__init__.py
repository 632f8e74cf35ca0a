"""The pages, one module each with ``PAGE``; a new one is found by being here."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from sync.publish.web.page import Page


@cache
def pages() -> tuple[Page, ...]:
    """In the order of the menu."""
    found = [import_module(f"{__name__}.{module.name}").PAGE for module in iter_modules(__path__) if module.name[0] != "_"]
    return tuple(sorted(found, key=lambda page: (page.group or "", page.order, page.path)))
