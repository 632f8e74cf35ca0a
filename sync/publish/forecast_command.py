"""``cadran forecast``: what a KPI will come to, with how far off such forecasts have been."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from connectors.errors import ConfigurationError
from kpi.card import Kpi
from kpi.forecast import TITLES, Range
from kpi.text import Text
from kpi.units import plain
from sync import render
from sync.house import House
from sync.opening import opened
from sync.output import print_json
from sync.publish.after import filled
from sync.publish.forecast_store import Coming, Kept, forecast_as_known
from sync.publish.forecasts import Wanted, forecast_now
from sync.publish.members import member_of
from sync.publish.sales_outlook import REVENUE, SalesOutlook, sales_outlook
from sync.publish.shelf import Shelf
from sync.reading import allowed


def forecast_command(
    kpi: str,
    by: Any,
    key: str,
    period: Any,
    as_of: datetime | None,
    as_json: bool,
    settings_file: Path | None,
    account: str | None,
    home: Path | None,
) -> int:
    with opened(settings_file, account, home, needs_sources=False) as house:
        allowed(house, kpi, by, period)
        found = house.catalogue.kpis.get(kpi)
        if found is None:
            raise ConfigurationError(f"{kpi} stands on single records, which are not forecast")
        if (by != "total") != bool(key):
            raise ConfigurationError("say of whom with both: --by channel --for 'Paid search'; or leave out both for the total")
        with filled(house) as shelf:
            kept = _asked(shelf, Wanted(found, by, period), member_of(shelf, by, key) or key, as_of)
            if kept is None:
                raise ConfigurationError(_nothing(shelf, found, by, key, as_of))
            outlook = sales_outlook(shelf, kept) if (kpi, by, period) == (REVENUE, "total", "month") and as_of is None else []
            if as_json:
                print_json(
                    {**forecast_json(kept, house.locale), **({"sales": [_sales_json(o) for o in outlook]} if outlook else {})}
                )
            else:
                _print(house, shelf, found, kept)
                _print_sales(outlook, house.locale)
        return 0


def _asked(shelf: Shelf, want: Wanted, key: str, as_of: datetime | None) -> Kept | None:
    if as_of is None:
        return forecast_now(shelf, want, key)
    end = datetime.combine(as_of.date() + timedelta(days=1), time(), ZoneInfo(shelf.about.get("zone", "UTC")))
    return forecast_as_known(shelf, want.kpi.name, want.by, key, want.period, end - timedelta(microseconds=1))


def _nothing(shelf: Shelf, kpi: Kpi, by: str, key: str, as_of: datetime | None) -> str:
    if as_of is not None:
        return f"no forecast of {kpi.name} was kept by {as_of.date()}; they are kept from the first sync on that made one"
    members = ", ".join(member for member in shelf.members(by)[:10] if member)
    return f"{kpi.name} has no figures for {key!r} ({by}); known: {members}" if key else f"{kpi.name} has no figures yet"


# --- as JSON ----------------------------------------------------------------------------------------------------------


def forecast_json(kept: Kept, locale: str) -> dict[str, Any]:
    """One document; decimals as text."""
    made, present = kept.forecast, kept.present
    return {
        "kpi": kept.kpi,
        "by": kept.by,
        "key": kept.key,
        "period": kept.period,
        "unit": kept.unit,
        "currency": kept.currency,
        "known_from": kept.known_from.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "reason": kept.reason.in_(locale) if kept.reason else None,
        "model": made.model if made else None,
        "history_start": _day(kept.history_start),
        "history_end": _day(kept.history_end),
        "unsettled": kept.unsettled,
        "origins": made.origins if made else None,
        "mase": _text(made.mase) if made else None,
        "naive_mase": _text(made.naive_mase) if made else None,
        "error_share": _text(made.error_share) if made else None,
        "running": None
        if present is None or kept.running is None
        else {
            "period_start": _day(kept.running.start),
            "period_end": _day(kept.running.end),
            "done": plain(present.done),
            "share": plain(present.share),
            "profile": present.profile,
            "rest": present.rest,
            "value": plain(present.value),
            "likely": _ends(present.likely),
            "wide": _ends(present.wide),
        },
        "ahead": [
            {
                "period_start": _day(one.start),
                "period_end": _day(one.end),
                "value": plain(one.ahead.value),
                "likely": _ends(one.ahead.likely),
                "wide": _ends(one.ahead.wide),
                "mean_error": plain(one.ahead.mean_error),
                "error_share": _text(one.ahead.error_share),
                "errors": one.ahead.errors,
            }
            for one in kept.coming
        ],
    }


def _sales_json(outlook: SalesOutlook) -> dict[str, Any]:
    return {
        "period_start": _day(outlook.start),
        "period_end": _day(outlook.end),
        "won": _text(outlook.won),
        "open_weighted": _text(outlook.open_weighted),
        "pipeline": _text(outlook.pipeline),
        "pipeline_likely": _ends(outlook.pipeline_likely),
        "pipeline_error_share": plain(outlook.pipeline_error.share) if outlook.pipeline_error else None,
        "pipeline_error_months": outlook.pipeline_error.months if outlook.pipeline_error else 0,
        "by_past": _text(outlook.by_past),
        "by_past_likely": _ends(outlook.by_past_likely),
        "by_past_error_share": _text(outlook.by_past_error),
    }


def _day(day: Any) -> str | None:
    return day.isoformat() if day is not None else None


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _ends(ends: Range | None) -> dict[str, str] | None:
    return None if ends is None else {"low": plain(ends.low), "high": plain(ends.high), "level": plain(ends.level)}


# --- for people --------------------------------------------------------------------------------------------------------


def _print(house: House, shelf: Shelf, kpi: Kpi, kept: Kept) -> None:
    locale = house.locale
    if kept.reason is not None or kept.forecast is None:
        why = kept.reason or Text("its history is too short", "son historique est trop court")
        words = Text(f"No forecast of {kpi.name}: {why.en}.", f"Pas de prévision de {kpi.name} : {why.fr}.")
        click.echo(words.in_(locale))
        return
    came = {
        figure.start: figure.value
        for figure in shelf.series(kpi.name, by=kept.by, key=kept.key, period=kept.period, since=kept.history_end)
        if shelf.today is not None and figure.end <= shelf.today and figure.value is not None
    }
    rows = [_line(one, kept, came.get(one.start), locale) for one in kept.coming]
    head = [
        Text("from", "du"),
        Text("forecast", "prévision"),
        Text("8 times in 10", "8 fois sur 10"),
        Text("off by, on average", "écart moyen"),
        Text("came", "réalisé"),
        Text("note", "note"),
    ]
    title = f"{kpi.title.in_(locale)} ({kpi.name}) — {kept.key or 'total'}, {kept.known_from:%Y-%m-%d %H:%M:%S} UTC"
    render.console().print(render.table(title, [words.in_(locale) for words in head], rows, right=(1, 2, 3, 4)))
    for line in _told(kept, locale):
        click.echo(line)


def _line(one: Coming, kept: Kept, came: Decimal | None, locale: str) -> tuple[str, ...]:
    ahead, note = one.ahead, ""
    if one.start < (kept.running.start if kept.running else one.start):
        note = Text("over, not settled", "terminée, pas définitive").in_(locale)
    elif kept.running is not None and one.start == kept.running.start:
        note = Text("running: as expected before it began", "en cours : comme attendu avant son début").in_(locale)
    error = ahead.error_share if kept.unit != "ratio" else None
    off = _number(ahead.mean_error * 100, kept, locale, is_points=True) if kept.unit == "ratio" else _percent(error, locale)
    return (
        render.day(one.start, locale),
        _number(ahead.value, kept, locale),
        between(ahead.likely, kept, locale),
        off,
        (render.MISSING if came is None else _number(came, kept, locale)),
        note,
    )


def _told(kept: Kept, locale: str) -> list[str]:
    """Which model, how good, and what the running period will end at."""
    made = kept.forecast
    assert made is not None  # noqa: S101 - looked at before
    lines = []
    if kept.present is not None:
        done, value = _number(kept.present.done, kept, locale), _number(kept.present.value, kept, locale)
        ends = between(kept.present.likely, kept, locale)
        share = _percent(kept.present.share, locale)
        is_usual = kept.present.profile == "past_periods"
        en = f"{share} of it is usual by now" if is_usual else f"{share} of its time is over"
        fr = f"{share} à ce stade d'ordinaire" if is_usual else f"{share} de son temps est passé"
        words = Text(
            f"The period that is running: {done} so far ({en}), {value} at its end ({ends}).",
            f"La période en cours : {done} à ce jour ({fr}), {value} à la fin ({ends}).",
        )
        lines.append(words.in_(locale))
    model = TITLES[made.model]
    scaled = Text(
        f", MASE {made.mase} against {made.naive_mase} of the seasonal naive forecast",
        f", MASE {made.mase} contre {made.naive_mase} pour la prévision naïve saisonnière",
    )
    words = Text(
        f"Model: {model.en}, tried from {made.origins} points of the past: off by {_percent(made.error_share, locale)}"
        f"{scaled.en if made.mase is not None else ''}.",
        f"Modèle : {model.fr}, essayé depuis {made.origins} points du passé : écart de {_percent(made.error_share, locale)}"
        f"{scaled.fr if made.mase is not None else ''}.",
    )
    return [*lines, words.in_(locale)]


def _print_sales(outlook: list[SalesOutlook], locale: str) -> None:
    if not outlook:
        return
    head = [
        Text("month", "mois"),
        Text("won so far", "gagné à ce jour"),
        Text("open, weighted", "ouvert, pondéré"),
        Text("by the pipeline", "selon le pipeline"),
        Text("off by", "écart"),
        Text("by the past", "selon le passé"),
        Text("8 times in 10", "8 fois sur 10"),
    ]

    def money(value: Decimal | None, currency: str | None) -> str:
        return render.number(value, "money", currency, locale)

    rows = [
        (
            render.day(one.start, locale),
            money(one.won, one.currency),
            money(one.open_weighted, one.currency),
            money(one.pipeline, one.currency),
            _percent(one.pipeline_error.share, locale)
            if one.pipeline_error
            else Text("not known yet", "pas encore connu").in_(locale),
            money(one.by_past, one.currency),
            f"{money(one.by_past_likely.low, one.currency)} … {money(one.by_past_likely.high, one.currency)}"
            if one.by_past_likely
            else render.MISSING,
        )
        for one in outlook
    ]
    title = Text("Sales, by the pipeline and by the past", "Ventes, selon le pipeline et selon le passé").in_(locale)
    render.console().print(render.table(title, [words.in_(locale) for words in head], rows, right=(1, 2, 3, 4, 5, 6)))


def _number(value: Decimal, kept: Kept, locale: str, *, is_points: bool = False) -> str:
    if is_points:
        return f"{render.number(value, 'score', None, locale)} points"
    return render.number(value, kept.unit, kept.currency, locale)


def between(ends: Range | None, kept: Kept, locale: str) -> str:
    """Both ends as a person reads them."""
    return render.MISSING if ends is None else f"{_number(ends.low, kept, locale)} … {_number(ends.high, kept, locale)}"


def _percent(share: Decimal | None, locale: str) -> str:
    return render.MISSING if share is None else render.number(share, "ratio", None, locale)
