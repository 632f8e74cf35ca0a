"""The spend file."""

from decimal import Decimal

from connectors.errors import ConfigurationError
from tests.contract.subjects.base import Conserved, Subject, added

SUBJECT = Subject(
    section=lambda _, folder: {"path": str(folder / "costs.csv")},
    wrong=(({"path": "no-such-file.csv"}, ConfigurationError),),
    positions=lambda cursor: {"never": cursor},
    conserved=Conserved(
        lambda records: added([(r["currency"], Decimal(r["amount"])) for r in records["costs"]]),
        "SELECT currency, sum(amount) FROM cost_entry GROUP BY 1",
        kpi="cac_blended",
        measures=("spend", "overhead"),
    ),
)
