"""What follows a finished sync, for who looks at results: the shelf is filled, and whatever is shown or sent from it is brought up to date.

Each step stands by itself: a fault in one is logged and said, and the next one goes on. Nothing of it can undo a sync. A company that
only runs ``cadran run`` from cron, and looks nowhere but in its CRM, pays nothing for it: the shelf is filled once somebody asks for it.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from connectors.errors import CadranError
from sync.house import House
from sync.publish import shelf
from sync.publish.shelf import Shelf
from sync.publish.shelving import fill
from sync.runs import stored_frame

log = logging.getLogger("cadran.publish")

Step = Callable[[House, Shelf], object]
"""What it gives, where that is a list of sentences, are faults that it went on after."""


def steps() -> Iterable[tuple[str, Step]]:
    """In order; what each is, in words. Later ones read what earlier ones leave: a target's projection is a forecast."""
    from sync.publish import forecasts, search_estimates
    from sync.publish.alerts import watch
    from sync.publish.bi import views
    from sync.publish.bi.command import export_due
    from sync.publish.reports.sending import send_due
    from sync.publish.targets import store

    return (
        ("forecasts", forecasts.update),
        ("targets", store.update),
        ("search estimates", search_estimates.update),
        ("alerts", watch.after_sync),
        ("reports", send_due),
        ("exports", lambda house, _: export_due(house)),
        ("views for BI tools", views.bring_up_to_date),
    )


def failure_steps() -> Iterable[tuple[str, Callable[[House, CadranError], object]]]:
    """Of a run that failed."""
    from sync.publish.alerts import watch

    return (("alerts", watch.after_failure),)


def clock_steps() -> Iterable[tuple[str, Callable[[House], object]]]:
    """About once a minute, while ``cadran serve`` runs."""
    from sync.publish.alerts import watch

    return (("filling the shelf", _fill), ("alerts", watch.tick), ("reports", _reports))


def _reports(house: House) -> None:
    """Those whose hour has come since the last sync."""
    from sync.publish.reports.sending import send_due, waiting

    if house.settings.reports and any(True for _ in waiting(house)) and last_run_id(house) is not None:
        with filled(house) as current:
            send_due(house, current)


def _fill(house: House) -> list[str]:
    """For who has just begun to look at results that were synced before: what pages show of them, and nothing is sent."""
    problems: list[str] = []
    last = last_run_id(house)
    if last is None or not is_used(house):
        return problems
    with shelf.opened(house) as found:
        is_behind = found.run_id != last
    if is_behind:
        with filled(house) as current:
            for name, step in steps():
                if name in SHOWN:
                    with _attempt(name, problems):
                        step(house, current)
    return problems


SHOWN = ("forecasts", "targets", "search estimates")
"""Steps whose results stand on pages; the others send or write something."""


def is_used(house: House) -> bool:
    """Whether anybody looks at what this account's shelf serves."""
    said = house.settings
    is_wanted = bool(said.alerts.rules or said.targets or said.reports or said.exports)
    return is_wanted or shelf.is_in_ledger(house) or (house.folder / shelf.FILE).exists()


def follow(house: House) -> list[str]:
    """Every step after a sync, where results are looked at; what went wrong, a sentence each."""
    if not is_used(house):
        return []
    problems: list[str] = []
    with _attempt("filling the shelf", problems), filled(house) as current:
        for name, step in steps():
            with _attempt(name, problems):
                problems += _sentences(step(house, current))
    return problems


def follow_failure(house: House, error: CadranError) -> list[str]:
    """What is told when a run failed; what went wrong in telling it."""
    problems: list[str] = []
    for name, step in failure_steps():
        with _attempt(name, problems):
            step(house, error)
    return problems


def tick(house: House) -> list[str]:
    """What is due by the clock; what went wrong, a sentence each."""
    problems: list[str] = []
    for name, step in clock_steps():
        with _attempt(name, problems):
            problems += _sentences(step(house))
    return problems


def _sentences(told: object) -> list[str]:
    return [one for one in told if isinstance(one, str)] if isinstance(told, list) else []


@contextmanager
def _attempt(what: str, problems: list[str]) -> Iterator[None]:
    """A fault of ours is logged with where it happened; others are sentences already."""
    try:
        yield
    except CadranError as error:
        problems.append(f"{what}: {error}")
    except Exception as error:
        log.exception("%s failed", what)
        problems.append(f"{what}: {type(error).__name__}")


@contextmanager
def filled(house: House) -> Iterator[Shelf]:
    """The shelf with the values of the last sync. Raises :class:`ConfigurationError` where nothing has been synced yet."""
    frame = stored_frame(house)
    with shelf.opened(house) as current:
        if current.run_id != last_run_id(house):
            fill(house, current.engine, frame)
            current = Shelf(current.engine, house.catalogue)
        yield current


def last_run_id(house: House) -> int | None:
    """The last sync that ended well."""
    last = house.ledger.last_run("sync")
    return last.id if last else None
