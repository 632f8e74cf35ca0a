"""One kind of record after the other held against what the CRM held when it was last read.

The CRM's current values were read with the records (table ``crm_value``), so that comparing costs no calls but the history
of values that nobody can account for. Nothing but the lines of the plan is kept, so that memory follows the largest kind.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from config.settings import Policy, Scope
from kpi.records import RecordValue
from kpi.summary import summary
from kpi.text import Text
from kpi.units import plain
from sync.compare import ACTED_ON, Ours, Theirs, Verdict, compare, current_value, same
from sync.definitions import Definitions
from sync.house import House
from sync.ledger import Base, Key
from sync.pipeline import Frame, aware
from sync.plan import Change
from sync.properties import BY_VALUE, SUMMARY

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


ByRecord = Mapping[str, Mapping[str, RecordValue]]
"""Record id -> record value by name."""


def by_object(values: Iterable[RecordValue]) -> dict[str, dict[str, dict[str, RecordValue]]]:
    found: defaultdict[str, defaultdict[str, dict[str, RecordValue]]] = defaultdict(lambda: defaultdict(dict))
    for value in values:
        found[value.object][value.record_id][value.property] = value
    return {object_: dict(records) for object_, records in found.items()}


def _standing(con: duckdb.DuckDBPyConnection, object_: str) -> Standing:
    """What the facts say of one object's records."""
    stored = con.execute("SELECT record_id, property, value, extracted_at FROM crm_value WHERE object = ?", [object_]).fetchall()
    values = {(object_, r, p): Theirs(v, aware(at)) for r, p, v, at in stored}
    table, key = _TABLES[object_]
    rows = con.execute(
        f"SELECT {key}, extracted_at, owner_id FROM {table} WHERE archived_at IS NULL AND merged_into IS NULL"
    ).fetchall()
    read_at = {(object_, str(r)): aware(at) for r, at, _owner in rows}
    owners = {(object_, str(r)): owner for r, _at, owner in rows}
    pipelines = dict(con.execute("SELECT deal_id, pipeline_id FROM deal").fetchall()) if object_ == "deals" else {}
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


