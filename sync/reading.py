"""The commands that only look: the catalogue, results, and where a number comes from. They never wait for a running sync."""

import csv
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from connectors.errors import ConfigurationError
from kpi.attribution.markov import FEWEST_WON
from kpi.attribution.models import DATA_DRIVEN
from kpi.card import RecordKpi
from kpi.flags import in_words
from kpi.periods import PERIODS, ROLLING
from kpi.registry import Catalogue
from kpi.roles import resolved
from kpi.text import Text
from sync import render, runs
from sync.cards import card, cards, followed_first, nearest
from sync.grains import computed_kpis, kept
from sync.history import records_history, results_history
from sync.history_text import print_history
from sync.house import House
from sync.labels import labels_for
from sync.measure_list import list_measures
from sync.opening import consulted, opened
from sync.output import print_json
from sync.own_kpis import catalogue as catalogue_of
from sync.result_reading import Query, read_records, read_results
from sync.retention import KEPT_FROM
from sync.sureness import expected, interval, said

RECORD_DIMENSIONS = {"deal": "deals", "contact": "contacts", "company": "companies"}


def kpis_command(
    kpi: str | None,
    role: str | None,
    everything: bool,
    measures: bool,
    markdown: bool,
    as_json: bool,
    settings_file: Path | None,
    account: str | None,
    home: Path | None,
) -> int:
    """Needs no account: the catalogue is part of the program, what the settings add to it is in them."""
    settings = consulted(settings_file, account, home)
    locale, catalogue = settings.locale, catalogue_of(settings.kpis)
    if kpi is not None:
        found = card(catalogue, _known(catalogue, kpi), locale)
        if as_json:
            print_json(found)
            return 0
        for heading, text in found["lines"]:
            click.echo(f"{heading:>18}  {text}")
        return 0
    if measures:
        list_measures(catalogue, locale, as_json)
        return 0
    if markdown:
        from kpi.catalogue import markdown as page

        click.echo(page(locale, catalogue), nl=False)
        return 0
    names = followed_first(catalogue)
    if role is not None:
        names = list(resolved([role], [one.name for one in catalogue.kpis.values() if one.is_own]))
    if as_json:
        print_json(cards(catalogue, names, locale))
        return 0
    if role is None and not everything:
        names = [name for name in names if name in catalogue.followed]
    headings = [
        Text("", ""),
        Text("KPI", "indicateur"),
        Text("title", "titre"),
        Text("unit", "unité"),
        Text("formula", "formule"),
    ]
    rows = [
        ("●" if c["followed"] else "", c["kpi"], c["title"], c["unit"], c["formula"]) for c in cards(catalogue, names, locale)
    ]
    render.console().print(render.table("", [h.in_(locale) for h in headings], rows))
    if role is None and not everything:
        rest = len(catalogue.names) - len(names)
        words = Text(
            f"● followed (setting kpis.follow). {rest} more are computed and can be shown: `cadran kpis --all`.",
            f"● suivis (réglage kpis.follow). {rest} autres sont calculés et peuvent être affichés : `cadran kpis --all`.",
        )
        click.echo(words.in_(locale))
    return 0


def _known(catalogue: Catalogue, kpi: str) -> str:
    if kpi in catalogue.names:
        return kpi
    raise ConfigurationError(f"no KPI is called {kpi}; {nearest(catalogue, kpi)}")


def allowed(house: House, kpi: str, by: Any, period: str) -> None:
    """Refuse a cut that has no meaning, or that is not kept, and say which there are."""
    catalogue, computed = house.catalogue, computed_kpis(house)
    found = catalogue.definition(_known(catalogue, kpi))
    if isinstance(found, RecordKpi):
        right = next(name for name, object_ in RECORD_DIMENSIONS.items() if object_ == found.object)
        if by != right:
            raise ConfigurationError(f"{kpi} stands on single records: add --by {right}")
        return
    if kpi not in computed:
        raise ConfigurationError(f"{kpi} is not computed: the settings say `kpis.compute: followed`; add it to `kpis.follow`")
    if by not in found.grains:
        raise ConfigurationError(f"{kpi} is not shown by {by}; it is by {', '.join(found.grains)}")
    periods = [p for p in (*PERIODS, *ROLLING) if kept(found, by, p)]
    if period not in periods:
        raise ConfigurationError(f"{kpi} by {by} is not kept per {period}; it is per {', '.join(periods)}")


