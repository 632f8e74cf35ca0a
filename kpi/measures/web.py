"""Of visits and visitors."""

from kpi.measures.base import Measure, Sum
from kpi.text import Text
from kpi.units import Unit

SESSIONS = Measure("sessions", Text("sessions", "sessions"), Unit.COUNT, "web", Sum("sessions"), "visit_on")
KEY_EVENT_SESSIONS = Measure(
    "key_event_sessions",
    Text("sessions with a key event", "sessions avec un événement clé"),
    Unit.COUNT,
    "web",
    Sum("key_event_sessions"),
    "visit_on",
)
USERS = Measure("users", Text("users", "utilisateurs"), Unit.COUNT, "visitors", Sum("users"), "period_start")
ENGAGED_SESSIONS = Measure(
    "engaged_sessions",
    Text("engaged sessions", "sessions avec engagement"),
    Unit.COUNT,
    "web",
    Sum("engaged_sessions"),
    "visit_on",
)
