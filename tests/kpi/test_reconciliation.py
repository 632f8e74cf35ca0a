"""CRM, analytics and ad platforms side by side: gaps, what is unknown, and the reasons that the data support."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from kpi.reconciliation import NOT_ALONE, NOT_COUNTED, Figure, Findings, Known, Line, Terms, lines, unknown
from kpi.text import Text

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
TERMS = Terms("first", None)
ABSENT = Text("no web analytics is connected", "aucune mesure d'audience n'est connectée")


def known(figures: Mapping[str, Mapping[str, str | None]], findings: Mapping[str, Findings] | None = None) -> Known:
    """Figures of June by channel; None is a whole that is unknown."""
    return Known(
        {
            name: {
                (channel, JUNE): Figure(None if value is None else Decimal(value), ABSENT if value is None else None)
                for channel, value in values.items()
            }
            for name, values in figures.items()
        },
        {JUNE: JULY},
        {(channel, JUNE): found for channel, found in (findings or {}).items()},
    )


EVERYTHING = {
    "leads": {"": "10", "paid_search": "6", "offline": "4"},
    "new_customers": {"": "1", "paid_search": "1"},
    "revenue_won": {"": "500.50", "paid_search": "500.50"},
    "users": {"": "80", "paid_search": "30"},
    "sessions": {"": "100", "paid_search": "40", "email": "60"},
    "key_events": {"": "9", "paid_search": "8"},
    "spend": {"": "120.10", "paid_search": "120.10"},
    "clicks": {"": "50", "paid_search": "50"},
    "conversions": {"": "7.5", "paid_search": "7.5"},
    "conversion_value": {"": "300", "paid_search": "300"},
}


def of(found: list[Line], channel: str) -> Line:
    [line] = [line for line in found if line.channel == channel]
    return line


def codes(line: Line) -> set[str]:
    return {because.code for because in line.reasons}


def test_every_channel_that_anybody_counted_stands_after_all_of_them() -> None:
    found = lines(known(EVERYTHING), TERMS)
    assert [line.channel for line in found] == ["", "paid_search", "email", "offline"]
    assert {(line.period_start, line.period_end) for line in found} == {(JUNE, JULY)}


def test_gaps_are_differences_and_ratios_of_what_should_be_alike() -> None:
    gaps = {gap.name: (gap.difference, gap.ratio) for gap in of(lines(known(EVERYTHING), TERMS), "paid_search").gaps}
    assert gaps == {
        "visits": (Decimal(-10), Decimal("0.8")),
        "contacts": (Decimal(-2), Decimal("0.75")),
        "claims": (Decimal("-1.5"), Decimal("0.8")),
        "value": (Decimal("200.50"), Decimal("500.50") / 300),
    }
    assert of(lines(known(EVERYTHING), TERMS), "email").gaps[0].ratio is None, "nothing was clicked"


def test_a_channel_without_a_figure_has_none_of_what_is_known_and_users_are_not_guessed() -> None:
    email = of(lines(known(EVERYTHING), TERMS), "email").figures
    assert email["leads"] == email["spend"] == Figure(Decimal(0))
    assert email["users"] == Figure(None, NOT_ALONE)


def test_spend_that_comes_without_clicks_leaves_them_unknown() -> None:
    """A spend file says what was paid, and nothing else."""
    figures = {**EVERYTHING, "spend": {"": "200.10", "paid_search": "120.10", "paid_social": "80"}}
    social = of(lines(known(figures), TERMS), "paid_social")
    assert [social.figures[name] for name in ("clicks", "conversions")] == [Figure(None, NOT_COUNTED)] * 2
    assert [gap.difference for gap in social.gaps] == [None, 0, None, None]


def test_a_source_that_is_missing_leaves_its_side_unknown_with_the_reason() -> None:
    without_web = {name: values for name, values in EVERYTHING.items() if name not in ("users", "sessions", "key_events")}
    whole = of(lines(known({**without_web, "sessions": {"": None}, "users": {"": None}}), TERMS), "")
    assert unknown(whole.figures, "web") == ABSENT
    assert unknown(whole.figures, "crm") is None
    assert [gap.difference for gap in whole.gaps][:2] == [None, None]
    assert "consent" not in codes(whole), "nobody was measured"
    assert codes(of(lines(known(without_web), TERMS), "paid_search")) >= {"consent", "model"}


def test_reasons_are_those_that_the_rows_show() -> None:
    found = Findings(
        web_zones=frozenset({"America/New_York"}),
        ads_zones=frozenset({"UTC"}),
        is_sampled=True,
        is_thresholded=True,
        has_other_row=True,
        platforms=frozenset({"google_ads", "meta_ads"}),
        has_fractions=True,
        currencies=frozenset({"USD"}),
        without_rate=3,
    )
    line = of(lines(known(EVERYTHING, {"paid_search": found}), replace(TERMS, lookback_days=90)), "paid_search")
    shown = {
        "web_day",
        "ads_day",
        "sampled",
        "thresholded",
        "other_row",
        "claimed_twice",
        "fractions",
        "currency",
        "without_rate",
    }
    assert shown <= codes(line)
    assert not shown & codes(of(lines(known(EVERYTHING), TERMS), "paid_search"))
    said = {because.code: because for because in line.reasons}
    assert said["web_day"].text.fr == "l'audience découpe ses jours selon America/New_York"
    assert said["lookback"].text.en == "the CRM's figures look back 90 days, a platform over its own window"
    assert said["without_rate"].count == 3
    assert {code for code, because in said.items() if not because.is_known} == {"consent", "counting", "booked"}


def test_leads_from_nowhere_and_from_offline_are_counted() -> None:
    figures = {**EVERYTHING, "leads": {**EVERYTHING["leads"], "unattributed": "2.4"}}
    found = lines(known(figures), TERMS)
    assert {(b.code, b.count) for b in of(found, "").reasons if b.count is not None} == {("no_source", 2), ("offline", 4)}
    assert "offline" in codes(of(found, "offline"))
    assert "offline" not in codes(of(found, "paid_search"))


def test_figures_that_may_still_move_and_estimates_are_said() -> None:
    figures = known(EVERYTHING)
    moving = replace(figures.figures["spend"]["", JUNE], flags=frozenset({"estimate"}), provisional_until=date(2026, 7, 31))
    figures = replace(figures, figures={**figures.figures, "spend": {("", JUNE): moving}})
    whole = of(lines(figures, TERMS), "")
    assert {"estimate", "provisional"} <= codes(whole)
