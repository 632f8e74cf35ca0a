"""Web: visits, and how many of them turn into something. The figures are those that the analytics vendor counted."""

from kpi.card import ANY_CHANGE, HALF_A_POINT, Example, Kpi, Source
from kpi.measures.base import By
from kpi.measures.people import LEADS_OF_VISITS, NEW_CUSTOMERS
from kpi.measures.web import ENGAGED_SESSIONS, KEY_EVENT_SESSIONS, KEY_EVENTS, SESSIONS, USERS
from kpi.text import Text

_GA4_SCHEMA = Source(
    "Google Analytics Data API, dimensions and metrics",
    "https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema",
)
_DATABOX = Source(
    "Databox, HubSpot's new contacts over sessions", "https://help.databox.com/how-is-our-data-synced-stored-and-secured"
)

_WEB: tuple[By, ...] = ("total", "channel", "campaign")
_VISITS: tuple[By, ...] = (*_WEB, "page", "device")
_NO_USERS = Text("no visitor in the period", "aucun visiteur dans la période")
_USERS_DO_NOT_ADD = Text(
    "Visitors are asked from the vendor for exactly this period and cut: they do not add up over days or channels.",
    "Les visiteurs sont demandés au fournisseur pour cette période et cet axe exacts : ils ne s'additionnent ni par jour ni par canal.",
)
_NOT_OFFLINE = Text(
    "Leads that came in offline (imports, by hand, fairs) are left out, unless kpis.offline_leads says count.",
    "Les leads arrivés hors ligne (imports, saisie, salons) sont exclus, sauf si kpis.offline_leads dit count.",
)

SESSION_COUNT = Kpi(
    name="sessions",
    title=Text("Sessions", "Sessions"),
    explain=Text("How many visits the web site had.", "Nombre de visites du site web."),
    formula=SESSIONS,
    better="up",
    grains=_VISITS,
    undefined_when=Text("no web analytics source is connected", "aucune source d'audience web n'est connectée"),
    caveats=Text(
        "Days are cut in the property's own time zone. Consent banners and blockers hide some visits. A page is the one that "
        "the visit began on, without its query string.",
        "Les jours sont ceux du fuseau de la propriété. Le consentement et les bloqueurs cachent des visites. La page est celle "
        "où commence la visite, sans ses paramètres.",
    ),
    source=_GA4_SCHEMA,
    example=Example({SESSIONS: "5400"}, gives="5400"),
    version=1,
    write_step=ANY_CHANGE,
)

USER_COUNT = Kpi(
    name="users",
    title=Text("Visitors", "Visiteurs"),
    explain=Text(
        "How many people visited the web site, as the vendor tells them apart.",
        "Nombre de personnes venues sur le site web, telles que le fournisseur les distingue.",
    ),
    formula=USERS,
    better="up",
    grains=_WEB,
    undefined_when=_NO_USERS,
    caveats=Text(
        f"{_USERS_DO_NOT_ADD.en} Somebody with two devices or without consent may count twice or not at all.",
        f"{_USERS_DO_NOT_ADD.fr} Qui a deux appareils, ou refuse le suivi, peut compter deux fois ou pas du tout.",
    ),
    source=_GA4_SCHEMA,
    example=Example({USERS: "4000"}, gives="4000"),
    version=1,
    write_step=ANY_CHANGE,
)

KEY_EVENT_COUNT = Kpi(
    name="key_events",
    title=Text("Key events", "Événements clés"),
    explain=Text("How many key events happened on the web site.", "Nombre d'événements clés survenus sur le site web."),
    formula=KEY_EVENTS,
    better="up",
    grains=_VISITS,
    undefined_when=Text("no web analytics source is connected", "aucune source d'audience web n'est connectée"),
    caveats=Text(
        "Several in one visit all count, and the property's attribution may make them fractional: divided by sessions they are no "
        "conversion rate.",
        "Plusieurs dans une visite comptent tous, et l'attribution de la propriété peut les rendre fractionnaires : divisés par les "
        "sessions, ils ne font pas un taux de conversion.",
    ),
    source=_GA4_SCHEMA,
    example=Example({KEY_EVENTS: "131.5"}, gives="131.5"),
    version=1,
    write_step=ANY_CHANGE,
)

SESSION_CONVERSION = Kpi(
    name="session_conversion",
    title=Text("Session conversion rate", "Taux de conversion des sessions"),
    explain=Text("The share of sessions in which a key event happened.", "Part des sessions où un événement clé a eu lieu."),
    formula=KEY_EVENT_SESSIONS / SESSIONS,
    better="up",
    grains=_VISITS,
    undefined_when=Text("no session in the period", "aucune session dans la période"),
    caveats=Text(
        "Sessions with a key event, not key events: several in one visit count once. What is a key event is set in the property.",
        "Les sessions avec événement clé, non les événements : plusieurs dans une visite comptent une fois. "
        "Les événements clés sont choisis dans la propriété.",
    ),
    source=_GA4_SCHEMA,
    example=Example({KEY_EVENT_SESSIONS: "108", SESSIONS: "5400"}, gives="0.02"),
    version=1,
    write_step=HALF_A_POINT,
    interval="share",
    flags_above_one=True,
)

