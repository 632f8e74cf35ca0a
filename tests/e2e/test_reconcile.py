"""``cadran reconcile``: three who count the same, and facts against the records as received."""

from decimal import Decimal

from tests.e2e.installation import Installation
from tests.small_world import SINCE, small_world

KEYS = {
    "channel", "period_start", "period_end", "currency", "model", "crm", "web", "ads", "missing", "gaps", "reasons",
}  # fmt: skip


def test_the_table_says_what_show_says_and_channels_make_the_whole(settled: Installation) -> None:
    lines = settled.json("reconcile", "--since", "2026-06-01")
    assert all(set(line) == KEYS for line in lines)
    months = {row["period_start"]: row for row in settled.json("show", "sessions", "--period", "month")}
    wholes = {line["period_start"]: line for line in lines if not line["channel"]}
    assert wholes
    for start, whole in wholes.items():
        channels = [line for line in lines if line["channel"] and line["period_start"] == start]
        assert whole["web"]["sessions"] == months[start]["value"]
        assert whole["missing"]["web"] is None or whole["missing"]["web"] == months[start]["reason"]
        for side, name in (("crm", "leads"), ("crm", "revenue_won"), ("web", "sessions"), ("ads", "spend"), ("ads", "clicks")):
            known = [Decimal(line[side][name]) for line in channels if line[side][name] is not None]
            assert sum(known) == Decimal(whole[side][name] or 0), (start, name)
        assert {reason["code"] for reason in whole["reasons"]} >= {"consent", "model", "lookback"}
    from_a_file = [line for line in lines if line["channel"] == "paid_social" and Decimal(line["ads"]["spend"] or 0)]
    assert from_a_file
    assert {line["ads"]["clicks"] for line in from_a_file} == {None}, "the spend file counts no clicks: unknown, not 0"
    said = settled.ok("reconcile", "--since", "2026-06-01")
    assert "all channels" in said
    assert "? visitors who refuse consent" in said


def test_totals_in_facts_are_those_of_the_raw_answers_to_the_cent(settled: Installation) -> None:
    """What differs has a reason: the world holds an archived deal and an amount that is no number."""
    checks = settled.json("reconcile", "--raw")["checks"]
    assert {(c["table"], c["column"]) for c in checks} == {
        ("deal", "amount"), ("ad_spend_daily", "spend"), ("web_traffic_daily", "sessions"),
    }  # fmt: skip
    assert not any(c["faults"] for c in checks)
    for check in checks:
        explained = sum(Decimal(reason["amount"]) for reason in check["reasons"])
        assert Decimal(check["facts"]) - Decimal(check["raw"]) == Decimal(check["difference"]) == explained
    assert {reason["code"] for c in checks if c["table"] == "deal" for reason in c["reasons"]} == {"archived"}
    end = settled.server.sandbox.clock.now().date().isoformat()
    rows = [row for ads in small_world().google_ads.values() for row in ads.rows if SINCE <= str(row["date"]) <= end]
    [spend] = [c for c in checks if c["table"] == "ad_spend_daily"]
    assert Decimal(spend["facts"]) * 10**6 == sum(int(row["cost_micros"]) for row in rows)
