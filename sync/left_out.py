"""Records that are left out of every figure by a rule of the settings: tests, one's own people (KPI_DEFINITIONS R10)."""

from collections.abc import Iterator, Mapping

from config.settings import KpiSettings
from kpi.conditions import condition
from kpi.language import Fault
from kpi.own import Mistake
from kpi.schema import TABLES, columns


def left_out(settings: KpiSettings) -> Mapping[str, str]:
    """Kind of record -> SQL that is true of those to leave out. Raises :class:`Fault` for what :func:`mistakes` tells."""
    return {
        kind: " OR ".join(f"({rule_as_sql(kind, rule)})" for rule in rules) for kind, rules in settings.leave_out.items() if rules
    }


def mistakes(settings: KpiSettings) -> Iterator[Mistake]:
    """What is wrong with the rules, with the keys below ``kpis``."""
    for kind, rules in settings.leave_out.items():
        for place, rule in enumerate(rules):
            try:
                rule_as_sql(kind, rule)
            except Fault as fault:
                yield Mistake(("leave_out", kind, str(place)), fault.pointed())


def rule_as_sql(kind: str, rule: str) -> str:
    """A condition on the columns of a table. Raises :class:`Fault`."""
    return condition(rule, {column.name: column for column in columns(TABLES[kind])})
