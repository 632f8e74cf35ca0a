"""The scheduled run refuses what looks alarming, until a person decides."""

import re

from tests.e2e.installation import Installation


def test_when_most_deals_vanish_the_run_names_number_threshold_and_override(settled: Installation) -> None:
    """Somebody archives nearly all deals by mistake; company figures must not be emptied overnight, nor the night after."""
    deals = settled.server.sandbox.portal.find("deals")
    for number in list(deals.live)[2:]:
        settled.control("archive", {"object": "deals", "id": str(number)})
    before = summaries(settled)
    for _night in range(2):
        refused = settled.run("run")
        assert refused.code == 5, refused.said
        assert re.search(
            r"plan refused: the table \w+ shrank from \d+ to \d+ rows \(\d+% of .*, allowed at least 50%\)", refused.err
        )
        assert "--allow-shrink" in refused.err
        assert summaries(settled) == before

    done = settled.json("run", "--allow-shrink", "--allow-clears")
    assert done["written"] > 0
    assert summaries(settled) != before


def summaries(installation: Installation) -> dict[str, str | None]:
    """What company records say now."""
    return {
        i: installation.value("companies", i, "cadran_summary")
        for i in installation.server.sandbox.portal.find("companies").by_id
    }
