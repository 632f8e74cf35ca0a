"""From computed record values to a plan: what Cadran wants to stand in the CRM, held against what does.

The CRM's current values were read with the records (table ``crm_value``), so that a plan costs no calls but the list of
property definitions, and the history of values that nobody can account for.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from config.settings import Policy, Scope
from connectors.base import Target
from kpi.records import RecordValue
from kpi.summary import summary
from kpi.text import Text
from kpi.units import plain
from sync.house import House
from sync.ledger import Base, Key
from sync.pipeline import Frame, aware
from sync.plan import (
    ACTED_ON,
    Change,
    Ours,
    Plan,
    Theirs,
    Verdict,
    compare,
    current_value,
    definition_changes,
    make_plan,
)
from sync.properties import BY_NAME, BY_VALUE, GROUP, OBJECTS, SUMMARY, definitions, group_labels, kinds
from sync.results import marts

_TABLES = {"deals": ("deal", "deal_id"), "contacts": ("contact", "contact_id"), "companies": ("company", "company_id")}


@dataclass(frozen=True)
class Standing:
    """What the CRM held when its records were last read."""

    values: Mapping[Key, Theirs]
    read_at: Mapping[tuple[str, str], datetime]
    """By (object, record id), living records only."""
    owners: Mapping[tuple[str, str], str | None]
    pipelines: Mapping[str, str | None]
    """By deal id."""

    def theirs(self, key: Key) -> Theirs | None:
        found = self.values.get(key)
        if found is not None:
            return found
        read_at = self.read_at.get(key[:2])
        return Theirs(None, read_at) if read_at else None


def build_plan(
    house: House,
    run_id: int,
    frame: Frame,
    now: datetime,
    *,
    adopt: bool,
    retake: Sequence[str],
    values: Sequence[RecordValue] | None = None,
) -> Plan:
    """Every change that would make the CRM show what was computed. ``values``: what the sync just before gave; None: derived
    anew from the facts."""
    if values is None:
        with marts(house, frame) as (_con, report):
            values = report.records
    records = _by_record(values)
    with house.lake.facts() as con:
        standing = _standing(con)
    target = house.target()
    states = target.property_states(OBJECTS)
    wanted = definitions(house.locale)
    lines = definition_changes(wanted, states, GROUP)
    blocked = {(c.object, c.property) for c in lines if c.outcome == "foreign"}
    comparison = _Comparison(house, target, standing, frame, adopt=adopt, retake=frozenset(_property_names(retake)))
    for (object_, record_id), of_record in records.items():
        if in_scope(house.settings.crm.scope, standing, object_, record_id):
            comparison.record(object_, record_id, of_record)
    comparison.settle_foreign()
    changes = [c for c in comparison.changes() if (c.object, c.property) not in blocked]
    needed = {(c.object, c.property) for c in lines if c.outcome in ACTED_ON}
    return make_plan(
        run_id,
        now,
        [*lines, *changes],
        [d for d in wanted if (d.object, d.name) in needed],
        comparison.unchanged,
        comparison.adopted,
    )


def _property_names(names: Iterable[str]) -> list[str]:
    return [n if n.startswith("cadran_") else f"cadran_{n}" for n in names]


def _by_record(values: Iterable[RecordValue]) -> dict[tuple[str, str], dict[str, RecordValue]]:
    found: defaultdict[tuple[str, str], dict[str, RecordValue]] = defaultdict(dict)
    for value in values:
        found[value.object, value.record_id][value.property] = value
    return dict(found)


def _standing(con: duckdb.DuckDBPyConnection) -> Standing:
    values = {
        (o, r, p): Theirs(v, aware(at))
        for o, r, p, v, at in con.execute("SELECT object, record_id, property, value, extracted_at FROM crm_value").fetchall()
    }
    read_at: dict[tuple[str, str], datetime] = {}
    owners: dict[tuple[str, str], str | None] = {}
    for object_, (table, key) in _TABLES.items():
        rows = con.execute(
            f"SELECT {key}, extracted_at, owner_id FROM {table} WHERE archived_at IS NULL AND merged_into IS NULL"
        ).fetchall()
        for record_id, at, owner in rows:
            read_at[object_, record_id] = aware(at)
            owners[object_, record_id] = owner
    pipelines = dict(con.execute("SELECT deal_id, pipeline_id FROM deal").fetchall())
    return Standing(values, read_at, owners, pipelines)


def in_scope(scope: Scope, standing: Standing, object_: str, record_id: str) -> bool:
    """Whether a pilot's settings let this record be written; only living records ever are."""
    if (object_, record_id) not in standing.read_at:
        return False
    if scope.records and record_id not in scope.records.get(object_, ()):  # type: ignore[call-overload]
        return False
    if scope.owners and standing.owners.get((object_, record_id)) not in scope.owners:
        return False
    return not (scope.pipelines and object_ == "deals" and standing.pipelines.get(record_id) not in scope.pipelines)


