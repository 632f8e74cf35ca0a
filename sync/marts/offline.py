"""Of conversions that no platform saw: each distinct set of marks placed once on a channel and a campaign.

The click id decides, then the platform's campaign id, then the campaign's name as in the spend file, then the channel. What has
none of them is unattributed: nothing is guessed from a person.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from kpi.channels import UNATTRIBUTED, channel_of_text, platform_of_source
from kpi.joins import CampaignIndex, CampaignInfo, FileCampaign
from kpi.text import Text
from sync.marts.desk import Desk, Note
from sync.marts.vendor_days import STALE_AFTER_DAYS


def conversions(desk: Desk, index: CampaignIndex) -> None:
    desk.con.execute(MARKED)

    def places() -> Iterator[tuple[Any, ...]]:
        for mark, clicked, platform, campaign_id, name, channel in desk.rows("FROM _offline_mark ORDER BY mark"):
            slug = channel_of_text(channel) if channel else None
            campaign = index.campaigns.get(clicked) if clicked else None
            campaign = campaign or _of_id(index, campaign_id, platform)
            if campaign is None and name is not None:
                campaign = index.of_file(FileCampaign(name, slug))
            if campaign is None:
                yield mark, slug or UNATTRIBUTED, UNATTRIBUTED
            else:
                yield mark, campaign.channel if clicked or slug is None else slug, campaign.key

    desk.load("_offline_place", {"mark": "BIGINT", "channel": "VARCHAR", "campaign": "VARCHAR"}, places())
    desk.mart("offline_result", OFFLINE_RESULT, {"stale": STALE_AFTER_DAYS})


def _of_id(index: CampaignIndex, campaign_id: str | None, platform: str | None) -> CampaignInfo | None:
    """The only campaign with that id, of that platform where one is named."""
    found = index.by_id.get(campaign_id, ()) if campaign_id else ()
    if platform:
        names = {platform, platform_of_source(platform)}
        found = tuple(one for one in found if one.platform in names)
    return found[0] if len(found) == 1 else None


MARKED = """
CREATE OR REPLACE TEMP TABLE _offline AS
SELECT o.*, (
    SELECT min(k.platform || '/' || k.campaign_id) FROM ad_click k WHERE k.click_hash = o.click_hash
) AS clicked
FROM offline_conversion o;
CREATE OR REPLACE TEMP TABLE _offline_mark AS
SELECT row_number() OVER (ORDER BY clicked, platform, campaign_id, campaign_name, channel) AS mark, * FROM (
    SELECT DISTINCT clicked, platform, campaign_id, campaign_name, channel FROM _offline
)
"""

OFFLINE_RESULT = """
SELECT o.source, o.source_id, o.converted_on, p.channel, p.campaign, o.conversions, o.value_home,
    o.value IS NOT NULL AS is_valued, coalesce(o.fx_on < o.converted_on - $stale, false) AS has_stale_rate
FROM _offline o JOIN _offline_mark m ON m.clicked IS NOT DISTINCT FROM o.clicked AND m.platform IS NOT DISTINCT FROM o.platform
    AND m.campaign_id IS NOT DISTINCT FROM o.campaign_id AND m.campaign_name IS NOT DISTINCT FROM o.campaign_name
    AND m.channel IS NOT DISTINCT FROM o.channel
JOIN _offline_place p USING (mark)
"""

NOTES: Mapping[str, Note] = {
    "offline_clicks_without_campaign": Note(
        "_offline WHERE click_hash IS NOT NULL AND clicked IS NULL",
        Text(
            "offline conversions with a click id that no ad account knows",
            "conversions hors ligne avec un identifiant de clic inconnu des comptes publicitaires",
        ),
        ("offline_conversion", "conversion_id"),
    ),
    "offline_without_place": Note(
        "offline_result WHERE channel = 'unattributed'",
        Text(
            "offline conversions that name neither a known click, nor a campaign, nor a channel",
            "conversions hors ligne sans clic connu, ni campagne, ni canal",
        ),
        ("offline_result", "source_id"),
    ),
}
