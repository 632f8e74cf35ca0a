"""What goes wrong: settings, refusals by their number, files and values that cannot be read."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.ads.days import Span
from connectors.base import BadValue, Raw
from connectors.errors import AuthenticationError, ConfigurationError, ContractError, TransientError
from connectors.microsoft_ads.errors import ReportTooBig
from connectors.microsoft_ads.normalise import campaign_day
from connectors.microsoft_ads.report import pages
from connectors.microsoft_ads.settings import MicrosoftAdsSettings
from connectors.microsoft_ads.streams import COLUMNS
from connectors.microsoft_ads.zones import ZONES
from connectors.sandbox.faults import Fault
from connectors.sandbox.microsoft_ads.report import CELLS, zipped
from tests.connectors.google_rows import row_context
from tests.connectors.microsoft_ads.conftest import NOW, PARIS, Ads, ad_day, read, records, settings
from tests.contract.harness import Home

ANYWHERE = "http://127.0.0.1:9"
SPAN = Span(NOW.date(), NOW.date())
FACTS = Path(__file__).parents[3].parent / "shared/vendors/microsoft_ads/reporting_v13_rest.json"


@pytest.mark.skipif(not FACTS.exists(), reason="the vendor's enumerations are not here")
def test_columns_and_zones_are_words_of_the_vendor() -> None:
    """Both those that Cadran asks for and those that the sandbox answers."""
    enums = json.loads(FACTS.read_bytes())["enums"]
    assert set(COLUMNS) | set(CELLS) <= set(enums["CampaignPerformanceReportColumn"])
    assert set(ZONES) == set(enums["ReportTimeZone"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"customer_id": "F110"}, "is not an id"),
        ({"account_ids": ["my account"]}, "is not an id"),
        ({"time_zone": "Paris"}, "not a time zone such as Europe/Paris"),
        ({"channel": "paid-serach"}, "not a channel; known: paid_search"),
        ({"developer_token": None}, "developer_token"),
    ],
)
def test_a_fault_in_the_settings_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        settings(ANYWHERE, **changes)


@pytest.mark.parametrize("page", ["microsoft_ads.md", "microsoft_ads.fr.md"])
def test_the_pages_name_every_setting(page: str) -> None:
    text = (Path(__file__).parents[3] / "docs" / "connectors" / page).read_text(encoding="utf-8")
    assert [
        name
        for name in MicrosoftAdsSettings.model_fields.keys() - {"type", "access_token", "redirect_uri"}
        if f"`{name}`" not in text
    ] == []


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("are_200", [False, True])
def test_a_fault_is_read_whatever_its_status(microsoft: Ads, are_200: bool) -> None:
    microsoft.quirk(microsoft_ads_faults_are_200=are_200)
    with pytest.raises(AuthenticationError, match="developer_token"):
        microsoft.source(developer_token="MISTYPED").check()
    with pytest.raises(ConfigurationError, match=r"customer_id \(cid=\)"):
        microsoft.source(customer_id="1").check()


@pytest.mark.parametrize("code", ["117", "207"])
def test_too_many_calls_or_reports_are_waited_for(microsoft: Ads, code: str) -> None:
    source = microsoft.source(account_ids=[PARIS])
    microsoft.sandbox.faults.add(Fault("status", vendor="microsoft_ads", route="submit", status=400, times=2, policy=code))
    assert len(records(read(source))) == 3
    assert source.refused_429 == 2


def test_reports_that_others_have_made_at_this_moment_are_waited_for(microsoft: Ads) -> None:
    """The customer's other apps order reports too: the sandbox refuses a sixth."""
    microsoft.about()["reports_at_once"] = 0
    with pytest.raises(TransientError, match="207 ConcurrentRequestOverLimit"):
        read(microsoft.source(account_ids=[PARIS]))


def test_a_minutes_calls_used_up_end_the_stream_to_go_on_later(microsoft: Ads) -> None:
    microsoft.about()["calls_a_minute"] = 2
    with pytest.raises(TransientError, match="117 CallRateExceeded") as refused:
        read(microsoft.source(account_ids=[PARIS]))
    assert refused.value.exit_code == 3


def test_a_refusal_without_a_known_number_names_it(microsoft: Ads) -> None:
    microsoft.sandbox.faults.add(Fault("status", vendor="microsoft_ads", route="submit", status=400, policy="2004"))
    source = microsoft.source(account_ids=[PARIS])
    assert len(records(read(source))) == 3, "2004 passes by itself"
    microsoft.sandbox.faults.add(Fault("status", vendor="microsoft_ads", route="submit", status=400, policy="100"))
    with pytest.raises(ContractError, match="100 NullRequest"):
        read(source)


