"""One campaign over time."""

from sync.publish.web.one_member import one_member
from sync.publish.web.page import N_, Answer, Look, Page
from sync.publish.web.returns import KPIS


def show(look: Look) -> Answer:
    return one_member(look, "campaign", KPIS, "/campaigns")


PAGE = Page("/campaigns/one", N_("Campaign"), "one_member.html", show, filters=("period", "model"))
