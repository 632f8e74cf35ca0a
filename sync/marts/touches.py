"""Where visits come from: every distinct set of marks placed once on a channel and a campaign."""

from collections import Counter
from collections.abc import Iterator, Mapping

from kpi.attribution.models import DIRECT
from kpi.channels import OTHER_CAMPAIGNS, TITLES, UNATTRIBUTED, channel_of_hubspot_source, channel_of_text
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
    desk.con.execute(MARKED, {"zone": desk.options.zone.key})
    desk.con.execute(MARKS)
    desk.con.execute(TOUCHES)
    rules: Counter[str] = Counter()
    faults = 0
    placed = []
    for key, *values, contacts in desk.rows("SELECT * EXCLUDE (told) FROM _mark ORDER BY mark_key"):
        marks = Marks(*values)
        found = place(marks, index)
        placed.append((key, found.channel, found.campaign))
        rules[found.rule] += contacts
        faults += contacts if tagging_faults(marks) else 0
    desk.load("_place", {"mark_key": "BIGINT", "channel": "VARCHAR", "campaign": "VARCHAR"}, placed)
    desk.con.execute("DROP TABLE _mark")
    desk.load("_crm_source", {"source": "VARCHAR", "channel": "VARCHAR"}, _crm_sources(desk))
    desk.con.execute(TARGETS, {"nobody": UNATTRIBUTED, "direct": DIRECT})
    desk.con.execute(VISITS)
    desk.con.execute(WITHOUT_MARKS)
    return {rule: count for rule, count in rules.items() if count}, faults


def _crm_sources(desk: Desk) -> Iterator[tuple[str, str]]:
    """Where the settings let it stand in for touches that nobody saw: the CRM's word for a deal's origin, and its channel. The word
    is HubSpot's own, or one that people chose (Sellsy, a mapped property) and that names a channel."""
    if desk.options.crm_source_fallback:
        for (source,) in desk.rows(CRM_SOURCES):
            channel = channel_of_hubspot_source(source)
            if channel == UNATTRIBUTED and (meant := channel_of_text(source)) != OTHER_CAMPAIGNS:
                channel = meant
            if channel != UNATTRIBUTED:
                yield source, channel


CRM_SOURCES = """
SELECT DISTINCT original_source FROM _living_deal WHERE original_source IS NOT NULL ORDER BY 1
"""

MARK_COLUMNS = ("source", "utm_source", "utm_medium", "utm_campaign", "utm_id", "hsa_cam", "hsa_net")


def _end(end: str, at: str, also: str) -> str:
    marks = ", ".join(f"c.{end}_{m} AS {m}" for m in MARK_COLUMNS)
    return (
        f"SELECT c.contact_id, '{end}' AS \"end\", {at} AS at, {marks}, k.campaign AS clicked_campaign "
        f"FROM _contact c LEFT JOIN clicks k ON k.contact_id = c.contact_id AND k.\"end\" IN ('{end}', 'both') "
        f"WHERE coalesce({', '.join(f'c.{end}_{m}' for m in MARK_COLUMNS)}, k.campaign) IS NOT NULL{also}"
    )


_FIRST_DAY = "CAST(coalesce(c.first_touch_at, c.created_at) AS DATE)"
_LAST_DAY = "CAST(c.last_touch_at AS DATE)"
_NEAR_DAYS = 1
"""A click and the visit that it brought may bear two days: the ad account's, and that of another zone."""

