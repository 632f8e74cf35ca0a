"""What is watched, what fires and since when; an editor may silence a rule for a while."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import RedirectResponse

from kpi.text import Text
from sync.publish.alerts import book
from sync.publish.alerts.commands import standing
from sync.publish.messages import troubles
from sync.publish.web.page import N_, Answer, Look, Page

DAYS = (1, 7, 30)
"""For how long a rule may be silenced from the page."""

KINDS: Mapping[str, Text] = {
    "threshold": Text("past a bound", "seuil franchi"),
    "change": Text("change", "variation"),
    "outside_forecast": Text("outside its forecast", "hors de la prévision"),
    "target_at_risk": Text("target at risk", "objectif menacé"),
    "stale_data": Text("data grown old", "données anciennes"),
    "sync_failed": Text("run failed", "exécution échouée"),
}


def show(look: Look) -> dict[str, Any]:
    rules = [_rule(look, row) for row in standing(look.house)]
    return {
        "rules": rules,
        "firing": sum(len(rule["firing"]) for rule in rules),
        "waiting": len(troubles(look.house)),
        "days": DAYS,
    }


def _rule(look: Look, row: Mapping[str, Any]) -> dict[str, Any]:
    members = [_member(look, one) for one in row["members"]]
    return {
        "name": row["rule"],
        "kind": KINDS[row["kind"]].in_(look.locale),
        "to": ", ".join(row["to"]),
        "muted_until": _instant(look, row["muted_until"]),
        "firing": [one for one in members if one["is_firing"]],
        "quiet": [one for one in members if not one["is_firing"]],
    }


def _member(look: Look, one: Mapping[str, Any]) -> dict[str, Any]:
    value = one["value"]
    return {
        "label": one["label"] or "",
        "is_firing": one["state"] == "firing",
        "since": _instant(look, one["since"]),
        "value": look.language.amount(value, one["unit"], one["currency"]) if value is not None else (one["note"] or ""),
        "day": look.language.day(one["period_start"]) if one["period_start"] else "",
        "next": _instant(look, one["next_message"]),
    }


def _instant(look: Look, at: str | None) -> str:
    return look.language.instant(datetime.fromisoformat(at)) if at else ""


def mute(look: Look) -> Answer:
    """Silence a rule for some days; 0: told again."""
    rule, days = look.form.get("rule", ""), look.form.get("days", "")
    if rule not in look.house.settings.alerts.rules or not days.isdigit() or int(days) not in (0, *DAYS):
        raise LookupError(Text("There is no such rule.", "Cette règle n'existe pas."))
    book.mute(look.house, rule, look.now + timedelta(days=int(days)) if int(days) else None)
    return RedirectResponse("/alerts", 303)


PAGE = Page("/alerts", N_("Alerts"), "alerts.html", show, group="plan", order=10, posts={"/alerts/mute": ("change", mute)})
