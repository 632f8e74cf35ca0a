"""Which stage a timing property is about."""

from connectors.hubspot.discover import stages_by_property

UUID = "0F1E2D3C-aaaa-bbbb-cccc-1234567890ab"


def test_a_stage_is_found_by_its_id() -> None:
    assert stages_by_property(["hs_v2_date_entered_closedwon", "amount"], ["closedwon"]) == {
        "hs_v2_date_entered_closedwon": "closedwon"
    }


def test_dashes_of_a_uuid_stand_as_underscores() -> None:
    name = "hs_v2_date_entered_0f1e2d3c_aaaa_bbbb_cccc_1234567890ab"
    assert stages_by_property([name], [UUID]) == {name: UUID}


def test_a_number_appended_by_hubspot_is_looked_past() -> None:
    assert stages_by_property(["hs_v2_date_entered_closedwon_731"], ["closedwon"]) == {
        "hs_v2_date_entered_closedwon_731": "closedwon"
    }


def test_a_stage_whose_id_ends_in_a_number_is_not_mistaken_for_another() -> None:
    found = stages_by_property(["hs_v2_date_entered_demo", "hs_v2_date_entered_demo_2"], ["demo", "demo_2"])
    assert found == {"hs_v2_date_entered_demo": "demo", "hs_v2_date_entered_demo_2": "demo_2"}


def test_the_old_family_stands_in_only_where_the_new_one_is_missing() -> None:
    names = ["hs_date_entered_a", "hs_v2_date_entered_a", "hs_date_entered_b"]
    assert stages_by_property(names, ["a", "b"]) == {"hs_v2_date_entered_a": "a", "hs_date_entered_b": "b"}


def test_properties_about_no_stage_are_left_alone() -> None:
    names = ["hs_v2_date_entered_current_stage", "hs_v2_date_entered_gone", "hs_v2_date_exited_a", "hs_v2_cumulative_time_in_a"]
    assert stages_by_property(names, ["a"]) == {}
