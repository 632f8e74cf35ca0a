"""Of e-mails: counters of a day at total, of an e-mail since it was sent by e-mail and campaign."""

from kpi.measures.base import Facts, Measure, Sum
from kpi.text import Text
from kpi.units import Unit

_LOADED_FROM = Text("e-mail figures are loaded from {day} on", "les chiffres des e-mails sont chargés à partir du {day}")

EMAIL_FACTS = Facts(
    name="email",
    mart="email_day",
    members={"email": "email_id", "campaign": "campaign"},
    other_marts={"email": "email", "campaign": "email"},
    not_connected=Text("no source of e-mail figures is connected", "aucune source de chiffres d'e-mails n'est connectée"),
    loaded_from=_LOADED_FROM,
    fed_by=("email_stats_daily", "marketing_email"),
    is_whole_history=False,
)

EMAIL_RELIABILITY_FACTS = Facts(
    name="email_reliability",
    mart="email_day",
    members=EMAIL_FACTS.members,
    other_marts=EMAIL_FACTS.other_marts,
    not_connected=Text(
        "no connected source tells which openings were made by privacy software",
        "aucune source connectée ne dit quelles ouvertures viennent d'un logiciel de protection de la vie privée",
    ),
    loaded_from=_LOADED_FROM,
    fed_by=EMAIL_FACTS.fed_by,
    is_whole_history=False,
    borne_by=("email_stats_daily", "unreliable_opened"),
)


def _counter(column: str, name: str, title: Text) -> Measure:
    return Measure(name, title, Unit.COUNT, EMAIL_FACTS, Sum(column), "email_on")


SENT = _counter("sent", "emails_sent", Text("e-mails sent", "e-mails envoyés"))
DELIVERED = _counter("delivered", "emails_delivered", Text("e-mails delivered", "e-mails livrés"))
OPENED = _counter("opened", "emails_opened", Text("e-mails opened", "e-mails ouverts"))
CLICKED = _counter("clicked", "emails_clicked", Text("e-mails clicked", "e-mails cliqués"))
BOUNCED = _counter("bounced", "emails_bounced", Text("e-mails bounced", "e-mails rejetés"))
HARD_BOUNCED = _counter("hard_bounced", "emails_hard_bounced", Text("hard bounces", "rejets définitifs"))
SOFT_BOUNCED = _counter("soft_bounced", "emails_soft_bounced", Text("soft bounces", "rejets temporaires"))
UNSUBSCRIBED = _counter("unsubscribed", "emails_unsubscribed", Text("unsubscriptions", "désabonnements"))
REPORTED_AS_SPAM = _counter("reported_as_spam", "emails_reported_as_spam", Text("spam reports", "signalements comme spam"))


def _told(column: str, name: str, title: Text) -> Measure:
    where = "unreliable_opened IS NOT NULL"
    return Measure(name, title, Unit.COUNT, EMAIL_RELIABILITY_FACTS, Sum(column), "email_on", where=where)


DELIVERED_WHERE_TOLD = _told("delivered", "emails_delivered_where_told", Text("e-mails delivered", "e-mails livrés"))
OPENED_WHERE_TOLD = _told("opened", "emails_opened_where_told", Text("e-mails opened", "e-mails ouverts"))
UNRELIABLY_OPENED = _told(
    "unreliable_opened",
    "emails_unreliably_opened",
    Text("openings by privacy software", "ouvertures par un logiciel de protection de la vie privée"),
)
