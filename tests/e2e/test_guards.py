"""The scheduled run refuses what looks alarming, until a person decides."""

import re

from connectors.sandbox.hubspot.loading import PERSON
from tests.e2e.installation import Installation


def test_when_most_deals_vanish_the_run_names_number_threshold_and_override(settled: Installation) -> None:
    """Somebody archives nearly all deals by mistake; company figures must not be emptied overnight, nor the night after."""
    deals = settled.server.sandbox.portal.find("deals")
    for number in list(deals.live)[2:]:
        settled.control("archive", {"object": "deals", "id": str(number)})
    settled.control("clock", {"advance_days": 1})  # the archive's list is due
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


def test_amounts_in_a_currency_without_a_rate_stop_the_run_until_a_person_decides(settled: Installation) -> None:
    """A subsidiary begins to sell in a currency that nobody gave a rate for."""
    sandbox = settled.server.sandbox
    deals = sandbox.portal.find("deals")
    deal = next(d for d in deals.by_id.values() if d.archived_at is None and d.values.get("deal_currency_code") == "EUR")
    settled.ok("run")
    with sandbox.lock:
        unknown = {"deal_currency_code": "KPW", "hs_exchange_rate": "", "amount_in_home_currency": ""}
        sandbox.portal.write(deals, deal, unknown, PERSON, sandbox.portal.now())
    refused = settled.run("run")
    assert refused.code == 5, refused.said
    assert "no exchange rate is known for KPW" in refused.err
    assert "--allow-currency" in refused.err
    settled.ok("run", "--allow-currency", "--allow-clears", "--allow-jumps")


def summaries(installation: Installation) -> dict[str, str | None]:
    """What company records say now."""
    return {
        i: installation.value("companies", i, "cadran_summary")
        for i in installation.server.sandbox.portal.find("companies").by_id
    }
