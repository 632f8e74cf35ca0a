"""HubSpot."""

from collections.abc import Mapping
from decimal import Decimal

import orjson

from connectors.errors import AuthenticationError
from connectors.sandbox.world import FULL_TOKEN
from tests.contract.subjects.base import Conserved, Records, Subject, Sums, added


def _won(records: Records) -> Sums:
    won = [r for r in records["deals"] if r["properties"]["dealstage"] == "closedwon" and not r.get("archivedAt")]
    return added([("EUR", Decimal(r["properties"]["amount_in_home_currency"] or 0)) for r in won])


def _hubspot_positions(cursor: str) -> Mapping[str, str]:
    """Objects keep when what was read; statistics the last day."""
    body = orjson.loads(cursor) if cursor.startswith("{") else {"day": cursor}
    return {part: body[part] for part in ("since", "archive", "list", "day") if part in body}


SUBJECT = Subject(
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
)
