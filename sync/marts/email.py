"""Of e-mails: what came of all of them day by day, and of each since it was sent."""

from collections.abc import Mapping

from kpi.channels import UNATTRIBUTED
from kpi.text import Text
from sync.marts.desk import Desk, Note


def emails(desk: Desk) -> None:
    """By day what happened to whichever e-mail; by e-mail what came of it until now."""
    desk.mart("email_day", EMAIL_DAY)
    desk.con.execute(EMAILS)
    desk.mart("email", EMAIL, {"nobody": UNATTRIBUTED})


_COUNTERS = (
    "sent, delivered, opened, clicked, bounced, hard_bounced, soft_bounced, unsubscribed, reported_as_spam, unreliable_opened"
)

EMAIL_DAY = f"SELECT account_id, stats_on AS email_on, {_COUNTERS} FROM email_stats_daily"

EMAILS = """
CREATE OR REPLACE TEMP TABLE _email AS
SELECT *, delivered > sent OR bounced > sent OR opened > delivered OR clicked > delivered OR unreliable_opened > opened
    OR unsubscribed > delivered OR reported_as_spam > delivered AS is_impossible
FROM marketing_email
WHERE archived_at IS NULL AND published_on IS NOT NULL AND sent IS NOT NULL AND delivered IS NOT NULL
"""
"""An e-mail that was never published, or of which nothing is counted, has no rates."""

EMAIL = f"""
SELECT account_id, email_id, coalesce('hubspot/' || campaign_id, $nobody) AS campaign, published_on AS email_on, {_COUNTERS}
FROM _email WHERE NOT coalesce(is_impossible, false)
"""

NOTES: Mapping[str, Note] = {
    "emails_impossible": Note(
        "_email WHERE is_impossible",
        Text(
            "e-mails with more deliveries than were sent, or more openings, clicks or complaints than deliveries (left out)",
            "e-mails avec plus de livraisons que d'envois, ou plus d'ouvertures, de clics ou de plaintes que de livraisons (exclus)",
        ),
        ("marketing_email", "email_id"),
    ),
}
