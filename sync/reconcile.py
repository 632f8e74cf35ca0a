"""``cadran reconcile``: CRM, analytics and ad platforms side by side; with ``--raw``, facts against the records as received.

The table is made of stored results, so that it says what ``show`` says; the reasons for its gaps are looked up in the facts.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import orjson

from kpi.channels import TITLES
from kpi.reconciliation import MONEY, NOT_COUNTED, SIDES, Figure, Findings, Key, Known, Line, Side, Terms, lines, unknown
from kpi.text import Text
from kpi.units import plain
from sync import render, runs
from sync.house import House
from sync.opening import opened
from sync.output import print_json
from sync.reconcile_raw import Comparison, compare_raw
from sync.result_rows import RESULT_KEY, RESULT_TYPES

SOURCES: Mapping[str, tuple[str, str | None]] = {
    "leads": ("leads", None),
    "new_customers": ("new_customers", None),
    "revenue_won": ("revenue_won", None),
    "users": ("users", None),
    "sessions": ("sessions", None),
    "key_events": ("key_events", None),
    "spend": ("spend", None),
    "clicks": ("cpc", "clicks"),
    "conversions": ("cpa", "conversions"),
    "conversion_value": ("roas_platform", "conversion_value"),
}
"""Figure -> the KPI it is read from, and which of its inputs; None: its value."""

COUNTED_WITH: Mapping[str, str] = {
    "clicks": "spend_with_clicks",
    "conversions": "spend_with_conversions",
    "conversion_value": "spend_with_conversions",
}
"""Figure -> the spend of the sources that count it: what a file says was spent comes without clicks."""


def reconcile_command(
    period: str,
    since: datetime | None,
    until: datetime | None,
    raw: bool,
    as_json: bool,
    settings_file: Path | None,
    account: str | None,
    home: Path | None,
) -> int:
    """Gives 1 where a difference between facts and raw records has no reason: that is our bug."""
    with opened(settings_file, account, home, needs_sources=raw) as house:
        if raw:
            found = compare_raw(house)
            if as_json:
                print_json({"checks": [comparison.to_json(house.locale) for comparison in found]})
            else:
                _print_raw(house, found)
            return 1 if any(comparison.faults for comparison in found) else 0
        frame = runs.stored_frame(house)
        known = stored(house, period, since.date() if since else None, until.date() if until else None)
        attribution = house.settings.attribution
        made = lines(known, Terms(attribution.model, attribution.lookback_days))
        if as_json:
            print_json([_line_json(line, house, frame.currency) for line in made])
        else:
            _print_lines(house, made, frame.currency)
        return 0


# --- what is stored -----------------------------------------------------------------------------------------------


def stored(house: House, period: str, since: date | None, until: date | None) -> Known:
    """The figures of the last run by channel and period, and what the facts show of them."""
    model = house.settings.attribution.model
    names = sorted({kpi for kpi, _ in SOURCES.values()})
    with house.lake.versions("kpi_result", RESULT_TYPES, RESULT_KEY, None) as con:
        rows = con.execute(
            "SELECT kpi, member, period_start, period_end, value, inputs, reason, reason_fr, flags, provisional_until FROM kpi_result "
            "WHERE list_contains($names, kpi) AND dimension IN ('total', 'channel') AND period = $period AND model IN ('', $model) "
            "AND ($since IS NULL OR period_start >= $since) AND ($until IS NULL OR period_start < $until)",
            {"names": names, "period": period, "model": model, "since": since, "until": until},
        ).fetchall()
    figures: dict[str, dict[Key, Figure]] = {name: {} for name in SOURCES}
    uncounted: list[tuple[str, str, date]] = []
    periods: dict[date, date] = {}
    for kpi, member, start, end, value, inputs, reason, reason_fr, flags, provisional in rows:
        periods[start] = end
        parts = orjson.loads(inputs)
        why = Text(reason, reason_fr) if reason else None
        for name, (source, part) in SOURCES.items():
            if source != kpi:
                continue
            # A ratio with nothing below the line is unknown, its parts are not.
            number = value if part is None else parts.get(part)
            found = None if number is None else Decimal(str(number))
            if name in COUNTED_WITH and found == 0 and not Decimal(str(parts.get(COUNTED_WITH[name]) or 0)):
                uncounted.append((name, member, start))
            figures[name][member, start] = Figure(
                found, why if found is None else None, frozenset(orjson.loads(flags)), provisional
            )
    for name, member, start in uncounted:
        spent = figures["spend"].get((member, start))
        if spent is not None and spent.value:
            figures[name][member, start] = replace(figures[name][member, start], value=None, reason=NOT_COUNTED)
    return Known(figures, periods, _findings(house, periods))


def _findings(house: House, periods: Mapping[date, date]) -> dict[Key, Findings]:
    if not periods:
        return {}
    frame = runs.stored_frame(house)
    spans = ", ".join(f"(DATE '{start}', DATE '{end}')" for start, end in periods.items())
    zone_and_home = {"zone": frame.zone_name, "home": frame.currency}
    found: dict[Key, dict[str, Any]] = {}
    with house.lake.facts(("web_traffic_daily", "ad_spend_daily")) as con:
        for query in (WEB_FINDINGS, ADS_FINDINGS):
            asked = {name: value for name, value in zone_and_home.items() if f"${name}" in query}
            answer = con.execute(query.format(spans=spans), asked)
            names = [column[0] for column in answer.description or ()][2:]
            for channel, start, *values in answer.fetchall():
                found.setdefault((channel or "", start), {}).update(zip(names, values, strict=True))
    return {key: _found(body) for key, body in found.items()}


def _found(body: Mapping[str, Any]) -> Findings:
    return Findings(
        web_zones=frozenset(body.get("web_zones", ())),
        ads_zones=frozenset(body.get("ads_zones", ())),
        is_sampled=body.get("is_sampled", False),
        is_thresholded=body.get("is_thresholded", False),
        has_other_row=body.get("has_other_row", False),
        platforms=frozenset(body.get("platforms", ())),
        has_fractions=body.get("has_fractions", False),
        currencies=frozenset(body.get("currencies", ())),
        without_rate=body.get("without_rate", 0),
    )


WEB_FINDINGS = """
SELECT w.channel, p.s, coalesce(list(DISTINCT w.property_zone) FILTER (w.property_zone <> $zone), []) AS web_zones,
    bool_or(w.is_sampled) AS is_sampled, bool_or(w.is_thresholded) AS is_thresholded, bool_or(w.has_other_row) AS has_other_row
