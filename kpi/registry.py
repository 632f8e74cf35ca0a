"""Every KPI there is, checked when this module is imported."""

from collections.abc import Mapping
from types import MappingProxyType

from kpi.card import Definitions, Kpi, RecordKpi, check
from kpi.definitions import MODULES, records
from kpi.measures import MEASURES

DEFINITIONS = Definitions(
    kpis=tuple(card for module in MODULES for card in vars(module).values() if isinstance(card, Kpi)),
    record_kpis=records.RECORD_KPIS,
    measures=MEASURES,
)
check(DEFINITIONS)

KPIS: Mapping[str, Kpi] = MappingProxyType({kpi.name: kpi for kpi in DEFINITIONS.kpis})
"""KPIs by name, in the order they are shown."""

RECORD_KPIS: Mapping[str, RecordKpi] = MappingProxyType({kpi.name: kpi for kpi in DEFINITIONS.record_kpis})
"""Values of one record, by name."""
