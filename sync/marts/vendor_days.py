"""Days as vendors cut them: which zones are not the reporting zone, and which exchange rates are older than they should be."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sync.marts.desk import Desk

STALE_AFTER_DAYS = 5
"""The ECB publishes on working days: over Easter or Christmas the newest rate is four days old, never more."""
_COMPARED_DAYS = 366


def other_zones(zones: Iterable[str | None], reporting: ZoneInfo, today: date) -> frozenset[str]:
    """Those in which some day of the past year began at another instant than in the reporting zone, and those nobody knows.
    Paris and Berlin cut the same days: neither is another zone to the other."""
    noons = [datetime.combine(today - timedelta(days=n), time(12)) for n in range(_COMPARED_DAYS)]
    ours = [noon.replace(tzinfo=reporting).utcoffset() for noon in noons]

    def differs(name: str) -> bool:
        try:
            zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            return True
        return any(noon.replace(tzinfo=zone).utcoffset() != our for noon, our in zip(noons, ours, strict=True))

    return frozenset(name for name in set(zones) if name is not None and differs(name))


def vendor_zones(desk: Desk) -> None:
    """Table ``_other_zone``: the vendors' zones in which days are not those of the reporting zone."""
    found = [zone for (zone,) in desk.rows(ZONES)]
    others = other_zones(found, desk.options.zone, desk.options.today)
    desk.load("_other_zone", {"zone": "VARCHAR"}, ((zone,) for zone in sorted(others)))


ZONES = """
SELECT account_zone FROM ad_spend_daily UNION SELECT property_zone FROM web_traffic_daily UNION
SELECT property_zone FROM web_landing_daily UNION SELECT property_zone FROM web_commerce_daily UNION
SELECT property_zone FROM web_event_daily
"""
