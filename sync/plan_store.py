"""Plans in the ledger: kept line by line, so that applying 100,000 of them does not hold them all in memory."""

import json
import sys
from collections.abc import Collection, Iterator
from dataclasses import asdict
from datetime import datetime

from connectors.base import PropertyDef
from sync.ledger import Ledger
from sync.ledger_erasures import ERASED_PLAN
from sync.plan import Change, Plan, digest


class StoredLines(Collection[Change]):
    """A plan's lines in the ledger, read anew each time they are gone through."""

    def __init__(self, ledger: Ledger, plan_id: str) -> None:
        self._ledger = ledger
        self._plan_id = plan_id

    def __iter__(self) -> Iterator[Change]:
        for object, record_id, property, old, new, kpi, outcome, reason in self._ledger.plan_lines(self._plan_id):
            words = (sys.intern(w) for w in (object, property, kpi, outcome))
            object, property, kpi, outcome = words
            yield Change(object, record_id, property, old, new, kpi, outcome, reason)  # type: ignore[arg-type]

    def __len__(self) -> int:
        return self._ledger.count_plan_lines(self._plan_id)

    def __contains__(self, line: object) -> bool:
        return any(line == one for one in self)


def keep_plan(ledger: Ledger, plan: Plan, now: datetime) -> None:
    """Store a plan; :func:`load_plan` gives it back."""
    head = {
        "plan_id": plan.plan_id,
        "run_id": plan.run_id,
        "as_of": plan.as_of.isoformat(),
        "definitions": [asdict(d) for d in plan.definitions],
        "unchanged": plan.unchanged,
        "adopted": [[*key, value] for key, value in sorted(plan.adopted.items())],
        "lookups": plan.lookups,
        "batch_sizes": dict(plan.batch_sizes),
        "read_back": list(plan.read_back),
        "audit": plan.audit,
    }
    ledger.save_plan(plan.plan_id, plan.run_id, now, json.dumps(head), (c.line() for c in plan.changes))


def load_plan(ledger: Ledger, plan_id: str | None = None) -> Plan | None:
    """A plan, the newest unless named; None when there is none. Raises ``ValueError`` when its lines no longer match its id,
    or when some of them went with an erased record."""
    found = ledger.plan(plan_id)
    if found is None:
        return None
    if found[2] == ERASED_PLAN:
        raise ValueError(f"plan {found[0]} named a record that was erased since")
    body = json.loads(found[3])
    # Version 0.1 kept the lines in the body.
    changes = tuple(Change(*line) for line in body["changes"]) if "changes" in body else StoredLines(ledger, body["plan_id"])
    definitions = tuple(PropertyDef(**{**d, "options": tuple(tuple(o) for o in d["options"])}) for d in body["definitions"])
    plan = Plan(
        plan_id=body["plan_id"],
        run_id=body["run_id"],
        as_of=datetime.fromisoformat(body["as_of"]),
        changes=changes,
        definitions=definitions,
        unchanged=body["unchanged"],
        adopted={(o, r, p): v for o, r, p, v in body["adopted"]},
        lookups=body.get("lookups", 0),
        batch_sizes=body.get("batch_sizes", {}),
        read_back=tuple(body.get("read_back", (0, 0))),
        audit=body.get("audit", 0),
    )
    if not plan.plan_id.endswith(digest(changes)):
        raise ValueError(f"plan {plan.plan_id} is not what was shown")
    return plan
