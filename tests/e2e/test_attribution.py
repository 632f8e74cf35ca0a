"""Attribution models from outside: a line of the settings keeps another one, and channels make the total under each."""

from decimal import Decimal

from tests.e2e.installation import Installation


def test_a_model_is_kept_once_the_settings_name_it(settled: Installation) -> None:
    refused = settled.run("show", "revenue_won", "--by", "channel", "--model", "linear")
    assert refused.code == 2
    assert "write `models: [first, last, linear]`" in refused.err
    settled.configure(attribution={"models": ["linear", "markov"]})
    settled.ok("sync", "--source", "spend_file")
    [total] = settled.json("show", "revenue_won")
    channels = settled.json("show", "revenue_won", "--by", "channel", "--model", "linear")
    assert {row["model"] for row in channels} == {"linear"}
    assert sum(Decimal(row["value"]) for row in channels) == Decimal(total["value"])
    learned = settled.run("show", "revenue_won", "--by", "channel", "--model", "markov", "--json")
    assert (learned.code, learned.out.strip()) == (0, "[]")
    assert "needs 30" in learned.err, "the small world has fewer won deals"
