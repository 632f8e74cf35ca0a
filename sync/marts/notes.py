"""What a person should know about the data, in sentences with their counts."""

from collections.abc import Mapping

from babel.numbers import format_decimal, format_percent

from kpi.text import Text
from sync.marts import (
    cohorts,
    commerce,
    custom,
    deals,
    email,
    lines,
    margin,
    media,
    offline,
    orders,
    people,
    quotas,
    refunds,
    service,
    subscriptions,
    survivors,
    touches,
    web,
)
from sync.marts.desk import Desk, Note


def counts(desk: Desk) -> dict[str, int]:
    """Gaps and faults by code, zero where there are none; of contacts and deals, all that live."""
    rows = {"contacts": "_contact", "deals": "_deal_state", **{code: note.rows for code, note in NOTES.items()}}
    (found,) = desk.rows("SELECT " + ", ".join(f"(SELECT count(*) FROM {row})" for row in rows.values()))
    return dict(zip(rows, found, strict=True))


_CAMPAIGN_RULES = ("click_id", "campaign_id", "utm_campaign")

_MATCHED = Text(
    "contacts with a known campaign: {n} of {all} ({share}); by click id {click_id}, by campaign id {campaign_id}, "
    "by name {utm_campaign}",
    "contacts dont la campagne est connue : {n} sur {all} ({share}) ; par identifiant de clic {click_id}, "
    "par identifiant de campagne {campaign_id}, par nom {utm_campaign}",
)
_RULES: Mapping[str, Text] = {
    "unattributed": Text("contacts that come from nowhere known", "contacts d'origine inconnue"),
    "ambiguous_name": Text(
        "contacts whose campaign name fits several campaigns (only the channel is kept)",
        "contacts dont le nom de campagne correspond à plusieurs campagnes (seul le canal est gardé)",
    ),
    "tagging_faults": Text(
        "contacts with a tag that the ad platform never filled in, such as {campaignid}",
        "contacts avec une balise que la régie n'a jamais remplie, comme {campaignid}",
    ),
}
"""What is counted while contacts are placed."""

NOTES: Mapping[str, Note] = {
    code: note
    for module in (
        survivors,
        touches,
        deals,
        quotas,
        people,
        cohorts,
        media,
        offline,
        web,
        email,
        service,
        lines,
        orders,
        refunds,
        commerce,
        margin,
        subscriptions,
        custom,
    )
    for code, note in module.NOTES.items()
}
"""Every note by its code, in the order they are said."""


def notes(rules: Mapping[str, int], counts: Mapping[str, int], locale: str) -> tuple[str, ...]:
    """A line for each count that is not zero, after how many contacts have a known campaign."""
    lines = []
    if counts["contacts"]:
        matched = sum(rules.get(rule, 0) for rule in _CAMPAIGN_RULES)
        lines.append(
            _MATCHED.in_(locale).format(
                n=format_decimal(matched, locale=locale),
                all=format_decimal(counts["contacts"], locale=locale),
                share=format_percent(
                    matched / counts["contacts"], format="#,##0.0 %" if locale == "fr" else "0.0%", locale=locale
                ),
                **{rule: format_decimal(rules.get(rule, 0), locale=locale) for rule in _CAMPAIGN_RULES},
            )
        )
    for code, words in {**_RULES, **{code: note.words for code, note in NOTES.items()}}.items():
        count = counts.get(code, rules.get(code, 0))
        if count:
            lines.append(f"{words.in_(locale)}{Text(':', ' :').in_(locale)} {format_decimal(count, locale=locale)}")
    return tuple(lines)
