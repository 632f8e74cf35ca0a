"""Rules on targets: at risk or missed, as :mod:`sync.publish.targets` judges them."""

from decimal import Decimal

from config.alerts import RuleSettings
from kpi.targets import STATES
from kpi.text import Text
from sync import render
from sync.house import House
from sync.publish.alerts.readings import Reading
from sync.publish.alerts.state import Judged
from sync.publish.shelf import Shelf
from sync.publish.targets.standing import TargetStatus, statuses


def readings(house: House, shelf: Shelf, name: str, rule: RuleSettings) -> list[Reading]:
    """One for each target that the rule watches."""
    return [
        _read(name, rule, status) for status in statuses(house, shelf) if not rule.targets or status.target.name in rule.targets
    ]


def _read(name: str, rule: RuleSettings, status: TargetStatus) -> Reading:
    target = status.target
    judged: Judged = "unknown"
    if status.state in ("at_risk", "missed"):
        judged = "breached"
    elif status.state in ("on_track", "reached"):
        judged = "cleared"
    return Reading(
        rule=name,
        settings=rule.model_copy(update={"by": target.by, "period": target.period}),
        member=target.name,
        label=target.name,
        judged=judged,
        kpi=target.kpi,
        value=status.value,
        low=status.interval.low if status.interval else None,
        high=status.interval.high if status.interval else None,
        unit=status.unit,
        currency=status.currency,
        n=status.n,
        start=status.start,
        end=status.end,
        note=_note(status),
        direction="down" if target.direction == "at_least" else "up",
    )


def _note(status: TargetStatus) -> Text:
    """How it stands, what is wanted, and where it is heading."""
    said = {locale: _sentence(status, locale) for locale in ("en", "fr")}
    return Text(said["en"], said["fr"])


def _sentence(status: TargetStatus, locale: str) -> str:
    def figure(value: Decimal) -> str:
        return render.number(value, status.unit, status.currency, locale)

    target = status.target
    wanted = figure(target.value)
    least = {"at_least": Text("at least", "au moins"), "at_most": Text("at most", "au plus")}[target.direction].in_(locale)
    state = STATES[status.state].in_(locale)
    words = [Text(f"target {state}: {least} {wanted}", f"objectif {state} : {least} {wanted}").in_(locale)]
    if status.expected is not None:
        words.append(Text(f"{figure(status.expected)} by now", f"{figure(status.expected)} à ce jour").in_(locale))
    if status.projected is not None:
        words.append(Text(f"heading for {figure(status.projected)}", f"fin prévue à {figure(status.projected)}").in_(locale))
    if status.reason is not None:
        words.append(status.reason.in_(locale))
    words.append(Text(f"owner {target.owner}", f"responsable {target.owner}").in_(locale))
    return "; ".join(words) if locale == "en" else " ; ".join(words)
