"""How a target stands, given what is known."""

from decimal import Decimal

import pytest

from kpi.registry import KPIS
from kpi.targets import Direction, Kind, Standing, State, kind_of, progress, state

HUNDRED = Decimal(100)


def stands(kind: Kind, direction: Direction, value: int | None, *, projected: int | None = None, **known: bool) -> State:
    found = Standing(
        None if value is None else Decimal(value),
        is_over=known.get("is_over", False),
        is_settled=known.get("is_settled", True),
        has_few_cases=known.get("has_few_cases", False),
        projected=None if projected is None else Decimal(projected),
    )
    return state(kind, direction, HUNDRED, found)


@pytest.mark.parametrize(
    ("value", "projected", "wanted"),
    [(40, 110, "on_track"), (40, 100, "on_track"), (40, 99, "at_risk"), (100, 180, "reached"), (40, None, "not_enough_data")],
)
def test_a_flow_to_be_reached_is_judged_by_its_end(value: int, projected: int | None, wanted: State) -> None:
    """And reached as soon as it is there."""
    assert stands("flow", "at_least", value, projected=projected) == wanted


@pytest.mark.parametrize(
    ("value", "projected", "wanted"),
    [(40, 90, "on_track"), (40, 101, "at_risk"), (101, 150, "missed"), (100, 100, "on_track")],
)
def test_a_flow_not_to_be_passed_is_missed_as_soon_as_it_is(value: int, projected: int, wanted: State) -> None:
    """Money that is spent stays spent."""
    assert stands("flow", "at_most", value, projected=projected) == wanted


def test_a_level_is_judged_by_its_present_value_until_its_period_is_over() -> None:
    """It can still move; with few cases nothing is said; a forecast of the end counts where there is one."""
    assert stands("level", "at_least", 120) == "on_track"
    assert stands("level", "at_least", 80) == "at_risk"
    assert stands("level", "at_most", 80) == "on_track"
    assert stands("level", "at_least", 120, has_few_cases=True) == "not_enough_data"
    assert stands("level", "at_least", 80, projected=105) == "on_track"


@pytest.mark.parametrize("kind", ["flow", "level"])
def test_when_it_is_over_it_is_decided_once_it_is_settled(kind: Kind) -> None:
    """Late records may still come; what is reached already, of a flow, they cannot take away."""
    assert stands(kind, "at_least", 100, is_over=True) == "reached"
    assert stands(kind, "at_least", 99, is_over=True) == "missed"
    assert stands(kind, "at_least", 99, is_over=True, is_settled=False) == "at_risk"
    assert stands("flow", "at_least", 100, is_over=True, is_settled=False) == "reached"
    assert stands("level", "at_least", 100, is_over=True, is_settled=False) == "on_track"
    assert stands("flow", "at_most", 90, is_over=True, is_settled=False) == "on_track"
    assert stands(kind, "at_least", None, is_over=True) == "not_computed"


@pytest.mark.parametrize(
    ("kpi", "kind"),
    [
        ("revenue_won", "flow"),
        ("leads", "flow"),
        ("spend", "flow"),
        ("win_rate", "level"),
        ("cycle_days_median", "level"),
        ("mrr", "level"),
        ("pipeline_value", "level"),
        ("users", "level"),
        ("weighted_forecast", "level"),
    ],
)
def test_what_adds_up_over_days(kpi: str, kind: Kind) -> None:
    """Users of a month are not those of its days together; recurring revenue is what stands at the end."""
    assert kind_of(KPIS[kpi]) == kind


def test_progress_is_the_way_from_the_baseline() -> None:
    """By hand: from 50 to 100, at 60: a fifth; downwards alike; none where there is no way to go."""
    assert progress("at_least", Decimal(50), HUNDRED, Decimal(60)) == Decimal("0.2")
    assert progress("at_most", Decimal(150), HUNDRED, Decimal(140)) == Decimal("0.2")
    assert progress("at_least", Decimal(50), HUNDRED, Decimal(40)) == Decimal("-0.2")
    assert progress("at_least", Decimal(100), HUNDRED, Decimal(120)) is None
