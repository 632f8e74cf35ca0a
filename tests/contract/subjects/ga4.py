"""Google Analytics 4."""

from decimal import Decimal

from tests.contract.subjects.base import Conserved, Subject, added
from tests.contract.subjects.google import SECRETS, WRONG, google
from tests.contract.world import PROPERTY

SUBJECT = Subject(
    section=lambda base_url, _: google(base_url) | {"property_id": PROPERTY},
    wrong=WRONG,
    positions=lambda cursor: {"day": cursor[:10]},
    conserved=Conserved(
        lambda records: added([("sessions", Decimal(r["sessions"])) for r in records["traffic_daily"]]),
        "SELECT 'sessions', sum(sessions) FROM web_traffic_daily",
        kpi="sessions",
        measures=("sessions",),
    ),
    vendor="ga4",
    secrets=SECRETS,
)
