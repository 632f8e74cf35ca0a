"""Benchmark: SEMrush's guesses about us and our competitors; beside them, never among them, what our own site measured; and where
each followed KPI stands among its own past."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from kpi.periods import Period
from kpi.text import Text
from sync.grains import kept
from sync.publish.search_estimates import Estimate, read
from sync.publish.web.charts import over_time
from sync.publish.web.page import N_, Look, Page
from sync.publish.web.standing import FEWEST, Standing, standing
from sync.publish.web.subject import one_of
from sync.publish.web.tiles import is_calendar, tile

SEARCH = ("organic_traffic_share", "search_visibility")
MONTHS = 13
DRAWN = 8
"""Domains that a chart can tell apart; the table has all."""


@dataclass(frozen=True)
class Domain:
    name: str
    is_competitor: bool
    by_month: dict[date, Estimate]


@dataclass(frozen=True)
class Ranked:
    kpi: str
    title: str
    standing: Standing
    verdict: str
    """In words: a colour alone tells nothing to many."""
    tone: str


def show(look: Look) -> dict[str, Any]:
    estimates = read(look.shelf)
    countries = list(dict.fromkeys(one.country for one in estimates))
    country = one_of("country", look.query.get("country") or countries[0], countries) if countries else None
    domains = _domains(estimates, country)
    months = sorted({month for domain in domains for month in domain.by_month})[-MONTHS:]
    period = look.filters.period if is_calendar(look.filters.period) else "month"
    computed = look.shelf.kpis()
    return {
        "countries": countries,
        "country": country,
        "domains": domains,
        "months": months,
        "estimated": _estimated(look, domains, months) if len(months) > 1 else None,
        "search": [tile(look, kpi, look.shelf.last_whole("total", period, SEARCH)) for kpi in SEARCH if kpi in computed],
        "measured": _measured(look, months[0] if months else None),
        "ranked": [one for kpi in look.catalogue.followed if (one := _ranked(look, kpi, period)) is not None],
        "period": period,
        "fewest": FEWEST,
    }


# --- guesses of a vendor ----------------------------------------------------------------------------------------------


def _domains(estimates: Sequence[Estimate], country: str | None) -> list[Domain]:
    """Own ones first, then those with most traffic."""
    mine = [one for one in estimates if one.country == country]
    found = [
        Domain(name, any(one.is_competitor for one in of), {one.month: one for one in of})
        for name in dict.fromkeys(one.domain for one in mine)
        if (of := [one for one in mine if one.domain == name])
    ]
    return sorted(found, key=lambda domain: (domain.is_competitor, -_newest(domain)))


def _newest(domain: Domain) -> int:
    return domain.by_month[max(domain.by_month)].traffic or 0


def _estimated(look: Look, domains: Sequence[Domain], months: Sequence[date]) -> dict[str, Any]:
    def told(one: Estimate | None) -> str:
        return look.language.amount(None if one is None or one.traffic is None else Decimal(one.traffic), "count")

    return {
        "kind": "line",
        "heading": look.language.period("month").capitalize(),
        "labels": [look.language.period("month", month) for month in months],
        "unit": "count",
        "currency": None,
        "series": [
            {
                "name": domain.name,
                "values": [one.traffic if (one := domain.by_month.get(month)) else None for month in months],
                "told": [told(domain.by_month.get(month)) for month in months],
                "dashed": domain.is_competitor,
            }
            for domain in domains[:DRAWN]
        ],
    }


# --- what was measured ------------------------------------------------------------------------------------------------


def _measured(look: Look, since: date | None) -> dict[str, Any] | None:
    """Sessions that analytics counted, by month: from search engines, and all."""
    today = look.shelf.today
    named = {
        look.labels("channel").get("organic_search", "organic_search"): look.shelf.series(
            "sessions", by="channel", key="organic_search", since=since, model=look.filters.model
        ),
        Text("all channels", "tous les canaux").in_(look.locale): look.shelf.series("sessions", since=since),
    }
    known = {
        name: [one for one in course if today is None or one.start <= today][-MONTHS:] for name, course in named.items() if course
    }
    return over_time(look.language, known, period="month") if any(len(course) > 1 for course in known.values()) else None


# --- among its own past -----------------------------------------------------------------------------------------------


def _ranked(look: Look, kpi: str, period: str) -> Ranked | None:
    """None for what has no values by that kind of period."""
    found = look.catalogue.kpis.get(kpi)
    if found is None or not kept(found, "total", _kind(period)):
        return None
    place = standing(look.shelf.series(kpi, period=period, model=look.filters.model), look.shelf.today)
    verdict, tone = _verdict(place, found.better)
    return Ranked(kpi, look.title(kpi), place, verdict.in_(look.locale), tone) if place.figure else None


def _kind(period: str) -> Period:
    return next((kind for kind in ("week", "quarter", "year") if kind == period), "month")


def _verdict(place: Standing, better: str) -> tuple[Text, str]:
    if place.share is None:
        return Text("", ""), "even"
    if place.figure is not None and place.figure.provisional_until is not None:
        return Text("still provisional", "encore provisoire"), "even"
    if better == "none":
        return Text("", ""), "even"
    good = place.share if better == "up" else 1 - place.share
    if good >= Decimal("0.75"):
        return Text("among its best quarter", "parmi son meilleur quart"), "good"
    if good <= Decimal("0.25"):
        return Text("among its worst quarter", "parmi son plus mauvais quart"), "bad"
    return Text("as usual", "comme d'habitude"), "even"


PAGE = Page("/benchmark", N_("Benchmark"), "benchmark.html", show, group="marketing", order=80, filters=("period",))
