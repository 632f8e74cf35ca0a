"""Whether the property answers fields together is asked before a first read; what it does not answer is named."""

import pytest

from connectors.ga4.client import NotCompatible
from connectors.ga4.streams import COMMERCE_METRICS, EVENT_DIMENSIONS, LANDING_DIMENSIONS, SCOPES_OF_ATTRIBUTION
from tests.connectors.ga4.conftest import ROWS_PROPERTY, Ga4, read

FULL_ROWS = {
    "sessionCampaignName": "brand",
    "sessionCampaignId": "111",
    "sessionSourceMedium": "google / cpc",
    "country": "France",
    "engagedSessions": "1",
    "keyEvents": "1",
    "sessionKeyEventRate": "0.1",
}


@pytest.mark.parametrize("stream", ["traffic_daily", "landing_daily", "commerce_daily", "events_daily"])
def test_a_first_read_asks_before_it_reads_and_a_later_one_does_not(google: Ga4, stream: str) -> None:
    source = google.source()
    cursor = read(source, stream).cursor
    asked = google.calls("checkCompatibility")
    assert asked == (len(SCOPES_OF_ATTRIBUTION) if stream == "commerce_daily" else 1)
    read(source, stream, cursor)
    assert google.calls("checkCompatibility") == asked


def test_a_metric_that_does_not_go_with_the_rest_is_named_in_one_sentence(google: Ga4) -> None:
    answered = google.sandbox.world.ga4[ROWS_PROPERTY].rows
    assert answered is not None
    answered[:] = [row | FULL_ROWS for row in answered]
    with pytest.raises(NotCompatible) as refusal:
        read(google.source(property_id=ROWS_PROPERTY), "traffic_daily")
    assert str(refusal.value) == (
        "ga4: the property does not answer sessionKeyEventRate together with date, sessionCampaignName, sessionCampaignId, "
        "sessionSourceMedium, sessionDefaultChannelGroup"
    )
    assert google.calls("runReport") == 0, "no report is spent on finding out"


def test_metrics_of_any_event_do_not_go_with_the_propertys_own_model(google: Ga4) -> None:
    client = google.source()._client
    client.check(("date", SCOPES_OF_ATTRIBUTION["event"]), COMMERCE_METRICS["event"])
    with pytest.raises(NotCompatible, match="addToCarts and checkouts together with date, defaultChannelGroup"):
        client.check(("date", SCOPES_OF_ATTRIBUTION["event"]), COMMERCE_METRICS["session"])
    with pytest.raises(NotCompatible, match=r"purchaseRevenue together with .*eventName"):
        client.check(EVENT_DIMENSIONS, ("sessions", "purchaseRevenue"))
    client.check(LANDING_DIMENSIONS, ("sessions", "keyEvents"))
