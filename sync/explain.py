"""``cadran explain``: where one number comes from. Its formula and inputs, its passport, and the rows behind it with their records."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from connectors.errors import ConfigurationError
from kpi.card import Kpi, RecordKpi
from kpi.flags import in_words
from kpi.text import Text
from kpi.uncertainty import TITLES
from sync import passport, render
from sync.behind import rows_behind
from sync.cards import card
from sync.house import House
from sync.opening import opened
from sync.output import print_json
from sync.reading import allowed, record_results
from sync.result_reading import Query, read_results
from sync.sureness import said


def explain_command(
    kpi: str,
    by: str,
    key: str,
    period: str,
    start: datetime | None,
    limit: int,
    as_json: bool,
    settings_file: Path | None,
    account: str | None,
    home: Path | None,
) -> int:
    with opened(settings_file, account, home, needs_sources=False) as house:
        allowed(house, kpi, by, period)
        model = house.settings.attribution.model
        rows = read_results(house, Query(kpi, by, period, model=model)) or record_results(house, kpi, by, None)
        rows = [r for r in rows if r["key"] == key and (start is None or r["period_start"] == start.date().isoformat())]
        if not rows:
            raise ConfigurationError(
                f"no value of {kpi} by {by} for {key!r} at period {period}; `cadran show {kpi} --by {by}` lists what there is"
            )
        row, definition = rows[-1], house.catalogue.definition(kpi)
        found = {name: value for name, value in card(house.catalogue, kpi, house.locale).items() if name != "lines"}
        document = {
            "value": row,
            "card": found,
            "passport": passport_of(house, definition, row),
            "rows": rows_behind(house, kpi, row, period, limit),
        }
        if as_json:
            print_json(document)
        else:
            for line in _lines(house, definition, document):
                click.echo(line)
        return 0


def passport_of(house: House, definition: Kpi | RecordKpi, row: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that a value depends on besides the rows: its own, and what it has in common with the run's others."""
    families = {m.facts.name for m in definition.formula.inputs} if isinstance(definition, Kpi) else set()
    common = passport.of_run(house, definition.name, families)
    estimator = definition.estimator if isinstance(definition, Kpi) else None
    lookback = house.settings.attribution.lookback_days
    return {
        **common,
        "inputs": row["inputs"],
        "n": row["n"],
        "window": {"start": row["period_start"], "end": row["period_end"]},
        "model": row["model"],
        "lookback_days": lookback if row["model"] else None,
        "as_of": row["as_of"],
        "provisional_until": row["provisional_until"],
        "interval": row["interval"]
        and {**row["interval"], "method": TITLES[estimator.kind].in_(house.locale) if estimator else ""},
        "flags": row["flags"],
    }


_WORDS = {
    "definition": Text("definition", "définition"),
    "window": Text("window", "fenêtre"),
    "n": Text("cases", "cas"),
    "interval": Text("95 times in 100 within", "95 fois sur 100 entre"),
    "currency": Text("currency", "devise"),
    "zone": Text("days cut in", "jours découpés en"),
    "model": Text("attribution", "attribution"),
    "as_of": Text("as of", "à la date du"),
    "provisional": Text("provisional until", "provisoire jusqu'au"),
    "flags": Text("flags", "signaux"),
    "rates": Text("exchange rates", "taux de change"),
    "zones": Text("days of vendors", "jours des fournisseurs"),
    "loaded": Text("loaded from", "chargé à partir de"),
}
_LOOKBACK = Text("visits of {days} days before", "visites des {days} jours précédents")
_EVER = Text("all visits before", "toutes les visites précédentes")
_RATES = Text(
    "{table} of {source} in {currency}: {rows} rows{by}{days}, {without_rate} without a rate{stale}",
    "{table} de {source} en {currency} : {rows} lignes{by}{days}, {without_rate} sans taux{stale}",
)
_STALE = Text(", {n} at a rate too old", ", {n} à un taux trop ancien")
_OTHER = Text(" (another zone than the reporting one)", " (autre fuseau que celui des rapports)")
_WHOLE = Text("the whole history", "tout l'historique")
_ROWS = Text("{n} rows of {mart}", "{n} lignes de {mart}")


