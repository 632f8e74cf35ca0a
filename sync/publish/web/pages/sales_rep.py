"""One sales rep over time."""

from sync.publish.web.one_member import one_member
from sync.publish.web.page import N_, Answer, Look, Page
from sync.publish.web.pages.sales import BY_REP


def show(look: Look) -> Answer:
    return one_member(look, "owner", BY_REP, "/sales")


PAGE = Page("/sales/one", N_("Sales rep"), "one_member.html", show, filters=("period",))
