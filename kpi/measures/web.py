"""Of visits and visitors."""

from kpi.measures.base import Check, Facts, Measure, Sum
from kpi.measures.columns import ORIGIN
from kpi.text import Text
from kpi.undefined import Reason
from kpi.units import Unit

_NO_WEB = Text("no web analytics source is connected", "aucune source d'audience web n'est connectée")

WEB_FACTS = Facts(
    name="web",
    mart="web",
    members={**ORIGIN, "page": "page", "device": "device"},
    other_marts={"page": "web_landing", "device": "web_landing"},
    not_connected=_NO_WEB,
    loaded_from=Text("web sessions are loaded from {day} on", "les sessions web sont chargées à partir du {day}"),
    fed_by=("web_traffic_daily",),
    is_whole_history=False,
    checks=(
        Check("sampled", "is_sampled"),
        Check("thresholded", "is_thresholded"),
        Check("other_row", "has_other_row"),
        Check("mixed_zones", "is_other_zone"),
    ),
)

VISITORS_FACTS = Facts(
    name="visitors",
    mart="visitors",
    members={"channel": "member", "campaign": "member"},
    not_connected=_NO_WEB,
    loaded_from=Text("visitors are loaded from {day} on", "les visiteurs sont chargés à partir du {day}"),
    fed_by=("web_users",),
    is_whole_history=False,
    own_periods="cuts",
    absent=Reason(
        "no_users",
        Text(
            "the analytics source gave no visitors for exactly this period and cut",
            "la source d'audience n'a pas donné de visiteurs pour cette période et cet axe exacts",
        ),
    ),
    checks=(Check("sampled", "is_sampled"), Check("thresholded", "is_thresholded")),
)

SESSIONS = Measure("sessions", Text("sessions", "sessions"), Unit.COUNT, WEB_FACTS, Sum("sessions"), "visit_on")
KEY_EVENT_SESSIONS = Measure(
    "key_event_sessions",
    Text("sessions with a key event", "sessions avec un événement clé"),
    Unit.COUNT,
    WEB_FACTS,
    Sum("key_event_sessions"),
    "visit_on",
)
KEY_EVENTS = Measure("key_events", Text("key events", "événements clés"), Unit.COUNT, WEB_FACTS, Sum("key_events"), "visit_on")
USERS = Measure("users", Text("users", "utilisateurs"), Unit.COUNT, VISITORS_FACTS, Sum("users"), "period_start")
ENGAGED_SESSIONS = Measure(
    "engaged_sessions",
    Text("engaged sessions", "sessions avec engagement"),
    Unit.COUNT,
    WEB_FACTS,
    Sum("engaged_sessions"),
    "visit_on",
)
