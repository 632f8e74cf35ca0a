"""What a run leaves behind, in a form in which two installations can be compared: CRM, facts, cursors, journal.

Left out is what tells *when* something was read or written, and by which run: it cannot be equal after a killed one.
"""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from connectors.sandbox.core import Sandbox
from connectors.sandbox.hubspot.records import versions
from kpi.schema import TABLES, columns
from sync.lake import Lake
from sync.ledger import Ledger
from tests.soak.site import Site

OBJECTS = ("deals", "contacts", "companies")
MOVING = {"extracted_at", "modified_at"}
"""Columns of facts that say when."""
INSTANTS_OF_TESTS = {"archived_at"}
"""Compared by whether there is one."""

Rows = Counter[tuple[Any, ...]]


SUPERSEDED = "lapsed"
"""State of a journal's row that never arrived and was planned anew: it says nothing about the CRM."""

Key = tuple[str, str, str]
"""(object, record id, property)."""


@dataclass(frozen=True)
class EndState:
    """Equal for two installations that end the same."""

    crm: dict[str, dict[str, Any]]
    """Object -> record id -> its values and what became of it; and our definitions."""
    histories: dict[Key, list[str]]
    """Every value that a property of ours ever had, newest first."""
    facts: dict[str, Rows]
    cursors: dict[tuple[str, str], bool]
    """(source, stream) -> whether it has a position."""
    journal: dict[Key, tuple[str, ...]]
    """The states of a value's rows, in order."""
    bases: dict[Key, str | None]
    """What we hold to be ours in the CRM."""

    @property
    def unsettled(self) -> list[Key]:
        """Values of which nobody knows what became."""
        return [key for key, states in self.journal.items() if {"intent", "unknown"} & set(states)]


def end_state(site: Site) -> EndState:
    account = site.account
    with site.sandbox.lock:
        held, told = crm(site.sandbox), histories(site.sandbox)
    return EndState(held, told, facts(account), cursors(account), journal(account), bases(account))


def crm(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """Asked behind every API's back."""
    found: dict[str, dict[str, Any]] = {}
    for object in OBJECTS:
        records = sandbox.portal.find(object)
        when = {records.kind.modified, "hs_lastmodifieddate"}
        found[object] = {
            record.id: {n: v for n, v in record.values.items() if n not in when and v != ""}
            | {"archived": record.archived_at is not None, "merged into": record.merged_into}
            for record in records.by_id.values()
        }
        found[object] |= {
            name: {k: v for k, v in one.items() if k not in ("createdAt", "updatedAt")}
            for name, one in records.definitions.active.items()
            if name.startswith("cadran_")
        }
    return found


def histories(sandbox: Sandbox) -> dict[Key, list[str]]:
    return {
        (object, record.id, name): [entry["value"] for entry in versions(record, name)]
        for object in OBJECTS
        for record in sandbox.portal.find(object).by_id.values()
        for name in record.values
        if name.startswith("cadran_")
    }


def facts(account: Path) -> dict[str, Rows]:
    """Rows by table, without order."""
    ledger = Ledger.at(account)
    try:
        with Lake(account, ledger).facts() as con:
            found: dict[str, Rows] = {}
            for table, model in TABLES.items():
                names = [
                    f'"{c.name}" IS NULL' if c.name in INSTANTS_OF_TESTS else f'"{c.name}"'
                    for c in columns(model)
                    if c.name not in MOVING
                ]
                rows = con.execute(f'SELECT {", ".join(names)} FROM "{table}"').fetchall()
                if rows:
                    found[table] = Counter(rows)
            return found
    finally:
        ledger.close()


def cursors(account: Path) -> dict[tuple[str, str], bool]:
    rows = _ask(account, "SELECT source, stream, cursor IS NOT NULL FROM cursors")
    return {(source, stream): bool(has) for source, stream, has in rows}


def journal(account: Path) -> dict[Key, tuple[str, ...]]:
    found: dict[Key, tuple[str, ...]] = {}
    for *key, state in _ask(account, "SELECT object, record_id, property, state FROM journal ORDER BY id"):
        if state != SUPERSEDED:
            found[tuple(key)] = (*found.get(tuple(key), ()), state)
    return found


def bases(account: Path) -> dict[Key, str | None]:
    rows = _ask(account, "SELECT object, record_id, property, value FROM bases")
    return {(object, record_id, property): value or None for object, record_id, property, value in rows}


def _ask(account: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(account / "ledger.sqlite")) as con:
        return con.execute(sql).fetchall()


def differences(one: EndState, other: EndState, *parts: str) -> dict[str, list[str]]:
    """By part, all unless named: what is not equal, a line each, for people."""
    names = parts or tuple(field.name for field in fields(EndState))
    found = {name: _apart(getattr(one, name), getattr(other, name)) for name in names}
    return {name: lines for name, lines in found.items() if lines}


def _apart(here: Mapping[Any, Any], there: Mapping[Any, Any], path: str = "") -> list[str]:
    found = []
    for key in sorted({*here, *there}, key=str):
        one, two = here.get(key), there.get(key)
        if one == two:
            continue
        if isinstance(one, Mapping) and isinstance(two, Mapping):
            found += _apart(one, two, f"{path} {key}")
        else:
            found.append(f"{path} {key}: {one!r} here, {two!r} there".strip())
    return found
