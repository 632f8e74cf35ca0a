"""SEMrush."""

from collections.abc import Mapping
from decimal import Decimal

import orjson

from connectors.errors import AuthenticationError
from connectors.sandbox.world import SEMRUSH_KEY
from tests.contract.subjects.base import Conserved, Subject, added
from tests.contract.world import DOMAIN, TRACKED


def _semrush_positions(cursor: str) -> Mapping[str, list[str]]:
    return dict(orjson.loads(cursor)["pairs"])


SUBJECT = Subject(
    section=lambda base_url, _: {
        "base_url": base_url,
        "key": SEMRUSH_KEY,
        "domain": DOMAIN,
        "database": ["fr", "us"],
        "count_estimate_as_spend": True,
        "reports": ["domain_rank_history", "domain_organic", "domain_adwords", "position_tracking"],
        "tracking": [{"campaign": TRACKED[0], "url": TRACKED[1]}],
        "keyword_lines": 5,
        "keyword_refresh_days": 7,
    },
    wrong=(({"key": "wrong0123456789abcdef"}, AuthenticationError),),
    positions=_semrush_positions,
    conserved=Conserved(
        lambda records: added([("USD", Decimal(r["Ac"])) for r in records["domain_rank_history"]]),
        "SELECT currency, sum(paid_cost) FROM seo_estimate GROUP BY 1",
        kpi="spend",
        measures=("spend",),
    ),
    vendor="semrush",
    secrets=(SEMRUSH_KEY,),
)
