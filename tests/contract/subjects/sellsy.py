"""Sellsy."""

from decimal import Decimal

from connectors.errors import AuthenticationError
from connectors.sandbox.sellsy.service import CLIENT_SECRET
from connectors.sandbox.sellsy.vendor import VENDOR
from connectors.sandbox.world import AccountWorld
from tests.connectors.sellsy.small_world import account, made_by_hand
from tests.contract.subjects.base import Conserved, Records, Subject, Sums, added


def accounts() -> dict[str, AccountWorld]:
    """With values of ours on two records."""
    found = account(made_by_hand())
    fields = {field["code"]: field["id"] for field in found.tables["custom_fields"]}
    found.tables["opportunities"][0]["_values"] = {
        str(fields["cadran_deal_acquisition_cost"]): {"amount": "12.50", "currency": "EUR"},
        str(fields["cadran_start_on"]): "2026-07-05",
    }
    found.tables["companies"][0]["_values"] = {str(fields["cadran_deals_won"]): "2"}
    return {"1": found}


def _won(records: Records) -> Sums:
    return added([(r["amount"]["currency"], Decimal(r["amount"]["value"])) for r in records["deals"] if r["status"] == "won"])


SUBJECT = Subject(
    section=lambda base_url, _: VENDOR.section(base_url) | {"client_secret": CLIENT_SECRET, "calls_per_second": 100_000},
    wrong=(({"client_secret": "wrong-sellsy-secret"}, AuthenticationError),),
    positions=lambda cursor: {"at": cursor},
    conserved=Conserved(
        _won,
        "SELECT d.currency, sum(d.amount) FROM deal d JOIN stage s USING (stage_id) WHERE s.probability = 1 AND s.is_closed GROUP BY 1",
        kpi="revenue_won",
        measures=("revenue_won",),
    ),
    vendor="sellsy",
    too_many={"policy": "Second"},
    secrets=(CLIENT_SECRET, "sandbox-sellsy-access"),
)
