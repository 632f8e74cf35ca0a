"""Campaigns compared: what each cost, and what came of it."""

from kpi.text import Text
from sync.publish.shelving import CAMPAIGN_CHANNEL
from sync.publish.web.page import N_, Answer, Look, Page
from sync.publish.web.returns import all_of


def show(look: Look) -> Answer:
    """Narrowed down to a channel, the last line is that channel's own value: with what no campaign of it explains."""
    names, channel = Text("Campaign", "Campagne"), look.filters.channel
    if channel is None:
        return all_of(look, "campaign", "campaigns", names)
    of = {campaign for campaign, its in look.shelf.labels(CAMPAIGN_CHANNEL).items() if its == channel}
    return all_of(look, "campaign", "campaigns", names, only=of, whole=("channel", channel))


PAGE = Page(
    "/campaigns",
    N_("Campaigns"),
    "returns.html",
    show,
    group="marketing",
    order=10,
    filters=("period", "start", "compare", "channel", "model"),
)
