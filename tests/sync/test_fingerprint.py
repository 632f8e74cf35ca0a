"""What makes stored records be made, or read, again."""

from sync.fingerprint import asked_now, asked_then, fingerprint, made_by


def test_other_rates_make_the_rows_again_without_asking_the_vendor() -> None:
    before = fingerprint("1", "Europe/Paris", "EUR", {"rates": "crm", "mapped": {"deals": {"amount": "mine"}}}, "deals")
    facts = {"rates": "ecb", "mapped": {"deals": {"amount": "mine"}}}
    after = fingerprint("1", "Europe/Paris", "EUR", facts, "deals")
    assert made_by(before) != made_by(after)
    assert asked_then(before) == asked_then(after) == "|".join(asked_now(facts, "deals"))


def test_a_source_without_a_choice_of_rates_keeps_the_fingerprint_it_had() -> None:
    assert fingerprint("1", "Europe/Paris", "EUR", {}, "deals") == "1|Europe/Paris|EUR"
