"""Targets with their pace, alerts with what fires, and a rule silenced by who may."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from config.settings import AccountSettings
from sync.publish import after
from sync.publish.alerts import book, watch
from tests.sync.publish.web.site import HOST, site, words
from tests.sync.versions import FIRST, Versions, value

TARGET = {
    "kpi": "revenue_won",
    "value": 3000,
    "period": "2026-Q3",
    "baseline": 1000,
    "owner": "Anna <b>Martin</b>",
    "reason": "pays for two more reps",
}
RULE = {"kind": "threshold", "kpi": "revenue_won", "below": 2000, "period": "month"}


def won(amount: str, month: int, period: str = "month") -> dict[str, Any]:
    return value("revenue_won", amount, {"revenue_won": amount}, start=date(2026, month, 1), period=period)  # type: ignore[arg-type]


ROWS = [won("1000", 7), won("900", 8), won("800", 9), won("2700", 7, "quarter")]


def given(home: Versions, **said: Any) -> None:
    """Settings of the house, as a file would give them."""
    home.house.settings = AccountSettings(serve=home.house.settings.serve, **said)


def test_a_target_says_what_is_done_and_how_it_stands(tmp_path: Path) -> None:
    with site(tmp_path, ROWS) as (client, home, _):
        assert "hold no targets" in words(client.get("/targets").text)
        given(home, targets=[TARGET])
        text = client.get("/targets").text
        assert "Revenue won" in words(text)
        assert "€2,700.00 missed wanted: ≥ €3,000.00" in words(text)
        assert "Anna <b>" not in text
        french = words(client.get("/targets", headers={"accept-language": "fr"}).text)
        assert "visé : ≥ 3 000,00 €" in french


def test_an_alert_that_fires_is_shown_and_can_be_silenced(tmp_path: Path) -> None:
    """For some days, by an editor; and told again before they are over."""
    with site(tmp_path, ROWS) as (client, home, _):
        assert "No rule is set" in words(client.get("/alerts").text)
        given(
            home,
            alerts={"to": "sales", "rules": {"low": RULE}},
            notify={"recipients": {"sales": {"to": ["json://127.0.0.1:1/"]}}},
        )
        with after.filled(home.house) as shelf:
            watch.evaluate(home.house, shelf)
        page = client.get("/alerts").text
        assert "1 alert fires." in words(page)
        assert "fires" in words(page)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found is not None
        form = {"rule": "low", "days": "7", "csrf_token": found[1]}
        done = client.post("/alerts/mute", data=form, headers={"origin": HOST})
        assert "silent until" in words(done.text)
        assert book.mutes(home.house) == {"low": FIRST + timedelta(days=7)}
        client.post("/alerts/mute", data={**form, "days": "0"}, headers={"origin": HOST})
        assert book.mutes(home.house) == {}
        for wrong in ({"rule": "other"}, {"days": "10000"}):
            assert client.post("/alerts/mute", data={**form, **wrong}, headers={"origin": HOST}).status_code == 404
