"""The reports that are read: one or the other, since both tell of the same months."""

from collections.abc import Mapping
from types import MappingProxyType

from connectors.base import Raw, Stream
from connectors.semrush.prices import Report

COLUMNS: Mapping[Report, tuple[str, ...]] = MappingProxyType(
    {
        "domain_rank_history": ("Dt", "Rk", "Or", "Ot", "Oc", "Ad", "At", "Ac"),
        "domain_ranks": ("Db", "Dn", "Dt", "Rk", "Or", "Ot", "Oc", "Ad", "At", "Ac"),
    }
)
"""Codes asked of each report. An answer is read by this order: its header holds long English names, and one code has two
spellings in two reports (https://developer.semrush.com/api/seo/overview-reports/, 2026-11-21)."""

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


STREAMS: Mapping[Report, Stream] = MappingProxyType(
    {
        report: Stream(
            name=report,
            mode="incremental",
            tables=("seo_estimate",),
            record_id=record_id,
            docs_url=DOCS_URL,
            api_version="v3",
            raw_days=RAW_DAYS,
        )
        for report in COLUMNS
    }
)
