"""One line per campaign that a person reads in ten seconds, built from the values that stand on it."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from babel.numbers import format_currency, format_decimal

from kpi.text import Text
from sync.campaign_values import month_name

_SPENT = Text("{spend} spent", "{spend} dépensés")
_LEADS = Text("{leads} leads", "{leads} leads")
_ONE_LEAD = Text("1 lead", "1 lead")
_EACH = Text(" at {cost} each", " à {cost} chacun")
_ONE = Text(" at {cost}", " à {cost}")
_CUSTOMERS = Text("{n} new customers", "{n} nouveaux clients")
_ONE_CUSTOMER = Text("1 new customer", "1 nouveau client")
_NO_CUSTOMER = Text("no new customer", "aucun nouveau client")
_REVENUE = Text("won {revenue}", "gagné {revenue}")
_ROI = Text("ROI {roi}", "ROI {roi}")
_MONTH = Text("{month}: {spend}, {leads}", "{month} : {spend}, {leads}")
MAX_LENGTH = 250

Values = Mapping[str, Decimal | None]
"""Figure -> value; None or absent: undefined."""


def campaign_summary(values: Values, month: date | None, locale: str, currency: str) -> str | None:
    """The line; None when nothing is known of the campaign. ``month``: the one that the figures of the last month are of."""
    parts = list(_parts(values, month, locale, currency))
    if not parts:
        return None
    line = " — ".join(parts)
    line = line[0].upper() + line[1:]
    return line if len(line) <= MAX_LENGTH else line[: MAX_LENGTH - 1].rstrip() + "…"


def _parts(values: Values, month: date | None, locale: str, currency: str) -> Iterator[str]:
    spend, leads, customers = values.get("spend"), values.get("leads"), values.get("new_customers")
    if spend is not None:
        yield _SPENT.in_(locale).format(spend=_money(spend, currency, locale))
    if leads is not None:
        yield _count(leads, _ONE_LEAD, _LEADS, locale) + _cost(leads, values.get("cpl"), currency, locale)
    if customers is not None and (leads or customers):
        none = _NO_CUSTOMER.in_(locale) if not customers else None
        words = none or _count(customers, _ONE_CUSTOMER, _CUSTOMERS, locale)
        yield words + _cost(customers, values.get("cac_paid"), currency, locale)
    if revenue := values.get("revenue_won"):
        yield _REVENUE.in_(locale).format(revenue=_money(revenue, currency, locale))
    if (roi := values.get("roi")) is not None:
        yield _ROI.in_(locale).format(roi=format_decimal(roi, format="#,##0.0", locale=locale))
    spend, leads = values.get("spend_last_month"), values.get("leads_last_month")
    if month is not None and spend is not None and leads is not None:
        yield _MONTH.in_(locale).format(
            month=month_name(month, locale), spend=_money(spend, currency, locale), leads=_count(leads, _ONE_LEAD, _LEADS, locale)
        )


def _count(n: Decimal, one: Text, many: Text, locale: str) -> str:
    return (one if n == 1 else many).in_(locale).format(n=_number(n, locale), leads=_number(n, locale))


def _cost(n: Decimal, cost: Decimal | None, currency: str, locale: str) -> str:
    return "" if not n or cost is None else (_ONE if n == 1 else _EACH).in_(locale).format(cost=_money(cost, currency, locale))


def _number(n: Decimal, locale: str) -> str:
    return str(format_decimal(n, format="#,##0.##", locale=locale))


def _money(value: Decimal, currency: str, locale: str) -> str:
    return str(format_currency(value, currency, locale=locale))
