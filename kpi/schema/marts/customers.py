"""What rows about a customer have in common. No mart by itself."""

from kpi.schema.base import Mart


class OfCustomer(Mart):
    """Who bought (setting ``kpis.customer_unit``), and where that customer came from when it first did."""

    customer_id: str
    company_id: str | None
    channel: str
    """What earned most of the customer's first won deal, under the model of the settings."""
    team_id: str | None
    owner_id: str | None
    """Who won the customer; null where it never had a won deal."""
