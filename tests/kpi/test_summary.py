"""Summaries: ten seconds to read, in two languages, built from the record's values alone."""

from datetime import date
from decimal import Decimal

from kpi.record_reasons import NO_CAMPAIGN, NO_CONTACT, NO_DEAL, NO_TOUCH, NOT_CLOSED, NOT_ENOUGH_DATA, month_open
from kpi.records import Object, RecordValue
from kpi.summary import MAX_LENGTH, summary

DAY = 86_400


def value(object: Object, name: str, found: object, reason: object = None, **more: object) -> RecordValue:
    return RecordValue(object, "1", name, found, "text", reason, **more)  # type: ignore[arg-type]


def deal(**changes: RecordValue) -> dict[str, RecordValue]:
    values = {
        "channel": value("deals", "channel", "paid_search"),
        "campaign": value("deals", "campaign", "Brand FR"),
        "deal_acquisition_cost": value("deals", "deal_acquisition_cost", Decimal("182.40")),
        "deal_roi": value("deals", "deal_roi", Decimal("21.3049")),
        "cycle_band": value("deals", "cycle_band", "slower", inputs={"median_s": Decimal(44 * DAY)}),
    }
    return values | changes


def contact(**changes: RecordValue) -> dict[str, RecordValue]:
    values = {
        "first_touch_channel": value("contacts", "first_touch_channel", "paid_search"),
        "first_touch_campaign": value("contacts", "first_touch_campaign", "Brand FR"),
        "lead_cost": value("contacts", "lead_cost", Decimal("12.50"), month=date(2026, 3, 1)),
    }
    return values | changes


def company(won: int, **changes: RecordValue) -> dict[str, RecordValue]:
    values = {
        "revenue_won": value("companies", "revenue_won", Decimal("12300.00")),
        "deals_won": value("companies", "deals_won", Decimal(won)),
        "avg_deal_size": value("companies", "avg_deal_size", Decimal("4100.00")),
        "company_acquisition_cost": value("companies", "company_acquisition_cost", Decimal("182.40")),
        "company_roi": value("companies", "company_roi", Decimal("66.4342")),
    }
    return values | changes


def plain(line: str | None) -> str | None:
    """Without the kinds of space that French money is written with."""
    return line and line.replace("\u202f", " ").replace("\xa0", " ")


def test_a_won_deal_in_english() -> None:
    assert summary("deals", deal(), "en", "EUR") == (
        "Paid search · Brand FR — cost €182.40 — ROI 21.3 — cycle slower than usual (pipeline median 44 days)"
    )


def test_a_won_deal_in_french() -> None:
    assert plain(summary("deals", deal(), "fr", "EUR")) == (
        "Recherche payante · Brand FR — coût 182,40 € — ROI 21,3 — "
        "cycle plus lent que d'habitude (médiane du pipeline : 44 jours)"
    )


def test_an_open_deal_quotes_no_median_because_it_would_move_every_month() -> None:
    values = deal(deal_roi=value("deals", "deal_roi", None, NOT_CLOSED))
    assert summary("deals", values, "en", "EUR") == "Paid search · Brand FR — cost €182.40 — cycle slower than usual"


def test_an_empty_deal_says_why() -> None:
    values = deal(
        channel=value("deals", "channel", None, NO_CONTACT),
        campaign=value("deals", "campaign", None, NO_CONTACT),
        deal_acquisition_cost=value("deals", "deal_acquisition_cost", None, NO_CONTACT),
        deal_roi=value("deals", "deal_roi", None, NO_CONTACT),
        cycle_band=value("deals", "cycle_band", None, NOT_ENOUGH_DATA),
    )
    assert summary("deals", values, "en", "EUR") == "Unattributed — no acquisition cost: the deal has no contact"
    assert summary("deals", values, "fr", "EUR") == "Non attribué — pas de coût d'acquisition : la transaction n'a pas de contact"


def test_a_contact_in_both_languages() -> None:
    assert summary("contacts", contact(), "en", "EUR") == "Paid search · Brand FR — lead cost €12.50 (March 2026)"
    assert plain(summary("contacts", contact(), "fr", "EUR")) == (
        "Recherche payante · Brand FR — coût du lead 12,50 € (mars 2026)"
    )


def test_a_contact_of_the_current_month_says_when_its_cost_will_be_known() -> None:
    values = contact(lead_cost=value("contacts", "lead_cost", None, month_open(date(2026, 4, 1))))
    assert summary("contacts", values, "en", "EUR") == (
        "Paid search · Brand FR — lead cost known on 1 Apr 2026, when the month is over"
    )


def test_a_contact_without_campaign_shows_its_channel() -> None:
    values = contact(
        first_touch_campaign=value("contacts", "first_touch_campaign", None, NO_CAMPAIGN),
        lead_cost=value("contacts", "lead_cost", None, NO_CAMPAIGN),
    )
    assert summary("contacts", values, "en", "EUR") == "Paid search"


def test_a_contact_of_which_nothing_is_known_gets_no_line() -> None:
    values = contact(
        first_touch_channel=value("contacts", "first_touch_channel", None, NO_TOUCH),
        first_touch_campaign=value("contacts", "first_touch_campaign", None, NO_TOUCH),
        lead_cost=value("contacts", "lead_cost", None, NO_CAMPAIGN),
    )
    assert summary("contacts", values, "en", "EUR") is None


def test_a_company_in_both_languages() -> None:
    assert summary("companies", company(3), "en", "EUR") == (
        "3 deals won — won €12,300.00 — average €4,100.00 — cost €182.40 — ROI 66.4"
    )
    assert plain(summary("companies", company(3), "fr", "EUR")) == (
        "3 transactions gagnées — gagné 12 300,00 € — moyenne 4 100,00 € — coût 182,40 € — ROI 66,4"
    )


def test_one_deal_needs_no_average() -> None:
    assert summary("companies", company(1), "en", "EUR") == "1 deal won — won €12,300.00 — cost €182.40 — ROI 66.4"


def test_a_company_that_has_won_nothing_yet() -> None:
    values = company(
        0,
        company_acquisition_cost=value("companies", "company_acquisition_cost", None, NO_CONTACT),
        company_roi=value("companies", "company_roi", None, NOT_CLOSED),
    )
    assert summary("companies", values, "fr", "EUR") == (
        "Aucune transaction gagnée pour l'instant — pas de coût d'acquisition : la transaction n'a pas de contact"
    )


def test_a_company_without_deals_gets_no_line() -> None:
    values = company(0, deals_won=value("companies", "deals_won", None, NO_DEAL))
    assert summary("companies", values, "en", "EUR") is None


def test_a_line_is_never_longer_than_promised() -> None:
    values = deal(campaign=value("deals", "campaign", "An endless name " * 40))
    line = summary("deals", values, "fr", "EUR")
    assert line is not None
    assert len(line) <= MAX_LENGTH
    assert "…" in line
