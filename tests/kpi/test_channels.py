"""Channels: every vendor's words end in ours."""

import pytest

from kpi.channels import (
    CHANNELS,
    PAID,
    TITLES,
    channel_of_ga4_group,
    channel_of_hubspot_source,
    channel_of_text,
    channel_of_utm,
    platform_of_source,
)


@pytest.mark.parametrize(
    ("group", "channel"),
    [
        ("Paid Search", "paid_search"),
        ("Cross-network", "cross_network"),
        ("Mobile Push Notifications", "mobile_push"),
        ("Affiliates", "affiliates"),
        ("AI Assistants", "ai_assistant"),
        ("Unassigned", "unattributed"),
        ("(other)", "unattributed"),
        ("Our own group", "unattributed"),
        (None, "unattributed"),
    ],
)
def test_a_ga4_group_becomes_its_slug(group: str | None, channel: str) -> None:
    assert channel_of_ga4_group(group) == channel


@pytest.mark.parametrize(
    ("source", "channel"),
    [
        ("PAID_SEARCH", "paid_search"),
        ("SOCIAL_MEDIA", "organic_social"),
        ("REFERRALS", "referral"),
        ("OFFLINE", "offline"),
        ("AI_REFERRALS", "ai_assistant"),
        ("SOMETHING_NEW", "unattributed"),
        (None, "unattributed"),
    ],
)
def test_a_hubspot_source_becomes_its_channel(source: str | None, channel: str) -> None:
    assert channel_of_hubspot_source(source) == channel


@pytest.mark.parametrize(
    ("source", "medium", "campaign", "channel"),
    [
        ("(direct)", "(none)", None, "direct"),
        ("google", "cpc", "Cross-network test", "cross_network"),
        ("google", "cpc", "Summer Shopping", "paid_shopping"),
        ("google", "cpc", "workshop paris", "paid_search"),
        ("google", "cpc", "eshop", "paid_shopping"),
        ("adwords", "ppc", None, "paid_search"),
        ("Bing", "CPC", None, "paid_search"),
        ("m.facebook.com", "paid_social", None, "paid_social"),
        ("li", "cpc", None, "paid_social"),
        ("youtube", "cpv", None, "paid_video"),
        ("youtube", "cpc", None, "paid_video"),
        ("nobody", "banner", None, "display"),
        ("google", "cpm", None, "paid_search"),
        ("nobody", "cpm", None, "display"),
        ("nobody", "cpc", None, "paid_other"),
        ("linkedin", None, None, "organic_social"),
        ("nobody", "social-media", None, "organic_social"),
        ("youtube.com", "referral", None, "organic_video"),
        ("google", "organic", None, "organic_search"),
        ("chatgpt.com", None, None, "ai_assistant"),
        ("partner.example", "referral", None, "referral"),
        ("newsletter", "e-mail", "Mai", "email"),
        ("nobody", "affiliate", None, "affiliates"),
        ("nobody", "audio", None, "audio"),
        ("sms", None, None, "sms"),
        ("app", "web push", None, "mobile_push"),
        ("nobody", "leaflet", None, "unattributed"),
        (None, None, None, "unattributed"),
    ],
)
def test_utm_tags_follow_ga4s_rules_in_their_order(
    source: str | None, medium: str | None, campaign: str | None, channel: str
) -> None:
    assert channel_of_utm(source, medium, campaign) == channel


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("paid_search", "paid_search"),
        ("Recherche payante", "paid_search"),
        ("Google Ads", "paid_search"),
        ("LinkedIn Ads", "paid_social"),
        ("linkedin", "organic_social"),
        ("Salon de Lyon", "events"),
        ("Événements", "events"),
        ("trade-fair", "events"),
        ("Newsletter", "email"),
        ("Carrier pigeon", "other_campaigns"),
        ("  ", "unattributed"),
        (None, "unattributed"),
    ],
)
def test_what_a_person_writes_in_a_spend_file_becomes_a_channel(text: str | None, channel: str) -> None:
    assert channel_of_text(text) == channel


@pytest.mark.parametrize(
    ("source", "platform"),
    [
        ("adwords", "google_ads"),
        ("IG", "meta_ads"),
        ("m.facebook.com", "meta_ads"),
        ("bing", "microsoft_ads"),
        ("mail", None),
        (None, None),
    ],
)
def test_a_source_names_its_ad_platform(source: str | None, platform: str | None) -> None:
    assert platform_of_source(source) == platform


def test_every_channel_has_words_in_both_languages_and_paid_ones_are_channels() -> None:
    assert all(title.en and title.fr for title in TITLES.values())
    assert set(CHANNELS) >= PAID
    assert TITLES["paid_search"].in_("fr_CA") == "Recherche payante"
    assert TITLES["paid_search"].in_("de") == "Paid search"


def test_a_channels_own_titles_lead_back_to_it() -> None:
    for slug, title in TITLES.items():
        assert {channel_of_text(w) for w in (slug, title.en, title.fr)} == {slug}