VISITOR_TO_LEAD = Kpi(
    name="visitor_to_lead",
    title=Text("Visitor-to-lead rate", "Taux de conversion visiteur-lead"),
    explain=Text(
        "Leads of the period for each visitor of the web site.", "Leads de la période pour chaque visiteur du site web."
    ),
    formula=LEADS_OF_VISITS / USERS,
    better="up",
    grains=_WEB,
    undefined_when=_NO_USERS,
    caveats=Text(
        f"{_USERS_DO_NOT_ADD.en} {_NOT_OFFLINE.en}",
        f"{_USERS_DO_NOT_ADD.fr} {_NOT_OFFLINE.fr}",
    ),
    source=_DATABOX,
    example=Example({LEADS_OF_VISITS: "120", USERS: "4000"}, gives="0.03"),
    version=1,
    write_step=HALF_A_POINT,
    flags_above_one=True,
)

VISITOR_TO_CUSTOMER = Kpi(
    name="visitor_to_customer",
    title=Text("Visitor-to-customer rate", "Taux de conversion visiteur-client"),
    explain=Text(
        "New customers of the period for each visitor of the web site.",
        "Nouveaux clients de la période pour chaque visiteur du site web.",
    ),
    formula=NEW_CUSTOMERS / USERS,
    better="up",
    grains=("total", "channel"),
    undefined_when=_NO_USERS,
    caveats=Text(
        f"{_USERS_DO_NOT_ADD.en} Period mode: the customers need not be the visitors of the same period.",
        f"{_USERS_DO_NOT_ADD.fr} Mode période : les clients ne sont pas forcément les visiteurs de la même période.",
    ),
    source=_GA4_SCHEMA,
    example=Example({NEW_CUSTOMERS: "8", USERS: "4000"}, gives="0.002"),
    version=1,
    write_step=HALF_A_POINT,
    flags_above_one=True,
)

ENGAGEMENT_RATE = Kpi(
    name="engagement_rate",
    title=Text("Engagement rate", "Taux d'engagement"),
    explain=Text(
        "The share of sessions that lasted over ten seconds, saw a second page or a key event.",
        "Part des sessions de plus de dix secondes, de deux pages ou avec un événement clé.",
    ),
    formula=ENGAGED_SESSIONS / SESSIONS,
    better="up",
    grains=_VISITS,
    undefined_when=Text("no session in the period", "aucune session dans la période"),
    caveats=Text("The ten seconds are a setting of the property.", "Les dix secondes sont un réglage de la propriété."),
    source=_GA4_SCHEMA,
    example=Example({ENGAGED_SESSIONS: "3240", SESSIONS: "5400"}, gives="0.6"),
    version=1,
    write_step=HALF_A_POINT,
    interval="share",
    flags_above_one=True,
)

BOUNCE_RATE = Kpi(
    name="bounce_rate",
    title=Text("Bounce rate", "Taux de rebond"),
    explain=Text("The share of sessions without engagement.", "Part des sessions sans engagement."),
    formula=(SESSIONS - ENGAGED_SESSIONS) / SESSIONS,
    better="down",
    grains=_VISITS,
    undefined_when=Text("no session in the period", "aucune session dans la période"),
    caveats=Text(
        "One minus the engagement rate, as GA4 defines it: not the bounce rate of older tools.",
        "Un moins le taux d'engagement, selon GA4 : ce n'est pas le taux de rebond des anciens outils.",
    ),
    source=_GA4_SCHEMA,
    example=Example({SESSIONS: "5400", ENGAGED_SESSIONS: "3240"}, gives="0.4"),
    version=1,
    write_step=HALF_A_POINT,
    interval="share",
)

CONTACT_CONVERSION = Kpi(
    name="contact_conversion",
    title=Text("Session-to-lead rate", "Taux de conversion session-lead"),
    explain=Text("Leads of the period for each session.", "Leads de la période pour chaque session."),
    formula=LEADS_OF_VISITS / SESSIONS,
    better="up",
    grains=_WEB,
    undefined_when=Text("no session in the period", "aucune session dans la période"),
    caveats=Text(
        f"Sessions add up over days and channels, visitors do not. {_NOT_OFFLINE.en}",
        f"Les sessions s'additionnent par jour et par canal, pas les visiteurs. {_NOT_OFFLINE.fr}",
    ),
    source=_DATABOX,
    example=Example({LEADS_OF_VISITS: "108", SESSIONS: "5400"}, gives="0.02"),
    version=1,
    write_step=HALF_A_POINT,
    flags_above_one=True,
)
