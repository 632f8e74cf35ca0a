"""The simulated Meta refuses and hides what the real one does, so that a careless client fails here."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import requests

from connectors.sandbox.clock import Clock
from connectors.sandbox.meta_ads.access import TOKEN, WITHOUT
from connectors.sandbox.server import SandboxServer
from tests.connectors.meta_ads.conftest import NOW, PAGE, PARIS, ad_day, world

SEPTEMBER = orjson.dumps({"since": "2026-09-01", "until": "2026-09-30"}).decode()
FIELDS = "campaign_id,spend,actions"
ASKED = {"level": "campaign", "time_increment": "1", "time_range": SEPTEMBER, "fields": FIELDS}


class Graph:
    """A client that does as it is told."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self._at = f"{server.base_url}/meta_ads"

    def get(self, path: str, token: str | None = TOKEN, *, version: str = "v26.0", post: bool = False, **told: str) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.answer = requests.request(
            "POST" if post else "GET", f"{self._at}/{version}/{path}", params=told, headers=headers, timeout=10
        )
        return self.answer.json()

    def code(self, path: str, token: str | None = TOKEN, **told: str) -> int:
        """Of the refusal."""
        return int(self.get(path, token, **told)["error"]["code"])


@pytest.fixture
def graph() -> Iterator[Graph]:
    with SandboxServer(world(), clock=Clock(NOW, monotonic=lambda: 0.0)) as server:
        yield Graph(server)


def test_who_may_not_ask_is_told_why_with_a_400(graph: Graph) -> None:
    assert graph.code("me/adaccounts", None) == 104
    assert graph.code("me/adaccounts", "EAAother") == 190
    assert graph.code("me/adaccounts", f"{WITHOUT}ads_read") == 200
    assert graph.code("me/adaccounts", version="v3.0") == 2635
    assert graph.code("act_999/insights", **ASKED) == 100
    assert graph.code(f"{PAGE}/insights", metric="page_follows", period="day", since="2026-09-01", until="2026-09-09") == 190
    assert graph.answer.status_code == 400


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"level": "ad"}, 100),
        ({"fields": "cost"}, 100),
        ({"time_range": "September"}, 100),
        ({"time_range": '{"since": "2026-09-30", "until": "2026-09-01"}'}, 100),
        ({"time_range": '{"since": "2023-08-31", "until": "2023-09-01"}'}, 3018),
        ({"action_attribution_windows": '["3d_click"]'}, 100),
        ({"filtering": '[{"field": "spend", "operator": "GREATER_THAN", "value": 0}]'}, 100),
        ({"after": "!"}, 100),
    ],
)
def test_what_a_query_may_not_ask_is_refused(graph: Graph, changed: dict[str, str], code: int) -> None:
    assert graph.code(f"act_{PARIS}/insights", **{**ASKED, **changed}) == code


def test_without_an_increment_the_days_are_one_row(graph: Graph) -> None:
    told = {k: v for k, v in ASKED.items() if k != "time_increment"}
    [first, _] = graph.get(f"act_{PARIS}/insights", **told)["data"]
    assert (first["date_start"], first["date_stop"], first["spend"]) == ("2026-09-01", "2026-09-30", "1.10")


def test_windows_that_are_gone_are_taken_and_not_answered(graph: Graph) -> None:
    asked = {**ASKED, "action_attribution_windows": '["7d_view", "28d_view", "1d_view"]'}
    [lead] = [
        a for r in graph.get(f"act_{PARIS}/insights", **asked)["data"] for a in r.get("actions", ()) if a["action_type"] == "lead"
    ]
    assert lead == {"action_type": "lead", "value": "4", "1d_view": "1"}


def test_a_page_has_twenty_five_rows_and_the_next_one_carries_the_token(graph: Graph) -> None:
    """So that following it as it stands would put the token into somebody's log."""
    with graph.server.sandbox.lock:
        days = graph.server.sandbox.world.accounts["meta_ads"][PARIS].tables["days"]
        days[:] = [ad_day("2026-09-15", str(n), "x", "1") for n in range(60)]
    first = graph.get(f"act_{PARIS}/insights", **ASKED)
    assert len(first["data"]) == 25
    assert f"access_token={TOKEN}" in first["paging"]["next"]
    second = requests.get(first["paging"]["next"], timeout=10).json()
    third = requests.get(second["paging"]["next"], timeout=10).json()
    assert [len(second["data"]), len(third["data"])] == [25, 10]
    assert "next" not in third["paging"]


def test_a_report_says_completed_before_it_is_whole(graph: Graph) -> None:
    report = graph.get(f"act_{PARIS}/insights", post=True, **ASKED)["report_run_id"]
    told = []
    for _ in range(4):
        state = graph.get(report)
        told.append((state["async_status"], state["async_percent_completion"], len(graph.get(f"{report}/insights")["data"])))
    assert told == [("Job Running", 40, 1), ("Job Completed", 99, 1), ("Job Completed", 100, 2), ("Job Completed", 100, 2)]


def test_the_hours_calls_are_told_in_every_answer_and_end(graph: Graph) -> None:
    graph.server.sandbox.world.accounts["meta_ads"][PARIS].about["calls_an_hour"] = 2
    used = []
    for _ in range(3):
        graph.get(f"act_{PARIS}/insights", **ASKED)
        [told] = orjson.loads(graph.answer.headers["X-Business-Use-Case-Usage"])[PARIS]
        used.append((graph.answer.status_code, told["call_count"], told["estimated_time_to_regain_access"]))
    assert used == [(200, 50, 0), (200, 100, 0), (400, 100, 60)]
    assert graph.answer.json()["error"]["code"] == 80000
