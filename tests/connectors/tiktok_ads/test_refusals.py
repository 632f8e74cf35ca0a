"""What goes wrong: settings, refusals by their code under HTTP 200, values that cannot be read."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.base import BadValue, Raw
from connectors.errors import AuthenticationError, ConfigurationError, ContractError, MissingScope, TransientError
from connectors.sandbox.faults import Fault
from connectors.sandbox.tiktok_ads.service import APP_ID
from connectors.tiktok_ads.normalise import campaign_day
from connectors.tiktok_ads.settings import TikTokAdsSettings
from tests.connectors.google_rows import row_context
from tests.connectors.tiktok_ads.conftest import NOW, PARIS, Ads, read, records, settings
from tests.contract.harness import Home

ANYWHERE = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"advertiser_ids": ["my account"]}, "not an advertiser id"),
        ({"advertiser_ids": []}, "name the ad accounts in advertiser_ids"),
        ({"channel": "paid-socail"}, "not a channel; known: paid_search"),
        ({"conversions": "result"}, "'conversion' or 'real_time_conversion'"),
    ],
)
def test_a_fault_in_the_settings_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        settings(ANYWHERE, **changes)


@pytest.mark.parametrize("page", ["tiktok_ads.md", "tiktok_ads.fr.md"])
def test_the_pages_name_every_setting(page: str) -> None:
    text = (Path(__file__).parents[3] / "docs" / "connectors" / page).read_text(encoding="utf-8")
    assert [name for name in TikTokAdsSettings.model_fields.keys() - {"type", "refresh_token"} if f"`{name}`" not in text] == []


def test_a_refused_token_names_itself_not(tiktok: Ads) -> None:
    with pytest.raises(AuthenticationError, match="access_token of the settings") as refused:
        tiktok.source(access_token="act.mistyped").check()
    assert "mistyped" not in str(refused.value)


def test_an_advertiser_out_of_reach_says_which_setting_to_mend(tiktok: Ads) -> None:
    with pytest.raises(ConfigurationError, match=r"Check advertiser_ids \(aadvid=\).*7099"):
        tiktok.source(advertiser_ids=["7099"]).check()


def test_a_wrong_app_cannot_list_advertisers(tiktok: Ads) -> None:
    with pytest.raises(ContractError, match="40101"):
        tiktok.source(advertiser_ids=[], client_id=APP_ID, client_secret="mistyped").check()


@pytest.mark.parametrize("code", ["40100", "40200", "40201", "40202", "40700", "50000", "50002", "60001"])
def test_a_refusal_that_passes_is_outlasted(tiktok: Ads, code: str) -> None:
    """Under HTTP 200, like all of TikTok's."""
    source = tiktok.source(advertiser_ids=[PARIS])
    source.describe()
    tiktok.sandbox.faults.add(Fault("status", vendor="tiktok_ads", route="report", times=2, policy=code))
    assert len(records(read(source))) == 3
    assert source.refused_429 == (2 if code == "40100" else 0)


@pytest.mark.parametrize(
    ("code", "kind", "exit_code"),
    [("40001", MissingScope, 2), ("40002", ContractError, 4), ("49999", ContractError, 4), ("50000", TransientError, 3)],
)
def test_a_refusal_is_told_by_its_code(tiktok: Ads, code: str, kind: type[Exception], exit_code: int) -> None:
    source = tiktok.source(advertiser_ids=[PARIS])
    source.describe()
    tiktok.sandbox.faults.add(Fault("status", vendor="tiktok_ads", route="report", times=99, policy=code))
    with pytest.raises(kind, match=code) as refused:
        read(source)
    assert getattr(refused.value, "exit_code", None) == exit_code


def test_a_single_day_that_is_too_large_breaks_the_contract(tiktok: Ads) -> None:
    tiktok.about()["most_rows"] = 0
    with pytest.raises(ContractError, match="a single day, 2026-09-30, too large"):
        read(tiktok.source(advertiser_ids=[PARIS]), since=NOW.date())


def test_a_day_of_another_zone_stops_the_stream(tiktok: Ads) -> None:
    """Outside the days that are replaced it would stay for ever."""
    source = tiktok.source(advertiser_ids=[PARIS])
    source.describe()
    odd = Fault("odd_value", vendor="tiktok_ads", route="report", field="dimensions.stat_time_day", value="2026-09-29 00:00:00")
    tiktok.sandbox.faults.add(odd)
    with pytest.raises(ContractError, match="answered for 2026-09-29 where it was asked for 2026-09-30 to 2026-10-01"):
        read(source, since=NOW.date())


def test_a_zone_that_does_not_exist_is_named(tiktok: Ads) -> None:
    tiktok.about()["zone"] = "Etc/GMT-99"
    with pytest.raises(ContractError, match=f"account {PARIS} is in the unknown time zone 'Etc/GMT-99'"):
        read(tiktok.source(advertiser_ids=[PARIS]))


def test_a_currency_that_is_none_sets_the_rows_aside_and_is_said_by_check(tiktok: Ads, tmp_path: Path) -> None:
    tiktok.about()["currency"] = "EURO"
    source = tiktok.source()
    reach = source.check()
    assert any("says the currency 'EURO', which is none of ISO 4217" in note for note in reach.notes)
    home = Home(tmp_path / "home")
    assert [s.set_aside for s in home.pull(source, now=NOW).streams] == [2]
    assert home.ask("SELECT DISTINCT currency FROM ad_spend_daily") == [("USD",)]


# --- values --------------------------------------------------------------------------------------------------------

ACCOUNTS = {"accounts": [{"id": PARIS, "name": "Shop", "currency": "EUR", "zone": "Europe/Paris"}]}


def record(**parts: dict[str, Any]) -> Raw:
    found: Raw = {
        "advertiser_id": PARIS,
        "dimensions": {"campaign_id": "17", "stat_time_day": "2026-09-30 00:00:00"},
        "metrics": {"spend": "1.00"},
    }
    return found | {name: found[name] | values for name, values in parts.items()}


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"metrics": {"spend": "-"}}, "spend: '-' is not a number"),
        ({"metrics": {"spend": "1,50"}}, "spend: '1,50' is not a number"),
        ({"metrics": {"clicks": "1.5"}}, "clicks: '1.5' is not a whole number"),
        ({"dimensions": {"campaign_id": None}}, "campaign_id: missing"),
        ({"dimensions": {"stat_time_day": "30/09/2026"}}, "stat_time_day: '30/09/2026' is not a day"),
        ({"dimensions": {"stat_time_day": "2026-09-30 13:00:00"}}, "is not a day"),
    ],
)
def test_a_value_that_cannot_be_read_is_named(parts: dict[str, dict[str, Any]], words: str) -> None:
    with pytest.raises(BadValue, match=words):
        list(campaign_day(record(**parts), row_context(ACCOUNTS), settings(ANYWHERE)))
