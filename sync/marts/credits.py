"""Credits of many deals or leads at once: the models of :mod:`kpi.attribution` as sets, to the last billionth.

It begins with *paths*. ``_<kind>_journey`` holds the deals or leads (``journey`` a number, ``id``, ``fallback`` the target where no
touch counts, null for nobody); ``_<kind>_path`` a row for each touch that counts: ``journey``, ``seq`` (its order in time), ``at``,
``target``, and what it is to its journey (``is_oldest``: a touch of the oldest contact; ``is_before_contact``, ``is_before_deal``: not
after that one's, or the deal's, creation). ``_target`` says which channel and campaign a target is.

A model that thanks one touch alone is read off the paths in one pass. The others weigh every touch of the paths that have
several, some models side by side: their weights, what these sum to, and what rounding down leaves for the last key touch.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from babel.numbers import format_decimal

from kpi.attribution import MODELS, NOBODY, Model, Shares
from kpi.attribution.markov import FEWEST_WON, LOST, START, WON, channel_weights, paths, won_paths
from kpi.attribution.models import DATA_DRIVEN, Key, decay
from kpi.schema import CREDIT_UNIT
from kpi.text import Text
from sync.marts.desk import Desk

AT_ONCE = 4
"""Models that are weighed side by side: each takes eight bytes for every touch."""


@dataclass(frozen=True)
class Learned:
    """What the data-driven model rests on."""

    paths: int
    """Closed deals with a touch."""
    won: int
    weights: Mapping[str, int] | None
    """Channel -> removal effect; None: too few deals were won, and the model gives no credits."""

    def words(self, locale: str) -> str:
        """What a reader of the model must know."""
        said = _RESTS_ON if self.weights is not None else _TOO_FEW
        numbers = {"paths": self.paths, "won": self.won, "needed": FEWEST_WON}
        return said.in_(locale).format(**{name: format_decimal(number, locale=locale) for name, number in numbers.items()})


_RESTS_ON = Text(
    "attribution model markov: learned from the paths of {paths} closed deals, {won} of them won",
    "modèle d'attribution markov : appris des parcours de {paths} transactions closes, dont {won} gagnées",
)
_TOO_FEW = Text(
    "attribution model markov: no results, as {won} won deals have a known touch and {needed} are needed",
    "modèle d'attribution markov : pas de résultat, car {won} transactions gagnées ont une visite connue et il en faut {needed}",
)


def credited(models: Sequence[str], learned: Learned | None) -> tuple[str, ...]:
    """Those of the models that give credits."""
    return tuple(m for m in models if m != DATA_DRIVEN or (learned is not None and learned.weights is not None))


def learn(desk: Desk) -> Learned | None:
    """The removal effects, from the paths of closed deals; None where the settings do not keep the model."""
    if DATA_DRIVEN not in desk.options.models:
        return None
    steps = {(start, to): count for start, to, count in desk.rows(STEPS, {"start": START, "won": WON, "lost": LOST})}
    return Learned(paths(steps), won_paths(steps), channel_weights(steps))


def credit(desk: Desk, kind: str, learned: Learned | None) -> None:
    """``_<kind>_credit`` (id, model, channel, campaign, credit, is_crm_source): what each target of each journey earned."""
    models = credited(desk.options.models, learned)
    alone = {model: key for model in models if (key := _only_key(MODELS[model])) is not None}
    weighed = [model for model in models if model not in alone]
    keys = {key for model in weighed if isinstance(found := MODELS[model], Shares) for key in found.keys}
    con = desk.con
    con.execute(KEYS.format(kind=kind, columns=", ".join(_key_columns(keys, set(alone.values()), is_weighing=bool(weighed)))))
    con.execute(CREDIT.format(kind=kind))
    if alone:
        targets = ", ".join(f"t_{key}" for key in alone.values())
        earned = f"SELECT journey, unnest([{_listed([*alone])}]) AS model, unnest([{targets}]) AS target, {CREDIT_UNIT} AS credit FROM _keys"
        con.execute(EARNED.format(kind=kind, earned=earned))
    if weighed:
        weights = learned.weights if learned is not None and learned.weights is not None else {}
        desk.load("_decay", {"age": "BIGINT", "weight": "BIGINT"}, enumerate(decay(desk.options.half_life_days)))
        desk.load("_effect", {"channel": "VARCHAR", "weight": "BIGINT"}, weights.items())
        con.execute(EARNED.format(kind=kind, earned=SINGLE.format(models=_listed(weighed), unit=CREDIT_UNIT)))
        for at in range(0, len(weighed), AT_ONCE):
            _weigh(desk, kind, weighed[at : at + AT_ONCE])
    con.execute(UNTOUCHED.format(kind=kind, unit=CREDIT_UNIT), {"models": list(models), "nobody": NOBODY[0]})
    for name in ("_keys", "_weight", "_total", "_left", f"_{kind}_path", f"_{kind}_journey"):
        con.execute(f"DROP TABLE IF EXISTS {name}")


def _listed(models: Sequence[str]) -> str:
    return ", ".join(f"'{model}'" for model in models)


def _only_key(model: Model) -> Key | None:
    """The one touch that gets everything, where that is so."""
    if not isinstance(model, Shares) or model.rest or len(model.keys) > 1:
        return None
    return next(iter(model.keys))


_CHOICES: Mapping[Key, tuple[str, ...]] = {
    "first": ("{first}",),
    "last": ("{last}",),
    "lead": ("{last} FILTER (is_oldest AND is_before_contact)", "{first} FILTER (is_oldest)"),
    "deal": ("{last} FILTER (is_before_deal)",),
    "last_non_direct": ("{last} FILTER (NOT is_direct)", "{last}"),
}
"""Which touch of a path a key moment is, the first choice that there is (:func:`kpi.attribution.key_touches`)."""


def _touch(key: Key, first: str, last: str) -> str:
    return f"coalesce({', '.join(choice.format(first=first, last=last) for choice in _CHOICES[key])})"


def _key_columns(keys: set[Key], alone: set[Key], *, is_weighing: bool) -> Iterator[str]:
    yield "journey"
    for key in (key for key in _CHOICES if key in keys or (is_weighing and key == "last")):
        yield f"{_touch(key, 'min(seq)', 'max(seq)')} AS k_{key}"
    for key in (key for key in _CHOICES if key in alone or (is_weighing and key == "first")):
        yield f"{_touch(key, 'arg_min(target, seq)', 'arg_max(target, seq)')} AS t_{key}"
    if is_weighing:
        yield "count(*) AS touches"
        yield "max(p.at) AS newest_at"


def _weigh(desk: Desk, kind: str, models: Sequence[str]) -> None:
    """Add what these models give the touches of journeys with several."""
    con, numbers = desk.con, range(len(models))
    found = [_weight(MODELS[model]) for model in models]
    columns = ", ".join(f"{weight} AS w{i}, p.seq = {last} AS is_last{i}" for i, (weight, last) in enumerate(found))
    con.execute(WEIGHT.format(kind=kind, columns=columns))
    # Nothing weighs anything where no won deal passed any channel of a path: its touches then share alike.
    totals = ", ".join(f"CAST(CASE WHEN sum(w{i}) = 0 THEN -count(*) ELSE sum(w{i}) END AS BIGINT) AS t{i}" for i in numbers)
    con.execute(f"CREATE OR REPLACE TEMP TABLE _total AS SELECT journey, {totals} FROM _weight GROUP BY journey")
    shares = [f"CASE WHEN t{i} < 0 THEN {CREDIT_UNIT} // -t{i} ELSE {CREDIT_UNIT} * w{i} // t{i} END" for i in numbers]
    left = ", ".join(f"{CREDIT_UNIT} - CAST(sum({share}) AS BIGINT) AS left{i}" for i, share in enumerate(shares))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE _left AS SELECT journey, {', '.join(f'any_value(t{i}) AS t{i}' for i in numbers)}, {left} "
        "FROM _weight JOIN _total USING (journey) GROUP BY journey"
    )
    credits = ", ".join(
        f"CAST(sum({share} + CASE WHEN is_last{i} THEN left{i} ELSE 0 END) AS BIGINT) AS c{i}" for i, share in enumerate(shares)
    )
    earned = (
        f"SELECT * FROM (SELECT journey, unnest([{_listed(models)}]) AS model, target, "
        f"unnest([{', '.join(f'c{i}' for i in numbers)}]) AS credit FROM "
        f"(SELECT journey, target, {credits} FROM _weight JOIN _left USING (journey) GROUP BY journey, target)) WHERE credit > 0"
    )
    con.execute(EARNED.format(kind=kind, earned=earned))


def _weight(model: Model) -> tuple[str, str]:
    """SQL of a touch's weight, and of the last key touch (:func:`kpi.attribution.weigh`)."""
    if model == "age":
        return "coalesce(d.weight, 0)", "k.k_last"
    if model == "channel":
        return "coalesce(e.weight, 0)", "k.k_last"
    assert isinstance(model, Shares)  # noqa: S101 - the scales are named above
    keys = [f"k.k_{key}" for key in model.keys]
    if not keys:
        return str(model.rest), "k.k_last"
    distinct = [
        f"CASE WHEN {' OR '.join([f'{key} IS NULL', *(f'{key} = {other}' for other in keys[:i])])} THEN 0 ELSE 1 END"
        for i, key in enumerate(keys)
    ]
    others = f"(k.touches - {' - '.join(distinct)})"
    parts = " + ".join(
        f"CASE WHEN p.seq = {key} THEN {part} ELSE 0 END" for key, part in zip(keys, model.keys.values(), strict=True)
    )
    is_key = " OR ".join(f"coalesce(p.seq = {key}, false)" for key in keys)
    return f"CASE WHEN {is_key} THEN ({parts}) * greatest({others}, 1) ELSE {model.rest} END", f"greatest({', '.join(keys)})"