class _Comparison:
    """Holds every property against the CRM, records in turn; history is asked once at the end, in batches."""

    def __init__(
        self, house: House, target: Target, standing: Standing, frame: Frame, *, adopt: bool, retake: frozenset[str]
    ) -> None:
        self._settings = house.settings.crm
        self._locale = house.locale
        self._currency = frame.currency
        self._target = target
        self._standing = standing
        self._bases = house.ledger.all_bases()
        self._holds = house.ledger.all_holds()
        self._adopt = adopt
        self._retake = retake
        self._ours: dict[Key, Ours] = {}
        self._verdicts: dict[Key, Verdict] = {}
        self._records: dict[tuple[str, str], dict[str, RecordValue]] = {}
        self.adopted: dict[Key, str | None] = {}

    def record(self, object_: str, record_id: str, values: Mapping[str, RecordValue]) -> None:
        """Compare a record's properties; its summary last, from the values that will stand."""
        self._records[object_, record_id] = dict(values)
        for name, value in values.items():
            if (object_, name) in BY_VALUE:
                self._judge((object_, record_id, BY_VALUE[object_, name].name), self._own(object_, value))
        self._summarise(object_, record_id)

    def _own(self, object_: str, value: RecordValue) -> Ours:
        return Ours(spelt(value.value), BY_VALUE[object_, value.property].kind, value.property, why(value, self._locale))

    def _summarise(self, object_: str, record_id: str) -> None:
        """The line is built from what will stand, so that it is rewritten only when a value it quotes is."""
        values = dict(self._records[object_, record_id])
        for name, value in values.items():
            ours = BY_VALUE.get((object_, name))
            verdict = self._verdicts.get((object_, record_id, ours.name)) if ours else None
            if (
                ours
                and verdict
                and verdict.outcome in ("unchanged", "adopt")
                and isinstance(value.value, Decimal)
                and verdict.value
            ):
                values[name] = value._replace(value=Decimal(verdict.value))
        line = summary(object_, values, self._locale, self._currency)  # type: ignore[arg-type]
        reason = _PLAIN[SUMMARY] if line else Text("nothing to say about this record", "rien à dire sur cette fiche")
        self._judge((object_, record_id, BY_VALUE[object_, SUMMARY].name), Ours(line, "text", SUMMARY, reason.in_(self._locale)))

    def _judge(self, key: Key, ours: Ours, *, written_by_us: bool = False) -> None:
        base = self._bases.get(key)
        theirs = current_value(self._standing.theirs(key), base)
        if self._adopt and base is None and theirs is not None:
            base = Base(theirs, self._standing.values[key].read_at)
            self.adopted[key] = theirs
        verdict = compare(
            ours, theirs, base, policy=self._policy(key[2]), is_held=key in self._holds, written_by_us=lambda: written_by_us
        )
        self._ours[key], self._verdicts[key] = ours, verdict
        if verdict.outcome == "adopt":
            self.adopted[key] = verdict.value

    def _policy(self, name: str) -> Policy:
        if name in self._retake:
            return "overwrite"
        return self._settings.policies.get(name, self._settings.policy)

    def settle_foreign(self) -> None:
        """Values that nobody accounts for: ours after all if their history says that this app wrote them."""
        foreign = [key for key, verdict in self._verdicts.items() if verdict.outcome == "foreign"]
        by_object: defaultdict[str, list[Key]] = defaultdict(list)
        for key in foreign:
            by_object[key[0]].append(key)
        for object_, keys in by_object.items():
            ids = list(dict.fromkeys(k[1] for k in keys))
            answer = self._target.read_written_by_us(object_, ids, sorted({k[2] for k in keys}))
            mine = [k for k in keys if answer.get((k[1], k[2]))]
            for key in mine:
                self._judge(key, self._ours[key], written_by_us=True)
            for record_id in dict.fromkeys(k[1] for k in mine):
                self._summarise(object_, record_id)

    @property
    def unchanged(self) -> int:
        return sum(v.outcome in ("unchanged", "adopt") for v in self._verdicts.values())

    def changes(self) -> Iterable[Change]:
        for key, verdict in self._verdicts.items():
            outcome = verdict.outcome
            if outcome == "unchanged" or outcome == "adopt":
                continue
            ours = self._ours[key]
            new = verdict.value if outcome in ACTED_ON else ours.value
            yield Change(*key, verdict.old, new, ours.kpi, outcome, verdict.note or ours.reason)


def spelt(value: Decimal | str | date | None) -> str | None:
    """A value as the CRM stores it: digits and one point, ISO dates."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


_INPUTS = ("campaign_spend", "spend", "leads", "contacts", "won", "cost", "deals", "deals_won", "campaign")


def why(value: RecordValue, locale: str) -> str:
    """One phrase of explanation for the plan: the reason it is empty, or the month and inputs it came from."""
    if value.reason is not None:
        return value.reason.text.in_(locale)
    parts = [f"{value.month:%Y-%m}"] if value.month else []
    parts += [f"{name} {_short(value.inputs[name])}" for name in _INPUTS if name in value.inputs]
    return ", ".join(parts) or _PLAIN.get(value.property, _COMPUTED).in_(locale)


_COMPUTED = Text("computed", "calculé")
_PLAIN = {
    "channel": Text("credited by the attribution model", "crédité par le modèle d'attribution"),
    "first_touch_channel": Text("first known visit", "première visite connue"),
    "start_on": Text("day the deal was created", "jour de création de la transaction"),
    SUMMARY: Text("the values above in one line", "les valeurs ci-dessus en une ligne"),
}


def _short(value: Any) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


# --- removing --------------------------------------------------------------------------------------------------------


def standing_properties(house: House) -> list[tuple[str, str]]:
    """(object, name) of our properties that are in the CRM now."""
    states = house.target().property_states(OBJECTS)
    return [(s.object, s.name) for s in states if s.group == GROUP and not s.is_archived and (s.object, s.name) in BY_NAME]


def uninstall(house: House) -> list[tuple[str, str]]:
    """Archive our properties and then our group; the ledger forgets their bases."""
    target = house.target()
    removed = standing_properties(house)
    for object_, name in removed:
        target.archive_property(object_, name)
        house.ledger.forget_property(object_, name)
    for object_ in dict.fromkeys(o for o, _ in removed):
        target.archive_group(object_, GROUP)
    return removed


__all__ = ["GROUP", "build_plan", "group_labels", "kinds", "spelt", "standing_properties", "uninstall", "why"]
