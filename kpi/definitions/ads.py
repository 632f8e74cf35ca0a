"""What ad platforms report: what impressions, clicks and conversions cost, and what they are said to bring."""

from kpi.card import HALF_A_POINT, ONE_PERCENT, Example, Kpi, Source
from kpi.measures.base import By
from kpi.measures.media import (
    CLICKS,
    CLICKS_OF_IMPRESSIONS,
    CONVERSION_VALUE,
    CONVERSIONS,
    IMPRESSIONS,
    IMPRESSIONS_WITH_CLICKS,
    MATURE_SPEND,
    MATURE_VALUE,
    PLATFORM_LEADS,
    SPEND_WITH_CLICKS,
    SPEND_WITH_CONVERSIONS,
    SPEND_WITH_IMPRESSIONS,
    SPEND_WITH_LEADS,
)
from kpi.text import Text

_COST_PER = Source("Jepto, Google Ads data source metrics", "https://www.jepto.com/help/google-ads-data-source-metrics")
_ADS_METRICS = Source("Google Ads API, metrics", "https://developers.google.com/google-ads/api/fields/v23/metrics")

_MARKETING: tuple[By, ...] = ("total", "channel", "campaign")

COST_PER_CLICK = Kpi(
    name="cpc",
    title=Text("Cost per click (CPC)", "Coût par clic (CPC)"),
    explain=Text("Spend for each click on an ad.", "Dépense pour chaque clic sur une annonce."),
    formula=SPEND_WITH_CLICKS / CLICKS,
    better="down",
    grains=_MARKETING,
    undefined_when=Text("no click in the period", "aucun clic dans la période"),
    caveats=Text(
        "Only spend whose clicks are counted: files are left out.",
        "Seules les dépenses dont les clics sont comptés : hors fichiers.",
    ),
    source=_ADS_METRICS,
    example=Example({SPEND_WITH_CLICKS: "500", CLICKS: "400"}, gives="1.25"),
    version=1,
    write_step=ONE_PERCENT,
)

COST_PER_THOUSAND = Kpi(
    name="cpm",
    title=Text("Cost per thousand impressions (CPM)", "Coût pour mille impressions (CPM)"),
    explain=Text("Spend for each thousand times an ad was shown.", "Dépense pour mille affichages d'une annonce."),
    formula=SPEND_WITH_IMPRESSIONS / IMPRESSIONS * 1000,
    better="down",
    grains=_MARKETING,
    undefined_when=Text("no impression in the period", "aucune impression dans la période"),
    caveats=Text(
        "Only spend whose impressions are counted: files are left out.",
        "Seules les dépenses dont les impressions sont comptées : hors fichiers.",
    ),
    source=_ADS_METRICS,
    example=Example({SPEND_WITH_IMPRESSIONS: "500", IMPRESSIONS: "80000"}, gives="6.25"),
    version=1,
    write_step=ONE_PERCENT,
)

CLICK_RATE = Kpi(
    name="ctr",
    title=Text("Click-through rate (CTR)", "Taux de clic (CTR)"),
    explain=Text("The share of ad impressions that were clicked.", "Part des affichages d'annonces qui ont été cliqués."),
    formula=CLICKS_OF_IMPRESSIONS / IMPRESSIONS_WITH_CLICKS,
    better="up",
    grains=_MARKETING,
    undefined_when=Text("no impression in the period", "aucune impression dans la période"),
    caveats=Text(
        "Total clicks over total impressions, never the mean of daily rates. Above 100 % it is flagged.",
        "Total des clics sur total des impressions, jamais la moyenne des taux quotidiens. Au-delà de 100 %, il est signalé.",
    ),
    source=_ADS_METRICS,
    example=Example({CLICKS_OF_IMPRESSIONS: "20", IMPRESSIONS_WITH_CLICKS: "1000"}, gives="0.02"),
    version=1,
    write_step=HALF_A_POINT,
    interval="share",
    flags_above_one=True,
)

