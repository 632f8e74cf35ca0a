"""The ledger's table of reports that were sent by the schedule: each once for its period."""

import sqlalchemy as sa

from sync.ledger_base import INSTANT, metadata

reports_sent = sa.Table(
    "reports_sent",
    metadata,
    # As the settings call it.
    sa.Column("report", sa.Text, primary_key=True),
    sa.Column("period_start", sa.Date, primary_key=True),
    # The sync whose figures it shows: what changed later was restated.
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("kept_at", INSTANT, nullable=False),
)
