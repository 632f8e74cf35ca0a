"""From a line of the spend file to a row of ``cost_entry``. Pure."""

from collections.abc import Iterator

from connectors.base import NormaliseContext, Raw, Row
from connectors.spend_file.reading import Form, to_cost


def rows(record: Raw, context: NormaliseContext, form: Form) -> Iterator[Row]:
    """One row a line, converted at the rate of its own day; without a known rate ``amount_home`` stays undefined.

    Raises :class:`connectors.base.BadValue` with file and line.
    """
    cost = to_cost(record, form)
    converted = context.fx(cost.amount, cost.currency, cost.cost_on)
    home, rate, rate_on = converted if converted is not None else (None, None, None)
    yield (
        "cost_entry",
        {
            "source_id": record["cost_id"],
            "cost_id": record["cost_id"],
            "cost_on": cost.cost_on,
            "amount": cost.amount,
            "currency": cost.currency,
            "amount_home": home,
            "fx_rate": rate,
            "fx_on": rate_on,
            "kind": cost.kind,
            "channel": cost.channel,
            "campaign_name": cost.campaign,
            "note": cost.note,
            "cost_class": "manual",
        },
    )
