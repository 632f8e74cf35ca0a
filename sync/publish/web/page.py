"""What a page is: where it stands, who may see it, and what it shows. Each has a module of its own in :mod:`sync.publish.web.pages`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from starlette.responses import Response

from kpi.channels import TITLES as CHANNELS
from kpi.channels import UNATTRIBUTED
from kpi.registry import Catalogue
from kpi.scan import UNASSIGNED
from kpi.text import Text
from sync.house import House
from sync.publish.i18n import Language
from sync.publish.shelf import Shelf
from sync.publish.web.asking import Ask
from sync.publish.web.filters import Filters
from sync.publish.web.signin.readers import Action, Reader

NOBODY = {UNASSIGNED: Text("Not assigned", "Non attribué"), UNATTRIBUTED: CHANNELS[UNATTRIBUTED]}
"""Members that stand for what belongs to none."""
Group = Literal["overview", "sales", "marketing", "customers", "plan", "system"]
"""Where it stands in the menu."""


@dataclass(frozen=True)
class Look:
    """One look at the page: who looks, in which language, at which values, through which filters."""

    house: House
    shelf: Shelf
    reader: Reader
    language: Language
    filters: Filters
    path: Mapping[str, str]
    """Parameters of the address (``/kpi/{kpi}``)."""
    query: Mapping[str, str]
    """What follows the ``?``; filters are read of it already. A page that reads more checks it itself (:class:`BadFilter`)."""
    form: Mapping[str, str]
    """Of a POST."""
    is_part: bool
    """htmx asks for a part of the page: the template's block ``part`` alone is answered."""
    now: datetime
    """The machine's clock, UTC."""
    ask: Ask
    """What needs the lake is asked of another process."""

    @property
    def catalogue(self) -> Catalogue:
        return self.house.catalogue

    @property
    def locale(self) -> str:
        return self.language.locale

    def title(self, kpi: str) -> str:
        """A KPI's name in the reader's language."""
        return self.catalogue.definition(kpi).title.in_(self.locale)

    def labels(self, by: str) -> dict[str, str]:
        """Member -> what people call it: in the reader's language where the name is ours. One without a label is shown as it is."""
        ours = {**NOBODY, **(CHANNELS if by == "channel" else {})}
        return {**self.shelf.labels(by), **{member: text.in_(self.locale) for member, text in ours.items()}}


Answer = Mapping[str, Any] | Response
"""Names for the template, or a whole answer (a file, a redirection)."""
Show = Callable[[Look], Answer]


@dataclass(frozen=True)
class Page:
    path: str
    """As Starlette writes it: ``/kpi/{kpi}``."""
    title: str
    """English; translated where it is shown. Marked for the catalogue with :func:`N_`."""
    template: str
    show: Show
    group: Group | None = None
    """None: it is reached from other pages only."""
    order: int = 100
    """Within its group."""
    needs: Action = "read"
    posts: Mapping[str, tuple[Action, Show]] = field(default_factory=dict)
    """What can be done there: path -> what the reader must be allowed to, and what does it."""
    filters: tuple[str, ...] = ()
    """Which of the common filters are offered: ``period``, ``range``, ``compare``, ``channel``, ``model``."""


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for it
    """A message that is translated later."""
    return message


HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
STATIC = HERE / "static"
