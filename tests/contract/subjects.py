"""The connectors that the suite tries, one entry each. A connector of the registry without an entry fails the suite.

To add a connector: one entry in :data:`SUBJECTS`, and its vendor's records in :mod:`tests.contract.world`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from connectors.base import Raw
from connectors.errors import AuthenticationError, ConfigurationError, StopRun
from connectors.sandbox.world import (
    FULL_TOKEN,
    GOOGLE_CLIENT_ID,
    GOOGLE_CLIENT_SECRET,
    GOOGLE_REFRESH_TOKEN,
    SEMRUSH_KEY,
)
from tests.contract.world import DOLLAR_ADS, DOMAIN, EURO_ADS, PROPERTY

Sums = dict[str, Decimal]
"""Currency (or unit) -> what the records add up to."""
Records = Mapping[str, Sequence[Raw]]
"""Raw records by stream."""


@dataclass(frozen=True)
class Conserved:
    """A figure that must be the same in the vendor's answers, in the facts and in the measure."""

    raw: Callable[[Records], Sums]
    facts: str
    """SQL over the facts: (currency or unit, sum)."""
    kpi: str
    measures: tuple[str, ...]
    """Inputs of that KPI which the figure is the sum of."""


@dataclass(frozen=True)
class Subject:
    """What the suite has to know about a connector."""

    section: Callable[[str, Path], dict[str, Any]]
    """(base URL of the sandbox, folder with ``costs.csv``) -> its section of the settings."""
    wrong: tuple[tuple[Mapping[str, str], type[StopRun]], ...]
    """Changes that make the section refused, and how."""
    positions: Callable[[str], Mapping[str, Any]]
    """A cursor taken apart: each part may only grow."""
    conserved: Conserved
    vendor: str | None = None
    """Name that the sandbox counts its calls under; None when the connector speaks no HTTP."""
    too_many: Mapping[str, Any] = field(default_factory=dict)
    """A 429 that a short wait mends, as a fault of the sandbox."""
    secrets: tuple[str, ...] = ()

    @property
    def all_secrets(self) -> tuple[str, ...]:
        """Good and wrong ones: a mistyped key is a key too."""
        return (
            *self.secrets,
            *(value for changes, kind in self.wrong if kind is AuthenticationError for value in changes.values()),
        )


def _google(base_url: str) -> dict[str, Any]:
    return {
        "base_url": base_url,
        "token_uri": f"{base_url}/token",
        "client_id": GOOGLE_CLIENT_ID,
        "client_secret": GOOGLE_CLIENT_SECRET,
        "refresh_token": GOOGLE_REFRESH_TOKEN,
    }


_GOOGLE_WRONG = (
    ({"refresh_token": "1//wrong-refresh-token"}, AuthenticationError),
    ({"client_secret": "GOCSPX-wrong-secret"}, AuthenticationError),
)
_GOOGLE_SECRETS = (GOOGLE_REFRESH_TOKEN, GOOGLE_CLIENT_SECRET, "ya29.sandbox")
"""The last is how every access token of the sandbox begins."""


def _added(pairs: Sequence[tuple[str, Decimal]]) -> Sums:
    sums: Sums = {}
    for unit, amount in pairs:
        sums[unit] = sums.get(unit, Decimal(0)) + amount
    return sums


def _won(records: Records) -> Sums:
    won = [r for r in records["deals"] if r["properties"]["dealstage"] == "closedwon" and not r.get("archivedAt")]
    return _added([("EUR", Decimal(r["properties"]["amount_in_home_currency"] or 0)) for r in won])


def _last_days(cursor: str) -> Mapping[str, str]:
    return dict(part.split("=") for part in cursor.split())


def _hubspot_positions(cursor: str) -> Mapping[str, str]:
    """Objects keep when what was read; statistics the last day."""
    body = orjson.loads(cursor) if cursor.startswith("{") else {"day": cursor}
    return {part: body[part] for part in ("since", "archive", "list", "day") if part in body}


