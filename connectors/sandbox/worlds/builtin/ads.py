"""What Google Ads charges and GA4 counts for the visits: daily campaign rows, clicks, sessions."""

from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Iterable

from connectors.sandbox.world import Ga4World, GoogleAdsWorld, Record
from connectors.sandbox.worlds.builtin.dice import Dice
from connectors.sandbox.worlds.builtin.marketing import GOOGLE_CAMPAIGNS, Campaign, Touch, ga4_dimensions
from connectors.sandbox.worlds.builtin.timeline import DAYS, date_text, day_of, local_text
from connectors.sandbox.worlds.builtin.visits import Visit, Visitor

MICROS_PER_CENT = 10_000


def google_ads(dice: Dice, people: Iterable[Visitor]) -> GoogleAdsWorld:
    """The ads account. Each visit that an ad brought gets its click id here, and there are a few more clicks than visits."""
    brought: defaultdict[tuple[int, str], list[Visit]] = defaultdict(list)
    for person in people:
        for visit in person.visits:
            if visit.touch.campaign is not None and visit.touch.campaign.is_google:
                brought[day_of(visit.at), visit.touch.campaign.id].append(visit)
    world = GoogleAdsWorld(currency="EUR", zone="Europe/Paris", name="Atelier Lumen")
    for day in range(DAYS):
        for campaign in GOOGLE_CAMPAIGNS:
            if campaign.runs_on(day):
                _day(dice, world, campaign, day, brought[day, campaign.id])
    return world


def _day(dice: Dice, world: GoogleAdsWorld, campaign: Campaign, day: int, visits: list[Visit]) -> None:
    lost = int(len(visits) * 0.09 + dice.unit())  # clicks whose page never loaded, or whose visitor refused to be measured
    clicks = [gclid(dice) for _ in range(len(visits) + lost)]
    for visit, click in zip(visits, clicks, strict=False):
        visit.gclid = click
    cost = sum(campaign.cpc_cents * dice.between(860, 1_240) // 1_000 for _ in clicks) * MICROS_PER_CENT
    impressions = len(clicks) * dice.between(14, 30) + dice.between(3, 40)
    world.rows.append(
        {
            "date": date_text(day),
            "campaign_id": campaign.id,
            "campaign_name": campaign.name_on(day),
            "channel_type": "SEARCH",
            "cost_micros": cost,
            "impressions": impressions,
            "clicks": len(clicks),
            "conversions": float(sum(visit.is_lead for visit in visits)),
            "conversions_value": 0.0,
        }
    )
    world.clicks += ({"date": date_text(day), "gclid": click, "campaign_id": campaign.id} for click in clicks)


def gclid(dice: Dice) -> str:
    """A click id in the shape of Google's: 58 characters."""
    middle = b"".join(urlsafe_b64encode(int(dice.unit() * 2**48).to_bytes(6, "big")) for _ in range(6))
    return f"Cj0KCQ{middle.decode()}_BwE"


def ga4(people: Iterable[Visitor]) -> Ga4World:
    """The web property. Sessions alike in every dimension share one ``dimensions`` object: read it, don't change it."""
    known: dict[tuple[object, ...], dict[str, str]] = {}
    sessions: list[Record] = []
    for person in people:
        first = person.visits[0]
        for place, visit in enumerate(person.visits):
            sessions.append(_session(known, person, first, visit, is_first=place == 0))
    sessions.sort(key=lambda session: (session["at"], session["user"]))
    for number, session in enumerate(sessions, start=1):
        session["session"] = str(1_700_000_000 + number)
    return Ga4World(currency="EUR", zone="Europe/Paris", name="Atelier Lumen", key_events=("generate_lead",), sessions=sessions)


def _session(
    known: dict[tuple[object, ...], dict[str, str]], person: Visitor, first: Visit, visit: Visit, *, is_first: bool
) -> Record:
    day, first_day = day_of(visit.at), day_of(first.at)
    key = (_mark(visit.touch, day), _mark(first.touch, first_day), visit.page, person.device, person.country)
    dimensions = known.get(key)
    if dimensions is None:
        dimensions = known[key] = {
            **ga4_dimensions(visit.touch, day, "session"),
            **ga4_dimensions(first.touch, first_day, "firstUser"),
            "landingPage": visit.page,
            "hostName": "www.atelier-lumen.example",
            "deviceCategory": person.device,
            "country": person.country,
        }
    events = {"session_start": 1, "page_view": visit.page_views}
    if is_first:
        events["first_visit"] = 1
    if visit.is_lead:
        events["generate_lead"] = 1
    return {
        "user": f"{person.number:06d}.lumen",
        "session": "",
        "at": local_text(visit.at),
        "new": is_first,
        "engaged": visit.is_engaged,
        "dimensions": dimensions,
        "events": events,
        "revenue": 0,
    }


def _mark(touch: Touch, day: int) -> tuple[str, str, str, str]:
    campaign = touch.campaign
    return (touch.channel, touch.source, campaign.id if campaign else "", campaign.name_on(day) if campaign else "")
