"""Service and satisfaction: what customers answer when asked, and how their tickets fare."""

from decimal import Decimal

from kpi.card import ANY_CHANGE, HALF_A_POINT, ONE_DAY, Example, Kpi, Source, WriteStep
from kpi.expression import Constant
from kpi.measures.base import By
from kpi.measures.service import (
    ANSWERS,
    CES_ANSWERS,
    CLOSE_MEDIAN,
    CLOSE_TIME,
    CSAT_ANSWERS,
    DETRACTORS,
    EASE,
    EFFORTLESS,
    NPS_ANSWERS,
    PASSIVES,
    PROMOTERS,
    REPLY_MEDIAN,
    REPLY_TIME,
    SATISFIED,
    STARS,
    STARS_GIVEN,
    TICKETS_CLOSED,
    TICKETS_OPENED,
    TICKETS_REPLIED,
    TICKETS_RESOLVED,
    TICKETS_TIMED,
    TICKETS_WAITING,
)
from kpi.periods import MONTHS_UP, WEEKS_UP
from kpi.text import Text
from kpi.units import Unit

_NPS = Source("Customer Gauge, the NPS scale", "https://reviews.customergauge.com/legacy-er-urgent-care/TMyXMaexf5Wg5On8")
_FEEDBACK = Source(
    "HubSpot, feedback submissions",
    "https://developers.hubspot.com/docs/api-reference/latest/crm/objects/feedback-submissions/guide",
)
_TICKETS = Source("HubSpot, properties of tickets", "https://knowledge.hubspot.com/properties/hubspots-default-ticket-properties")

_ANSWERED: tuple[By, ...] = ("total", "survey", "team", "owner", "company")
_OF_TICKETS: tuple[By, ...] = ("total", "team", "owner", "company")
_POINT = WriteStep(Decimal(1))
_TENTH = WriteStep(Decimal("0.1"))

_NO_ANSWER = Text("nobody answered in the period", "personne n'a répondu dans la période")
_NO_SURVEYS = Text("no source of survey answers is connected", "aucune source de réponses à des enquêtes n'est connectée")
_NO_TICKETS = Text("no source of tickets is connected", "aucune source de tickets n'est connectée")
_LAST_ANSWER = Text(
    "Whole scores from 0 to 10; others are set aside. A person's last answer in the period counts (setting kpis.nps_answers), "
    "under the survey it was given in.",
    "Notes entières de 0 à 10 ; les autres sont écartées. La dernière réponse d'une personne dans la période compte (réglage "
    "kpis.nps_answers), dans l'enquête où elle l'a donnée.",
)

NPS = Kpi(
    name="nps",
    title=Text("Net promoter score", "Net promoter score (NPS)"),
    explain=Text(
        "The share of those who would recommend the company (9 or 10) less the share of those who would not (0 to 6), from −100 to 100.",
        "Part de ceux qui recommanderaient l'entreprise (9 ou 10) moins la part de ceux qui ne le feraient pas (0 à 6), de −100 à 100.",
    ),
    formula=(PROMOTERS - DETRACTORS) / NPS_ANSWERS * Constant(Decimal(100), Unit.SCORE),
    better="up",
    grains=_ANSWERED,
    undefined_when=_NO_ANSWER,
    caveats=_LAST_ANSWER,
    source=_NPS,
    example=Example({PROMOTERS: "2", DETRACTORS: "2", NPS_ANSWERS: "6"}, gives="0"),
    version=1,
    write_step=_POINT,
)

NPS_PROMOTERS = Kpi(
    name="nps_promoters",
    title=Text("Promoters", "Promoteurs"),
    explain=Text("How many would recommend the company: 9 or 10.", "Nombre de ceux qui recommanderaient l'entreprise : 9 ou 10."),
    formula=PROMOTERS,
    better="up",
    grains=_ANSWERED,
    undefined_when=_NO_SURVEYS,
    caveats=_LAST_ANSWER,
    source=_NPS,
    example=Example({PROMOTERS: "24"}, gives="24"),
    version=1,
    write_step=ANY_CHANGE,
)

