"""How a company stands in search engines."""

from kpi.card import HALF_A_POINT, Example, Kpi, Source
from kpi.measures.seo import ALL_ORGANIC_TRAFFIC, OWN_ORGANIC_TRAFFIC, VISIBILITY, VISIBILITY_DAYS
from kpi.periods import MONTHS_UP
from kpi.text import Text

ORGANIC_TRAFFIC_SHARE = Kpi(
    name="organic_traffic_share",
    title=Text("Share of organic traffic", "Part du trafic naturel"),
    explain=Text(
        "The company's part of the estimated organic traffic of its domains and its competitors'.",
        "Part de l'entreprise dans le trafic naturel estimé de ses domaines et de ceux de ses concurrents.",
    ),
    formula=OWN_ORGANIC_TRAFFIC / ALL_ORGANIC_TRAFFIC,
    better="up",
    grains=("total",),
    periods=MONTHS_UP,
    undefined_when=Text("no month has an estimate of both sides", "aucun mois n'a d'estimation des deux côtés"),
    caveats=Text(
        "SEMrush's estimates, of the competitors that the settings name: it moves when they are changed.",
        "Estimations de SEMrush, pour les concurrents que nomment les réglages : elle bouge si on les change.",
    ),
    source=Source("SEMrush API, domain overviews", "https://developer.semrush.com/api/seo/overview-reports/"),
    example=Example({OWN_ORGANIC_TRAFFIC: "3000", ALL_ORGANIC_TRAFFIC: "12000"}, gives="0.25"),
    version=1,
    write_step=HALF_A_POINT,
    interval="none",
)

SEARCH_VISIBILITY = Kpi(
    name="search_visibility",
    title=Text("Search visibility", "Visibilité dans les moteurs de recherche"),
    explain=Text(
        "How visible the site was among its tracked keywords, mean of the days: 100 % is the first place for every one.",
        "Visibilité du site sur ses mots-clés suivis, moyenne des jours : 100 % est la première place pour chacun.",
    ),
    formula=VISIBILITY / VISIBILITY_DAYS,
    better="up",
    grains=("total",),
    undefined_when=Text("no day was measured in the period", "aucun jour mesuré dans la période"),
    caveats=Text(
        "As SEMrush's position tracking measured it; of several tracked sites the mean. Days are kept for one month after their last "
        "reading.",
        "Selon le suivi de position de SEMrush ; la moyenne s'il y a plusieurs sites suivis. Les jours sont gardés un mois après leur "
        "dernière lecture.",
    ),
    source=Source("SEMrush API, position tracking", "https://developer.semrush.com/api/projects/position-tracking/"),
    example=Example({VISIBILITY: "13.74", VISIBILITY_DAYS: "30"}, gives="0.458"),
    version=1,
    write_step=HALF_A_POINT,
    interval="none",
)