MARKED = f"""
CREATE OR REPLACE TEMP TABLE _marked AS
WITH clicks AS (
    SELECT c.contact_id, k.platform || '/' || k.campaign_id AS campaign, k.clicked_on, CASE
        WHEN k.clicked_on - {_FIRST_DAY} > {_NEAR_DAYS} AND c.first_touch_at IS NOT NULL
            AND coalesce(abs(k.clicked_on - {_LAST_DAY}) > {_NEAR_DAYS}, true) THEN 'click'
        WHEN c.last_touch_at IS NULL THEN 'first'
        WHEN {_FIRST_DAY} IS NULL OR abs(k.clicked_on - {_LAST_DAY}) < abs(k.clicked_on - {_FIRST_DAY}) THEN 'last'
        WHEN abs(k.clicked_on - {_LAST_DAY}) > abs(k.clicked_on - {_FIRST_DAY}) THEN 'first'
        ELSE 'both'
    END AS "end"
    FROM _contact c
    JOIN ad_click k ON k.click_hash = c.click_hash AND k.platform = coalesce(c.click_platform, k.platform)
    QUALIFY row_number() OVER (PARTITION BY c.contact_id ORDER BY k.clicked_on, campaign) = 1
), ends AS (
    {_end("first", "coalesce(c.first_touch_at, c.created_at)", "")}
    UNION ALL
    {_end("last", "c.last_touch_at", " AND c.last_touch_at IS NOT NULL AND c.last_touch_at IS DISTINCT FROM c.first_touch_at")}
    UNION ALL
    SELECT contact_id, "end", CAST(timezone($zone, CAST(clicked_on AS TIMESTAMP)) AS TIMESTAMP), {
    ", ".join("NULL" for _ in MARK_COLUMNS)
}, campaign
    FROM clicks WHERE "end" = 'click'
)
SELECT *, concat_ws(chr(31), {
    ", ".join(f"coalesce({m}, chr(30))" for m in (*MARK_COLUMNS, "clicked_campaign"))
}) AS told FROM ends
"""
"""What living contacts did, where anything is known of it: the first visit, the latest one, and the click on an ad.

A contact carries one click id. It belongs to the visit nearest to the day of the click; one that came after the first visit, and
more than a day from either, was a visit of its own. A latest visit that is the first one is one touch, not two.
"""

MARKS = f"""
CREATE OR REPLACE TEMP TABLE _mark AS
SELECT row_number() OVER (ORDER BY told) AS mark_key, {", ".join(f"any_value({m}) AS {m}" for m in (*MARK_COLUMNS, "clicked_campaign"))},
    count(*) FILTER ("end" = 'first') AS contacts, told
FROM _marked GROUP BY told
"""

TOUCHES = """
CREATE OR REPLACE TEMP TABLE _touch AS
SELECT v.contact_id, v."end", v.at, m.mark_key FROM _marked v JOIN _mark m USING (told);
DROP TABLE _marked
"""
"""Each under the number of its distinct set of marks."""

WITHOUT_MARKS = f"""
CREATE OR REPLACE TEMP TABLE _contact AS SELECT * EXCLUDE ({", ".join(f"{end}_{m}" for end in ("first", "last") for m in MARK_COLUMNS)})
FROM _contact
"""
"""Nobody reads them again."""

TARGETS = """
CREATE OR REPLACE TEMP TABLE _target AS
SELECT row_number() OVER (ORDER BY channel, campaign) AS target, channel, campaign, channel = $direct AS is_direct FROM (
    SELECT DISTINCT channel, campaign FROM _place UNION SELECT channel, $nobody FROM _crm_source
)
"""
"""What earns credit, by a number: it goes through every path."""

VISITS = """
CREATE OR REPLACE TEMP TABLE _visit AS
SELECT v.contact_id, v."end", v.at, t.target, row_number() OVER (ORDER BY v.at, v.contact_id, v."end") AS seq
FROM _touch v JOIN _place p USING (mark_key) JOIN _target t ON t.channel = p.channel AND t.campaign = p.campaign
"""
"""Every touch with its place in time among all; those of one instant are ordered by id."""

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
SELECT campaign_name, channel FROM (
    SELECT campaign_name, channel, cost_on AS day FROM cost_entry
    UNION ALL
    SELECT campaign_name, channel, converted_on FROM offline_conversion
) WHERE campaign_name IS NOT NULL OR channel IS NOT NULL
GROUP BY ALL ORDER BY min(day), campaign_name, channel
"""

NOTES: Mapping[str, Note] = {
    "clicks_without_campaign": Note(
        "_contact c WHERE click_hash IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ad_click k WHERE k.click_hash = c.click_hash)",
        Text(
            "contacts with a click id that no ad account knows",
            "contacts avec un identifiant de clic inconnu des comptes publicitaires",
        ),
        ("contacts", "contact_id"),
    ),
}
