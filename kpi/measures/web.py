"""Of visits and visitors."""

from kpi.measures.base import Check, Facts, Measure, Sum
from kpi.measures.columns import ORIGIN
from kpi.text import Text
from kpi.undefined import Reason
from kpi.units import Unit

_NO_WEB = Text("no web analytics source is connected", "aucune source d'audience web n'est connectée")

_SAID_OF_ROWS = (
    Check("sampled", "is_sampled"),
    Check("thresholded", "is_thresholded"),
    Check("other_row", "has_other_row"),
    Check("mixed_zones", "is_other_zone"),
)
"""By the vendor, of the report that a row came with."""

WEB_FACTS = Facts(
    name="web",
    mart="web",
    members={**ORIGIN, "page": "page", "device": "device"},
    other_marts={"page": "web_landing", "device": "web_landing"},
    not_connected=_NO_WEB,
    loaded_from=Text("web sessions are loaded from {day} on", "les sessions web sont chargées à partir du {day}"),
    fed_by=("web_traffic_daily",),
    is_whole_history=False,
    is_daily=True,
    checks=_SAID_OF_ROWS,
)

_NO_SHOP = Text(
    "no web analytics source has seen a cart or a purchase", "aucune source d'audience web n'a vu de panier ni d'achat"
)
"""A site without a shop has no revenue to speak of, rather than none."""

WEB_SHOP_FACTS = Facts(
    name="web_shop",
    mart="web_shop",
    members={"channel": "channel"},
    not_connected=_NO_SHOP,
    loaded_from=Text("purchases on the web are loaded from {day} on", "les achats sur le web sont chargés à partir du {day}"),
    fed_by=("web_commerce_daily",),
    is_whole_history=False,
    borne_by=("web_shop", "visit_on"),
    checks=_SAID_OF_ROWS,
)

WEB_STEP_FACTS = Facts(
    name="web_step",
    mart="web_step",
    members={"channel": "channel"},
    not_connected=_NO_SHOP,
    loaded_from=Text("steps of a purchase are loaded from {day} on", "les étapes d'achat sont chargées à partir du {day}"),
    fed_by=("web_event_daily",),
    is_whole_history=False,
    borne_by=("web_step", "visit_on"),
    checks=_SAID_OF_ROWS,
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

# --- Purchases, as the web counts them --------------------------------------------------------------------


def _of_shop(name: str, title: Text, unit: Unit, column: str) -> Measure:
    return Measure(name, title, unit, WEB_SHOP_FACTS, Sum(column), "visit_on", where=f"{column} IS NOT NULL")


def _of_steps(name: str, title: Text, column: str) -> Measure:
    return Measure(name, title, Unit.COUNT, WEB_STEP_FACTS, Sum(column), "visit_on")


WEB_PURCHASES = _of_shop("web_purchases", Text("purchases on the web", "achats sur le web"), Unit.COUNT, "purchases")
WEB_REVENUE = _of_shop(
    "web_revenue", Text("revenue of the web less refunds", "revenu web net de remboursements"), Unit.MONEY, "revenue_home"
)
WEB_GROSS = _of_shop(
    "web_gross_revenue", Text("revenue of the web before refunds", "revenu web avant remboursements"), Unit.MONEY, "gross_home"
)
WEB_REFUNDS = _of_shop("web_refunds", Text("refunds on the web", "remboursements sur le web"), Unit.MONEY, "refunds_home")
CART_SESSIONS = _of_steps("cart_sessions", Text("visits that filled a cart", "visites avec un panier"), "cart_sessions")
CHECKOUT_SESSIONS = _of_steps(
    "checkout_sessions", Text("visits that began a checkout", "visites passées en caisse"), "checkout_sessions"
)
PURCHASE_SESSIONS = _of_steps("purchase_sessions", Text("visits that bought", "visites avec un achat"), "purchase_sessions")
