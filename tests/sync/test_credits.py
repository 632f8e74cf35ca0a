"""Credits as sets: what DuckDB gives a deal is what the rule in Python gives it, for every model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi.attribution import MODELS, NOBODY, Moments, Touch, attribute
from kpi.attribution.markov import FEWEST_WON, channel_weights, steps_of
from kpi.schema import CREDIT_UNIT
from sync.marts.credits import credit, learn
from sync.marts.desk import DeriveOptions, Desk

START = datetime(2026, 1, 1, tzinfo=UTC)
TARGETS = [
    ("direct", "unattributed"),
    ("email", "unattributed"),
    ("paid_search", "google_ads/1"),
    ("paid_search", "google_ads/2"),
]
OPTIONS = DeriveOptions(
    today=date(2026, 6, 15),
    as_of=datetime(2026, 6, 15, tzinfo=UTC),
    zone=ZoneInfo("Europe/Paris"),
    home_currency="EUR",
    models=tuple(MODELS),
)


@dataclass(frozen=True)
class Journey:
    """A deal with its touches and what is known of it."""

    touches: Sequence[Touch]
    moments: Moments
    is_won: bool


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with duckdb.connect() as con:
        yield Desk(con, tmp_path_factory.mktemp("desk"), OPTIONS)


hours = st.integers(0, 1500).map(lambda hour: START + timedelta(hours=hour))


@st.composite
def journeys(draw: st.DrawFn) -> Journey:
    touches = []
    for number in range(draw(st.integers(0, 7))):
        channel, campaign = draw(st.sampled_from(TARGETS))
        touches.append(Touch(draw(hours), f"{number}", channel, campaign, draw(st.sampled_from(["ada", "bob"]))))
    moments = Moments(
        created_at=draw(st.none() | hours),
        oldest_contact=draw(st.sampled_from([None, "ada", "cyd"])),
        contact_created_at=draw(st.none() | hours),
    )
    return Journey(touches, moments, draw(st.booleans()))


def lay_out(desk: Desk, found: Sequence[Journey]) -> None:
    """The tables that the sets begin with."""
    desk.load(
        "_target",
        {"target": "INTEGER", "channel": "VARCHAR", "campaign": "VARCHAR", "is_direct": "BOOLEAN"},
        [(number, *target, target[0] == "direct") for number, target in enumerate(TARGETS)],
    )
    desk.load(
        "_deal_journey",
        {"journey": "BIGINT", "id": "VARCHAR", "is_won": "BOOLEAN", "is_open": "BOOLEAN", "fallback": "INTEGER"},
        [(number, f"deal {number}", journey.is_won, False, None) for number, journey in enumerate(found)],
    )
    types = {"journey": "BIGINT", "seq": "BIGINT", "at": "TIMESTAMP", "target": "INTEGER"}
    flags = dict.fromkeys(("is_oldest", "is_before_contact", "is_before_deal"), "BOOLEAN")
    rows = []
    for number, journey in enumerate(found):
        moments = journey.moments
        for seq, touch in enumerate(sorted(journey.touches)):
            known = (
                touch.contact == moments.oldest_contact,
                moments.contact_created_at is not None and touch.at <= moments.contact_created_at,
                moments.created_at is not None and touch.at <= moments.created_at,
            )
            target = TARGETS.index((touch.channel, touch.campaign))
            rows.append((number, seq, touch.at.replace(tzinfo=None).isoformat(), target, *known))
    desk.load("_deal_path", {**types, **flags}, rows)


def credited(desk: Desk) -> dict[tuple[str, str], dict[tuple[str, str], int]]:
    found: dict[tuple[str, str], dict[tuple[str, str], int]] = {}
    for id, model, channel, campaign, share in desk.rows("SELECT id, model, channel, campaign, credit FROM _deal_credit"):
        assert (channel, campaign) not in found.setdefault((id, model), {}), "one row per target"
        found[id, model][channel, campaign] = share
    return found


def paths_of(found: Sequence[Journey]) -> list[tuple[list[str], bool]]:
    return [([t.channel for t in sorted(j.touches)], j.is_won) for j in found if j.touches]


@given(st.lists(journeys(), min_size=1, max_size=8), st.sampled_from([1, 7, 10]))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_sets_give_every_deal_what_the_rule_gives_it(desk: Desk, found: list[Journey], half_life_days: int) -> None:
    """Every model, any touches, to the billionth."""
    enough = Journey([Touch(START, "0", "email", "unattributed")], Moments(), is_won=True)
    found = [*found, *[enough] * FEWEST_WON]
    desk.options = replace(OPTIONS, half_life_days=half_life_days)
    lay_out(desk, found)
    learned = learn(desk)
    weights = channel_weights(steps_of(paths_of(found)))
    assert learned is not None
    assert learned.weights == weights
    credit(desk, "deal", learned)
    given_out = credited(desk)
    for number, journey in enumerate(found):
        moments = replace(journey.moments, half_life_days=half_life_days, channel_weights=weights or {})
        for model in MODELS:
            assert given_out[f"deal {number}", model] == attribute(journey.touches, model, moments), (model, journey)


def test_a_model_that_few_deals_stand_behind_gives_no_credit_at_all(desk: Desk) -> None:
    """Never invented, and no deal counts as unattributed for it either."""
    lay_out(desk, [Journey([Touch(START, "0", "email", "unattributed")], Moments(), is_won=True)] * (FEWEST_WON - 1))
    learned = learn(desk)
    assert learned is not None
    assert (learned.won, learned.weights) == (FEWEST_WON - 1, None)
    credit(desk, "deal", learned)
    assert {model for _, model in credited(desk)} == set(MODELS) - {"markov"}


def test_where_no_touch_counts_the_crms_own_source_may_stand_in_and_says_so(desk: Desk) -> None:
    lay_out(desk, [])
    types = {"journey": "BIGINT", "id": "VARCHAR", "is_won": "BOOLEAN", "is_open": "BOOLEAN", "fallback": "INTEGER"}
    desk.load("_deal_journey", types, [(1, "known", True, False, 1), (2, "unknown", True, False, None)])
    credit(desk, "deal", None)
    rows = set(desk.rows("SELECT id, channel, campaign, credit, is_crm_source FROM _deal_credit WHERE model = 'linear'"))
    assert rows == {("known", *TARGETS[1], CREDIT_UNIT, True), ("unknown", *NOBODY, CREDIT_UNIT, False)}
