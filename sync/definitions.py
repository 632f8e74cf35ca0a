"""Our property definitions as code: what must be created, described anew, given another type or taken away in the CRM.

Only a property in our own group *and* with our prefix is ours. One of our names that stands elsewhere is left alone, and
so are the values that would go into it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.base import PropertyDef, PropertyState
from sync.compare import ACTED_ON, Outcome
from sync.plan import ARCHIVED, OTHER_TYPE, Change

PREFIX = "cadran_"

Name = tuple[str, str]
"""(object, property)."""


@dataclass(frozen=True)
class Definitions:
    """What the plan does to definitions, and what that means for the values."""

    lines: tuple[Change, ...] = ()
    wanted: tuple[PropertyDef, ...] = ()
    """Those of the lines that are acted on, in full."""
    blocked: frozenset[Name] = frozenset()
    """Nothing may be written into these."""
    fresh: frozenset[Name] = frozenset()
    """They come without values: what the ledger remembers of them means nothing."""
    restored: frozenset[Name] = frozenset()
    """They come back with the values they had."""
    retyped: frozenset[Name] = frozenset()
    """They come back with the values of another type: every one is written again."""

    @property
    def changes_values(self) -> bool:
        return bool(self.blocked or self.fresh or self.restored or self.retyped)


@dataclass
class _Draft:
    lines: list[Change] = field(default_factory=list)
    wanted: dict[Name, PropertyDef] = field(default_factory=dict)


def plan_definitions(
    wanted: Sequence[PropertyDef],
    active: Sequence[PropertyState],
    archived: Callable[[], Sequence[PropertyState]],
    room: Callable[[], Mapping[str, int]],
    group: str,
) -> Definitions:
    """Hold the wanted definitions, in order of importance, against the CRM's.

    ``archived`` and ``room`` (object -> how many more custom properties it may have) are asked only when something must be
    created.
    """
    standing = {(s.object, s.name): s for s in active}
    draft = _Draft()
    missing = [d for d in wanted if (d.object, d.name) not in standing]
    if missing:
        _create(draft, missing, {(s.object, s.name) for s in archived()}, room())
    for definition in wanted:
        state = standing.get((definition.object, definition.name))
        if state is not None:
            _bring_in_line(draft, definition, state, group)
    names = {(d.object, d.name) for d in wanted}
    for state in active:
        if state.group == group and state.name.startswith(PREFIX) and (state.object, state.name) not in names:
            draft.lines.append(_taken_away(state))
    created = [c for c in draft.lines if c.outcome == "create"]
    return Definitions(
        lines=tuple(draft.lines),
        wanted=tuple(draft.wanted.values()),
        blocked=frozenset((c.object, c.property) for c in draft.lines if c.outcome not in ACTED_ON),
        fresh=frozenset((c.object, c.property) for c in created if c.old is None),
        restored=frozenset((c.object, c.property) for c in created if c.old is not None),
        retyped=frozenset((c.object, c.property) for c in draft.lines if c.comes_back and c.outcome == "update"),
    )


def plan_by_hand(
    wanted: Sequence[PropertyDef], active: Sequence[PropertyState], to_do: Callable[[PropertyDef], str | None]
) -> Definitions:
    """Of a CRM in which only people make definitions: what they have to do, and the values that are left out until then.

    Labels and descriptions are theirs to choose. Nothing is said of a property of ours that is no longer used: it harms nobody,
    and only they can delete it.
    """
    standing = {(s.object, s.name): s.label for s in active}
    steps = [(one, what) for one in wanted if (what := to_do(one)) is not None]
    lines = tuple(_line(one, standing.get((one.object, one.name)), "rejected", what) for one, what in steps)
    return Definitions(lines=lines, blocked=frozenset((one.object, one.name) for one, _ in steps))


def _create(draft: _Draft, missing: Iterable[PropertyDef], archived: set[Name], room: Mapping[str, int]) -> None:
    """What fits, the more important first; the others are said, and their values stay out of the plan."""
    missing = list(missing)
    left = dict(room)
    lacking = {o: max(0, sum(d.object == o for d in missing) - left[o]) for o in {d.object for d in missing} if o in left}
    for definition in missing:
        key = definition.object, definition.name
        if left.get(definition.object, 1) <= 0:
            where = (
                f"the account has no room for it: {lacking[definition.object]} more custom properties are needed on "
                f"{definition.object} than it may have. Remove some there, then plan again; its values are left out until then"
            )
            draft.lines.append(_line(definition, None, "rejected", where))
            continue
        if definition.object in left:
            left[definition.object] -= 1
        draft.wanted[key] = definition
        if key in archived:
            draft.lines.append(
                _line(definition, ARCHIVED, "create", "archived property of ours: it comes back with its old values")
            )
        else:
            draft.lines.append(_line(definition, None, "create", "property of ours that the CRM does not have yet"))


def _bring_in_line(draft: _Draft, definition: PropertyDef, state: PropertyState, group: str) -> None:
    key = definition.object, definition.name
    if state.group != group:
        where = f"a property of this name stands in the group {state.group}, which is not ours: left alone, values too"
        draft.lines.append(_line(definition, state.label, "foreign", where))
        return
    if state.type != definition.type:
        old = f"{OTHER_TYPE}{state.type})"
        what = f"its type changes from {state.type} to {definition.type}: archived, created anew, its values written again"
        draft.lines.append(_line(definition, old, "update", what))
        draft.wanted[key] = definition
        return
    changed = _differences(definition, state)
    if changed:
        draft.lines.append(_line(definition, state.label, "update", f"{', '.join(changed)} changed"))
        draft.wanted[key] = replace(definition, options=_with_theirs(definition, state))


def _differences(definition: PropertyDef, state: PropertyState) -> list[str]:
    """In words. A number hint, once set, cannot be taken back, so that only another one counts as a difference."""
    found = []
    if state.label != definition.label:
        found.append("label")
    if state.description != definition.description:
        found.append("description")
    if definition.display is not None and (state.display or "unformatted") != definition.display:
        found.append("display")
    if definition.options and definition.options != tuple(o for o in state.options if o[0] in dict(definition.options)):
        found.append("options")
    return found


def _with_theirs(definition: PropertyDef, state: PropertyState) -> tuple[tuple[str, str], ...]:
    """Our options, then those that people added: the CRM replaces the whole list."""
    if not definition.options:
        return ()
    ours = dict(definition.options)
    return (*definition.options, *(option for option in state.options if option[0] not in ours))


def _taken_away(state: PropertyState) -> Change:
    what = "property of ours that this version or these settings no longer have: archived, the CRM keeps its values for 90 days"
    return Change(state.object, None, state.name, state.label, None, state.name.removeprefix(PREFIX), "clear", what)


def _line(definition: PropertyDef, old: str | None, outcome: Outcome, reason: str) -> Change:
    kpi = definition.name.removeprefix(PREFIX)
    return Change(definition.object, None, definition.name, old, definition.label, kpi, outcome, reason)
