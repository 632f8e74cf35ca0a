"""Visitors and their sessions: who comes when, through what, and who leaves an address."""

from dataclasses import dataclass, field

from connectors.sandbox.worlds.builtin.dice import Dice, Quantiles, Weighted
from connectors.sandbox.worlds.builtin.marketing import Channel, Touch, touch
from connectors.sandbox.worlds.builtin.timeline import DAY, DAYS, NOW_AT, TODAY, At, day_of, demand, moment, visiting_second

VISITORS = 38_600
"""Visitors of the two years."""

PAGES = Weighted(
    ("/", 26),
    ("/bureaux", 18),
    ("/commerces", 15),
    ("/architectes", 10),
    ("/catalogue", 14),
    ("/blog/eclairage-led", 12),
    ("/showroom", 5),
)
_DEVICES = Weighted(("desktop", 64), ("mobile", 32), ("tablet", 4))
_COUNTRIES = Weighted(("France", 84), ("Belgium", 8), ("Switzerland", 5), ("Luxembourg", 3))

_FIRST_CHANNEL = Weighted(
    (Channel.PAID_SEARCH, 23),
    (Channel.PAID_SOCIAL, 14),
    (Channel.ORGANIC_SEARCH, 37),
    (Channel.EMAIL, 4),
    (Channel.REFERRAL, 9),
    (Channel.DIRECT, 13),
)
_NEXT_CHANNEL = Weighted(
    (Channel.DIRECT, 42), (Channel.ORGANIC_SEARCH, 27), (Channel.PAID_SEARCH, 14), (Channel.PAID_SOCIAL, 8), (Channel.REFERRAL, 9)
)
_LEAD_CHANNEL = Weighted((Channel.EMAIL, 40), (Channel.DIRECT, 36), (Channel.ORGANIC_SEARCH, 18), (Channel.PAID_SEARCH, 6))
"""How somebody whose address we have comes back."""

_LEAD_PER_MILLE = {
    Channel.PAID_SEARCH: 83,
    Channel.PAID_SOCIAL: 52,
    Channel.ORGANIC_SEARCH: 59,
    Channel.EMAIL: 106,
    Channel.REFERRAL: 93,
    Channel.DIRECT: 62,
}
"""Of a thousand visitors first brought by the channel, how many leave an address."""

_VISITS_BEFORE = Weighted((1, 76), (2, 15), (3, 6), (4, 3))
_VISITS_AFTER_LEAD = Weighted((0, 48), (1, 28), (2, 14), (3, 10))
_GAP_DAYS: Quantiles = ((0, 0), (0.2, 1), (0.5, 5), (0.8, 19), (0.95, 48), (1, 90))


@dataclass(slots=True)
class Visit:
    at: At
    touch: Touch
    page: str
    is_engaged: bool
    page_views: int
    is_lead: bool = False
    """The visitor left an address in this session."""
    gclid: str | None = None


@dataclass(slots=True)
class Visitor:
    number: int
    device: str
    country: str
    visits: list[Visit] = field(default_factory=list)
    """In order of time; at least one."""
    lead: Visit | None = None


def visitors(dice: Dice) -> list[Visitor]:
    """Everybody who came, by first visit. Nobody leaves an address after now."""
    total = sum(map(demand, range(TODAY)))
    found: list[Visitor] = []
    for day in range(DAYS):
        noise = 0.9 + 0.2 * dice.unit()
        arrivals = int(VISITORS * demand(day) / total * noise + dice.unit())
        moments = sorted(moment(day, visiting_second(dice)) for _ in range(arrivals))
        for at in moments:
            found.append(_visitor(dice, len(found) + 1, at))
    return found


def _visitor(dice: Dice, number: int, at: At) -> Visitor:
    visitor = Visitor(number, dice.draw(_DEVICES), dice.draw(_COUNTRIES))
    first = dice.draw(_FIRST_CHANNEL)
    is_prospect = dice.unit() * 1_000 < _LEAD_PER_MILLE[first]
    _visit(dice, visitor, at, first)
    for _ in range(dice.draw(_VISITS_BEFORE) - 1):
        _return(dice, visitor, dice.draw(_NEXT_CHANNEL))
    last = visitor.visits[-1]
    if is_prospect and last.at < NOW_AT - DAY:
        visitor.lead = last
        last.is_lead = last.is_engaged = True
        last.page_views += 2
        for _ in range(dice.draw(_VISITS_AFTER_LEAD)):
            _return(dice, visitor, dice.draw(_LEAD_CHANNEL))
    return visitor


def _return(dice: Dice, visitor: Visitor, channel: Channel) -> None:
    """One more visit some days later, unless that lies beyond the world's end."""
    before = visitor.visits[-1].at
    gap = dice.quantile(_GAP_DAYS)
    at = moment(day_of(before) + gap, visiting_second(dice)) if gap else At(before + dice.between(2_400, 9_000))
    if day_of(at) < DAYS:
        _visit(dice, visitor, at, channel)


def _visit(dice: Dice, visitor: Visitor, at: At, channel: Channel) -> None:
    is_engaged = dice.chance(0.58)
    views = dice.between(2, 7) if is_engaged else 1
    visitor.visits.append(Visit(at, touch(dice, channel, day_of(at)), dice.draw(PAGES), is_engaged, views))
