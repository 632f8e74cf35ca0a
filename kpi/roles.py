"""What a company looks at first: a short set of KPIs for each role. The setting ``kpis.follow`` names roles and KPIs.

Eight or so a role: what a small company's people ask for week after week. Everything else is computed as well and is one
name in the settings away.
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from kpi.card import BadDefinitions

ROLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sales": (
            "revenue_won",
            "deals_won",
            "win_rate",
            "avg_deal_size",
            "cycle_days_median",
            "deals_created",
            "pipeline_value",
            "weighted_forecast",
        ),
        "marketing": (
            "spend",
            "leads",
            "cpl",
            "lead_to_customer",
            "cac_paid",
            "roi",
            "sessions",
            "session_conversion",
        ),
        "finance": (
            "revenue_won",
            "gross_margin",
            "net_margin",
            "overdue_invoices",
            "mrr",
            "nrr_12_months",
            "cac_blended",
            "ltv_cac",
            "cac_payback_months",
        ),
    }
)
"""Role -> names of KPIs, the more important first."""

OWN = "own"
"""Stands in ``kpis.follow`` for every KPI that the settings define."""

FOLLOWED: tuple[str, ...] = (*ROLES, OWN)
"""What is followed unless the settings say otherwise."""


def every_role_is_known(names: Collection[str]) -> None:
    """Raise :class:`BadDefinitions` for a KPI of a role that the catalogue does not have."""
    unknown = [f"role {role}: there is no KPI {name}" for role, chosen in ROLES.items() for name in chosen if name not in names]
    if unknown:
        raise BadDefinitions(unknown)


def resolved(follow: Sequence[str], own: Sequence[str]) -> tuple[str, ...]:
    """The KPIs that a list of roles and KPIs names, each once, in its order. ``own``: those that the settings define."""
    names = (name for one in follow for name in (own if one == OWN else ROLES.get(one, (one,))))
    return tuple(dict.fromkeys(names))