COST_PER_ACTION = Kpi(
    name="cpa",
    title=Text("Cost per conversion (CPA)", "Coût par conversion (CPA)"),
    explain=Text(
        "Spend for each conversion that the ad platforms count.", "Dépense pour chaque conversion que comptent les régies."
    ),
    formula=SPEND_WITH_CONVERSIONS / CONVERSIONS,
    better="down",
    grains=_MARKETING,
    undefined_when=Text("no conversion in the period", "aucune conversion dans la période"),
    caveats=Text(
        "The platforms' own count, by their window and rules: not the leads of the CRM. Several platforms may claim one sale.",
        "Le compte des régies, selon leur fenêtre et leurs règles : pas les leads du CRM. Plusieurs régies peuvent revendiquer une vente.",
    ),
    source=_COST_PER,
    example=Example({SPEND_WITH_CONVERSIONS: "500", CONVERSIONS: "12.5"}, gives="40"),
    version=1,
    write_step=ONE_PERCENT,
)

COST_PER_LEAD_PLATFORM = Kpi(
    name="cpl_platform",
    title=Text("Cost per lead, as platforms claim (CPL)", "Coût par lead, selon les régies (CPL)"),
    explain=Text("Spend for each lead that the ad platforms count.", "Dépense pour chaque lead que comptent les régies."),
    formula=SPEND_WITH_LEADS / PLATFORM_LEADS,
    better="down",
    grains=_MARKETING,
    undefined_when=Text("no lead counted by a platform in the period", "aucun lead compté par une régie dans la période"),
    caveats=Text(
        "Platforms that count leads apart only. Beside `cpl`, which counts the CRM's leads: two platforms may claim one person.",
        "Régies qui comptent les leads à part seulement. À côté de `cpl`, qui compte les leads du CRM : deux régies peuvent revendiquer "
        "une même personne.",
    ),
    source=_COST_PER,
    example=Example({SPEND_WITH_LEADS: "600", PLATFORM_LEADS: "24"}, gives="25"),
    version=1,
    write_step=ONE_PERCENT,
)

ROAS_PLATFORM = Kpi(
    name="roas_platform",
    title=Text("Return on ad spend, as platforms claim (ROAS)", "Retour sur dépenses publicitaires, selon les régies (ROAS)"),
    explain=Text(
        "Conversion value that the ad platforms claim, for each unit spent on them.",
        "Valeur de conversion que revendiquent les régies, pour chaque unité dépensée.",
    ),
    formula=CONVERSION_VALUE / SPEND_WITH_CONVERSIONS,
    better="up",
    grains=_MARKETING,
    undefined_when=Text(
        "no spend where conversions are counted in the period", "aucune dépense aux conversions comptées dans la période"
    ),
    caveats=Text(
        "Their value, window and view-through rules. Beside the CRM's figure it shows how much they claim too much.",
        "Leur valeur, leur fenêtre, leurs conversions après vue. À côté du chiffre du CRM, il montre ce qu'elles revendiquent en trop.",
    ),
    source=_ADS_METRICS,
    example=Example({CONVERSION_VALUE: "5000", SPEND_WITH_CONVERSIONS: "1000"}, gives="5"),
    version=1,
    write_step=HALF_A_POINT,
)

_META_RULE = Source("Meta, ROAS ad rules", "https://developers.facebook.com/docs/marketing-api/ad-rules/guides/roas-ad-rules")

ROAS_PLATFORM_MATURE = Kpi(
    name="roas_platform_mature",
    title=Text(
        "Return on ad spend, as platforms claim, mature days (ROAS)",
        "Retour sur dépenses publicitaires, selon les régies, jours mûrs (ROAS)",
    ),
    explain=Text(
        "The same without the latest days, whose conversions have not all come.",
        "Le même sans les derniers jours, dont les conversions ne sont pas toutes arrivées.",
    ),
    formula=MATURE_VALUE / MATURE_SPEND,
    better="up",
    grains=_MARKETING,
    undefined_when=Text(
        "no spend where conversions are counted on a mature day of the period",
        "aucune dépense aux conversions comptées lors d'un jour mûr de la période",
    ),
    caveats=Text(
        "A day is mature after `kpis.ads_window_days` days (setting, 30). Their value and their rules, as in the ROAS of all days.",
        "Un jour est mûr après `kpis.ads_window_days` jours (réglage, 30). Leur valeur et leurs règles, comme dans le ROAS de tous les jours.",
    ),
    source=_META_RULE,
    example=Example({MATURE_VALUE: "4800", MATURE_SPEND: "800"}, gives="6"),
    version=1,
    write_step=HALF_A_POINT,
)
