"""Joins: each rule, its traps, and nothing guessed."""

import pytest

from kpi.joins import NOWHERE, CampaignIndex, FileCampaign, KnownName, Marks, campaign_index, match_key, place, tagging_faults

INDEX = campaign_index(
    [
        KnownName("google_ads", "111", "Brand FR", "paid_search"),
        KnownName("google_ads", "111", "Marque France", None),
        KnownName("google_ads", "222", "Été | Promo", "display"),
        KnownName("google_ads", "333", "Spring", "paid_search"),
        KnownName("meta_ads", "111", "Leads Q1", None),
        KnownName("meta_ads", "444", "Spring", "paid_social"),
        KnownName("google_ads", "555", "Twin", "paid_search"),
        KnownName("google_ads", "666", "Twin", "paid_search"),
        KnownName("google_ads", "777", None, None),
    ],
    [FileCampaign("Salon de Lyon", "events"), FileCampaign("Brand FR", None), FileCampaign("salon_de_lyon", None)],
)


def found(marks: Marks, index: CampaignIndex = INDEX) -> tuple[str, str, str]:
    return tuple(place(marks, index))  # type: ignore[return-value]


def test_a_click_id_outranks_every_tag() -> None:
    marks = Marks(clicked_campaign="google_ads/222", hsa_cam="111", hsa_net="adwords", utm_campaign="Spring", source="OFFLINE")
    assert found(marks) == ("display", "google_ads/222", "click_id")


def test_a_click_of_a_campaign_that_is_not_known_leaves_the_word_to_the_tags() -> None:
    assert found(Marks(clicked_campaign="google_ads/9", hsa_cam="222")) == ("display", "google_ads/222", "campaign_id")


def test_hsa_cam_is_read_on_the_platform_that_hsa_net_names() -> None:
    assert found(Marks(hsa_cam="111", hsa_net="adwords"))[1] == "google_ads/111"
    assert found(Marks(hsa_cam="111", hsa_net="facebook"))[1] == "meta_ads/111"


def test_utm_id_is_read_on_the_platform_that_utm_source_names() -> None:
    assert found(Marks(utm_id="111", utm_source="fb")) == ("paid_social", "meta_ads/111", "campaign_id")
    assert found(Marks(utm_id="222", utm_source="linkedin"))[1] == "unattributed"


def test_an_id_that_two_platforms_use_is_not_guessed_when_no_tag_names_the_platform() -> None:
    assert found(Marks(hsa_cam="111", source="PAID_SEARCH")) == ("paid_search", "unattributed", "original_source")


def test_an_id_is_enough_when_only_one_platform_has_it() -> None:
    assert found(Marks(utm_id="333", utm_source="partner-site"))[1] == "google_ads/333"


@pytest.mark.parametrize("tag", ["brand_fr", "Brand+FR", "brand%20fr", "BRAND-FR", " brand  fr ", "Brand|FR", "ｂｒａｎｄ　ｆｒ"])
def test_utm_campaign_matches_the_name_however_it_is_written(tag: str) -> None:
    assert found(Marks(utm_campaign=tag)) == ("paid_search", "google_ads/111", "utm_campaign")


def test_accents_do_not_matter() -> None:
    assert found(Marks(utm_campaign="ete_promo"))[1] == "google_ads/222"
    assert match_key("Été | Promo") == match_key("e%CC%81te%CC%81-promo") == "ete promo"


def test_a_renamed_campaign_is_found_under_each_of_its_names() -> None:
    assert found(Marks(utm_campaign="marque france")) == ("paid_search", "google_ads/111", "utm_campaign")


def test_a_name_of_two_campaigns_keeps_the_channel_and_names_no_campaign() -> None:
    assert found(Marks(utm_campaign="twin", source="DIRECT_TRAFFIC")) == ("paid_search", "unattributed", "ambiguous_name")


def test_a_name_on_two_platforms_is_settled_by_the_platform_in_the_tags() -> None:
    assert found(Marks(utm_campaign="spring", utm_source="ig"))[1] == "meta_ads/444"
    assert found(Marks(utm_campaign="spring", utm_source="google"))[1] == "google_ads/333"
    assert found(Marks(utm_campaign="spring", source="PAID_SOCIAL")) == ("paid_social", "unattributed", "ambiguous_name")


