"""A company's own measures and KPIs from the settings to the CRM; what it follows; what is wrong with its data."""

from decimal import Decimal

from tests.e2e.installation import Installation

OWN = {
    "follow": ["own", "sales", "cpl"],
    "own": {
        "cost_per_big_deal": "spend / big_deals",
        "big_share": {
            "formula": "big_deals / deals_won",
            "title": {"en": "Share of big deals", "fr": "Part des grosses affaires"},
            "better": "up",
            "by": ["total", "channel"],
            "periods": ["all", "month"],
            "example": {"given": {"big_deals": 1, "deals_won": 4}, "gives": 0.25},
        },
    },
    "measures": {
        "big_deals": {
            "of": "deal",
            "count": True,
            "where": "amount_home >= 5000",
            "time": "won_on",
            "title": {"en": "big deals", "fr": "grosses affaires"},
        }
    },
}


def test_an_own_kpi_is_computed_shown_explained_and_written_on_campaigns(planned: Installation) -> None:
    """By the next sync; its value is the quotient of its parts, and the rows behind it meet the condition."""
    planned.configure(kpis=OWN)
    said = planned.ok("sync")
    assert "Share of big deals" in said
    assert "Cost per lead" in said
    assert "Spend" not in said
    [share] = planned.json("show", "big_share")
    parts = {name: Decimal(value) for name, value in share["inputs"].items()}
    assert parts["big_deals"] > 0
    assert abs(Decimal(share["value"]) - parts["big_deals"] / parts["deals_won"]) < Decimal("1e-9")
    explained = planned.json("explain", "big_share")
    big = next(part for part in explained["rows"] if part["measure"] == "big_deals")
    assert big["rows"] == parts["big_deals"]
    assert all(Decimal(row["amount_home"]) >= 5000 and row["link"].endswith(row["deal_id"]) for row in big["sample"])
    assert explained["card"]["formula"] == "big deals ÷ deals won"
    [money] = planned.json("show", "cost_per_big_deal")
    assert (money["unit"], money["currency"]) == ("money", "EUR")
    plan = planned.json("plan")
    created = {(c["object"], c["property"]) for c in plan["changes"] if c["record_id"] is None}
    assert ("cadran_campaign", "cadran_cost_per_big_deal") in created
    assert not any(name == "cadran_big_share" for _, name in created), "it is not told by campaign"


def test_no_command_starts_with_a_definition_that_is_wrong(planned: Installation) -> None:
    """All faults at once, each with its line, its column and a caret; exit code 2."""
    planned.configure(
        kpis={"own": {"good": "spend / leads", "bad": "spend / leeds", "worse": "spend + leads"}, "follow": ["bsd"]}
    )
    text = (planned.folder / "cadran.yaml").read_text(encoding="utf-8").splitlines()
    line = {
        name: next(n for n, one in enumerate(text, 1) if one.strip().startswith(name)) for name in ("bad:", "worse:", "- bsd")
    }
    done = planned.run("check")
    assert done.code == 2
    assert f"cadran.yaml:{line['bad:']}: kpis.own.bad.formula: column 9: no measure or KPI is called leeds" in done.err
    assert "\n      spend / leeds\n              ^\n" in done.err
    assert f"cadran.yaml:{line['worse:']}: kpis.own.worse.formula: column 7: “spend + leads”: money + count" in done.err
    assert f"cadran.yaml:{line['- bsd']}: kpis.follow.0: no role or KPI is called bsd; did you mean `bad`?" in done.err


def test_check_data_lists_what_is_doubtful_down_to_the_records(planned: Installation) -> None:
    """From what was stored: the findings of the marts, and records that could not be read."""
    document = planned.json("check", "--data")
    found = {one["code"]: one for one in document["findings"]}
    assert all(one["count"] > 0 and one["words"] for one in found.values())
    [unpriced] = found["amounts_without_rate"]["records"]
    assert planned.value("deals", unpriced["id"], "deal_currency_code") == "XXX"
    assert unpriced["link"].endswith(f"/record/0-3/{unpriced['id']}")
    assert all(len(one["records"]) == one["count"] for one in found.values())
    [aside] = [one for one in document["records_set_aside"] if "12k" in one["reason"]]
    assert (aside["stream"], aside["link"].rpartition("/")[2]) == ("deals", aside["id"])
