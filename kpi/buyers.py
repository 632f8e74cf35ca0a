"""How often customers will buy again, and what a purchase will be worth: BG/NBD and Gamma-Gamma, fitted by likelihood.

Customers who sign no contract leave without a word. The first model tells from how often and how lately each one bought how many
purchases to expect of them; the second from what they spent what one will be worth. Both are published formulas, fitted here with
the numerical tools of SciPy (extra ``ltv``), because the package that was used for it is no longer kept and its successor brings
a whole probabilistic language. They are estimates: floats are right here, and nowhere else in this package.

Sources: P. Fader, B. Hardie, K. Lee, "Counting Your Customers the Easy Way", Marketing Science 24 (2005), equations 6 and 10;
P. Fader, B. Hardie, "The Gamma-Gamma Model of Monetary Value" (2013), http://www.brucehardie.com/notes/025/.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

Array = Any
"""A NumPy array of floats; NumPy comes with the extra."""


def is_available() -> bool:
    """Whether the extra ``ltv`` is installed."""
    return find_spec("scipy") is not None


@dataclass(frozen=True)
class History:
    """What is known of customers, one place for each history that some have. Times in the same unit, such as weeks."""

    repeats: Array
    """Purchases after the first one."""
    recency: Array
    """From the first purchase to the last; 0 without a repeat."""
    age: Array
    """From the first purchase to the end of what is known."""

    customers: Array
    """How many customers have this history."""

    def thinned(self, most: int) -> "History":
        """At most so many histories, evenly taken: enough to fit, whatever the number of customers."""
        step = max(1, -(-len(self.repeats) // most))
        return History(self.repeats[::step], self.recency[::step], self.age[::step], self.customers[::step])


@dataclass(frozen=True)
class Buying:
    """The BG/NBD model: rates of buying are gamma (``r``, ``alpha``), chances to leave after a purchase beta (``a``, ``b``)."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    def expected(self, history: History, ahead: float) -> Array:
        """Purchases to expect of each customer in the time that lies ahead (equation 10)."""
        special, x = import_module("scipy.special"), history.repeats
        shape = self.r + x
        end = self.alpha + history.age
        decay = (end / (end + ahead)) ** shape
        series = special.hyp2f1(shape, self.b + x, self.a + self.b + x - 1, ahead / (end + ahead))
        # a = 1 is a hole in the formula, not in what it says.
        left = (self.a + self.b + x - 1) / (self.a - 1) * (1 - decay * series)
        gone = self.a / (self.b + _at_least_one(x) - 1) * (end / (self.alpha + history.recency)) ** shape
        return left / (1 + (x > 0) * gone)


@dataclass(frozen=True)
class Spending:
    """The Gamma-Gamma model of the mean value of a purchase."""

    p: float
    q: float
    v: float

    @property
    def has_mean(self) -> bool:
        """With ``q`` of 1 or less, what a new customer spends has no mean."""
        return self.q > 1

    def expected(self, repeats: Array) -> tuple[Array, Array]:
        """What one purchase of a customer will be worth: a sum, and a share of the mean of its repeat purchases to be added."""
        below = self.p * repeats + self.q - 1
        return self.p * self.v / below, self.p * repeats / below


def fit_buying(history: History) -> Buying | None:
    """The likeliest model of at least one customer's repeats (equation 6); None when the search finds no end."""
    special, numpy = import_module("scipy.special"), import_module("numpy")
    x, recency, age = history.repeats, history.recency, history.age
    has_repeat, safe = x > 0, _at_least_one(x)

    def loss(r: float, alpha: float, a: float, b: float) -> float:
        known = special.gammaln(r + x) - special.gammaln(r) + r * numpy.log(alpha)
        stays = special.gammaln(a + b) + special.gammaln(b + x) - special.gammaln(b) - special.gammaln(a + b + x)
        alive = -(r + x) * numpy.log(alpha + age)
        left = numpy.log(a) - numpy.log(b + safe - 1) - (r + x) * numpy.log(alpha + recency)
        either = numpy.where(has_repeat, numpy.logaddexp(alive, left), alive)
        return -float(numpy.average(known + stays + either, weights=history.customers))

    found = _least(loss, (1.0, float(numpy.average(age, weights=history.customers)) or 1.0, 1.0, 1.0))
    if found is None:
        return None
    (r, alpha, a, b), least = found
    return Buying(r, alpha, a, b, log_likelihood=-least * float(numpy.sum(history.customers)))


def fit_spending(repeats: Array, mean: Array) -> Spending | None:
    """The likeliest model of customers with at least one repeat purchase and a positive mean of them."""
    special, numpy = import_module("scipy.special"), import_module("numpy")
    scale = float(numpy.mean(mean))
    m, x = mean / scale, repeats

    def loss(p: float, q: float, v: float) -> float:
        known = special.gammaln(p * x + q) - special.gammaln(p * x) - special.gammaln(q) + q * numpy.log(v)
        likely = (p * x - 1) * numpy.log(m) + p * x * numpy.log(x) - (p * x + q) * numpy.log(x * m + v)
        return -float(numpy.mean(known + likely))

    found = _least(loss, (1.0, 2.0, 1.0))
    if found is None:
        return None
    p, q, v = found[0]
    return Spending(p, q, v * scale)


def _least(loss: Callable[..., float], start: Sequence[float]) -> tuple[tuple[float, ...], float] | None:
    """Positive parameters of the least loss, and that loss. The search walks by logarithms, so that none passes 0."""
    numpy, optimize = import_module("numpy"), import_module("scipy.optimize")
    edge = 20.0

    def walked(logs: Array) -> float:
        if numpy.any(numpy.abs(logs) > edge):
            return float("inf")
        return loss(*numpy.exp(logs))

    with numpy.errstate(all="ignore"):
        found = optimize.minimize(
            walked, numpy.log(start), method="Nelder-Mead", options={"maxiter": 4_000, "xatol": 1e-5, "fatol": 1e-9}
        )
    if not found.success or not numpy.isfinite(found.fun) or numpy.any(numpy.abs(found.x) > edge - 1):
        return None
    return tuple(float(value) for value in numpy.exp(found.x)), float(found.fun)


def _at_least_one(x: Array) -> Array:
    return import_module("numpy").maximum(x, 1)
