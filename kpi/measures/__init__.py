"""What is added up, counted or ranked, in one module per kind of facts. Declaring a measure there is all it takes."""

from kpi.measures import deals, media, people, web
from kpi.measures.base import Measure

MEASURES: tuple[Measure, ...] = tuple(
    found for module in (deals, people, media, web) for found in vars(module).values() if isinstance(found, Measure)
)
"""Every measure a formula may use."""