NPS_PASSIVES = Kpi(
    name="nps_passives",
    title=Text("Passives", "Passifs"),
    explain=Text("How many gave 7 or 8.", "Nombre de ceux qui ont donné 7 ou 8."),
    formula=PASSIVES,
    better="none",
    grains=_ANSWERED,
    undefined_when=_NO_SURVEYS,
    caveats=_LAST_ANSWER,
    source=_NPS,
    example=Example({PASSIVES: "11"}, gives="11"),
    version=1,
    write_step=ANY_CHANGE,
)

NPS_DETRACTORS = Kpi(
    name="nps_detractors",
    title=Text("Detractors", "Détracteurs"),
    explain=Text(
        "How many would not recommend the company: 0 to 6.", "Nombre de ceux qui ne recommanderaient pas l'entreprise : 0 à 6."
    ),
    formula=DETRACTORS,
    better="down",
    grains=_ANSWERED,
    undefined_when=_NO_SURVEYS,
    caveats=_LAST_ANSWER,
    source=_NPS,
    example=Example({DETRACTORS: "5"}, gives="5"),
    version=1,
    write_step=ANY_CHANGE,
)

SURVEY_ANSWERS = Kpi(
    name="survey_answers",
    title=Text("Survey answers", "Réponses aux enquêtes"),
    explain=Text(
        "How many answers on recommending, satisfaction or effort came in.",
        "Nombre de réponses reçues sur la recommandation, la satisfaction ou l'effort.",
    ),
    formula=ANSWERS,
    better="up",
    grains=_ANSWERED,
    undefined_when=_NO_SURVEYS,
    caveats=Text(
        "Every answer with a score on the scale of its survey, also several of one person.",
        "Toute réponse notée sur l'échelle de son enquête, y compris plusieurs d'une même personne.",
    ),
    source=_FEEDBACK,
    example=Example({ANSWERS: "120"}, gives="120"),
    version=1,
    write_step=ANY_CHANGE,
)

CSAT = Kpi(
    name="csat",
    title=Text("Customer satisfaction (CSAT)", "Satisfaction client (CSAT)"),
    explain=Text("The share of answers that are satisfied.", "Part des réponses satisfaites."),
    formula=SATISFIED / CSAT_ANSWERS,
    better="up",
    grains=_ANSWERED,
    periods=WEEKS_UP,
    undefined_when=_NO_ANSWER,
    caveats=Text(
        "Satisfied is 4 or 5 of five stars, or the highest of HubSpot's three bands; which of them a survey has is told by its answers "
        "or by the setting kpis.csat_scale. Who does not answer is not dissatisfied.",
        "Satisfait : 4 ou 5 sur cinq étoiles, ou la plus haute des trois bandes de HubSpot ; les réponses de l'enquête, ou le réglage "
        "kpis.csat_scale, disent laquelle vaut. Qui ne répond pas n'est pas insatisfait.",
    ),
    source=_FEEDBACK,
    example=Example({SATISFIED: "80", CSAT_ANSWERS: "100"}, gives="0.8"),
    version=1,
    write_step=HALF_A_POINT,
)

CSAT_STARS = Kpi(
    name="csat_stars",
    title=Text("Customer satisfaction, mean stars", "Satisfaction client, étoiles en moyenne"),
    explain=Text("The mean of the stars given, from 1 to 5.", "Moyenne des étoiles données, de 1 à 5."),
    formula=STARS / STARS_GIVEN,
    better="up",
    grains=_ANSWERED,
    periods=MONTHS_UP,
    undefined_when=_NO_ANSWER,
    caveats=Text(
        "Of surveys with five stars only: bands are not on this scale.",
        "Des seules enquêtes à cinq étoiles : les bandes ne sont pas sur cette échelle.",
    ),
    source=_FEEDBACK,
    example=Example({STARS: "421", STARS_GIVEN: "100"}, gives="4.21"),
    version=1,
    write_step=_TENTH,
)