def _lines(house: House, definition: Kpi | RecordKpi, document: Mapping[str, Any]) -> Iterator[str]:
    locale, row, found = house.locale, document["value"], document["passport"]
    kpi = definition if isinstance(definition, Kpi) else None
    yield f"{document['card']['title']} ({row['kpi']})"
    yield f"  {said(row, kpi, locale)}" + (f"  ({row['reason']})" if row["reason"] else "")
    yield f"  = {document['card']['formula']}"
    for name, value in row["inputs"].items():
        yield f"    {name} = {render.MISSING if value is None else value}"
    for name, text in _said(house, kpi, row, found):
        yield f"  {_WORDS[name].in_(locale)}{Text(':', ' :').in_(locale)} {text or render.MISSING}"
    for part in document["rows"]:
        yield f"  {part['measure']}{Text(':', ' :').in_(locale)} " + _ROWS.in_(locale).format(n=part["rows"], mart=part["mart"])
        for sample in part["sample"]:
            first = [sample[name] for name in ("record", "link") if name in sample]
            rest = (f"{k}={v}" for k, v in sample.items() if v is not None and k not in ("record", "link"))
            yield "    " + "  ".join((*first, *rest))


def _said(house: House, kpi: Kpi | None, row: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    locale = house.locale
    definition, window = found["definition"], found["window"]
    yield (
        "definition",
        f"version {definition['version'] or row['version']}"
        + (f" ({definition['fingerprint']})" if definition["fingerprint"] else ""),
    )
    yield "window", f"{window['start'] or render.MISSING} → {window['end'] or render.MISSING}"
    yield "n", "" if found["n"] is None else str(found["n"])
    yield "interval", _interval(found["interval"], row, kpi, locale)
    yield "as_of", found["as_of"]
    yield "zone", found["timezone"] or ""
    yield "currency", row["currency"] or ""
    yield "model", _model(found, locale)
    yield "provisional", found["provisional_until"] or ""
    yield "flags", ", ".join(in_words(found["flags"], locale))
    for name, known in found["loaded"].items():
        yield "loaded", f"{name}: {known['since'] or _WHOLE.in_(locale)}"
    for rate in found["rates"]:
        yield "rates", _rate(rate, locale)
    for zone in found["zones"]:
        yield "zones", f"{zone['table']} ({zone['source']}): {zone['zone']}" + (_OTHER.in_(locale) if zone["is_other"] else "")


def _interval(found: Mapping[str, Any] | None, row: Mapping[str, Any], kpi: Kpi | None, locale: str) -> str:
    if found is None:
        return TITLES["none"].in_(locale) if kpi is not None and kpi.estimator is None else ""
    low, high = (render.number(found[end], row["unit"], row["currency"], locale) for end in ("low", "high"))
    return f"{low} … {high} ({found['method']})"


def _model(found: Mapping[str, Any], locale: str) -> str:
    if not found["model"]:
        return ""
    days = found["lookback_days"]
    return f"{found['model']}, " + (_EVER.in_(locale) if days is None else _LOOKBACK.in_(locale).format(days=days))


def _rate(rate: Mapping[str, Any], locale: str) -> str:
    days: Sequence[str] = [rate[name] for name in ("first_rate_on", "last_rate_on") if rate[name]]
    return _RATES.in_(locale).format(
        **{name: rate[name] for name in ("table", "source", "currency", "rows", "without_rate")},
        by=f", {rate['by']}" if rate["by"] else "",
        days=f", {' → '.join(days)}" if days else "",
        stale=_STALE.in_(locale).format(n=rate["stale"]) if rate["stale"] else "",
    )
