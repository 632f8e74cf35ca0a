"""What a person reads of an alert: the subject, then for each event what it is, what it was, the bound, why, and where to look."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import get_args
from urllib.parse import quote, urlencode

from babel.dates import format_date, format_skeleton
from babel.numbers import format_percent

from config.alerts import RuleSettings, Step
from kpi.periods import Period, period_end
from kpi.text import Text
from sync import render
from sync.house import House
from sync.publish.alerts.because import Because
from sync.publish.alerts.causes import Cause, Event, gravest
from sync.publish.alerts.health import PARTS, RECENCY
from sync.publish.alerts.readings import Reading
from sync.publish.letters import Part

SHOWN = 15
"""Events of one message; the others are counted."""

GRAVE: Mapping[str, Text] = {
    "critical": Text("Critical", "Critique"),
    "warning": Text("Warning", "Attention"),
    "info": Text("For information", "Pour information"),
}
OVER = Text("Over", "Terminé")

Whys = Mapping[tuple[str, str], Because]
"""(rule, member) -> why its figure moved."""


def subject(house: House, cause: Cause, locale: str) -> str:
    first = cause[0]
    over = all(event.told == "ended" for event in cause)
    head = OVER.in_(locale) if over else GRAVE[gravest([e for e in cause if e.told == "began"])].in_(locale)
    colon = Text(":", " :").in_(locale)
    others = len(cause) - 1
    also = ""
    if others:
        also = Text(f" (and {others} more)", f" (et {others} autre{'s' if others > 1 else ''})").in_(locale)
    return f"{head}{colon} {heading(house, first, locale)}{also}"


def parts(house: House, cause: Cause, whys: Whys, locale: str) -> list[Part]:
    """One for each event; those of figures under what explains them."""
    found = [_part(house, event, whys, locale) for event in cause[:SHOWN]]
    hidden = len(cause) - SHOWN
    if hidden > 0:
        more = Text(f"{hidden} more: `cadran alerts` lists them", f"{hidden} de plus : `cadran alerts` en donne la liste")
        found.append(Part(more.in_(locale)))
    if cause[0].is_health and any(not event.is_health and event.told == "began" for event in cause):
        explained = Text(
            "The figures below are made of what is missing: it may be all that is behind them.",
            "Les chiffres ci-dessous reposent sur ce qui manque : l'explication est peut-être là.",
        )
        last = max(place for place, event in enumerate(cause[:SHOWN]) if event.is_health)
        found.insert(last + 1, Part(explained.in_(locale)))
    return found


def closing(house: House, locale: str) -> str:
    words = Text(
        f"Account {house.name}. `cadran alerts` shows every rule, `cadran alerts mute RULE` silences one.",
        f"Compte {house.name}. `cadran alerts` montre chaque règle, `cadran alerts mute RÈGLE` en fait taire une.",
    )
    return words.in_(locale)


def title(house: House, reading: Reading, locale: str) -> str:
    """What it is about: a KPI and its member, a source, a target, a part of the run."""
    kpi = house.catalogue.kpis.get(reading.kpi or "")
    if reading.settings.kind == "sync_failed":
        return PARTS[reading.member].in_(locale)
    if reading.settings.kind == "stale_data":
        return Text(f"source {reading.member}", f"source {reading.member}").in_(locale)
    if kpi is None:
        return reading.label
    name = kpi.title.in_(locale)
    return f"{name}, {reading.label}" if reading.label else name


def heading(house: House, event: Event, locale: str) -> str:
    """What it is about, and how it stands: a line."""
    reading, about = event.reading, title(house, event.reading, locale)
    if reading.value is not None:
        colon = Text(":", " :").in_(locale)
        period = f" ({period_words(reading.settings.period, reading.start, reading.end, locale)})" if reading.start else ""
        return f"{about}{colon} {figure(reading.value, reading, locale)}{period}"
    return f"{about}{_how(event, locale)}"


def _how(event: Event, locale: str) -> str:
    """Of a source or a run."""
    reading = event.reading
    if reading.settings.kind == "sync_failed":
        if event.told == "ended":
            return Text(" works again", " fonctionne de nouveau").in_(locale)
        failed = Text(" failed", " en échec") if reading.member != "recent" else Text(" are overdue", " en retard")
        return failed.in_(locale)
    if reading.settings.kind == "stale_data":
        return (
            Text(" is silent", " muette").in_(locale)
            if event.told == "began"
            else Text(" answers again", " répond de nouveau").in_(locale)
        )
    return ""


def figure(value: Decimal | None, reading: Reading, locale: str) -> str:
    return render.number(value, reading.unit, reading.currency, locale)


def period_words(period: str, start: date, end: date | None, locale: str) -> str:
    """A month by its name, a year by its number, else its first and last day."""
    if period == "month" and start.day == 1:
        return str(format_skeleton("yMMMM", start, locale=locale))
    if period == "year" and (start.month, start.day) == (1, 1):
        return str(start.year)
    last = end - timedelta(days=1) if end is not None else start
    first_words, last_words = (str(format_date(day, format="medium", locale=locale)) for day in (start, last))
    return first_words if last <= start else f"{first_words} – {last_words}"


def _part(house: House, event: Event, whys: Whys, locale: str) -> Part:
    reading = event.reading
    colon = Text(":", " :").in_(locale)
    state = "" if event.told == "began" else f"{OVER.in_(locale)}{colon} "
    head = f"{state}{heading(house, event, locale)}"
    paragraphs = [*_what(reading, locale), rule_words(reading, locale)]
    items: list[str] = []
    why = whys.get((reading.rule, reading.member))
    if why is not None:
        word = Text("Why", "Pourquoi").in_(locale)
        lines = why.lines(locale)
        if why.found is None:
            paragraphs.append(f"{word}{colon} {lines[0]}.")
        else:
            paragraphs.append(f"{word}{colon}")
            items = lines
    return Part(head, tuple(paragraphs), tuple(items), link(house, reading))


def _what(reading: Reading, locale: str) -> list[str]:
    """Sentences on the value; on a source or run, what it said."""
    lines = []
    if reading.was is not None and reading.was_start is not None and reading.value is not None:
        when = period_words(reading.settings.period, reading.was_start, _end(reading), locale)
        change = _change(reading.value, reading.was, reading, locale)
        was = figure(reading.was, reading, locale)
        lines.append(
            Text(f"It was {was} in {when}: {change}.", f"Valeur précédente ({when}) : {was}, soit {change}.").in_(locale)
        )
    sure = []
    if reading.n is not None:
        sure.append(f"n = {reading.n}")
    if reading.low is not None and reading.high is not None:
        ends = f"{figure(reading.low, reading, locale)} – {figure(reading.high, reading, locale)}"
        expected = reading.settings.kind == "outside_forecast"
        words = (
            Text("forecast interval", "intervalle de la prévision") if expected else Text("95 % interval", "intervalle à 95 %")
        )
        sure.append(f"{words.in_(locale)} {ends}")
    if sure:
        lines.append("; ".join(sure) + ".")
    if reading.note is not None:
        said = reading.note.in_(locale)
        if reading.settings.kind != "sync_failed" or reading.member == RECENCY:  # an error begins with the name of its source
            said = said[:1].upper() + said[1:]
        lines.append(said + ("" if said.endswith(".") else "."))
    return lines


def _end(reading: Reading) -> date | None:
    """Of the period that the value is held against, the exclusive end."""
    period = next((one for one in get_args(Period) if one == reading.settings.period and one != "all"), None)
    return period_end(period, reading.was_start) if period is not None and reading.was_start is not None else None


def _change(value: Decimal, was: Decimal, reading: Reading, locale: str) -> str:
    """With its sign: in percent of what it was, where it was something; of a rate in points as well."""
    move = value - was
    sign = "+" if move > 0 else "−" if move < 0 else "±"
    if reading.unit == "ratio":
        amount = f"{sign}{render.number(abs(move) * 100, 'score', None, locale)} pt"
    else:
        amount = f"{sign}{figure(abs(move), reading, locale)}"
    if was == 0:
        return amount
    return f"{amount} ({sign}{render.number(abs(move / was), 'ratio', None, locale)})"


def rule_words(reading: Reading, locale: str) -> str:
    """The rule in words: the bound at which it begins, and the one past which it is over."""
    rule, name = reading.settings, reading.rule
    text = _bounds(rule, reading)
    return Text(f"Rule {name}: {text.en}.", f"Règle {name} : {text.fr}.").in_(locale)


def _bounds(rule: RuleSettings, reading: Reading) -> Text:
    def value(amount: Decimal, locale: str) -> str:
        return figure(amount, reading, locale)

    if rule.kind == "threshold":
        first, last = (rule.below or Decimal(0)) if rule.above is None else rule.above, rule.last_bound
        if rule.above is not None:
            return Text(
                f"above {value(first, 'en')}, over at {value(last, 'en')} or less",
                f"au-dessus de {value(first, 'fr')}, terminé à {value(last, 'fr')} ou moins",
            )
        return Text(
            f"below {value(first, 'en')}, over at {value(last, 'en')} or more",
            f"au-dessous de {value(first, 'fr')}, terminé à {value(last, 'fr')} ou plus",
        )
    if rule.kind == "change":
        move, last_step = rule.rises or rule.falls, rule.last_step
        than = {
            "previous": Text("than the period before", "par rapport à la période précédente"),
            "last_year": Text("than a year earlier", "par rapport à l'année précédente"),
        }[rule.than]
        en, fr = ("more", "de plus") if rule.rises else ("less", "de moins")
        begins_en, begins_fr = (_step(move, reading, locale) if move else "" for locale in ("en", "fr"))
        ends_en, ends_fr = (_step(last_step, reading, locale) for locale in ("en", "fr"))
        return Text(f"{begins_en} {en} {than.en}, over below {ends_en}", f"{begins_fr} {fr} {than.fr}, terminé sous {ends_fr}")
    return {
        "outside_forecast": Text("outside the forecast's interval", "hors de l'intervalle de la prévision"),
        "target_at_risk": Text("a target at risk or missed", "un objectif en danger ou manqué"),
        "stale_data": Text(f"no data for {rule.hours} h", f"aucune donnée depuis {rule.hours} h"),
        "sync_failed": Text(
            "a run that failed or was refused" + (f", or none for {rule.hours} h" if rule.hours else ""),
            "une exécution en échec ou refusée" + (f", ou aucune depuis {rule.hours} h" if rule.hours else ""),
        ),
    }[rule.kind]


def _step(step: Step, reading: Reading, locale: str) -> str:
    if step.is_share:
        return str(format_percent(step.amount, format="#,##0.## %" if locale == "fr" else "#,##0.##%", locale=locale))
    if reading.unit == "ratio":
        return f"{render.number(step.amount * 100, 'score', None, locale)} pt"
    return figure(step.amount, reading, locale)


def link(house: House, reading: Reading) -> str | None:
    """The page of the KPI where people reach one, else the command that shows it."""
    rule, base = reading.settings, public_url(house)
    if reading.kpi is None:
        return f"{base}/health" if base and rule.kind in ("stale_data", "sync_failed") else None
    period = rule.period
    if base:
        asked = {
            "by": rule.by,
            "key": reading.member,
            "period": period,
            "start": reading.start.isoformat() if reading.start else "",
        }
        return f"{base}/kpi/{quote(reading.kpi)}?{urlencode({name: said for name, said in asked.items() if said})}"
    since = f" --since {reading.start.isoformat()}" if reading.start else ""
    return f"cadran show {reading.kpi} --by {rule.by} --period {period}{since}"


def public_url(house: House) -> str | None:
    """Where people reach the pages."""
    return house.settings.serve.public_url
