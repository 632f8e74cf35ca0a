"""Every KPI there is: the built-in ones, checked when this module is imported, and those that an account adds.

What a command works with is a :class:`Catalogue`, put together from the settings when the account is opened
(:mod:`kpi.own`). :data:`BUILT_IN` is the one of an account that adds nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from kpi.card import Definitions, Kpi, RecordKpi, check
from kpi.definitions import MODULES, records
from kpi.measures import MEASURES
from kpi.measures.base import Measure
from kpi.roles import ROLES, every_role_is_known

DEFINITIONS = Definitions(
    kpis=tuple(card for module in MODULES for card in vars(module).values() if isinstance(card, Kpi)),
    record_kpis=records.RECORD_KPIS,
    measures=MEASURES,
)
check(DEFINITIONS)


@dataclass(frozen=True)
class Catalogue:
    """The KPIs of one account, and which of them it follows."""

    definitions: Definitions
    followed: tuple[str, ...]
    """Names, in the order in which they are shown; all others are computed as well."""

    @cached_property
    def kpis(self) -> Mapping[str, Kpi]:
        """By name, in the order they are shown."""
        return MappingProxyType({kpi.name: kpi for kpi in self.definitions.kpis})

    @cached_property
    def record_kpis(self) -> Mapping[str, RecordKpi]:
        """Values of one record, by name."""
        return MappingProxyType({kpi.name: kpi for kpi in self.definitions.record_kpis})

    @property
    def measures(self) -> tuple[Measure, ...]:
        return self.definitions.measures

    @property
    def names(self) -> list[str]:
        """Of every KPI, record-level ones last."""
        return [*self.kpis, *(name for name in self.record_kpis if name not in self.kpis)]

    def definition(self, name: str) -> Kpi | RecordKpi:
        """The definition behind a name. Raises ``KeyError``."""
        return self.kpis[name] if name in self.kpis else self.record_kpis[name]

    @property
    def own_followed(self) -> tuple[Kpi, ...]:
        """The KPIs of the account's own that it follows."""
        return tuple(self.kpis[name] for name in self.followed if name in self.kpis and self.kpis[name].is_own)


BUILT_IN = Catalogue(DEFINITIONS, tuple(dict.fromkeys(name for names in ROLES.values() for name in names)))

KPIS: Mapping[str, Kpi] = BUILT_IN.kpis
"""The built-in KPIs by name, in the order they are shown."""

RECORD_KPIS: Mapping[str, RecordKpi] = BUILT_IN.record_kpis
"""Values of one record, by name."""

every_role_is_known(BUILT_IN.names)
