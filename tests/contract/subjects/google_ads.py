"""Google Ads."""

from decimal import Decimal

from tests.contract.subjects.base import Conserved, Subject, added, last_days
from tests.contract.subjects.google import SECRETS, WRONG, google
from tests.contract.world import DOLLAR_ADS, EURO_ADS

SUBJECT = Subject(
    section=lambda base_url, _: google(base_url) | {"customer_ids": [EURO_ADS, DOLLAR_ADS], "click_history_days": 30},
    wrong=WRONG,
    positions=last_days,
    conserved=Conserved(
        lambda records: added(
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
    secrets=SECRETS,
)
