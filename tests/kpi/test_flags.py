"""Flags: every one that a value may bear has words."""

from kpi.flags import FLAGS, in_words
from kpi.measures import MEASURES

BY_THE_ENGINE = {"above_one", "lifetime_capped", "partial_period", "small_sample"}


def test_every_flag_has_words_and_no_words_stand_for_nothing() -> None:
    assert {check.flag for measure in MEASURES for check in measure.checks} | BY_THE_ENGINE == FLAGS.keys()


def test_a_flag_is_read_in_the_language_of_the_reader() -> None:
    assert in_words(("amount_missing", "partial_period"), "fr") == ["montants manquants", "période en cours"]
    assert in_words(("of_another_time",), "en") == ["of_another_time"], "what an older program stored"