class Comparison:
    """Holds every property against the CRM, one object's records at a time; histories are asked in batches."""

    def __init__(
        self, house: House, frame: Frame, now: datetime, found: Definitions, *, adopt: bool, retake: frozenset[str]
    ) -> None:
        self._house = house
        self._settings = house.settings.crm
        self._now = now
        self._currency = frame.currency
        self._found = found
        self._holds = house.ledger.all_holds()
        self._adopt = adopt
        self._retake = retake
        self.unchanged = 0
        self.lookups = 0
        self.adopted: dict[Key, str | None] = {}

    def object(self, object_: str, records: ByRecord) -> list[Change]:
        """The lines of one kind of record. Nothing but them is kept."""
        with self._house.lake.facts({"crm_value", "deal", _TABLES[object_][0]}) as con:
            self._standing = _standing(con, object_)
        self._bases = self._house.ledger.bases_of(object_)
        self._ours: dict[Key, Ours] = {}
        self._verdicts: dict[Key, Verdict] = {}
        self._records = {r: v for r, v in records.items() if in_scope(self._settings.scope, self._standing, object_, r)}
        for record_id, values in self._records.items():
            self._compare(object_, record_id, values)
        self._settle_sent(object_)
        self._settle_foreign(object_)
        self.unchanged += sum(v.outcome in ("unchanged", "adopt") for v in self._verdicts.values())
        return list(self._changes())

    def _compare(self, object_: str, record_id: str, values: Mapping[str, RecordValue]) -> None:
        """A record's properties; its summary last, from the values that will stand."""
        for name, value in values.items():
            if (object_, name) in BY_VALUE:
                self._judge((object_, record_id, BY_VALUE[object_, name].name), self._own(object_, value))
        self._summarise(object_, record_id)

    def _own(self, object_: str, value: RecordValue) -> Ours:
        ours = BY_VALUE[object_, value.property]
        return Ours(spelt(value.value), ours.kind, value.property, why(value, self._house.locale), ours.step)

    def _summarise(self, object_: str, record_id: str) -> None:
        """The line is built from what will stand, so that it is rewritten only when a value it quotes is."""
        values = dict(self._records[record_id])
        for name, value in values.items():
            ours = BY_VALUE.get((object_, name))
            verdict = self._verdicts.get((object_, record_id, ours.name)) if ours else None
            is_kept = verdict is not None and verdict.outcome in ("unchanged", "adopt")
            if is_kept and verdict is not None and verdict.value and isinstance(value.value, Decimal):
                values[name] = value._replace(value=Decimal(verdict.value))
        line = summary(object_, values, self._house.locale, self._currency)  # type: ignore[arg-type]
        reason = _PLAIN[SUMMARY] if line else Text("nothing to say about this record", "rien à dire sur cette fiche")
        key = (object_, record_id, BY_VALUE[object_, SUMMARY].name)
        self._judge(key, Ours(line, "text", SUMMARY, reason.in_(self._house.locale)))

    def _judge(self, key: Key, ours: Ours, *, written_by_us: bool = False) -> None:
        name = key[0], key[2]
        if name in self._found.blocked:
            return
        base = self._bases.get(key)
        theirs = current_value(self._standing.theirs(key), base)
        if name in self._found.fresh:
            base, theirs = None, None
        elif name in self._found.restored:
            theirs = base.value if base else None
        if self._adopt and base is None and theirs is not None:
            base = Base(theirs, self._standing.values[key].read_at)
            self.adopted[key] = theirs
        is_held = key in self._holds
        if name in self._found.retyped and not is_held:
            verdict = _rewritten(ours, base.value if base else theirs)
        else:
            verdict = compare(
                ours, theirs, base, policy=self._policy(key[2]), is_held=is_held, written_by_us=lambda: written_by_us
            )
        self._ours[key], self._verdicts[key] = ours, verdict
        if verdict.outcome == "adopt":
            self.adopted[key] = verdict.value

    def _policy(self, name: str) -> Policy:
        if name in self._retake:
            return "overwrite"
        return self._settings.policies.get(name, self._settings.policy)

    def _settle_sent(self, object_: str) -> None:
        """Values that seem to be somebody else's, but are what we sent last: the run was cut off before the answer came."""
        doubtful = [key for key, verdict in self._verdicts.items() if self._is_doubtful(key, verdict)]
        sent = self._house.ledger.last_sent(object_, {key[1] for key in doubtful})
        ours = [k for k in doubtful if k in sent and same(self._ours[k].kind, self._verdicts[k].old, sent[k])]
        for key in ours:
            self.adopted[key] = self._verdicts[key].old
            self._bases[key] = Base(self._verdicts[key].old, self._now)
            self._judge(key, self._ours[key])
        for record_id in dict.fromkeys(k[1] for k in ours):
            self._summarise(object_, record_id)

    def _is_doubtful(self, key: Key, verdict: Verdict) -> bool:
        if verdict.outcome in ("foreign", "edited_by_human"):
            return True
        base = self._bases.get(key)
        is_kept = verdict.outcome == "unchanged" and base is not None
        return is_kept and base is not None and not same(self._ours[key].kind, verdict.old, base.value)

    def _settle_foreign(self, object_: str) -> None:
        """Values that nobody accounts for: ours after all if their history says that this app wrote them."""
        keys = [key for key, verdict in self._verdicts.items() if verdict.outcome == "foreign"]
        if not keys:
            return
        ids = list(dict.fromkeys(k[1] for k in keys))
        self.lookups += -(-len(ids) // HISTORY_BATCH)
        answer = self._house.target().read_written_by_us(object_, ids, sorted({k[2] for k in keys}))
        mine = [k for k in keys if answer.get((k[1], k[2]))]
        for key in mine:
            self._judge(key, self._ours[key], written_by_us=True)
        for record_id in dict.fromkeys(k[1] for k in mine):
            self._summarise(object_, record_id)

    def _changes(self) -> Iterable[Change]:
        for key, verdict in self._verdicts.items():
            outcome = verdict.outcome
            if outcome == "unchanged" or outcome == "adopt":
                continue
            ours = self._ours[key]
            new = verdict.value if outcome in ACTED_ON else ours.value
            yield Change(*key, verdict.old, new, ours.kpi, outcome, verdict.note or ours.reason)


HISTORY_BATCH = 50
"""Records of one look at property histories (:meth:`connectors.base.Target.read_written_by_us`)."""


def _rewritten(ours: Ours, old: str | None) -> Verdict:
    """The property gets another type: what stands in the old one is written again, equal or not."""
    if ours.value is None and not old:
        return Verdict("unchanged", None, None)
    return Verdict("clear" if ours.value is None else "update" if old else "create", ours.value, old or None)


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
