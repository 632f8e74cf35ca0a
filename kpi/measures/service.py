"""Of what customers answer when asked, and of the tickets they open."""

from kpi.measures.base import NO_CRM, Count, Facts, Measure, Percentile, Sum
from kpi.measures.columns import COMPANY, REP
from kpi.text import Text
from kpi.units import Unit

_DAY_S = 86_400

_NO_SURVEYS = Text("no source of survey answers is connected", "aucune source de réponses à des enquêtes n'est connectée")

SURVEY_FACTS = Facts(
    name="survey",
    mart="survey_answer",
    members={"survey": "survey_id", **REP, **COMPANY},
    not_connected=_NO_SURVEYS,
    loaded_from=NO_CRM,
    fed_by=("survey_response",),
)

NPS_FACTS = Facts(
    name="nps",
    mart="nps_answer",
    members=SURVEY_FACTS.members,
    not_connected=_NO_SURVEYS,
    loaded_from=NO_CRM,
    fed_by=("survey_response",),
    own_periods="kinds",
)

TICKET_FACTS = Facts(
    name="ticket",
    mart="ticket_state",
    members={**REP, **COMPANY},
    not_connected=Text("no source of tickets is connected", "aucune source de tickets n'est connectée"),
    loaded_from=NO_CRM,
    fed_by=("ticket",),
)


def _nps(name: str, title: Text, where: str | None) -> Measure:
    return Measure(name, title, Unit.COUNT, NPS_FACTS, Count(), "period_start", where=where)


NPS_ANSWERS = _nps("nps_answers", Text("answers", "réponses"), None)
PROMOTERS = _nps("nps_promoters", Text("promoters", "promoteurs"), "is_promoter")
PASSIVES = _nps("nps_passives", Text("passives", "passifs"), "NOT is_promoter AND NOT is_detractor")
DETRACTORS = _nps("nps_detractors", Text("detractors", "détracteurs"), "is_detractor")


def _answers(name: str, title: Text, where: str | None) -> Measure:
    return Measure(name, title, Unit.COUNT, SURVEY_FACTS, Count(), "answered_on", where=where)


ANSWERS = _answers("survey_answers", Text("survey answers", "réponses aux enquêtes"), None)
CSAT_ANSWERS = _answers("csat_answers", Text("answers on satisfaction", "réponses sur la satisfaction"), "kind = 'csat'")
SATISFIED = _answers("csat_satisfied", Text("satisfied", "satisfaits"), "kind = 'csat' AND is_satisfied")
CES_ANSWERS = _answers("ces_answers", Text("answers on effort", "réponses sur l'effort"), "kind = 'ces'")
EFFORTLESS = _answers("ces_effortless", Text("found it easy", "ont trouvé cela facile"), "kind = 'ces' AND is_satisfied")
_STARS = "kind = 'csat' AND scale = 'stars'"
STARS = Measure("csat_stars", Text("stars", "étoiles"), Unit.SCORE, SURVEY_FACTS, Sum("score"), "answered_on", where=_STARS)
STARS_GIVEN = _answers("csat_stars_given", Text("answers in stars", "réponses en étoiles"), _STARS)
EASE = Measure(
    "ces_points", Text("points", "points"), Unit.SCORE, SURVEY_FACTS, Sum("score"), "answered_on", where="kind = 'ces'"
)

_REPLY, _CLOSE = Sum("first_reply_s", per=_DAY_S), Sum("close_s", per=_DAY_S)
_REPLIED, _CLOSED = "first_reply_s IS NOT NULL", "close_s IS NOT NULL"


def _tickets(name: str, title: Text, time: str | None, where: str | None = None) -> Measure:
    return Measure(name, title, Unit.COUNT, TICKET_FACTS, Count(), time, where=where)


TICKETS_OPENED = _tickets("tickets_opened", Text("tickets opened", "tickets ouverts"), "opened_on")
TICKETS_CLOSED = _tickets("tickets_closed", Text("tickets closed", "tickets fermés"), "closed_on", "closed_on IS NOT NULL")
TICKETS_RESOLVED = _tickets(
    "tickets_resolved", Text("of them closed by now", "dont fermés à ce jour"), "opened_on", "closed_on IS NOT NULL"
)
TICKETS_WAITING = _tickets("tickets_waiting", Text("tickets still open", "tickets encore ouverts"), None, "closed_on IS NULL")
TICKETS_REPLIED = _tickets("tickets_replied", Text("tickets answered", "tickets répondus"), "opened_on", _REPLIED)
REPLY_TIME = Measure(
    "ticket_reply_time",
    Text("time to the first reply", "temps jusqu'à la première réponse"),
    Unit.DAYS,
    TICKET_FACTS,
    _REPLY,
    "opened_on",
    where=_REPLIED,
)
REPLY_MEDIAN = Measure(
    "ticket_reply_median",
    Text("median time to the first reply", "temps médian jusqu'à la première réponse"),
    Unit.DAYS,
    TICKET_FACTS,
    Percentile("first_reply_s", 1, 2, per=_DAY_S),
    "opened_on",
)
TICKETS_TIMED = _tickets("tickets_timed", Text("tickets closed", "tickets fermés"), "closed_on", _CLOSED)
CLOSE_TIME = Measure(
    "ticket_close_time",
    Text("time to close", "temps de résolution"),
    Unit.DAYS,
    TICKET_FACTS,
    _CLOSE,
    "closed_on",
    where=_CLOSED,
)
CLOSE_MEDIAN = Measure(
    "ticket_close_median",
    Text("median time to close", "temps de résolution médian"),
    Unit.DAYS,
    TICKET_FACTS,
    Percentile("close_s", 1, 2, per=_DAY_S),
    "closed_on",
)
