"""Costs that no connector of this world reads, as the spend file a finance team keeps; and SEMrush's estimates."""

from datetime import date, timedelta

from connectors.sandbox.world import SemrushWorld
from connectors.sandbox.worlds.builtin.company import SEMRUSH_DATABASE, SEMRUSH_DOMAIN
from connectors.sandbox.worlds.builtin.dice import Dice
from connectors.sandbox.worlds.builtin.marketing import SOCIAL_CAMPAIGNS
from connectors.sandbox.worlds.builtin.timeline import DAYS, FIRST_DAY, day_index, demand

HEADER = "date,amount,currency,kind,channel,campaign,note"
PLAIN_DAY = 10_000
"""What :func:`demand` gives for the day that a campaign's weekly spend is meant for."""

SALES_SALARIES_CENTS = 2_360_000
MARKETING_SALARIES_CENTS = 820_000
AGENCY_CENTS = 190_000

BAD_LINE = "2025-05-20,n/a,EUR,marketing,,,Facture imprimeur en attente"
"""An amount that is none: the product must set the line aside and say so."""
DUPLICATE_CAMPAIGN_LINE = "2025-04-07,180.00,EUR,marketing,paid_search,brand fr,Essai Microsoft Ads saisi à la main"
"""Typed by hand under the name of a Google campaign."""

_FAIRS = (
    "2025-03-18,9800.00,EUR,marketing,events,Salon Lumiville 2025,Stand et déplacement",
    "2026-03-17,11400.00,EUR,marketing,events,Salon Lumiville 2026,Stand et déplacement",
)
_IN_DOLLARS = (
    "2024-11-05,420.00,USD,marketing,,,Design software",
    "2025-02-10,265.50,USD,marketing,paid_social,Meta Retargeting,Billed in the US by mistake",
    "2025-11-05,450.00,USD,marketing,,,Design software",
    "2026-01-12,310.00,USD,sales,,,Data provider",
    "2026-06-08,298.75,USD,marketing,paid_social,LinkedIn Décideurs,Billed in the US by mistake",
)


def costs_csv(dice: Dice) -> str:
    """The file, by date. It goes on after now, as plans do."""
    lines = [*_monthly(), *_paid_social(dice), *_FAIRS, *_IN_DOLLARS, BAD_LINE, DUPLICATE_CAMPAIGN_LINE]
    return "\n".join([HEADER, *sorted(lines)]) + "\n"


def _monthly() -> list[str]:
    lines: list[str] = []
    for month in range(25 + 1):
        year, number = 2024 + (8 + month) // 12, (8 + month) % 12 + 1
        raise_cents = 60_000 * (year - 2024)
        for day, cents, kind, note in (
            (28, SALES_SALARIES_CENTS + 2 * raise_cents, "sales", "Salaires ventes"),
            (28, MARKETING_SALARIES_CENTS + raise_cents, "marketing", "Salaires marketing"),
            (5, AGENCY_CENTS, "marketing", "Agence"),
        ):
            when = date(year, number, day)
            if 0 <= day_index(when) < DAYS:
                lines.append(f"{when.isoformat()},{cents // 100}.{cents % 100:02d},EUR,{kind},,,{note}")
    return lines


def _paid_social(dice: Dice) -> list[str]:
    """One line a week and campaign, on Mondays."""
    lines: list[str] = []
    first_monday = (7 - FIRST_DAY.weekday()) % 7
    for day in range(first_monday, DAYS, 7):
        week = sum(demand(one) for one in range(day, min(day + 7, DAYS)))
        for campaign in SOCIAL_CAMPAIGNS:
            if campaign.runs_on(day):
                cents = campaign.weekly_cents * week * dice.between(88, 112) // (7 * PLAIN_DAY * 100)
                when = (FIRST_DAY + timedelta(days=day)).isoformat()
                lines.append(f"{when},{cents // 100}.{cents % 100:02d},EUR,marketing,paid_social,{campaign.name},")
    return lines


def semrush(dice: Dice) -> SemrushWorld:
    """24 months of ``domain_rank_history``, newest first: whole numbers as text, columns by their codes."""
    world = SemrushWorld(units=50_000)
    keywords, traffic, ads = 640, 3_100, 38
    for month in range(24):
        year, number = 2024 + (8 + month) // 12, (8 + month) % 12 + 1
        keywords += dice.between(-6, 30)
        traffic += dice.between(-90, 210)
        ads = max(12, ads + dice.between(-4, 5))
        world.history.append(
            {
                "domain": SEMRUSH_DOMAIN,
                "database": SEMRUSH_DATABASE,
                "Rk": str(412_000 - 55 * keywords),
                "Or": str(keywords),
                "Ot": str(traffic),
                "Oc": str(traffic * dice.between(118, 142) // 100),
                "Ad": str(ads),
                "At": str(ads * dice.between(7, 11)),
                "Ac": str(ads * dice.between(19, 27)),
                "Dt": f"{year}{number:02d}15",
            }
        )
    world.history.reverse()
    return world
