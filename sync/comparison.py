"""One kind of record after the other held against what the CRM held when it was last read.

The CRM's current values were read with the records (table ``crm_value``), so that comparing costs no calls but the history
of values that nobody can account for. Records come in the order of their ids, and so does what the CRM held: a few hundred are
in hand at a time, so that memory does not follow their number.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby, islice
from typing import Any

import duckdb

from config.settings import Policy, Scope
from connectors.base import TakesSome
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


AT_ONCE = 500
"""Records that are compared together."""


@dataclass(frozen=True)
class Living:
    """What a pilot's settings look at in a living record, and when it was read."""

    read_at: datetime
    owner_id: str | None
    pipeline_id: str | None
    """Of a deal."""


@dataclass
class Hand:
    """The records in hand, by id and by key, and what is known and said of them."""

    records: dict[str, Mapping[str, RecordValue]] = field(default_factory=dict)
    living: dict[str, Living] = field(default_factory=dict)
    standing: dict[Key, Theirs] = field(default_factory=dict)
    """What the CRM held when its records were last read."""
    bases: dict[Key, Base] = field(default_factory=dict)
    ours: dict[Key, Ours] = field(default_factory=dict)
    verdicts: dict[Key, Verdict] = field(default_factory=dict)

    def theirs(self, key: Key) -> Theirs | None:
        return self.standing.get(key) or Theirs(None, self.living[key[1]].read_at)

    def keep(self, record_ids: frozenset[str]) -> None:
        """Let go of all records but these."""
        for by_id in (self.records, self.living):
            for record_id in by_id.keys() - record_ids:
                del by_id[record_id]
        for by_key in (self.standing, self.bases, self.ours, self.verdicts):
            for key in [key for key in by_key if key[1] not in record_ids]:
                del by_key[key]


class _LastRead:
    """What the facts say of one object's records, taken in the order of their ids."""

    def __init__(self, con: duckdb.DuckDBPyConnection, object_: str) -> None:
        self._object = object_
        table, key = _TABLES[object_]
        pipeline = "pipeline_id" if object_ == "deals" else "NULL"
        self._records = _InOrder(
            con.cursor(),
            f"SELECT {key} AS record_id, extracted_at, owner_id, {pipeline} FROM {table} "
            "WHERE archived_at IS NULL AND merged_into IS NULL",
        )
        self._values = _InOrder(
            con.cursor(), f"SELECT record_id, property, value, extracted_at FROM crm_value WHERE object = '{object_}'"
        )

    def put(self, hand: Hand, last_id: str) -> None:
        """Into the hand, what there is of the records up to the last one in it."""
        for record_id, at, owner, pipeline in self._records.until(last_id):
            if record_id in hand.records:
                hand.living[record_id] = Living(aware(at), owner, pipeline)
        for record_id, name, value, at in self._values.until(last_id):
            if record_id in hand.records:
                hand.standing[self._object, record_id, name] = Theirs(value, aware(at))


class _InOrder:
    """Rows that begin with a record's id, in the order of the ids: by length, then by text."""

    def __init__(self, con: duckdb.DuckDBPyConnection, query: str) -> None:
        con.execute("SET TimeZone='UTC'")
        self._answer = con.execute(f"SELECT * FROM ({query}) ORDER BY length(record_id), record_id")
        self._rows = self._fetched()
        self._next = next(self._rows, None)

    def _fetched(self) -> Iterator[tuple[Any, ...]]:
        while rows := self._answer.fetchmany(AT_ONCE):
            yield from rows

    def until(self, last_id: str) -> Iterator[tuple[Any, ...]]:
        """Up to this record, inclusive."""
        last = (len(last_id), last_id)
        while self._next is not None and (len(self._next[0]), self._next[0]) <= last:
            row, self._next = self._next, next(self._rows, None)
            yield row