def test_a_newsletter_that_borrows_the_name_of_a_search_campaign_is_not_that_campaign() -> None:
    marks = Marks(utm_campaign="brand fr", utm_source="newsletter", utm_medium="email", source="EMAIL_MARKETING")
    assert found(marks) == ("email", "unattributed", "original_source")


def test_a_name_on_another_platform_than_the_tags_is_not_that_campaign() -> None:
    marks = Marks(utm_campaign="leads q1", utm_source="linkedin", utm_medium="cpc", source="PAID_SOCIAL")
    assert found(marks) == ("paid_social", "unattributed", "original_source")


def test_a_campaign_of_the_spend_file_is_found_by_its_name_and_has_the_channel_given() -> None:
    marks = Marks(utm_campaign="salon-de-lyon", utm_medium="email")
    assert found(marks) == (
        "events",
        "spend_file/salon de lyon",
        "utm_campaign",
    )


def test_a_file_entry_named_like_one_platform_campaign_pays_for_it() -> None:
    assert INDEX.of_file(FileCampaign("brand_fr", None)).key == "google_ads/111"
    assert INDEX.of_file(FileCampaign("brand_fr", "paid_search")).key == "google_ads/111"


def test_a_file_entry_that_claims_another_channel_is_a_campaign_of_its_own() -> None:
    index = campaign_index([KnownName("google_ads", "1", "Brand", "paid_search")], [FileCampaign("Brand", "events")])
    assert index.of_file(FileCampaign("Brand", "events")).key == "spend_file/brand"
    assert found(Marks(utm_campaign="brand"), index)[2] == "ambiguous_name"


@pytest.mark.parametrize("macro", ["{campaignid}", "{{campaign.id}}", "__CAMPAIGN_ID__", "%7Bcampaignid%7D"])
def test_a_macro_that_was_never_filled_in_counts_as_missing_and_is_reported(macro: str) -> None:
    marks = Marks(utm_id=macro, utm_source="google", utm_campaign="brand fr")
    assert found(marks)[1:] == ("google_ads/111", "utm_campaign")
    assert tagging_faults(marks) == ("utm_id",)


def test_hubspots_source_gives_a_channel_and_no_campaign() -> None:
    marks = Marks(source="ORGANIC_SEARCH", utm_campaign="nobody knows")
    assert found(marks) == (
        "organic_search",
        "unattributed",
        "original_source",
    )


def test_tags_give_the_channel_when_the_crm_has_no_source() -> None:
    assert found(Marks(utm_source="bing", utm_medium="cpc")) == ("paid_search", "unattributed", "utm_channel")


def test_what_matches_nothing_is_unattributed() -> None:
    assert place(Marks(), INDEX) == NOWHERE
    assert place(Marks(utm_campaign="(not set)", hsa_cam=""), INDEX) == NOWHERE


def test_a_campaign_without_name_or_channel_is_still_known_by_its_id() -> None:
    campaign = INDEX.campaigns["google_ads/777"]
    assert (campaign.title, campaign.channel) == ("777", "paid_search")


def test_a_campaign_of_the_crm_that_is_called_like_a_platforms_is_that_one() -> None:
    """Else every visit through it would be ambiguous."""
    index = campaign_index(
        [
            KnownName("hubspot", "g-1", "brand_fr", None),
            KnownName("google_ads", "111", "Brand FR", "paid_search"),
            KnownName("hubspot", "g-2", "Webinar", None),
        ],
        [FileCampaign("webinar", "events")],
    )
    assert found(Marks(utm_campaign="brand-fr"), index)[1] == "google_ads/111"
    assert found(Marks(utm_campaign="Webinar", utm_source="linkedin"), index)[1] == "hubspot/g-2"
    assert set(index.campaigns) == {"google_ads/111", "hubspot/g-2", "spend_file/webinar"}
    assert index.of_file(FileCampaign("webinar", None)).key == "hubspot/g-2"


def test_two_campaigns_of_the_crm_with_one_name_stay_two() -> None:
    index = campaign_index([KnownName("hubspot", "g-1", "Webinar", None), KnownName("hubspot", "g-2", "webinar", None)])
    assert found(Marks(utm_campaign="webinar"), index)[2] == "ambiguous_name"
