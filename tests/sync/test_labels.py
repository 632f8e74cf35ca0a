"""What campaigns are called, and where they stand."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pytest

from sync.labels import campaigns, labels_for


def test_campaigns_have_titles_that_tell_them_apart_and_the_channel_they_stand_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of one name bear their keys; what stands for no campaign stands on no channel."""

    @contextmanager
    def marts(*_: object) -> Iterator[tuple[duckdb.DuckDBPyConnection, None]]:
        with duckdb.connect() as con:
            con.execute("CREATE TABLE campaign_title (campaign VARCHAR, channel VARCHAR, title VARCHAR)")
            con.execute("CREATE TABLE campaign (platform VARCHAR, campaign_id VARCHAR, campaign_name VARCHAR)")
            con.execute("INSERT INTO campaign_title VALUES ('google_ads/1', 'paid_search', 'Brand'), ('meta/2', NULL, 'Brand')")
            con.execute("INSERT INTO campaign_title VALUES ('unattributed', 'unattributed', 'Unattributed')")
            con.execute("INSERT INTO campaign VALUES ('hubspot', '7', 'Autumn'), ('google_ads', '1', 'Brand')")
            yield con, None

    monkeypatch.setattr("sync.labels.marts", marts)
    monkeypatch.setattr("sync.labels.stored_frame", lambda _: None)
    house: Any = None
    found = campaigns(house)
    assert found.channels == {"google_ads/1": "paid_search"}
    assert found.titles["google_ads/1"] == "Brand (google_ads/1)"
    assert found.titles["hubspot/7"] == "Autumn"
    assert labels_for(house, "campaign") == found.titles
