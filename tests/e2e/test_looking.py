"""Reading results: table, JSON, CSV, as known on a day, by channel, and where a number comes from."""

import csv
import io
from decimal import Decimal

import pytest

from tests.e2e.installation import Installation
from tests.e2e.test_pilot import SHOW_KEYS


def test_a_result_is_shown_as_table_json_and_csv(settled: Installation) -> None:
    """The same numbers in each."""
    rows = settled.json("show", "deals_won", "--by", "channel")
    assert rows
    assert all(set(row) == SHOW_KEYS for row in rows)
    table = settled.ok("show", "deals_won", "--by", "channel")
    assert "Deals won" in table
    assert "Organic search" in table or "Organic Search" in table
    read = list(csv.DictReader(io.StringIO(settled.ok("show", "deals_won", "--by", "channel", "--csv"))))
    assert [(r["key"], r["value"]) for r in read] == [(r["key"], r["value"]) for r in rows]


@pytest.mark.parametrize("kpi", ["revenue_won", "spend", "leads", "sessions"])
def test_channels_with_unattributed_add_up_to_the_total(settled: Installation, kpi: str) -> None:
    """Nothing falls between the channels."""
    [total] = settled.json("show", kpi)
    channels = settled.json("show", kpi, "--by", "channel")
    assert len(channels) > 1
    assert sum(Decimal(row["value"]) for row in channels) == Decimal(total["value"]) > 0


def test_a_number_can_be_shown_as_it_was_known_on_an_earlier_day(settled: Installation) -> None:
    """A deal's amount is corrected the day after; the restatement ledger says so, and why."""
    [before] = settled.json("show", "revenue_won")
    portal = settled.server.sandbox.portal.find("deals")
    deal = next(
        d
        for d in portal.by_id.values()
        if d.values.get("hs_is_closed_won") == "true" and d.values.get("amount") and not d.archived_at
    )
    settled.control("clock", {"advance_days": 1})
    settled.edit("deals", deal.id, {"amount": str(Decimal(deal.values["amount"]) + 1000)})
    settled.ok("sync")
    [after] = settled.json("show", "revenue_won")
    assert Decimal(after["value"]) != Decimal(before["value"])
    [then] = settled.json("show", "revenue_won", "--as-of", before["as_of"][:10])
    assert then == before
    [first, second] = settled.json("show", "revenue_won", "--history")
    assert (first["value"], second["value"]) == (before["value"], after["value"])
    assert (first["to_run"], second["to_run"]) == (second["from_run"], None)
    assert second["changed"] == {"revenue_won": {"old": before["value"], "new": after["value"]}}
    assert f"revenue_won {before['value']} → {after['value']}" in settled.ok("show", "revenue_won", "--history")
    unknown = settled.run("show", "revenue_won", "--as-of", "2020-01-01")
    assert unknown.code == 2
    assert "2020-01-01" in unknown.err
    changed = settled.json("restatements", "--kpi", "revenue_won")
    month = next(row for row in changed if (row["by"], row["period"]) == ("total", "month"))
    assert (
        Decimal(month["change"])
        == Decimal(month["new"]) - Decimal(month["old"])
        == Decimal(after["value"]) - Decimal(before["value"])
    )
    assert [(one["cause"], one["rows"]) for one in month["causes"]] == [("edited", 1)]
    assert "amount" in month["why"]
    assert deal.id not in str(month["causes"])
    ends = ["--from", f"run:{month['run'] - 1}", "--to", f"run:{month['run']}", "--start", month["period_start"]]
    why = settled.json("why", "revenue_won", *ends)
    assert why["parts"] == [{"part": "restatement", "value": month["change"]}]
    assert "amount" in settled.ok("why", "revenue_won", *ends)
    assert month["kpi"] in settled.ok("restatements", "--since", str(month["run"]))


def test_explain_shows_formula_inputs_and_the_records_behind(settled: Installation) -> None:
    """From a ratio to the ids of the deals in it."""
    document = settled.json("explain", "win_rate")
    assert set(document) == {"value", "card", "passport", "rows"}
    passport = document["passport"]
    assert passport["definition"]["version"] == document["card"]["version"] == document["value"]["version"]
    assert passport["interval"]["low"] <= document["value"]["value"] <= passport["interval"]["high"]
    assert {rate["table"] for rate in passport["rates"]} == {"deal"}
    inputs = document["value"]["inputs"]
    won = next(part for part in document["rows"] if part["measure"] == "deals_won")
    assert won["rows"] == int(Decimal(str(inputs["deals_won"])))
    ids = {str(row["deal_id"]) for row in won["sample"]}
    assert ids
    assert all(settled.value("deals", i, "hs_is_closed_won") == "true" for i in ids)
    assert all(
        row["record"] == f"deals/{row['deal_id']}" and row["link"].endswith(f"/0-3/{row['deal_id']}") for row in won["sample"]
    )
    text = settled.ok("explain", "win_rate")
    assert "= " in text
    assert "deals_won" in text
    assert next(iter(ids)) in text


def test_a_misspelt_kpi_gets_the_nearest_name(settled: Installation) -> None:
    done = settled.run("show", "revenue_wonn")
    assert done.code == 2
    assert "revenue_won" in done.err.replace("revenue_wonn", "")


def test_in_french_labels_descriptions_and_summaries_are_french(settled: Installation) -> None:
    """Changing ``locale`` describes the properties anew and rewrites the lines."""
    settled.configure(locale="fr")
    done = settled.json("run")
    assert done["rejected"] == 0
    definition = settled.server.sandbox.portal.find("deals").definitions.active["cadran_channel"]
    assert definition["label"] == "Canal"
    assert "modèle d'attribution" in definition["description"]
    lines = {settled.value("deals", i, "cadran_summary") for i in settled.server.sandbox.portal.find("deals").by_id}
    assert any(line and "coût" in line for line in lines)
    assert "Taux" in settled.ok("show", "win_rate")
    assert settled.json("run")["written"] == 0
