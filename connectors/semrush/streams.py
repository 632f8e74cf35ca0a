"""The reports that are read; of the two overviews one or the other, since both tell of the same months."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from connectors.base import Owned, Raw, Stream
from connectors.semrush.prices import Report

COLUMNS: Mapping[Report, tuple[str, ...]] = MappingProxyType(
    {
        "domain_rank_history": ("Dt", "Rk", "Or", "Ot", "Oc", "Ad", "At", "Ac"),
        "domain_ranks": ("Db", "Dn", "Dt", "Rk", "Or", "Ot", "Oc", "Ad", "At", "Ac"),
        "domain_organic": ("Ph", "Po", "Pp", "Nq", "Cp", "Ur", "Tr", "Tc", "Co"),
        "domain_adwords": ("Ph", "Po", "Pp", "Nq", "Cp", "Ur", "Tr", "Tc", "Co"),
    }
)
"""Codes asked of each report. An answer is read by this order: its header holds long English names, and one code has two
spellings in two reports (https://developer.semrush.com/api/seo/overview-reports/, 2026-11-21)."""

OVERVIEWS: frozenset[Report] = frozenset({"domain_rank_history", "domain_ranks"})
KEYWORDS: frozenset[Report] = frozenset({"domain_organic", "domain_adwords"})

DOCS_URL = "https://developer.semrush.com/api/seo/overview-reports/"

RAW_DAYS = 31
"""Answers may be kept for one month at most without Semrush's written consent
(https://developer.semrush.com/api/introduction/api-usage-restrictions, 2026-03-26, read 2026-11-21)."""


def month_of(record: Raw) -> str:
    """``YYYY-MM``: the month a record tells of. A live overview may leave its date empty; it is of the day it was read."""
    day = str(record["Dt"]) or str(record["read_on"]).replace("-", "")
    return f"{day[:4]}-{day[4:6]}"


def record_id(record: Raw) -> str:
    """``domain/database/YYYY-MM``."""
    return f"{record['domain']}/{record['database']}/{month_of(record)}"


def listing_id(record: Raw) -> str:
    """``report/domain/database`` or ``position_tracking/campaign/url mask``. A listing is one record: read again, it replaces all its rows."""
    return str(record["listing"])


_TRACKING_URL = "https://developer.semrush.com/api/projects/position-tracking/"
_OF: Mapping[Report, tuple[str, Callable[[Raw], str], str]] = MappingProxyType(
    {
        "domain_rank_history": ("seo_estimate", record_id, DOCS_URL),
        "domain_ranks": ("seo_estimate", record_id, DOCS_URL),
        "domain_organic": ("seo_keyword", listing_id, "https://developer.semrush.com/api/seo/domain-reports/"),
        "domain_adwords": ("seo_keyword", listing_id, "https://developer.semrush.com/api/seo/domain-reports/"),
        "position_tracking": ("seo_visibility_daily", listing_id, _TRACKING_URL),
    }
)
STREAMS: Mapping[Report, Stream] = MappingProxyType(
    {
        report: Stream(
            name=report,
            mode="incremental",
            tables=(table,),
            record_id=id_of,
            docs_url=url,
            api_version="v1" if report == "position_tracking" else "v3",
            raw_days=RAW_DAYS,
            owned={} if report in OVERVIEWS else {table: Owned("listing")},
        )
        for report, (table, id_of, url) in _OF.items()
    }
)