FROM web_traffic_daily w JOIN (VALUES {spans}) p(s, e) ON w.visit_on >= p.s AND w.visit_on < p.e
GROUP BY GROUPING SETS ((w.channel, p.s), (p.s))
"""

ADS_FINDINGS = """
SELECT a.channel, p.s, coalesce(list(DISTINCT a.account_zone) FILTER (a.account_zone <> $zone), []) AS ads_zones,
    list(DISTINCT a.platform) AS platforms, bool_or(a.conversions <> floor(a.conversions)) AS has_fractions,
    coalesce(list(DISTINCT a.currency) FILTER (a.currency <> $home), []) AS currencies,
    count(*) FILTER (a.spend_home IS NULL) AS without_rate
FROM ad_spend_daily a JOIN (VALUES {spans}) p(s, e) ON a.spend_on >= p.s AND a.spend_on < p.e
GROUP BY GROUPING SETS ((a.channel, p.s), (p.s))
"""


# --- what is said -------------------------------------------------------------------------------------------------


def _line_json(line: Line, house: House, currency: str) -> dict[str, Any]:
    locale = house.locale
    missing = {side: unknown(line.figures, side) for side in SIDES}
    return {
        "channel": line.channel,
        "period_start": line.period_start.isoformat(),
        "period_end": line.period_end.isoformat(),
        "currency": currency,
        "model": house.settings.attribution.model,
        **{side: {name: _plain(line.figures[name].value) for name in names} for side, names in SIDES.items()},
        "missing": {side: None if why is None else why.in_(locale) for side, why in missing.items()},
        "gaps": [
            {
                "gap": gap.name,
                "left": gap.left,
                "right": gap.right,
                "difference": _plain(gap.difference),
                "ratio": _plain(None if gap.ratio is None else gap.ratio.quantize(Decimal("0.0001"))),
            }
            for gap in line.gaps
        ],
        "reasons": [
            {"code": because.code, "text": because.text.in_(locale), "is_known": because.is_known, "count": because.count}
            for because in line.reasons
        ],
    }


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


HEADINGS: Mapping[str, Text] = {
    "leads": Text("leads", "leads"),
    "new_customers": Text("customers", "clients"),
    "revenue_won": Text("revenue", "CA"),
    "users": Text("users", "utilisateurs"),
    "sessions": Text("sessions", "sessions"),
    "key_events": Text("key events", "évén. clés"),
    "spend": Text("spend", "dépense"),
    "clicks": Text("clicks", "clics"),
    "conversions": Text("conv.", "conv."),
    "conversion_value": Text("conv. value", "valeur conv."),
}


def _print_lines(house: House, made: list[Line], currency: str) -> None:
    locale = house.locale
    if not made:
        click.echo(Text("Nothing is stored for these periods.", "Rien n'est conservé pour ces périodes.").in_(locale))
        return
    body = []
    for line in made:
        title = TITLES[line.channel].in_(locale) if line.channel else ALL.in_(locale)
        numbers = [
            render.number(line.figures[name].value, "money" if name in MONEY else "count", currency, locale)
            for names in SIDES.values()
            for name in names
        ]
        body.append((render.day(line.period_start, locale), title, *numbers))
    headings = [Text("from", "du").in_(locale), Text("channel", "canal").in_(locale)]
    headings += [HEADINGS[name].in_(locale) for names in SIDES.values() for name in names]
    heading = Text(
        f"CRM (model {house.settings.attribution.model}) | analytics | ad platforms",
        f"CRM (modèle {house.settings.attribution.model}) | audience | régies",
    )
    render.console().print(render.table(heading.in_(locale), headings, body, right=tuple(range(2, len(headings)))))
    click.echo(WHY.in_(locale))
    for text, places in _said(made, locale).items():
        click.echo(f"  {text} [{', '.join(places)}]")
    for side, name in NAMES.items():
        reasons = [why for line in made if not line.channel and (why := unknown(line.figures, side)) is not None]
        if reasons:
            click.echo(f"  {name.in_(locale)}: {reasons[-1].in_(locale)}")


ALL = Text("all channels", "tous les canaux")
WHY = Text(
    "Why they differ (?: may play a part, which no data can show):",
    "Pourquoi ils diffèrent (? : peut jouer, sans qu'aucune donnée le montre) :",
)
NAMES: Mapping[Side, Text] = {
    "crm": Text("CRM", "CRM"),
    "web": Text("analytics", "audience"),
    "ads": Text("ad platforms", "régies"),
}


def _said(made: list[Line], locale: str) -> dict[str, list[str]]:
    """Each reason once, with where it holds: the periods and counts where it is counted, else the channels."""
    said: dict[str, dict[str, None]] = {}
    for line in made:
        for because in line.reasons:
            if because.count is None:
                place = TITLES[line.channel].in_(locale) if line.channel else ALL.in_(locale)
            elif not line.channel:
                place = f"{render.day(line.period_start, locale)}: {because.count}"
            else:
                continue
            said.setdefault(("" if because.is_known else "? ") + because.text.in_(locale), {})[place] = None
    return {text: list(places) for text, places in said.items()}


def _print_raw(house: House, found: list[Comparison]) -> None:
    locale = house.locale
    headings = [
        Text("source", "source"),
        Text("facts", "faits"),
        Text("currency", "devise"),
        Text("as received", "reçu"),
        Text("in the facts", "dans les faits"),
        Text("difference", "écart"),
        Text("why", "pourquoi"),
    ]
    body = [
        (
            f"{c.source}.{c.stream}",
            f"{c.table}.{c.column}",
            c.currency or render.MISSING,
            plain(c.raw),
            plain(c.facts),
            plain(c.difference),
            "; ".join(f"{d.words(locale)}: {d.records} ({plain(d.amount)})" for d in c.reasons),
        )
        for c in found
    ]
    title = Text("Facts against the records as received", "Les faits face aux enregistrements reçus")
    render.console().print(render.table(title.in_(locale), [h.in_(locale) for h in headings], body, right=(3, 4, 5)))
    for c in found:
        for fault in c.faults:
            words = Text("no reason is known for", "sans raison connue :").in_(locale)
            click.echo(f"  {words} {c.table} {fault.record_id}: {fault.raw} → {fault.facts}", err=True)
