"""What the section takes, and what it refuses with a sentence."""

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.meta_ads.oauth import OAUTH
from connectors.meta_ads.settings import MetaAdsSettings


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ({}, "name at least one ad account"),
        ({"account_ids": ["act_12x"]}, "is not the id of an ad account"),
        ({"attribution_windows": ["7d_click", "7d_view"]}, "no longer answers 7d_view since 2026-01-12"),
        ({"attribution_windows": ["28d_view"]}, "only 1d_view is left"),
        ({"attribution_windows": ["1d_click", "7d_click"]}, "count the same conversions: give only one window after clicks"),
        ({"attribution_windows": []}, "at least 1 item"),
        ({"lead_actions": ["lead", "onsite_conversion.lead_grouped"]}, "lead already contains onsite_conversion.lead_grouped"),
        ({"conversion_actions": ["omni_purchase", "offsite_conversion.fb_pixel_purchase"]}, "omni_purchase already contains"),
        ({"conversion_actions": ["lead", "lead"]}, "stands there twice"),
        ({"channel": "facebook"}, "is not a channel"),
    ],
)
def test_what_would_count_twice_or_nothing_is_refused(section: dict[str, Any], sentence: str) -> None:
    given = section if not section or "account_ids" in section else {"account_ids": ["1"], **section}
    with pytest.raises(ValidationError, match=sentence):
        MetaAdsSettings(**given)


def test_an_account_id_may_be_written_as_ads_manager_or_as_the_api_does() -> None:
    assert MetaAdsSettings(account_ids=["act_12", 34]).account_ids == ("12", "34")


def test_a_login_asks_for_the_scopes_of_what_is_read_and_for_the_version_of_the_settings() -> None:
    ads = MetaAdsSettings(account_ids=["1"]).addressed(OAUTH)
    assert (ads.scopes, ads.token_url) == (("ads_read",), "https://graph.facebook.com/v26.0/oauth/access_token")
    social = MetaAdsSettings(pages=["1"], instagram=["2"], api_version="v27.0").addressed(OAUTH)
    assert social.scopes == (
        "pages_show_list",
        "pages_read_engagement",
        "read_insights",
        "instagram_basic",
        "instagram_manage_insights",
    )
    assert social.authorize_url == "https://www.facebook.com/v27.0/dialog/oauth"
