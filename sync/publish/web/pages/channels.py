"""Channels compared: what each cost, and what came of it."""

from kpi.text import Text
from sync.publish.web.page import N_, Answer, Look, Page
from sync.publish.web.returns import all_of


def show(look: Look) -> Answer:
    return all_of(look, "channel", "channels", Text("Channel", "Canal"))


PAGE = Page(
    "/channels",
    N_("Channels"),
    "returns.html",
    show,
    group="marketing",
    order=20,
    filters=("period", "start", "compare", "model"),
)
