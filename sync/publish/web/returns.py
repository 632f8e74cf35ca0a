"""What marketing costs and brings back, of campaigns or of channels: all side by side."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kpi.text import Text
from sync.publish.web.chosen import chosen_start
from sync.publish.web.extract import asked, extract
from sync.publish.web.page import Answer, Look
from sync.publish.web.side_by_side import kept_order, side_by_side
from sync.publish.web.subject import whole_number

KPIS: Mapping[str, Text] = MappingProxyType(
    {
        "spend": Text("Spend", "Dépenses"),
        "leads": Text("Leads", "Leads"),
        "cpl": Text("CPL", "CPL"),
        "new_customers": Text("Customers", "Clients"),
        "cac_paid": Text("CAC, paid", "CAC payant"),
        "revenue_won": Text("Revenue", "Chiffre d'affaires"),
        "roi": Text("ROI", "ROI"),
        "roas_crm": Text("ROAS", "ROAS"),
        "ctr": Text("CTR", "CTR"),
    }
)

MANY = 1_000_000
"""No table has so many pages; how many it has is known once it is made."""


def all_of(look: Look, by: str, name: str, names: Text, **limits: Any) -> Answer:
    """The table, or the file of it. ``name``: of the file. ``limits``: of :func:`side_by_side`."""
    start, starts = chosen_start(look, list(KPIS))
    kind = asked(look)
    page = whole_number(look, "page", 1, MANY)
    table = side_by_side(look, by, KPIS, start=start, names=names, page=None if kind else page, **limits)
    if kind:
        return extract(look, table, name, kind)
    return {
        "table": table,
        "number": whole_number(look, "page", 1, table.pages),
        "start": start,
        "starts": starts,
        "extra": kept_order(look),
        "sort": {n: look.query[n] for n in ("sort", "dir") if look.query.get(n)},
    }
