"""Files: the world's costs, brought in by a mapping."""

from decimal import Decimal

from tests.contract.subjects.base import Conserved, Subject, added

SUBJECT = Subject(
    section=lambda _, folder: {
        "entries": [{"kind": "costs", "path": str(folder / "costs.csv"), "mapping": {"amount": "Amount", "note": "note"}}],
        "settle_seconds": 0,
    },
    wrong=(),
    positions=lambda cursor: {"never": cursor},
    conserved=Conserved(
        lambda records: added([(r["currency"], Decimal(r["amount"])) for r in records["costs"]]),
        "SELECT currency, sum(amount) FROM cost_entry GROUP BY 1",
        kpi="cac_blended",
        measures=("spend", "overhead"),
    ),
)
"""``wrong``: a path where nothing is refuses the files and not the run, so that a share that is gone costs no night's sync."""
