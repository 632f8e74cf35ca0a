"""From the settings to the account's catalogue: the built-in KPIs as the settings choose their formulas, its own measures and KPIs
beside them, and which are followed."""

from collections.abc import Iterator
from typing import get_args

from config.settings import KpiSettings, OwnKpiSettings, OwnMeasureSettings, Words
from kpi.own import Aggregation, Mistake, OwnFaults, OwnKpi, OwnMeasure, with_own
from kpi.registry import Catalogue
from kpi.text import Text
from kpi.variants import Choices, with_choices


def catalogue(settings: KpiSettings) -> Catalogue:
    """Raises :class:`kpi.own.OwnFaults` for what :func:`mistakes` tells."""
    return with_own(
        [_measure(name, said) for name, said in settings.measures.items()],
        [_kpi(name, said) for name, said in settings.own.items()],
        settings.follow,
        with_choices(_choices(settings)),
    )


def mistakes(settings: KpiSettings) -> Iterator[Mistake]:
    """What is wrong with them, with the keys below ``kpis``."""
    try:
        catalogue(settings)
    except OwnFaults as faults:
        yield from faults.mistakes


def _choices(settings: KpiSettings) -> Choices:
    return Choices(
        arpa_customers=settings.arpa_customers,
        longest_life_months=settings.subscriptions.longest_life_months,
        velocity_days=settings.velocity_days,
        reactivation_in_retention=settings.subscriptions.reactivation_in_retention,
    )


def _measure(name: str, said: OwnMeasureSettings) -> OwnMeasure:
    aggregation = next(one for one in get_args(Aggregation) if getattr(said, one) is not None)
    return OwnMeasure(
        name=name,
        family=said.of,
        aggregation=aggregation,
        column=None if aggregation == "count" else getattr(said, aggregation),
        where=tuple(said.where),
        time=said.time,
        is_stock="time" in said.model_fields_set and said.time is None,
        unit=said.unit,
        title=_text(said.title),
    )


def _kpi(name: str, said: OwnKpiSettings) -> OwnKpi:
    return OwnKpi(
        name=name,
        formula=said.formula,
        title=_text(said.title),
        explain=_text(said.explain),
        better=said.better,
        by=tuple(said.by),
        periods=tuple(said.periods),
        undefined_when=_text(said.undefined_when),
        caveats=_text(said.caveats),
        version=said.version,
        given=said.example.given if said.example else {},
        gives=said.example.gives if said.example else None,
    )


def _text(words: Words | None) -> Text | None:
    """One language stands for the other where only one is given."""
    if words is None or isinstance(words, str):
        return None if words is None else Text(words, words)
    only = next(iter(words.values()), "")
    return Text(words.get("en", only), words.get("fr", only))