def show_command(
    kpi: str,
    by: str,
    period: str,
    since: datetime | None,
    until: datetime | None,
    as_of: datetime | None,
    history: bool,
    model: str | None,
    as_csv: bool,
    as_json: bool,
    settings_file: Path | None,
    account: str | None,
    home: Path | None,
) -> int:
    with opened(settings_file, account, home, needs_sources=False) as house:
        allowed(house, kpi, by, period)
        if history and as_of is not None:
            raise ConfigurationError("--history shows what was known on every day: leave out --as-of")
        run_id = None
        if as_of is not None:
            run_id = house.ledger.run_as_of(_end_of(as_of.date(), runs.stored_frame(house).zone))
            if run_id is None:
                raise ConfigurationError(f"nothing was known yet on {as_of.date()}")
            if run_id < int(house.ledger.get(KEPT_FROM) or 0):
                raise ConfigurationError(
                    f"what was known on {as_of.date()} is no longer kept (settings: retention.results_days, "
                    f"{house.settings.retention.results_days} days)"
                )
        chosen = model or house.settings.attribution.model
        kept_model(house, kpi, by, chosen)
        query = Query(kpi, by, period, since.date() if since else None, until.date() if until else None, run_id, chosen)
        if history:
            is_record = isinstance(house.catalogue.definition(kpi), RecordKpi)
            versions = records_history(house, kpi, RECORD_DIMENSIONS[by], by) if is_record else results_history(house, query)
            if as_json:
                print_json(versions)
            elif as_csv:
                _print_csv(versions)
            else:
                print_history(house, kpi, by, versions)
            return 0
        rows = read_results(house, query) or record_results(house, kpi, by, run_id)
        if not rows and chosen == DATA_DRIVEN:
            click.echo(_NOTHING_LEARNED.in_(house.locale).format(needed=FEWEST_WON), err=True)
        if as_json:
            print_json(rows)
        elif as_csv:
            _print_csv(rows)
        else:
            _print_results(house, kpi, by, rows)
        return 0


def kept_model(house: House, kpi: str, by: Any, model: str) -> None:
    """Refuse an attribution model whose results are not kept, and say which line of the settings keeps them."""
    found, kept_models = house.catalogue.definition(kpi), house.settings.attribution.kept
    if not isinstance(found, RecordKpi) and found.is_credited(by) and model not in kept_models:
        listed = ", ".join((*kept_models, model))
        raise ConfigurationError(
            f"no results of the attribution model {model} are kept. In cadran.yaml, under attribution, write "
            f"`models: [{listed}]`; from the next `cadran sync` on they are"
        )


_NOTHING_LEARNED = Text(
    "The model markov is learned from won deals with a known touch and needs {needed}: `cadran check --data` says how many there "
    "were at the last sync.",
    "Le modèle markov s'apprend des transactions gagnées dont une visite est connue et en demande {needed} : "
    "`cadran check --data` dit combien il y en avait à la dernière synchronisation.",
)


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone)


def record_results(house: House, kpi: str, by: str, run_id: int | None) -> list[dict[str, Any]]:
    """A record-level KPI (``lead_cost`` by contact …) in the same form; a record has no period."""
    object_ = RECORD_DIMENSIONS.get(by)
    frame = runs.stored_frame(house)
    found = []
    for row in read_records(house, run_id=run_id, property=kpi):
        if row["object"] != object_:
            continue
        found.append(
            {
                "kpi": kpi,
                "by": by,
                "key": row["record_id"],
                "period_start": row["month"].isoformat() if row["month"] else None,
                "period_end": None,
                "value": row["value"],
                "unit": row["unit"],
                "currency": frame.currency if row["unit"] == "money" else None,
                "n": None,
                "inputs": _json(row["inputs"]),
                "model": house.settings.attribution.model,
                "as_of": row["as_of"].strftime("%Y-%m-%dT%H:%M:%SZ"),
                "provisional_until": row["provisional_until"].isoformat() if row["provisional_until"] else None,
                "reason": row["reason_fr" if house.locale == "fr" else "reason"],
                "flags": _json(row["flags"]),
                "at_maturity": None,
                "version": house.catalogue.record_kpis[kpi].version,
                "interval": None,
            }
        )
    return found


def _json(text: str) -> Any:
    import orjson

    return orjson.loads(text)


def _print_csv(rows: list[dict[str, Any]]) -> None:
    names = list(rows[0]) if rows else ["kpi", "by", "key", "period_start", "period_end", "value", "unit", "currency", "n"]
    writer = csv.writer(sys.stdout)
    writer.writerow(names)
    for row in rows:
        writer.writerow([_flat(row[n]) for n in names])


def _flat(value: Any) -> Any:
    if isinstance(value, dict):
        return "; ".join(f"{k}={v}" for k, v in value.items())
    return " ".join(value) if isinstance(value, list) else value


def _print_results(house: House, kpi: str, by: str, rows: list[dict[str, Any]]) -> None:
    locale = house.locale
    if not rows:
        click.echo(
            Text(f"{kpi} is not kept by {by} at this period.", f"{kpi} n'est pas conservé par {by} à cette période.").in_(locale)
        )
        return
    labels = labels_for(house, by)
    found = house.catalogue.kpis.get(kpi)
    headings = [
        Text(by, by),
        Text("from", "du"),
        Text("value", "valeur"),
        Text("95 in 100", "95 sur 100"),
        Text("n", "n"),
        Text("note", "note"),
    ]
    body = [
        (
            labels.get(r["key"], r["key"]) or "total",
            render.day(r["period_start"], locale),
            said(r, found, locale),
            interval(r, locale),
            render.MISSING if r["n"] is None else str(r["n"]),
            "; ".join([*([r["reason"]] if r["reason"] else []), *expected(r, locale), *in_words(r["flags"], locale)]),
        )
        for r in rows
    ]
    as_of = rows[0]["as_of"].replace("T", " ").replace("Z", " UTC")
    title = card(house.catalogue, kpi, locale)["title"]
    render.console().print(render.table(f"{title} ({kpi}) — {as_of}", [h.in_(locale) for h in headings], body, right=(2, 3, 4)))
