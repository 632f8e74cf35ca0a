"""Rules of alerts and recipients of messages, as a person writes them."""

from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from config.alerts import Kind, RuleSettings, Step
from config.settings import SettingsFault, load
from connectors.errors import ConfigurationError
from sync import bootstrap

RECIPIENTS = "notify:\n  recipients:\n    sales: {to: env:SALES, language: fr}\n    direction: {to: [env:SALES, env:CHAT]}\n"
ENVIRON = {"SALES": "mailto://u:hidden-word@mail.example", "CHAT": "json://chat.example/hidden-token"}


def write(folder: Path, text: str) -> Path:
    file = folder / "cadran.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        bootstrap.settings(write(folder, text), ENVIRON)
    return str(caught.value).splitlines()[1:]


def test_a_rule_is_read_with_its_numbers_as_written(tmp_path: Path) -> None:
    """A bound keeps its digits, a share is told from an amount, and one recipient needs no list."""
    text = RECIPIENTS + (
        "alerts:\n  to: sales\n  rules:\n"
        "    cac_high: {kind: threshold, kpi: cac_blended, above: 0.1, to: direction}\n"
        "    drop: {kind: change, kpi: revenue_won, falls: 20%, ends: 5%, than: last_year}\n"
    )
    account = bootstrap.settings(write(tmp_path, text), ENVIRON).accounts["default"].settings
    high, drop = account.alerts.rules["cac_high"], account.alerts.rules["drop"]
    assert (high.above, high.last_bound, high.to) == (Decimal("0.1"), Decimal("0.09"), ["direction"])
    assert (drop.falls, drop.last_step) == (Step(Decimal("0.2"), True), Step(Decimal("0.05"), True))
    sales, direction = account.notify.recipients["sales"], account.notify.recipients["direction"]
    assert (sales.language, [one.get_secret_value() for one in sales.to]) == ("fr", [ENVIRON["SALES"]])
    assert [one.get_secret_value() for one in direction.to] == [ENVIRON["SALES"], ENVIRON["CHAT"]]
    assert "hidden" not in repr(account)


def test_every_bad_rule_is_told_at_once_with_the_nearest_name(tmp_path: Path) -> None:
    """A misspelt key, KPI, dimension, recipient and source; a period that is not kept; nobody to tell: each at its line."""
    text = RECIPIENTS + (
        "alerts:\n  rules:\n"
        "    one: {kind: threshold, kpi: cac_blendd, above: 5, to: sales}\n"
        "    two: {kind: change, kpi: revenue_won, by: chanel, rises: 3, to: sale}\n"
        "    three: {kind: stale_data, hours: 5, sources: ga5, to: sales}\n"
        "    four: {kind: threshold, kpi: revenue_won, above: 5}\n"
        "    five: {kind: outside_forecast, kpi: revenue_won, period: year, to: sales}\n"
        "    Six: {kind: threshold, kpi: deal_cycle_days, above: 5, to: sales}\n"
        "sources:\n  ga4: {property_id: '1', client_id: env:SALES, client_secret: env:SALES, refresh_token: env:SALES}\n"
        "  hubspot: {token: env:CHAT}\n"
    )
    told = faults(tmp_path, text)
    expected = {
        ":7: alerts.rules.one.kpi": "did you mean `cac_blended`?",
        ":8: alerts.rules.two.by": "did you mean `channel`?",
        ":8: alerts.rules.two.to": "did you mean `sales`?",
        ":9: alerts.rules.three.sources": "did you mean `ga4`?",
        ":10: alerts.rules.four": "nobody would be told",
        ":11: alerts.rules.five.period": "month and week",
        ":12: alerts.rules.Six: ": "only a-z",
    }
    for place, words in expected.items():
        assert any(place in line and words in line for line in told), (place, told)
    with pytest.raises(SettingsFault) as caught:
        load(write(tmp_path, "alerts:\n  rules:\n    x: {kind: threshold, kpi: leads, abve: 3, above: 3}\n"), {}, {})
    assert caught.value.faults[0].endswith("alerts.rules.x.abve: unknown key; did you mean `above`?")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"kind": "threshold", "kpi": "leads"}, "give one of `above` and `below`"),
        ({"kind": "threshold", "kpi": "leads", "above": 3, "below": 2}, "give one of `above` and `below`"),
        ({"kind": "threshold", "above": 3}, "`kpi` is missing"),
        ({"kind": "threshold", "kpi": "leads", "above": 3, "ends": 4}, "must not lie above"),
        ({"kind": "threshold", "kpi": "leads", "below": 3, "ends": 2}, "must not lie below"),
        ({"kind": "threshold", "kpi": "leads", "below": 0}, "needs `ends`"),
        ({"kind": "threshold", "kpi": "leads", "above": "many"}, "write a number"),
        ({"kind": "threshold", "kpi": "leads", "above": 3, "members": ["a"]}, "`members` needs `by`"),
        ({"kind": "change", "kpi": "leads", "falls": "20%", "ends": 5}, "a smaller step of the same form"),
        ({"kind": "change", "kpi": "leads", "falls": "20 percent"}, "write a share"),
        ({"kind": "change", "kpi": "leads", "falls": "0%"}, "write a share"),
        ({"kind": "change", "kpi": "leads", "falls": "20%", "period": "all"}, "nothing to compare"),
        ({"kind": "change", "kpi": "leads", "falls": "20%", "partial": True}, "`partial` has no meaning"),
        ({"kind": "stale_data"}, "`hours` is missing"),
        ({"kind": "sync_failed", "kpi": "leads"}, "`kpi` has no meaning"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(rule: dict[str, object], words: str) -> None:
    """What does not fit together is said in words."""
    with pytest.raises(ValidationError) as caught:
        RuleSettings.model_validate(rule)
    assert words in str(caught.value)


def test_an_address_written_out_is_refused_and_not_repeated(tmp_path: Path) -> None:
    """Addresses hold passwords: the file has references alone, in lists too, and for each account."""
    text = "accounts:\n  one:\n    notify:\n      recipients:\n        sales: {to: [env:NOPE, 'mailto://u:hidden-other@mail.example']}\n"
    told = faults(tmp_path, text)
    assert any("recipients.sales.to.1" in line and "env:NAME or file:PATH" in line for line in told)
    assert any("recipients.sales.to.0" in line and "NOPE is not there" in line for line in told)
    assert not any("hidden" in line for line in told)


def test_the_example_of_the_page_loads_and_a_kpi_that_is_not_computed_is_refused(tmp_path: Path) -> None:
    """Both languages show the same rules; `kpis.compute: followed` leaves nothing to watch of the others."""
    blocks = []
    for page in ("alerts.md", "alerts.fr.md"):
        text = (Path(__file__).parents[2] / "docs" / page).read_text(encoding="utf-8")
        blocks.append(text.partition("```yaml\n")[2].partition("```")[0])
    environ = dict.fromkeys(("SALES_MAIL", "DIRECTION_MAIL", "DIRECTION_SLACK"), "json://x")
    rules = [bootstrap.settings(write(tmp_path, block), environ).accounts["default"].settings.alerts.rules for block in blocks]
    assert rules[0] == rules[1]
    assert {rule.kind for rule in rules[0].values()} == set(get_args(Kind))
    with pytest.raises(ConfigurationError, match="leads is not computed"):
        bootstrap.settings(
            write(tmp_path, blocks[0] + "kpis: {compute: followed, follow: [revenue_won, cac_blended]}\n"), environ
        )
