"""Where visits come from: every distinct set of marks placed once on a channel and a campaign."""

from collections import Counter
from collections.abc import Mapping

from kpi.channels import TITLES, UNATTRIBUTED, channel_of_text
from kpi.joins import CampaignIndex, FileCampaign, KnownName, Marks, campaign_index, place, tagging_faults
from kpi.text import Text
from sync.marts.desk import Desk, Note


def campaigns(desk: Desk) -> CampaignIndex:
    entries = [(name, channel) for name, channel in desk.rows(FILE_ENTRIES) if name is not None]
    index = campaign_index(
        (KnownName(*row) for row in desk.rows(CAMPAIGN_NAMES)),
        (FileCampaign(name, channel_of_text(channel) if channel else None) for name, channel in entries),
    )
    nobody = (UNATTRIBUTED, UNATTRIBUTED, TITLES[UNATTRIBUTED].in_(desk.options.locale))
    titles = [(c.key, c.channel, c.title) for c in index.campaigns.values()]
    desk.load(
        "campaign_title", {"campaign": "VARCHAR", "channel": "VARCHAR", "title": "VARCHAR"}, [*titles, nobody], temporary=False
    )
    return index


def place_touches(desk: Desk, index: CampaignIndex) -> tuple[dict[str, int], int]:
    """Place every distinct set of marks once. Gives contacts by rule, and how many carry a tag that was never filled in."""
    desk.con.execute(TOUCHES)
    rules: Counter[str] = Counter()
    faults = 0
    placed = []
    for key, *values, contacts in desk.rows(MARKS):
        marks = Marks(*values)
        found = place(marks, index)
        placed.append((key, found.channel, found.campaign))
        rules[found.rule] += contacts
        faults += contacts if tagging_faults(marks) else 0
    desk.load("_place", {"mark_key": "VARCHAR", "channel": "VARCHAR", "campaign": "VARCHAR"}, placed)
    return {rule: count for rule, count in rules.items() if count}, faults


MARK_COLUMNS = ("source", "utm_source", "utm_medium", "utm_campaign", "utm_id", "hsa_cam", "hsa_net")


def _end(end: str, at: str, belongs: str, also: str) -> str:
    marks = ", ".join(f"c.{end}_{m} AS {m}" for m in MARK_COLUMNS)
    clicked = f"CASE WHEN {belongs} THEN k.campaign END"
    return (
        f"SELECT c.contact_id, '{end}' AS \"end\", {at} AS at, {marks}, {clicked} AS clicked_campaign "
        f"FROM _contact c LEFT JOIN click k USING (contact_id) "
        f"WHERE coalesce({', '.join(f'c.{end}_{m}' for m in MARK_COLUMNS)}, {clicked}) IS NOT NULL{also}"
    )


TOUCHES = f"""
CREATE OR REPLACE TEMP TABLE _touch AS
WITH click AS (
    SELECT c.contact_id, k.platform || '/' || k.campaign_id AS campaign,
        abs(k.clicked_on - CAST(coalesce(c.first_touch_at, c.created_at) AS DATE)) AS to_first,
        abs(k.clicked_on - CAST(c.last_touch_at AS DATE)) AS to_last
    FROM _contact c
    JOIN ad_click k ON k.click_hash = c.click_hash AND k.platform = coalesce(c.click_platform, k.platform)
    QUALIFY row_number() OVER (PARTITION BY c.contact_id ORDER BY k.clicked_on, campaign) = 1
), ends AS (
    {_end("first", "coalesce(c.first_touch_at, c.created_at)", "k.to_last IS NULL OR coalesce(k.to_first, 0) <= k.to_last", "")}
    UNION ALL
    {
    _end(
        "last",
        "c.last_touch_at",
        "k.to_last IS NOT NULL AND (k.to_first IS NULL OR k.to_last <= k.to_first)",
        " AND c.last_touch_at IS NOT NULL AND c.last_touch_at IS DISTINCT FROM c.first_touch_at",
    )
}
)
SELECT *, concat_ws(chr(31), {
    ", ".join(f"coalesce({m}, chr(30))" for m in (*MARK_COLUMNS, "clicked_campaign"))
}) AS mark_key FROM ends
"""
"""The first and the latest visit of each living contact, where anything is known of it.

A contact carries one click id; it belongs to the visit nearest to the day of the click. A latest visit that is the first one
is one touch, not two.
"""

MARKS = f"""
SELECT mark_key, {", ".join(f"any_value({m})" for m in (*MARK_COLUMNS, "clicked_campaign"))},
    count(*) FILTER ("end" = 'first') AS contacts
FROM _touch GROUP BY mark_key ORDER BY mark_key
"""


CAMPAIGN_NAMES = """
SELECT platform, campaign_id, campaign_name, channel FROM (
    SELECT platform, campaign_id, campaign_name, channel, 0 AS rank, NULL AS seen FROM campaign
    WHERE platform <> 'hubspot'
    UNION ALL
    SELECT platform, campaign_id, campaign_name, max(channel), 1, max(spend_on) FROM ad_spend_daily
    GROUP BY platform, campaign_id, campaign_name
    UNION ALL
    SELECT DISTINCT platform, campaign_id, NULL, NULL, 2, NULL FROM ad_click
) ORDER BY rank, seen DESC, platform, campaign_id, campaign_name
"""
"""Every name that a campaign has or had: the current one first, then the latest.

The CRM's own campaigns group what others sell: one that is named like an ad campaign must not make that name ambiguous.
"""

FILE_ENTRIES = """
SELECT campaign_name, channel FROM cost_entry WHERE campaign_name IS NOT NULL OR channel IS NOT NULL
GROUP BY ALL ORDER BY min(cost_on), campaign_name, channel
"""

NOTES: Mapping[str, Note] = {
    "clicks_without_campaign": Note(
        "_contact c WHERE click_hash IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ad_click k WHERE k.click_hash = c.click_hash)",
        Text(
            "contacts with a click id that no ad account knows",
            "contacts avec un identifiant de clic inconnu des comptes publicitaires",
        ),
    ),
}
        ("contacts", "contact_id"),