def test_no_search_and_no_accounts_in_the_settings_says_what_to_give(microsoft: Ads) -> None:
    microsoft.quirk(microsoft_ads_has_no_search=True)
    with pytest.raises(ConfigurationError, match="account_ids"):
        microsoft.source().check()


# --- the file ------------------------------------------------------------------------------------------------------


def csv_of(*lines: str, head: str = ",".join(COLUMNS)) -> bytes:
    return zipped("\r\n".join((head, *lines)).encode(), "report.csv")


LINE = "{day},180001,111,brand,Search,EUR,100,10,1.00,1,,2"


def test_a_file_is_read_with_and_without_its_mark_and_with_columns_that_are_new() -> None:
    line = LINE.format(day="2026-09-30")
    [plain] = pages("m", csv_of(line), SPAN)
    [marked] = pages("m", zipped(f"\ufeff{','.join(COLUMNS)}\n{line}\n".encode(), "r.csv"), SPAN)
    [more] = pages("m", csv_of(f"{line},new", head=f"{','.join(COLUMNS)},Planet"), SPAN)
    assert plain == marked
    assert more == [plain[0] | {"Planet": "new"}]


@pytest.mark.parametrize(
    ("packed", "words"),
    [
        (b"<html>Welcome</html>", "not a zip with one file"),
        (csv_of(LINE.format(day="2026-09-30"))[:-40], "not a zip with one file"),
        (csv_of("x", head="TimePeriod,Spend"), "lacks the column AccountId, CampaignId"),
        (csv_of("2026-09-30,180001"), "2 cells where its head has 12"),
        (csv_of(LINE.format(day="2026-10-01")), "answered for 2026-10-01 where it was asked for 2026-09-30 to 2026-09-30"),
        (zipped(",".join(COLUMNS).encode() + b"\n\xff\xfe", "r.csv"), "cannot be read"),
    ],
)
def test_a_file_that_is_no_report_breaks_the_contract(packed: bytes, words: str) -> None:
    """A day of another zone is among it: outside the days that are replaced, it would stay for ever."""
    with pytest.raises(ContractError, match=words) as broken:
        list(pages("m", packed, SPAN))
    assert broken.value.exit_code == 4


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.microsoft_ads.report.LARGEST_BYTES", 1_000)
    with pytest.raises(ReportTooBig, match="unpacks to"):
        list(pages("m", zipped(b"0" * 100_000, "r.csv"), SPAN))


# --- values --------------------------------------------------------------------------------------------------------


def record(**changes: Any) -> Raw:
    [[found]] = pages("m", csv_of(LINE.format(day="2026-09-30")), SPAN)
    return found | changes


ACCOUNTS = {"accounts": [{"id": PARIS, "name": "Shop", "currency": "EUR", "zone": "Europe/Paris"}]}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"CurrencyCode": "EURO"}, "CurrencyCode: 'EURO' is not an ISO 4217 currency code"),
        ({"CurrencyCode": ""}, "CurrencyCode: missing"),
        ({"Spend": "1,012.34"}, "Spend: '1,012.34' is not a number"),
        ({"Spend": ""}, "Spend: missing"),
        ({"Clicks": "1.5"}, "Clicks: '1.5' is not a whole number"),
        ({"TimePeriod": "9/30/2026"}, "TimePeriod: '9/30/2026' is not a day"),
        ({"CampaignId": ""}, "CampaignId: missing"),
        ({"AccountId": "9"}, "account 9 is not among the accounts"),
    ],
)
def test_a_value_that_cannot_be_read_is_named(changes: dict[str, str], words: str) -> None:
    with pytest.raises(BadValue, match=words):
        list(campaign_day(record(**changes), row_context(ACCOUNTS), None))


def test_conversions_are_those_of_the_column_that_has_them() -> None:
    def conversions(**changes: str) -> Any:
        return dict(campaign_day(record(**changes), row_context(ACCOUNTS), None))["ad_spend_daily"]["conversions"]

    assert conversions(Conversions="2", ConversionsQualified="3") == 2
    assert conversions(Conversions="", ConversionsQualified="3.5") == conversions(Conversions="3.5", ConversionsQualified="")
    assert conversions(Conversions="", ConversionsQualified="") == 0


def test_a_row_in_a_wrong_currency_is_set_aside_and_the_rest_is_kept(microsoft: Ads, tmp_path: Path) -> None:
    microsoft.days().append(ad_day("2026-09-30", 444, "odd", "9", currency="EUROS"))
    home = Home(tmp_path / "home")
    extracted = home.pull(microsoft.source(account_ids=[PARIS]), now=NOW)
    assert [(s.records, s.set_aside) for s in extracted.streams] == [(3, 1)]
    assert home.ask("SELECT DISTINCT currency FROM ad_spend_daily") == [("EUR",)]
