"""Whether the data can be trusted today: runs, what each read and wrote, how fresh every stream is, what was set aside; and undo."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kpi.text import Text
from sync.ledger_tables import Run
from sync.publish.web.asking import NoAnswer
from sync.publish.web.page import N_, Answer, Look, Page

RUNS = 25
ASIDE = 50
"""Records that are listed one by one; of the others there is a count."""
UNDO_S = 1800.0
"""An undo may write as much as the run did."""
LATE = timedelta(days=2)
"""Data of a stream older than this are pointed out: a daily schedule has missed them."""

KINDS: Mapping[str, Text] = {
    "sync": Text("sync", "synchronisation"),
    "plan": Text("plan", "plan"),
    "apply": Text("write to the CRM", "écriture dans le CRM"),
    "undo": Text("undo", "annulation"),
    "undo-plan": Text("plan of an undo", "plan d'annulation"),
    "read-back": Text("reading back our writes", "relecture de nos écritures"),
    "audit": Text("looking for edits we wrote over", "recherche de modifications écrasées"),
}
STATUSES: Mapping[str, Text] = {
    "done": Text("done", "terminée"),
    "failed": Text("failed", "échouée"),
    "running": Text("under way", "en cours"),
}


@dataclass(frozen=True)
class Line:
    """One run as it is shown."""

    run: Run
    kind: str
    status: str
    seconds: int | None
    read: int | None
    values: int | None
    changed: int | None
    written: int | None
    rejected: int | None
    requests: int | None
    said: str
    """Why it failed, or what a source could not give."""
    is_undoable: bool


def show(look: Look) -> Answer:
    ledger = look.house.ledger
    lines = [_line(look, run) for run in ledger.recent_runs(RUNS)]
    aside = ledger.aside()
    instants = ledger.stream_instants()
    newest = max((at for *_, at in instants), default=None)
    return {
        "runs": lines,
        "streams": [(source, stream, at, newest is not None and newest - at > LATE) for source, stream, _, at in instants],
        "aside": aside[:ASIDE],
        "aside_count": len(aside),
        "aside_by": sorted(Counter((source, stream) for source, stream, *_ in aside).items()),
        "schedule": look.house.settings.schedule,
        "is_late": _is_late(look, lines),
        "problem": None,
        "undone": None,
    }


def _line(look: Look, run: Run) -> Line:
    told = run.summary
    read = told.get("records_read")
    errors = [told["error"]] if "error" in told else list(told.get("errors", ()))
    requests = told.get("requests")
    return Line(
        run=run,
        kind=KINDS[run.kind].in_(look.locale) if run.kind in KINDS else run.kind,
        status=STATUSES[run.status].in_(look.locale) if run.status in STATUSES else run.status,
        seconds=round((run.finished_at - run.started_at).total_seconds()) if run.finished_at else None,
        read=sum(read.values()) if read is not None else told.get("records"),
        values=told.get("kpis"),
        changed=told.get("changed"),
        written=told.get("written"),
        rejected=told.get("rejected"),
        requests=sum(requests.values()) if isinstance(requests, dict) else requests,
        said=" · ".join(map(str, errors)),
        is_undoable=run.kind == "apply" and run.status == "done" and bool(told.get("written")),
    )


def _is_late(look: Look, lines: list[Line]) -> bool:
    """Whether no sync has ended well for longer than any schedule of named week days leaves between two."""
    last = next((line.run for line in lines if line.run.kind == "sync" and line.run.status == "done"), None)
    return last is not None and last.finished_at is not None and look.now - last.finished_at > timedelta(days=8)


def undo(look: Look) -> Answer:
    """Take back what a run wrote, where nobody changed it since (``cadran undo``)."""
    number = look.form.get("run", "")
    if not number.isdigit():
        raise LookupError(Text("No run was named.", "Aucune exécution n'est nommée."))
    run = look.house.ledger.run(int(number))
    if run is None or run.kind != "apply":
        raise LookupError(Text(f"There is no write with the number {number}.", f"Il n'y a pas d'écriture numéro {number}."))
    words = ["undo", number] + (["--through"] if look.form.get("through") == "yes" else [])
    try:
        found: dict[str, Any] = look.ask.once(*words, timeout_s=UNDO_S)
    except NoAnswer as none:
        return {**_shown(look), "problem": none.said, "undone": None}
    return {**_shown(look), "problem": None, "undone": {"run": number, **found}}


def _shown(look: Look) -> dict[str, Any]:
    found = show(look)
    assert isinstance(found, Mapping)  # noqa: S101 - what show gives
    return dict(found)


PAGE = Page(
    "/health",
    N_("Runs and data"),
    "health.html",
    show,
    group="system",
    order=0,
    posts={"/health/undo": ("undo", undo)},
)
