"""Costs that the settings spread over the months they pay for: a year's licence, a fair paid in advance."""

from collections.abc import Iterator, Sequence

from config.settings import KpiSettings
from kpi.language import Fault
from kpi.own import Mistake
from sync.left_out import rule_as_sql


def spread_costs(settings: KpiSettings) -> Sequence[tuple[str, int]]:
    """SQL that is true of a cost, and the months it is spread over; the first that holds counts. Raises :class:`Fault` for what
    :func:`mistakes` tells."""
    return [(" AND ".join(rule_as_sql("cost_entry", text) for text in rule.where), rule.months) for rule in settings.spread_costs]


def mistakes(settings: KpiSettings) -> Iterator[Mistake]:
    """What is wrong with the rules, with the keys below ``kpis``."""
    for place, rule in enumerate(settings.spread_costs):
        for number, text in enumerate(rule.where):
            try:
                rule_as_sql("cost_entry", text)
            except Fault as fault:
                yield Mistake(("spread_costs", str(place), "where", str(number)), fault.pointed())
