"""What customers are expected to bring: fitted to how they bought so far, in Python over their histories, of which few differ."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from importlib import import_module
from math import isfinite
from typing import Any

from kpi.buyers import Array, Buying, History, fit_buying, fit_spending, is_available
from sync.marts.desk import Desk

FEWEST_REPEATS = 100
"""With fewer customers who came back, four parameters tell more of chance than of customers."""
FITTED = 50_000
"""Histories and customers that a model is fitted to; more make it no better."""
WEEK = 7
WEEKS_PER_MONTH = 365 / 12 / WEEK
STEP_MONTHS = 3
"""What is expected is discounted by such steps."""

_SHAPE = {"repeats": "BIGINT", "recency": "BIGINT", "age": "BIGINT"}
_EXPECTED = {**_SHAPE, "purchases": "BIGINT", "sum": "BIGINT", "share": "BIGINT"}


def forecast(desk: Desk) -> None:
    """After :func:`sync.marts.commerce.commerce`. Both marts stay empty where nothing can be fitted."""
    desk.con.execute(BUY_DAY, {"today": desk.options.today})
    shapes: list[tuple[Any, ...]] = []
    tested: list[tuple[Any, ...]] = []
    if is_available():
        shapes = list(_expected(desk))
        tested = list(_tested(desk)) if shapes else []
    desk.load("_buyer_expected", _EXPECTED, shapes)
    desk.load("_buyer_tested", {"split_on": "DATE", "expected": "BIGINT", "bought": "BIGINT"}, tested)
    desk.mart("buyer_forecast", BUYER_FORECAST, {"until": desk.options.today})
    desk.mart(
        "buyer_fit",
        "SELECT split_on, expected * 0.000001 AS expected, CAST(bought AS DECIMAL(18, 6)) AS bought FROM _buyer_tested",
    )


def _expected(desk: Desk) -> Iterator[tuple[Any, ...]]:
    """Each history with the purchases it promises, what they will bring, and the share of the customer's own mean in that."""
    history, buying = _fitted(desk, desk.options.today)
    if buying is None:
        return
    found = _columns(desk, MEANS.format(most=FITTED), {"until": desk.options.today})
    spending = fit_spending(found["repeats"], found["mean"])
    if spending is None or not spending.has_mean:
        return
    options, numpy = desk.options.commerce, import_module("numpy")
    purchases = discounted = before = numpy.zeros(len(history.repeats))
    for months in (*range(STEP_MONTHS, options.ltv_months, STEP_MONTHS), options.ltv_months):
        purchases = buying.expected(history, months * WEEKS_PER_MONTH)
        discounted = discounted + (purchases - before) / float(1 + options.ltv_discount) ** (months / 12)
        before = purchases
    worth, share = spending.expected(history.repeats)
    shape = (history.repeats, history.recency * WEEK, history.age * WEEK)
    numbers = (purchases * 1e6, discounted * worth * 1e6, discounted * share * 1e6)
    if not all(numpy.all(numpy.isfinite(column)) for column in numbers):
        return
    yield from zip(*(numpy.rint(column).astype("int64").tolist() for column in (*shape, *numbers)), strict=True)


def _tested(desk: Desk) -> Iterator[tuple[date, int, int]]:
    """The same model, fitted without the last third of the history, against that third."""
    ((first, last),) = desk.rows("SELECT min(day), max(day) FROM _buy_day")
    split = first + timedelta(days=(last - first).days * 2 // 3)
    history, buying = _fitted(desk, split - timedelta(days=1))
    if buying is None:
        return
    ahead = (desk.options.today - split).days + 1
    ((bought,),) = desk.rows(BOUGHT_AFTER, {"split": split})
    expected = float((buying.expected(history, ahead / WEEK) * history.customers).sum())
    if isfinite(expected):
        yield split, round(expected * 1e6), bought


def _fitted(desk: Desk, until: date) -> tuple[History, Buying | None]:
    found = _columns(desk, SHAPES, {"until": until})
    history = History(found["repeats"], found["recency"] / WEEK, found["age"] / WEEK, found["customers"])
    if history.customers[history.repeats > 0].sum() < FEWEST_REPEATS:
        return history, None
    return history, fit_buying(history.thinned(FITTED))


def _columns(desk: Desk, query: str, parameters: Mapping[str, Any]) -> dict[str, Array]:
    return {name: column.astype("float64") for name, column in desk.con.execute(query, parameters).fetchnumpy().items()}


BUY_DAY = """
CREATE OR REPLACE TEMP TABLE _buy_day AS
SELECT customer_id, any_value(company_id) AS company_id, ordered_on AS day, sum(value_home) AS value_home
FROM _spent WHERE ordered_on <= $today GROUP BY customer_id, ordered_on
"""
"""Several orders of a day are one purchase, whatever the repeat rate counts: the model knows of no time between them."""

_HISTORY = """
SELECT customer_id, any_value(company_id) AS company_id, count(*) - 1 AS repeats, max(day) - min(day) AS recency,
    $until - min(day) AS age,
    exact_share(sum(value_home) - arg_min(value_home, day), CAST(1 AS DECIMAL(18, 6)), nullif(count(*) - 1, 0)) AS mean
FROM _buy_day WHERE day <= $until GROUP BY customer_id
"""

SHAPES = f"SELECT repeats, recency, age, count(*) AS customers FROM ({_HISTORY}) GROUP BY ALL ORDER BY repeats, recency, age"

MEANS = f"""
SELECT repeats, mean FROM (
    SELECT repeats, mean, row_number() OVER (ORDER BY customer_id) - 1 AS place, count(*) OVER () AS places
    FROM ({_HISTORY}) WHERE repeats > 0 AND mean > 0
) WHERE place % ((places + {{most}} - 1) // {{most}}) = 0 ORDER BY place
"""

BOUGHT_AFTER = """
SELECT count(*) FROM _buy_day JOIN (SELECT customer_id FROM _buy_day GROUP BY customer_id HAVING min(day) < $split)
    USING (customer_id) WHERE day >= $split
"""

BUYER_FORECAST = f"""
SELECT h.customer_id, h.company_id, b.channel, e.purchases * 0.000001 AS purchases,
    e.sum * 0.000001 + times(e.share * 0.000001, greatest(coalesce(h.mean, 0), 0)) AS value_home
FROM ({_HISTORY}) h JOIN _buyer_expected e USING (repeats, recency, age) JOIN buyer b USING (customer_id)
"""
