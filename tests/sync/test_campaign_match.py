"""Which of our campaigns is one of the CRM's, and associations as text."""

from sync.campaign_match import CrmCampaign, matched
from sync.link_text import calls, difference, is_link, joined, link_base, link_property, linked_object, net, parted, shown

OURS = {"google_ads/1": "Brand FR", "google_ads/2": "Été", "spend_file/fair": "Fair", "hubspot/g-9": "Anything"}


def test_a_campaign_is_found_by_id_then_utm_then_name() -> None:
    """However it is written."""
    theirs = [
        CrmCampaign("g-1", "Something else", "brand_fr"),
        CrmCampaign("g-2", "ETE", None),
        CrmCampaign("g-3", "Brand FR", None),
        CrmCampaign("g-9", "Webinar", None),
    ]
    assert matched(OURS, theirs) == {"google_ads/1": "g-1", "google_ads/2": "g-2", "hubspot/g-9": "g-9"}


def test_a_name_that_fits_two_says_nothing() -> None:
    """On either side."""
    assert matched(OURS, [CrmCampaign("a", "Fair", None), CrmCampaign("b", "fair", None)]) == {}
    assert matched({"x/1": "Fair", "y/2": "fair"}, [CrmCampaign("a", "Fair", None)]) == {}
    assert matched({"x/1": ""}, [CrmCampaign("a", None, None)]) == {}


def test_associations_are_kept_as_text_and_shown_as_a_number() -> None:
    assert joined({"10", "9", "100"}) == "9;10;100;"
    assert joined(()) is None
    assert parted("9;10;100;") == {"9", "10", "100"}
    assert parted(None) == frozenset()
    assert difference("1;2;", "2;3;") == ({"3"}, {"1"})
    assert (is_link(link_property("deals")), is_link("cadran_spend"), linked_object("(deals)")) == (True, False, "deals")
    assert shown("(object)", "Campaigns", "+") == "Campaigns"
    assert (shown("(deals)", "1;2;", "+"), shown("(deals)", None, "−"), shown("cadran_spend", "5", "+")) == ("+2", None, "5")
    assert (link_base("deals"), is_link(link_base("deals"))) == ("[deals]", False)


def test_what_came_and_went_over_several_lines_is_what_an_undo_turns_back() -> None:
    """What came and went again is nothing, nor is what went and came back."""
    assert net([(None, "1;2;"), ("2;", "3;"), ("3;", "4;")]) == ({"1", "4"}, frozenset())
    assert net([("9;", "1;"), (None, "9;"), ("1;8;", None)]) == (frozenset(), {"8"})
    assert net([]) == (frozenset(), frozenset())


def test_their_calls_are_counted_per_object() -> None:
    """2,000 are made and 100 ended at once; before the first, the type's number is asked for."""
    many = frozenset(map(str, range(2_001)))
    assert calls([("(deals)", many, frozenset()), ("(contacts)", frozenset("1"), frozenset(list(many)[:101]))]) == 3 + 2 + 2
    assert calls([]) == 0
