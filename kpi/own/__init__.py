"""KPIs and measures that a company defines for itself, in the settings: made into the same objects as the built-in ones.

They pass the same rules (:mod:`kpi.card`). What they leave out has a default: a title is the name, dimensions and periods are
those that everything in the formula has. Every fault of every definition is found before any is reported, each with the path
of the key that it stands under and, in a formula or a condition, with its column.
"""

from kpi.own.catalogue import with_own
from kpi.own.measures import FAMILIES_OFFERED, columns_of
from kpi.own.said import Aggregation, Mistake, OwnFaults, OwnKpi, OwnMeasure

__all__ = ["FAMILIES_OFFERED", "Aggregation", "Mistake", "OwnFaults", "OwnKpi", "OwnMeasure", "columns_of", "with_own"]
