"""Of search engines."""

from kpi.measures.base import Count, Facts, Measure, Sum
from kpi.text import Text
from kpi.units import Unit

SEO_FACTS = Facts(
    name="seo",
    mart="seo_month",
    members={},
    not_connected=Text("no estimates of search traffic are read", "aucune estimation du trafic de recherche n'est lue"),
    loaded_from=Text("search estimates are loaded from {day} on", "les estimations de recherche sont chargées à partir du {day}"),
    fed_by=("seo_estimate",),
)
VISIBILITY_FACTS = Facts(
    name="visibility",
    mart="seo_day",
    members={},
    not_connected=Text("no position tracking is read", "aucun suivi de position n'est lu"),
    loaded_from=Text("visibility is loaded from {day} on", "la visibilité est chargée à partir du {day}"),
    fed_by=("seo_visibility_daily",),
)

OWN_ORGANIC_TRAFFIC = Measure(
    "own_organic_traffic",
    Text("estimated organic traffic of own domains", "trafic naturel estimé des domaines de l'entreprise"),
    Unit.COUNT,
    SEO_FACTS,
    Sum("own_traffic"),
    "month_on",
)
ALL_ORGANIC_TRAFFIC = Measure(
    "all_organic_traffic",
    Text("estimated organic traffic, competitors' too", "trafic naturel estimé, concurrents compris"),
    Unit.COUNT,
    SEO_FACTS,
    Sum("all_traffic"),
    "month_on",
)
VISIBILITY = Measure(
    "visibility",
    Text("visibility, summed over days", "visibilité, additionnée sur les jours"),
    Unit.COUNT,
    VISIBILITY_FACTS,
    Sum("visibility"),
    "seen_on",
)
VISIBILITY_DAYS = Measure(
    "visibility_days", Text("days measured", "jours mesurés"), Unit.COUNT, VISIBILITY_FACTS, Count(), "seen_on"
)