CES = Kpi(
    name="ces",
    title=Text("Customer effort (CES)", "Effort client (CES)"),
    explain=Text(
        "The share of answers that found it easy: 6 or 7 of 7.", "Part des réponses qui ont trouvé cela facile : 6 ou 7 sur 7."
    ),
    formula=EFFORTLESS / CES_ANSWERS,
    better="up",
    grains=_ANSWERED,
    periods=MONTHS_UP,
    undefined_when=_NO_ANSWER,
    caveats=Text("Whole scores from 1 to 7; others are set aside.", "Notes entières de 1 à 7 ; les autres sont écartées."),
    source=_FEEDBACK,
    example=Example({EFFORTLESS: "45", CES_ANSWERS: "60"}, gives="0.75"),
    version=1,
    write_step=HALF_A_POINT,
)

CES_MEAN = Kpi(
    name="ces_mean",
    title=Text("Customer effort, mean score", "Effort client, note moyenne"),
    explain=Text("The mean of the scores given, from 1 (hard) to 7 (easy).", "Moyenne des notes, de 1 (difficile) à 7 (facile)."),
    formula=EASE / CES_ANSWERS,
    better="up",
    grains=_ANSWERED,
    periods=MONTHS_UP,
    undefined_when=_NO_ANSWER,
    caveats=Text("Whole scores from 1 to 7; others are set aside.", "Notes entières de 1 à 7 ; les autres sont écartées."),
    source=_FEEDBACK,
    example=Example({EASE: "342", CES_ANSWERS: "60"}, gives="5.7"),
    version=1,
    write_step=_TENTH,
)

OPENED = Kpi(
    name="tickets_opened",
    title=Text("Tickets opened", "Tickets ouverts"),
    explain=Text("How many tickets were opened.", "Nombre de tickets ouverts."),
    formula=TICKETS_OPENED,
    better="down",
    grains=_OF_TICKETS,
    undefined_when=_NO_TICKETS,
    caveats=Text("Archived and merged tickets are left out.", "Les tickets archivés ou fusionnés sont exclus."),
    source=_TICKETS,
    example=Example({TICKETS_OPENED: "42"}, gives="42"),
    version=1,
    write_step=ANY_CHANGE,
)

CLOSED = Kpi(
    name="tickets_closed",
    title=Text("Tickets closed", "Tickets fermés"),
    explain=Text(
        "How many tickets were closed, whenever they were opened.", "Nombre de tickets fermés, quelle que soit leur ouverture."
    ),
    formula=TICKETS_CLOSED,
    better="up",
    grains=_OF_TICKETS,
    undefined_when=_NO_TICKETS,
    caveats=Text("A reopened ticket bears its last closing.", "Un ticket rouvert porte sa dernière fermeture."),
    source=_TICKETS,
    example=Example({TICKETS_CLOSED: "39"}, gives="39"),
    version=1,
    write_step=ANY_CHANGE,
)

BACKLOG = Kpi(
    name="ticket_backlog",
    title=Text("Ticket backlog", "Tickets en attente"),
    explain=Text("How many tickets are open now.", "Nombre de tickets ouverts à ce jour."),
    formula=TICKETS_WAITING,
    better="down",
    grains=_OF_TICKETS,
    periods=("all",),
    undefined_when=_NO_TICKETS,
    caveats=Text("A stock: the state at the moment of reading.", "Un stock : l'état au moment de la lecture."),
    source=_TICKETS,
    example=Example({TICKETS_WAITING: "7"}, gives="7"),
    version=1,
    write_step=ANY_CHANGE,
)

RESOLUTION_RATE = Kpi(
    name="ticket_resolution_rate",
    title=Text("Ticket resolution rate", "Taux de résolution des tickets"),
    explain=Text(
        "Of the tickets opened in the period, the share that is closed by now.",
        "Parmi les tickets ouverts dans la période, part de ceux qui sont fermés à ce jour.",
    ),
    formula=TICKETS_RESOLVED / TICKETS_OPENED,
    better="up",
    grains=_OF_TICKETS,
    periods=WEEKS_UP,
    undefined_when=Text("no ticket was opened in the period", "aucun ticket ouvert dans la période"),
    caveats=Text(
        "Cohort mode: it rises while recent tickets are being worked on.",
        "Mode cohorte : il monte tant que les tickets récents sont en cours.",
    ),
    source=_TICKETS,
    example=Example({TICKETS_RESOLVED: "36", TICKETS_OPENED: "40"}, gives="0.9"),
    version=1,
    write_step=HALF_A_POINT,
)

