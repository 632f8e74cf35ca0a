"""Of spend and other cost."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from kpi.channels import PAID, UNATTRIBUTED, channel_of_text
from kpi.joins import SPEND_FILE, CampaignIndex, FileCampaign
from kpi.text import Text
from sync.marts.desk import Desk, Note
from sync.marts.touches import FILE_ENTRIES
from sync.marts.vendor_days import STALE_AFTER_DAYS


def spend(desk: Desk, index: CampaignIndex) -> None:
    def places() -> Iterator[tuple[Any, ...]]:
        for name, channel in desk.rows(FILE_ENTRIES):
            slug = channel_of_text(channel) if channel else None
            if name is None:
                yield name, channel, slug, UNATTRIBUTED
            else:
                campaign = index.of_file(FileCampaign(name, slug))
                yield name, channel, slug or campaign.channel, campaign.key

    types = dict.fromkeys(("campaign_name", "channel", "place_channel", "place_campaign"), "VARCHAR")
    desk.load("_file_place", types, places())
    cases = "".join(f"WHEN {rule} THEN {months} " for rule, months in desk.options.spread_costs)
    desk.con.execute(COSTS.format(months=f"CASE {cases}END" if cases else "NULL"), {"stale": STALE_AFTER_DAYS})
    lag = {"lag": desk.options.cost_lag_days}
    known = {**lag, "home": desk.options.home_currency, "paid": sorted(PAID), "file": SPEND_FILE, "nobody": UNATTRIBUTED}
    known |= {"stale": STALE_AFTER_DAYS, "immature": desk.options.today - timedelta(days=desk.options.ads_window_days)}
    desk.mart("spend", SPEND, known)
    desk.mart("overhead", OVERHEAD, lag)


COSTS = """
CREATE OR REPLACE TEMP TABLE _cost AS
WITH known AS (
    SELECT *, coalesce(fx_on < cost_on - $stale, false) AS has_stale_rate, coalesce({months}, 1) AS months,
        CAST(CAST(amount_home AS DECIMAL(30, 6)) * CAST(1000000 AS DECIMAL(7, 0)) AS HUGEINT) AS millionths
    FROM cost_entry
), parts AS (
    SELECT *, unnest(range(months)) AS part FROM known
)
SELECT source, source_id, CAST(cost_on + to_months(CAST(part AS INTEGER)) AS DATE) AS cost_on, kind, channel, campaign_name, cost_class,
    CASE WHEN months = 1 THEN impressions END AS impressions, CASE WHEN months = 1 THEN clicks END AS clicks,
    CASE WHEN months = 1 THEN leads END AS leads, has_stale_rate, CAST(CAST(millionths * (part + 1) // months - millionths * part // months AS DECIMAL(18, 0)) * 0.000001 AS DECIMAL(18, 6))
        AS amount_home
FROM parts
"""
"""Each cost, or its equal parts on the same day of as many months, a month's last day where it has no such day. Parts differ by a
millionth at most and add up to the cost; what was counted beside such a cost belongs to none of them."""

SPEND = """
SELECT s.source, s.source_id, s.spend_on, s.spend_on + $lag AS lagged_on, s.platform, t.channel, t.campaign, s.spend_home,
    s.impressions, s.clicks, s.conversions,
    CASE WHEN s.currency = $home THEN s.conversions_value ELSE CAST(s.conversions_value * s.fx_rate AS DECIMAL(18, 6)) END
        AS conversions_value_home,
    s.leads, s.cost_class, list_contains($paid, t.channel) AS is_paid_channel,
    coalesce(s.account_zone IN (FROM _other_zone), false) AS is_other_zone, s.spend_on < $immature AS is_mature,
    coalesce(s.fx_on < s.spend_on - $stale, false) AS has_stale_rate
FROM ad_spend_daily s JOIN campaign_title t ON t.campaign = s.platform || '/' || s.campaign_id
UNION ALL
SELECT e.source, e.source_id, e.cost_on, e.cost_on + $lag, $file, f.place_channel, f.place_campaign, e.amount_home,
    e.impressions, e.clicks, NULL, NULL, e.leads, e.cost_class, list_contains($paid, f.place_channel), false, e.cost_on < $immature, e.has_stale_rate
FROM _cost e JOIN _file_place f
    ON f.campaign_name IS NOT DISTINCT FROM e.campaign_name AND f.channel IS NOT DISTINCT FROM e.channel
UNION ALL
SELECT source, source_id, month_on, month_on + $lag, 'semrush', 'paid_search', $nobody, paid_cost_home,
    NULL, NULL, NULL, NULL, NULL, cost_class, true, false, month_on < $immature, false
FROM seo_estimate WHERE counts_as_spend AND paid_cost IS NOT NULL
"""
"""``fx_rate`` is company currency per unit of the account's: ``spend_home = spend x fx_rate``."""

OVERHEAD = """
SELECT source, source_id, cost_on, cost_on + $lag AS lagged_on, kind, amount_home FROM _cost WHERE campaign_name IS NULL AND channel IS NULL
"""

_OF_GROUPS = """
(SELECT s.source_id, s.spend, g.spend AS of_groups
FROM ad_spend_daily s
JOIN (SELECT source, account_id, min(spend_on) AS first, max(spend_on) AS last FROM ad_group_daily GROUP BY ALL) d
    ON d.source = s.source AND d.account_id = s.account_id AND s.spend_on BETWEEN d.first AND d.last
LEFT JOIN (SELECT source, account_id, campaign_id, spend_on, sum(spend) AS spend FROM ad_group_daily GROUP BY ALL) g
    ON g.source = s.source AND g.account_id = s.account_id AND g.campaign_id = s.campaign_id AND g.spend_on = s.spend_on)
"""
"""Campaigns beside their ad groups, on the days that ad groups were read for. The two levels are compared and never added."""

NOTES: Mapping[str, Note] = {
    "ad_groups_off": Note(
        f"{_OF_GROUPS} WHERE of_groups <> spend",
        Text(
            "days of campaigns whose ad groups do not add up to their spend (the campaign's counts; the platform restates the two levels "
            "at different times)",
            "jours de campagnes dont les groupes d'annonces ne totalisent pas la dépense (celle de la campagne compte ; la régie révise "
            "les deux niveaux à des moments différents)",
        ),
        ("ad_spend_daily", "source_id"),
    ),
    "no_ad_groups": Note(
        f"{_OF_GROUPS} WHERE of_groups IS NULL AND spend <> 0",
        Text(
            "days of campaigns that spent without an ad group (Performance Max and other types that have none; the campaign's spend counts)",
            "jours de campagnes qui ont dépensé sans groupe d'annonces (Performance Max et autres types qui n'en ont pas ; la dépense de "
            "la campagne compte)",
        ),
        ("ad_spend_daily", "source_id"),
    ),
    "spend_without_rate": Note(
        "spend WHERE spend_home IS NULL",
        Text(
            "rows of spend without an exchange rate (left out of sums)",
            "lignes de dépense sans taux de change (exclues des sommes)",
        ),
        ("spend", "source_id"),
    ),
    "overhead_without_rate": Note(
        "overhead WHERE amount_home IS NULL",
        Text("costs without an exchange rate (left out of sums)", "coûts sans taux de change (exclus des sommes)"),
        ("overhead", "source_id"),
    ),
    "estimates_as_spend": Note(
        "spend WHERE cost_class = 'estimate'",
        Text(
            "monthly estimates that count as spend, as the settings say",
            "estimations mensuelles comptées comme dépense, selon les réglages",
        ),
        ("spend", "source_id"),
    ),
}
