"""Of accounts on social networks."""

from kpi.measures.base import Facts, Measure, Sum
from kpi.text import Text
from kpi.units import Unit

SOCIAL_FACTS = Facts(
    name="social",
    mart="social",
    members={"network": "network"},
    not_connected=Text("no social source is connected", "aucune source de réseau social n'est connectée"),
    loaded_from=Text(
        "social figures are loaded from {day} on", "les chiffres des réseaux sociaux sont chargés à partir du {day}"
    ),
    fed_by=("social_stats_daily",),
    is_whole_history=False,
    own_periods="kinds",
)


def _social(column: str, name: str, title: Text, where: str) -> Measure:
    return Measure(name, title, Unit.COUNT, SOCIAL_FACTS, Sum(column), "period_start", where=where)


FOLLOWERS = _social("followers_closing", "followers", Text("followers", "abonnés"), "followers_closing IS NOT NULL")
_BOTH_ENDS = "followers_opening IS NOT NULL AND followers_closing IS NOT NULL"
FOLLOWERS_BEFORE = _social("followers_opening", "followers_before", Text("followers before", "abonnés avant"), _BOTH_ENDS)
FOLLOWERS_AFTER = _social("followers_closing", "followers_after", Text("followers at the end", "abonnés à la fin"), _BOTH_ENDS)
SHARES = _social("shares", "social_shares", Text("shares", "partages"), "shares IS NOT NULL")
_BASE_KNOWN = "interactions IS NOT NULL AND base IS NOT NULL"
INTERACTIONS = _social("interactions", "interactions", Text("interactions", "interactions"), _BASE_KNOWN)
INTERACTIONS_BASE = _social(
    "base",
    "interactions_base",
    Text("people reached (or the base chosen)", "personnes touchées (ou la base choisie)"),
    _BASE_KNOWN,
)