_NO_REPLY = Text("no ticket of the period has been answered", "aucun ticket de la période n'a reçu de réponse")
_NONE_CLOSED = Text("no ticket was closed in the period", "aucun ticket fermé dans la période")
_REPLIES = Text(
    "Tickets opened in the period that were answered; who still waits is not in it. Around the clock, nights and week-ends included.",
    "Tickets ouverts dans la période et répondus ; qui attend encore n'y est pas. En continu, nuits et week-ends compris.",
)
_CLOSINGS = Text(
    "Tickets closed in the period. Around the clock, nights and week-ends included. A few long ones pull the mean up.",
    "Tickets fermés dans la période. En continu, nuits et week-ends compris. Quelques longs tickets tirent la moyenne vers le haut.",
)

FIRST_REPLY_MEDIAN = Kpi(
    name="ticket_reply_days_median",
    title=Text("Time to first reply, median", "Délai de première réponse, médiane"),
    explain=Text(
        "Half of the tickets were answered in fewer days than this.",
        "La moitié des tickets ont reçu une réponse en moins de jours.",
    ),
    formula=REPLY_MEDIAN,
    better="down",
    grains=_OF_TICKETS,
    periods=MONTHS_UP,
    undefined_when=_NO_REPLY,
    caveats=_REPLIES,
    source=_TICKETS,
    example=Example({REPLY_MEDIAN: ("0.05", "0.1", "0.5")}, gives="0.1"),
    version=1,
    write_step=ONE_DAY,
)

FIRST_REPLY_MEAN = Kpi(
    name="ticket_reply_days_mean",
    title=Text("Time to first reply, mean", "Délai de première réponse, moyenne"),
    explain=Text("Days until the first answer, on average.", "Jours jusqu'à la première réponse, en moyenne."),
    formula=REPLY_TIME / TICKETS_REPLIED,
    better="down",
    grains=_OF_TICKETS,
    periods=MONTHS_UP,
    undefined_when=_NO_REPLY,
    caveats=_REPLIES,
    source=_TICKETS,
    example=Example({REPLY_TIME: "6", TICKETS_REPLIED: "40"}, gives="0.15"),
    version=1,
    write_step=ONE_DAY,
)

CLOSE_DAYS_MEDIAN = Kpi(
    name="ticket_close_days_median",
    title=Text("Time to close, median", "Délai de résolution, médiane"),
    explain=Text(
        "Half of the tickets were closed in fewer days than this.", "La moitié des tickets ont été fermés en moins de jours."
    ),
    formula=CLOSE_MEDIAN,
    better="down",
    grains=_OF_TICKETS,
    periods=MONTHS_UP,
    undefined_when=_NONE_CLOSED,
    caveats=_CLOSINGS,
    source=_TICKETS,
    example=Example({CLOSE_MEDIAN: ("0.5", "2", "9")}, gives="2"),
    version=1,
    write_step=ONE_DAY,
)

CLOSE_DAYS_MEAN = Kpi(
    name="ticket_close_days_mean",
    title=Text("Time to close, mean", "Délai de résolution, moyenne"),
    explain=Text("Days from opening to closing, on average.", "Jours entre l'ouverture et la fermeture, en moyenne."),
    formula=CLOSE_TIME / TICKETS_TIMED,
    better="down",
    grains=_OF_TICKETS,
    periods=MONTHS_UP,
    undefined_when=_NONE_CLOSED,
    caveats=_CLOSINGS,
    source=_TICKETS,
    example=Example({CLOSE_TIME: "90", TICKETS_TIMED: "36"}, gives="2.5"),
    version=1,
    write_step=ONE_DAY,
)
