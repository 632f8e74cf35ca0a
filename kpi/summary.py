"""One line per record that a person reads in ten seconds: the values, the comparison, or why there is nothing.

It is built only from a record's own rounded values, so it changes when one of them does and never because a day has
passed. Whoever writes only values that moved enough (``write_step``) can build the line from those that will stand.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from kpi.channels import TITLES, UNATTRIBUTED
from kpi.record_reasons import NOT_CLOSED, KnownLater
from kpi.records import Object, RecordValue
from kpi.text import Text

MAX_LENGTH = 250
_TITLE_LENGTH = 80
_DAY_S = 86_400

_COST = Text("cost {}", "coût {}")
_NO_COST = Text("no acquisition cost: {}", "pas de coût d'acquisition : {}")
_LEAD_COST = Text("lead cost {} ({})", "coût du lead {} ({})")
_LEAD_COST_LATER = Text("lead cost {}", "coût du lead {}")
_ROI = Text("ROI {}", "ROI {}")
_USUAL = Text(" (pipeline median {} days)", " (médiane du pipeline : {} jours)")
_REVENUE = Text("won {}", "gagné {}")
_AVERAGE = Text("average {}", "moyenne {}")
_NOTHING_WON = Text("No deal won yet", "Aucune transaction gagnée pour l'instant")
_WON_ONE = Text("{} deal won", "{} transaction gagnée")
_WON_MANY = Text("{} deals won", "{} transactions gagnées")
_BANDS: Mapping[str, Text] = {
    "faster": Text("cycle faster than usual", "cycle plus rapide que d'habitude"),
    "normal": Text("cycle as usual", "cycle habituel"),
    "slower": Text("cycle slower than usual", "cycle plus lent que d'habitude"),
}


def summary(object: Object, values: Mapping[str, RecordValue], locale: str, currency: str) -> str | None:
    """The line for one record, at most 250 characters; None when there is nothing worth a line.

    ``values`` are the record's values by property; ``currency`` is the company's, ISO 4217.
    """
    write = _Writer(values, locale, currency)
    parts = {"deals": write.deal, "contacts": write.contact, "companies": write.company}[object]()
    if not parts:
        return None
    line = " — ".join(parts)
    line = line[0].upper() + line[1:]
    return line if len(line) <= MAX_LENGTH else line[: MAX_LENGTH - 1].rstrip() + "…"


class _Writer:
    """Puts one record's values into words."""

    def __init__(self, values: Mapping[str, RecordValue], locale: str, currency: str) -> None:
        self._values = values
        self._locale = locale
        self._currency = currency

    def deal(self) -> list[str]:
        cost, roi = self._values["deal_acquisition_cost"], self._values["deal_roi"]
        parts = [self._origin("channel", "campaign"), self._cost(cost), self._ratio(roi), self._band()]
        return [p for p in parts if p]

    def contact(self) -> list[str]:
        cost = self._values["lead_cost"]
        if self._values["first_touch_channel"].value is None and cost.value is None:
            return []
        return [p for p in (self._origin("first_touch_channel", "first_touch_campaign"), self._lead_cost(cost)) if p]

    def company(self) -> list[str]:
        count, cost = self._values["deals_won"].value, self._values["company_acquisition_cost"]
        if not isinstance(count, Decimal):
            return []
        if count:
            won = self._in(_WON_ONE if count == 1 else _WON_MANY).format(count)
            money = (self._money_part(_REVENUE, "revenue_won"), self._money_part(_AVERAGE, "avg_deal_size") if count > 1 else "")
        else:
            won, money = self._in(_NOTHING_WON), ("", "")
        return [p for p in (won, *money, self._cost(cost), self._ratio(self._values["company_roi"])) if p]

    def _in(self, text: Text) -> str:
        return text.in_(self._locale)

    def _origin(self, channel_name: str, campaign_name: str) -> str:
        channel, campaign = self._values[channel_name].value, self._values[campaign_name].value
        title = self._in(TITLES[channel if isinstance(channel, str) else UNATTRIBUTED])
        return f"{title} · {_shortened(campaign)}" if isinstance(campaign, str) else title

    def _cost(self, cost: RecordValue) -> str:
        if isinstance(cost.value, Decimal):
            return self._in(_COST).format(self._money(cost.value))
        if cost.reason is None:
            return ""
        why = self._in(cost.reason.text)
        return self._in(_COST if isinstance(cost.reason, KnownLater) else _NO_COST).format(why)

    def _lead_cost(self, cost: RecordValue) -> str:
        if isinstance(cost.value, Decimal) and cost.month is not None:
            return self._in(_LEAD_COST).format(self._money(cost.value), _month(cost.month, self._locale))
        if isinstance(cost.reason, KnownLater):
            return self._in(_LEAD_COST_LATER).format(self._in(cost.reason.text))
        return ""

    def _money_part(self, words: Text, name: str) -> str:
        value = self._values[name].value
        return self._in(words).format(self._money(value)) if isinstance(value, Decimal) else ""

    def _ratio(self, roi: RecordValue) -> str:
        return self._in(_ROI).format(_one_decimal(roi.value, self._locale)) if isinstance(roi.value, Decimal) else ""

    def _band(self) -> str:
        """A won deal's band quotes its pipeline's median, frozen with its month; an open one's would change monthly."""
        band = self._values["cycle_band"]
        if not isinstance(band.value, str):
            return ""
        words = self._in(_BANDS[band.value])
        if self._values["deal_roi"].reason != NOT_CLOSED and "median_s" in band.inputs:
            words += self._in(_USUAL).format(_one_decimal(band.inputs["median_s"] / _DAY_S, self._locale, "0"))
        return words

    def _money(self, value: Decimal) -> str:
        return _currency(value, self._currency, self._locale)


def _shortened(title: str) -> str:
    return title if len(title) <= _TITLE_LENGTH else title[: _TITLE_LENGTH - 1].rstrip() + "…"


# Costs repeat within a campaign and month, and Babel takes tens of microseconds for each.
@lru_cache(maxsize=8192)
def _currency(value: Decimal, currency: str, locale: str) -> str:
    return str(format_currency(value, currency, locale=locale))


@lru_cache(maxsize=8192)
def _one_decimal(value: Any, locale: str, pattern: str = "#,##0.0") -> str:
    return str(format_decimal(value, format=pattern, locale=locale))


@lru_cache(maxsize=1024)
def _month(month: date, locale: str) -> str:
    return str(format_date(month, "MMMM y", locale=locale))
