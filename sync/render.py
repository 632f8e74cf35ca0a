"""What people read on a terminal: tables of numbers, plans and checks, in their language and their number format."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent
from rich import box
from rich.console import Console
from rich.table import Table

from kpi.text import Text
from sync.link_text import shown
from sync.plan import Plan

MISSING = "—"


def console() -> Console:
    """Standard output; no colours when it is not a terminal, wide enough that nothing is cut in a file."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=160, color_system=None)


def number(value: Decimal | str | None, unit: str, currency: str | None, locale: str) -> str:
    """A value as the reader writes it: money to its minor unit, rates in percent, days to one decimal."""
    if value is None:
        return MISSING
    value = Decimal(value)
    if unit == "money":
        return str(format_currency(value, currency or "EUR", locale=locale))
    if unit == "ratio":
        return str(format_percent(value, format="#,##0.00\u00a0%" if locale.startswith("fr") else "#,##0.00%", locale=locale))
    if unit in ("days", "months"):
        word = {"days": Text("days", "jours"), "months": Text("months", "mois")}[unit].in_(locale)
        return f"{format_decimal(value, format='#,##0.0', locale=locale)} {word}"
    if unit == "count":
        return str(format_decimal(value, format="#,##0.##", locale=locale))
    return str(format_decimal(value, format="#,##0.00", locale=locale))


def day(value: date | str | None, locale: str) -> str:
    if value is None:
        return MISSING
    parsed = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return str(format_date(parsed, format="medium", locale=locale))


def table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> Table:
    """A plain table; columns in ``right`` are set to the right, as numbers are."""
    built = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for index, heading in enumerate(headings):
        built.add_column(heading, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        built.add_row(*row)
    return built


OUTCOMES: Mapping[str, Text] = {
    "create": Text("create", "créer"),
    "update": Text("update", "modifier"),
    "clear": Text("clear", "vider"),
    "edited_by_human": Text("edited by a person", "modifié par quelqu'un"),
    "foreign": Text("foreign", "étranger"),
    "held": Text("held", "en attente"),
    "written": Text("written", "écrit"),
    "rejected": Text("rejected", "refusé"),
    "unknown": Text("unknown", "inconnu"),
}


def plan_table(plan: Plan, locale: str, *, limit: int | None = 20) -> Table:
    """The plan's lines; ``limit`` shows the first of each kind of change so that every kind is seen."""
    lines = list(plan.changes) if limit is None else sample(plan, limit)
    more = len(plan.changes) - len(lines)
    acted_on = sum(c.is_acted_on for c in plan.changes)
    title = Text(
        f"Plan {plan.plan_id}: {acted_on} changes, {plan.calls} API calls" + (f" ({more} more lines)" if more > 0 else ""),
        f"Plan {plan.plan_id} : {acted_on} changements, {plan.calls} appels" + (f" (encore {more} lignes)" if more > 0 else ""),
    )
    headings = (
        Text("object", "objet"),
        Text("record", "fiche"),
        Text("property", "propriété"),
        Text("old", "avant"),
        Text("new", "après"),
        Text("outcome", "résultat"),
        Text("why", "pourquoi"),
    )
    return table(
        title.in_(locale),
        [h.in_(locale) for h in headings],
        (
            (
                c.object,
                c.record_id or "·",
                c.property,
                shown(c.property, c.old, "−") or MISSING,
                shown(c.property, c.new, "+") or MISSING,
                OUTCOMES[c.outcome].in_(locale),
                c.reason,
            )
            for c in lines
        ),
    )


def sample(plan: Plan, limit: int) -> list[Any]:
    """A spread of lines: one of each (object, property, outcome) in turn; definitions only when there is nothing else."""
    groups: dict[tuple[str, str, str], list[tuple[int, Any]]] = {}
    has_records = any(change.record_id is not None for change in plan.changes)
    count = 0
    for place, change in enumerate(plan.changes):
        if has_records and change.record_id is None:
            continue
        count += 1
        lines = groups.setdefault((change.object, change.property, change.outcome), [])
        if len(lines) < limit:
            lines.append((place, change))
    chosen: list[tuple[int, Any]] = []
    depth = 0
    while len(chosen) < min(limit, count):
        for lines in groups.values():
            if depth < len(lines) and len(chosen) < limit:
                chosen.append(lines[depth])
        depth += 1
    return [change for _, change in sorted(chosen, key=lambda one: one[0])]


def plan_markdown(plan: Plan) -> str:
    """The whole plan as Markdown, for a ticket or a review."""
    head = [
        f"# Plan {plan.plan_id}",
        "",
        f"{len(plan.acted_on)} changes, {plan.calls} API calls, {plan.unchanged} values unchanged.",
        "",
        "| object | record | property | old | new | outcome | why |",
        "|---|---|---|---|---|---|---|",
    ]
    body = [
        f"| {c.object} | {c.record_id or ''} | {c.property} | {_cell(shown(c.property, c.old, '−'))} | "
        f"{_cell(shown(c.property, c.new, '+'))} | {c.outcome} | {_cell(c.reason)} |"
        for c in plan.changes
    ]
    return "\n".join([*head, *body]) + "\n"


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|").replace("\n", " ")