KEYS = """
CREATE OR REPLACE TEMP TABLE _keys AS
SELECT {columns} FROM _{kind}_path p JOIN _target USING (target) GROUP BY journey
"""

WEIGHT = """
CREATE OR REPLACE TEMP TABLE _weight AS
SELECT p.journey, p.target, {columns}
FROM _{kind}_path p JOIN _keys k ON k.journey = p.journey AND k.touches > 1
LEFT JOIN _decay d ON d.age = date_diff('microsecond', p.at, k.newest_at) // 86400000000
JOIN _target t ON t.target = p.target
LEFT JOIN _effect e ON e.channel = t.channel
"""

CREDIT = """
CREATE OR REPLACE TEMP TABLE _{kind}_credit
    (id VARCHAR, model VARCHAR, channel VARCHAR, campaign VARCHAR, credit BIGINT, is_crm_source BOOLEAN)
"""

SINGLE = "SELECT journey, unnest([{models}]) AS model, t_first AS target, {unit} AS credit FROM _keys WHERE touches = 1"

EARNED = """
INSERT INTO _{kind}_credit
SELECT j.id, e.model, t.channel, t.campaign, e.credit, false
FROM ({earned}) e JOIN _{kind}_journey j USING (journey) JOIN _target t USING (target)
"""

UNTOUCHED = """
INSERT INTO _{kind}_credit
SELECT j.id, unnest($models), coalesce(t.channel, $nobody), coalesce(t.campaign, $nobody), {unit}, t.target IS NOT NULL
FROM _{kind}_journey j LEFT JOIN _target t ON t.target = j.fallback
WHERE NOT EXISTS (SELECT 1 FROM _keys k WHERE k.journey = j.journey)
"""

STEPS = """
WITH steps AS (
    SELECT j.is_won, t.channel, lag(t.channel) OVER path AS before, lead(p.seq) OVER path IS NULL AS is_end
    FROM _deal_path p JOIN _deal_journey j USING (journey) JOIN _target t USING (target)
    WHERE NOT j.is_open
    WINDOW path AS (PARTITION BY p.journey ORDER BY p.seq)
)
SELECT coalesce(before, $start), channel, count(*) FROM steps GROUP BY ALL
UNION ALL
SELECT channel, CASE WHEN is_won THEN $won ELSE $lost END, count(*) FROM steps WHERE is_end GROUP BY ALL
"""
"""How often the paths of closed deals took each step (:func:`kpi.attribution.markov.steps_of`)."""