def _semrush_positions(cursor: str) -> Mapping[str, list[str]]:
    return dict(orjson.loads(cursor)["pairs"])


SUBJECTS: Mapping[str, Subject] = MappingProxyType(
    {
        "hubspot": Subject(
            section=lambda base_url, _: {
                "base_url": base_url,
                "token": FULL_TOKEN,
                "custom_objects": ["machines"],
                "mapping": {"custom.machines": {"amount": "price", "label": "serial"}},
            },
            wrong=(({"token": "pat-eu1-01234567-89ab-cdef-0123-456789abcdef"}, AuthenticationError),),
            positions=_hubspot_positions,
            conserved=Conserved(
                _won,
                "SELECT 'EUR', sum(d.amount_home) FROM deal d JOIN stage s USING (stage_id) "
                "WHERE s.probability = 1 AND s.is_closed AND d.archived_at IS NULL AND d.merged_into IS NULL",
                kpi="revenue_won",
                measures=("revenue_won",),
            ),
            vendor="hubspot",
            too_many={"policy": "SECONDLY"},
            secrets=(FULL_TOKEN,),
        ),
        "ga4": Subject(
            section=lambda base_url, _: _google(base_url) | {"property_id": PROPERTY},
            wrong=_GOOGLE_WRONG,
            positions=lambda cursor: {"day": cursor[:10]},
            conserved=Conserved(
                lambda records: _added([("sessions", Decimal(r["sessions"])) for r in records["traffic_daily"]]),
                "SELECT 'sessions', sum(sessions) FROM web_traffic_daily",
                kpi="sessions",
                measures=("sessions",),
            ),
            vendor="ga4",
            secrets=_GOOGLE_SECRETS,
        ),
        "google_ads": Subject(
            section=lambda base_url, _: _google(base_url) | {"customer_ids": [EURO_ADS, DOLLAR_ADS]},
            wrong=_GOOGLE_WRONG,
            positions=_last_days,
            conserved=Conserved(
                lambda records: _added(
                    [
                        (r["customer"]["currencyCode"], Decimal(r["metrics"].get("costMicros", 0)).scaleb(-6))
                        for r in records["campaigns_daily"]
                    ]
                ),
                "SELECT currency, sum(spend) FROM ad_spend_daily GROUP BY 1",
                kpi="spend",
                measures=("spend",),
            ),
            vendor="google_ads",
            too_many={"retry_after": "1"},
            secrets=_GOOGLE_SECRETS,
        ),
        "semrush": Subject(
            section=lambda base_url, _: {
                "base_url": base_url,
                "key": SEMRUSH_KEY,
                "domain": DOMAIN,
                "database": ["fr", "us"],
                "count_estimate_as_spend": True,
            },
            wrong=(({"key": "wrong0123456789abcdef"}, AuthenticationError),),
            positions=_semrush_positions,
            conserved=Conserved(
                lambda records: _added([("USD", Decimal(r["Ac"])) for r in records["domain_rank_history"]]),
                "SELECT currency, sum(paid_cost) FROM seo_estimate GROUP BY 1",
                kpi="spend",
                measures=("spend",),
            ),
            vendor="semrush",
            secrets=(SEMRUSH_KEY,),
        ),
        "spend_file": Subject(
            section=lambda _, folder: {"path": str(folder / "costs.csv")},
            wrong=(({"path": "no-such-file.csv"}, ConfigurationError),),
            positions=lambda cursor: {"never": cursor},
            conserved=Conserved(
                lambda records: _added([(r["currency"], Decimal(r["amount"])) for r in records["costs"]]),
                "SELECT currency, sum(amount) FROM cost_entry GROUP BY 1",
                kpi="cac_blended",
                measures=("spend", "overhead"),
            ),
        ),
    }
)

HTTP = tuple(name for name, subject in SUBJECTS.items() if subject.vendor is not None)
"""Connectors that speak HTTP."""