def in_scope(scope: Scope, object_: str, record_id: str, record: Living | None) -> bool:
    """Whether a pilot's settings let this record be written; only living records ever are."""
    if record is None:
        return False
    if scope.records and record_id not in scope.records.get(object_, ()):  # type: ignore[call-overload]
        return False
    if scope.owners and record.owner_id not in scope.owners:
        return False
    return not (scope.pipelines and object_ == "deals" and record.pipeline_id not in scope.pipelines)


class Comparison:
    """Holds every property against the CRM, a few records at a time; histories are asked in batches."""

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
        target = house.target()
        self._takes = target.takes if isinstance(target, TakesSome) else None
        self.unchanged = 0
        self.lookups = 0
        self.adopted: dict[Key, str | None] = {}

    def lines(self, values: Iterable[RecordValue]) -> Iterator[Change]:
        """The lines of a plan, in no order. ``values`` come object by object, and record by record in the order of their ids."""
        for object_, of_object in groupby(values, key=lambda value: value.object):
            yield from self._lines_of(object_, of_object)

    def _lines_of(self, object_: str, values: Iterable[RecordValue]) -> Iterator[Change]:
        self._hand = Hand()
        of_records = groupby(values, key=lambda value: value.record_id)
        records = ((record_id, {value.property: value for value in of_record}) for record_id, of_record in of_records)
        with self._house.lake.facts({"crm_value", _TABLES[object_][0]}) as con:
            last_read = _LastRead(con, object_)
            while taken := dict(islice(records, AT_ONCE)):
                self._take(object_, taken, last_read)
                self._settle_sent(object_)
                yield from self._settled(object_, HISTORY_BATCH)
        yield from self._settled(object_, 1)

    def _take(self, object_: str, records: dict[str, dict[str, RecordValue]], last_read: _LastRead) -> None:
        """Into the hand, and compare."""
        hand = self._hand
        hand.records |= records
        last_read.put(hand, next(reversed(records)))
        for record_id in records:
            is_written = self._takes is None or self._takes(object_, record_id)
            if not (is_written and in_scope(self._settings.scope, object_, record_id, hand.living.get(record_id))):
                del hand.records[record_id]
        written = [record_id for record_id in records if record_id in hand.records]
        if written:
            hand.bases |= self._house.ledger.bases_of(object_, written)
        for record_id in written:
            self._compare(object_, record_id, records[record_id])

    def _settled(self, object_: str, together: int) -> Iterator[Change]:
        """The lines of the records about which all is known; others stay in hand until ``together`` histories can be asked."""
        verdicts = self._hand.verdicts
        foreign = list(dict.fromkeys(key[1] for key, verdict in verdicts.items() if verdict.outcome == "foreign"))
        asked = len(foreign) // together * together
        self._settle_foreign(object_, frozenset(foreign[:asked]))
        waiting = frozenset(foreign[asked:])
        self.unchanged += sum(v.outcome in ("unchanged", "adopt") for key, v in verdicts.items() if key[1] not in waiting)
        yield from self._changes(waiting)
        self._hand.keep(waiting)

    def _compare(self, object_: str, record_id: str, values: Mapping[str, RecordValue]) -> None:
        """A record's properties; its summary last, from the values that will stand."""
        for name, value in values.items():
            if name != SUMMARY and (object_, name) in BY_VALUE:
                self._judge((object_, record_id, BY_VALUE[object_, name].name), self._own(object_, value))
        self._summarise(object_, record_id)

    def _own(self, object_: str, value: RecordValue) -> Ours:
        ours = BY_VALUE[object_, value.property]
        return Ours(spelt(value.value), ours.kind, value.property, why(value, self._house.locale), ours.step)

    def _summarise(self, object_: str, record_id: str) -> None:
        """The line is built from what will stand, so that it is rewritten only when a value it quotes is."""
        values = self._hand.records[record_id]
        kept: dict[str, RecordValue] = {}
        for name, value in values.items():
            ours = BY_VALUE.get((object_, name)) if isinstance(value.value, Decimal) else None
            verdict = self._hand.verdicts.get((object_, record_id, ours.name)) if ours else None
            if verdict is not None and verdict.outcome in ("unchanged", "adopt") and verdict.value:
                kept[name] = value._replace(value=Decimal(verdict.value))
        # Where all values will stand as computed, so will the line that was computed with them.
        line = spelt(values[SUMMARY].value)
        if any(values[name].value != value.value for name, value in kept.items()):
            line = summary(object_, {**values, **kept}, self._house.locale, self._currency)  # type: ignore[arg-type]
        reason = _PLAIN[SUMMARY] if line else Text("nothing to say about this record", "rien à dire sur cette fiche")
        key = (object_, record_id, BY_VALUE[object_, SUMMARY].name)
        self._judge(key, Ours(line, "text", SUMMARY, reason.in_(self._house.locale)))

    def _judge(self, key: Key, ours: Ours, *, written_by_us: bool = False) -> None:
        name = key[0], key[2]
        if name in self._found.blocked:
            return
        base = self._hand.bases.get(key)
        theirs = current_value(self._hand.theirs(key), base)
        if name in self._found.fresh:
            base, theirs = None, None
        elif name in self._found.restored:
            theirs = base.value if base else None
        if self._adopt and base is None and theirs is not None:
            base = Base(theirs, self._hand.standing[key].read_at)
            self.adopted[key] = theirs
        is_held = key in self._holds
        if name in self._found.retyped and not is_held:
            verdict = _rewritten(ours, base.value if base else theirs)
        else:
            verdict = compare(
                ours, theirs, base, policy=self._policy(key[2]), is_held=is_held, written_by_us=lambda: written_by_us
            )
        self._hand.ours[key], self._hand.verdicts[key] = ours, verdict
        if verdict.outcome == "adopt":
            self.adopted[key] = verdict.value

    def _policy(self, name: str) -> Policy:
        if name in self._retake:
            return "overwrite"
        return self._settings.policies.get(name, self._settings.policy)

    def _settle_sent(self, object_: str) -> None:
        """Values that seem to be somebody else's, but are what we sent last: the run was cut off before the answer came."""
        doubtful = [key for key, verdict in self._hand.verdicts.items() if self._is_doubtful(key, verdict)]
        sent = self._house.ledger.last_sent(object_, {key[1] for key in doubtful})
        ours = [k for k in doubtful if k in sent and same(self._hand.ours[k].kind, self._hand.verdicts[k].old, sent[k])]
        for key in ours:
            self.adopted[key] = self._hand.verdicts[key].old
            self._hand.bases[key] = Base(self._hand.verdicts[key].old, self._now)
            self._judge(key, self._hand.ours[key])
        for record_id in dict.fromkeys(k[1] for k in ours):
            self._summarise(object_, record_id)

    def _is_doubtful(self, key: Key, verdict: Verdict) -> bool:
        if verdict.outcome in ("foreign", "edited_by_human"):
            return True
        base = self._hand.bases.get(key)
        is_kept = verdict.outcome == "unchanged" and base is not None
        return is_kept and base is not None and not same(self._hand.ours[key].kind, verdict.old, base.value)

    def _settle_foreign(self, object_: str, record_ids: frozenset[str]) -> None:
        """Values that nobody accounts for: ours after all if their history says that this app wrote them."""
        keys = [k for k, verdict in self._hand.verdicts.items() if verdict.outcome == "foreign" and k[1] in record_ids]
        if not keys:
            return
        ids = list(dict.fromkeys(k[1] for k in keys))
        self.lookups += -(-len(ids) // HISTORY_BATCH)
        answer = self._house.target().read_written_by_us(object_, ids, sorted({k[2] for k in keys}))
        mine = [k for k in keys if answer.get((k[1], k[2]))]
        for key in mine:
            self._judge(key, self._hand.ours[key], written_by_us=True)
        for record_id in dict.fromkeys(k[1] for k in mine):
            self._summarise(object_, record_id)

    def _changes(self, waiting: frozenset[str]) -> Iterator[Change]:
        for key, verdict in self._hand.verdicts.items():
            outcome = verdict.outcome
            if outcome == "unchanged" or outcome == "adopt" or key[1] in waiting:
                continue
            ours = self._hand.ours[key]
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
