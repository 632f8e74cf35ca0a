"""Tags and click ids out of what a contact's visits left."""

from datetime import UTC, datetime

import pytest

from connectors.hubspot.touch import click, first_and_last, tags


def test_tags_are_percent_decoded_and_the_first_of_each_counts() -> None:
    found = tags(
        "https://shop.example/a?utm_source=google&utm_campaign=Spring%20sale+FR&utm_campaign=other&UTM_Medium=cpc&x=1#top"
    )
    assert found == {
        "utm_source": "google",
        "utm_medium": "cpc",
        "utm_campaign": "Spring sale FR",
        "utm_id": None,
        "hsa_cam": None,
        "hsa_net": None,
    }


def test_an_address_without_scheme_is_read_too() -> None:
    assert tags("shop.example/?hsa_cam=77&hsa_net=adwords&utm_id=77") | {} == {
        "utm_source": None,
        "utm_medium": None,
        "utm_campaign": None,
        "utm_id": "77",
        "hsa_cam": "77",
        "hsa_net": "adwords",
    }


@pytest.mark.parametrize("macro", ["{campaignid}", "{{campaign.id}}", "__CAMPAIGN_ID__", "%7Bcampaignid%7D", "x_{network}"])
def test_a_macro_that_was_never_filled_in_is_nothing(macro: str) -> None:
    assert tags(f"https://shop.example/?utm_id={macro}")["utm_id"] is None


def test_an_address_of_a_person_is_not_carried() -> None:
    assert tags("https://x.example/?utm_source=ada%40example.com&utm_campaign=a")["utm_source"] is None


@pytest.mark.parametrize("url", [None, "", "not an address", "http://[broken", "https://x.example/?utm_source=", "?%E9=%ZZ"])
def test_an_address_without_tags_gives_none(url: str | None) -> None:
    assert set(tags(url).values()) == {None}


def test_first_and_last_touch_are_kept_apart() -> None:
    marks = first_and_last(
        {
            "hs_analytics_first_timestamp": "2026-01-01T10:00:00.000Z",
            "hs_latest_source_timestamp": "1761955200000",
            "hs_analytics_source": "PAID_SEARCH",
            "hs_analytics_source_data_1": "spring",
            "hs_analytics_source_data_2": "import by ada@example.com",
            "hs_latest_source": "EMAIL_MARKETING",
            "hs_analytics_first_url": "https://x.example/?utm_campaign=a",
            "hs_analytics_last_url": "https://x.example/?utm_campaign=b",
        }
    )
    assert marks["first_touch_at"] == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert marks["last_touch_at"] == datetime(2025, 11, 1, tzinfo=UTC)
    assert (marks["first_source"], marks["first_source_data_1"], marks["first_source_data_2"]) == ("PAID_SEARCH", "spring", None)
    assert (marks["last_source"], marks["first_utm_campaign"], marks["last_utm_campaign"]) == ("EMAIL_MARKETING", "a", "b")


def test_a_click_id_leaves_as_a_hash_with_its_platform() -> None:
    assert click({"hs_linkedin_click_id": "abc"}, lambda value: f"hash of {value}") == {
        "click_platform": "linkedin_ads",
        "click_hash": "hash of abc",
    }


def test_facebooks_click_id_counts_last_because_organic_links_carry_it() -> None:
    found = click({"hs_facebook_click_id": "f", "hs_google_click_id": "g"}, str.upper)
    assert found == {"click_platform": "google_ads", "click_hash": "G"}


def test_no_click_id_is_no_platform() -> None:
    assert click({"hs_google_click_id": ""}, str.upper) == {"click_platform": None, "click_hash": None}
