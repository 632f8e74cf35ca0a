"""Of what customers cost in the last year: what is spent and who was won, as of today."""

from dataclasses import replace

from kpi.measures.media import OVERHEAD, PAID_SPEND, SPEND
from kpi.measures.people import NEW_CUSTOMERS, PAID_CUSTOMERS

_YEAR = 365
SPEND_OF_YEAR = replace(SPEND, name="spend_365_days", trailing_days=_YEAR)
OVERHEAD_OF_YEAR = replace(OVERHEAD, name="overhead_365_days", trailing_days=_YEAR)
NEW_CUSTOMERS_OF_YEAR = replace(NEW_CUSTOMERS, name="new_customers_365_days", trailing_days=_YEAR)
PAID_SPEND_OF_YEAR = replace(PAID_SPEND, name="paid_spend_365_days", trailing_days=_YEAR)
PAID_CUSTOMERS_OF_YEAR = replace(PAID_CUSTOMERS, name="paid_customers_365_days", trailing_days=_YEAR)
