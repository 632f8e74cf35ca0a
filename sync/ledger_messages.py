"""The ledger's tables of messages to people, and of where each alert stands. Their rows are kept by :mod:`sync.publish.outbox` and
:mod:`sync.publish.alerts.book`."""

import sqlalchemy as sa

from sync.ledger_base import INSTANT, metadata

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    # What makes a message one: the same key for the same address is never kept twice.
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    # Which of the recipient's addresses, from 0; the address itself is a secret and stands in no table.
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    # Emptied when the message is settled.
    sa.Column("text", sa.Text),
    sa.Column("html", sa.Text),
    # JSON list of paths below the account's folder.
    sa.Column("attachments", sa.Text, nullable=False),
    # waiting, sending, sent, given_up
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("kept_at", INSTANT, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", INSTANT, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("settled_at", INSTANT),
)
sa.Index("outbox_key", outbox.c.key, outbox.c.recipient, outbox.c.place, unique=True)
sa.Index("outbox_state", outbox.c.state, outbox.c.next_at)

alert_states = sa.Table(
    "alert_states",
    metadata,
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("member", sa.Text, primary_key=True),
    sa.Column("is_firing", sa.Boolean, nullable=False),
    sa.Column("since", INSTANT),
    sa.Column("is_told", sa.Boolean, nullable=False),
    sa.Column("told_at", INSTANT),
    sa.Column("seen_at", INSTANT, nullable=False),
    # JSON: the last reading, as it is shown.
    sa.Column("reading", sa.Text, nullable=False),
)

alert_mutes = sa.Table(
    "alert_mutes",
    metadata,
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("until", INSTANT, nullable=False),
)
