"""E-mail: what came of what was sent. By e-mail and campaign, since it was sent; at total, what happened in the period."""

from kpi.card import ANY_CHANGE, HALF_A_POINT, Example, Kpi, Source
from kpi.expression import Expression
from kpi.measures.base import By, Measure
from kpi.measures.email import (
    BOUNCED,
    CLICKED,
    DELIVERED,
    DELIVERED_WHERE_TOLD,
    HARD_BOUNCED,
    OPENED,
    OPENED_WHERE_TOLD,
    REPORTED_AS_SPAM,
    SENT,
    SOFT_BOUNCED,
    UNRELIABLY_OPENED,
    UNSUBSCRIBED,
)
from kpi.text import Text

_STATISTICS = Source(
    "HubSpot, what my marketing e-mail statistics mean",
    "https://knowledge.hubspot.com/articles/kcs_article/email/what-do-my-marketing-email-statistics-mean",
)
_ADJUSTED = Source(
    "HubSpot, the adjusted open rate",
    "https://knowledge.hubspot.com/marketing-email/analyze-the-adjusted-open-rate-of-your-emails",
)

_BY: tuple[By, ...] = ("total", "email", "campaign")
_NONE_DELIVERED = Text("no e-mail was delivered in the period", "aucun e-mail livré dans la période")
_NONE_SENT = Text("no e-mail was sent in the period", "aucun e-mail envoyé dans la période")
_WHEN = Text(
    "At total, what happened in the period, whenever the e-mail was sent: a short period may pass 100 % and is then flagged. "
    "By e-mail and campaign, everything since the e-mails that were published in the period.",
    "Au total, ce qui s'est produit dans la période, quelle que soit la date d'envoi : une courte période peut dépasser 100 %, ce "
    "qui est alors signalé. Par e-mail et campagne, tout ce qui suit les e-mails publiés dans la période.",
)


def _rate(
    name: str,
    title: Text,
    explain: Text,
    formula: Expression,
    given: dict[Measure, str],
    gives: str,
    *,
    is_good: bool,
    undefined_when: Text = _NONE_DELIVERED,
    caveats: Text = _WHEN,
    source: Source = _STATISTICS,
) -> Kpi:
    return Kpi(
        name=name,
        title=title,
        explain=explain,
        formula=formula,
        better="up" if is_good else "down",
        grains=_BY,
        undefined_when=undefined_when,
        caveats=caveats,
        source=source,
        example=Example(given, gives),
        version=1,
        write_step=HALF_A_POINT,
        interval="share",
        flags_above_one=True,
    )


EMAILS_SENT = Kpi(
    name="emails_sent",
    title=Text("E-mails sent", "E-mails envoyés"),
    explain=Text("How many e-mails were sent, one per recipient.", "Nombre d'e-mails envoyés, un par destinataire."),
    formula=SENT,
    better="none",
    grains=_BY,
    undefined_when=Text("no source of e-mail figures is connected", "aucune source de chiffres d'e-mails n'est connectée"),
    caveats=Text(
        "Marketing e-mails; what colleagues write one by one is not among them.",
        "E-mails marketing ; ceux que les collègues écrivent un à un n'y sont pas.",
    ),
    source=_STATISTICS,
    example=Example({SENT: "1000"}, gives="1000"),
    version=1,
    write_step=ANY_CHANGE,
)

EMAIL_OPEN_RATE = _rate(
    "email_open_rate",
    Text("E-mail open rate", "Taux d'ouverture des e-mails"),
    Text("The share of delivered e-mails that were opened.", "Part des e-mails livrés qui ont été ouverts."),
    OPENED / DELIVERED,
    {OPENED: "400", DELIVERED: "980"},
    "0.4081632653",
    is_good=True,
    caveats=Text(
        f"Privacy software opens e-mails by itself, which no reader did. {_WHEN.en}",
        f"Des logiciels de protection de la vie privée ouvrent les e-mails d'eux-mêmes, sans lecteur. {_WHEN.fr}",
    ),
)

EMAIL_OPEN_RATE_ADJUSTED = _rate(
    "email_open_rate_adjusted",
    Text("E-mail open rate, adjusted", "Taux d'ouverture des e-mails, corrigé"),
    Text(
        "The share of delivered e-mails that were opened, without those that privacy software opened.",
        "Part des e-mails livrés qui ont été ouverts, sans ceux qu'un logiciel de protection de la vie privée a ouverts.",
    ),
    (OPENED_WHERE_TOLD - UNRELIABLY_OPENED) / (DELIVERED_WHERE_TOLD - UNRELIABLY_OPENED),
    {OPENED_WHERE_TOLD: "400", UNRELIABLY_OPENED: "150", DELIVERED_WHERE_TOLD: "980"},
    "0.3012048193",
    is_good=True,
    caveats=Text(
        f"HubSpot shows unreliable openings on screen but not in its API, so this stays empty there. {_WHEN.en}",
        f"HubSpot montre les ouvertures peu fiables à l'écran mais pas dans son API : ce taux y reste vide. {_WHEN.fr}",
    ),
    source=_ADJUSTED,
)

EMAIL_CLICK_RATE = _rate(
    "email_click_rate",
    Text("E-mail click rate", "Taux de clic des e-mails"),
    Text("The share of delivered e-mails in which a link was clicked.", "Part des e-mails livrés dont un lien a été cliqué."),
    CLICKED / DELIVERED,
    {CLICKED: "50", DELIVERED: "980"},
    "0.0510204082",
    is_good=True,
    caveats=Text(
        f"Over deliveries; clicks over openings are the click-to-open rate. {_WHEN.en}",
        f"Rapporté aux livraisons ; les clics rapportés aux ouvertures sont la réactivité. {_WHEN.fr}",
    ),
)

EMAIL_CTOR = _rate(
    "email_ctor",
    Text("E-mail click-to-open rate", "Réactivité des e-mails (clics sur ouvertures)"),
    Text("The share of opened e-mails in which a link was clicked.", "Part des e-mails ouverts dont un lien a été cliqué."),
    CLICKED / OPENED,
    {CLICKED: "50", OPENED: "400"},
    "0.125",
    is_good=True,
    undefined_when=Text("no e-mail was opened in the period", "aucun e-mail ouvert dans la période"),
    caveats=Text(f"HubSpot calls it click-through rate. {_WHEN.en}", f"HubSpot l'appelle « click-through rate ». {_WHEN.fr}"),
)

EMAIL_DELIVERY_RATE = _rate(
    "email_delivery_rate",
    Text("E-mail delivery rate", "Taux de livraison des e-mails"),
    Text("The share of sent e-mails that were delivered.", "Part des e-mails envoyés qui ont été livrés."),
    DELIVERED / SENT,
    {DELIVERED: "980", SENT: "1000"},
    "0.98",
    is_good=True,
    undefined_when=_NONE_SENT,
)

EMAIL_BOUNCE_RATE = _rate(
    "email_bounce_rate",
    Text("E-mail bounce rate", "Taux de rejet des e-mails"),
    Text("The share of sent e-mails that came back.", "Part des e-mails envoyés qui sont revenus."),
    BOUNCED / SENT,
    {BOUNCED: "20", SENT: "1000"},
    "0.02",
    is_good=False,
    undefined_when=_NONE_SENT,
)

EMAIL_HARD_BOUNCE_RATE = _rate(
    "email_hard_bounce_rate",
    Text("E-mail hard bounce rate", "Taux de rejet définitif des e-mails"),
    Text(
        "The share of sent e-mails that came back for good: no such address.",
        "Part des e-mails envoyés revenus définitivement : l'adresse n'existe pas.",
    ),
    HARD_BOUNCED / SENT,
    {HARD_BOUNCED: "12", SENT: "1000"},
    "0.012",
    is_good=False,
    undefined_when=_NONE_SENT,
)

EMAIL_SOFT_BOUNCE_RATE = _rate(
    "email_soft_bounce_rate",
    Text("E-mail soft bounce rate", "Taux de rejet temporaire des e-mails"),
    Text(
        "The share of sent e-mails that came back for now: a full box, a server at rest.",
        "Part des e-mails envoyés revenus pour l'instant : boîte pleine, serveur arrêté.",
    ),
    SOFT_BOUNCED / SENT,
    {SOFT_BOUNCED: "8", SENT: "1000"},
    "0.008",
    is_good=False,
    undefined_when=_NONE_SENT,
)

EMAIL_UNSUBSCRIBE_RATE = _rate(
    "email_unsubscribe_rate",
    Text("E-mail unsubscribe rate", "Taux de désabonnement des e-mails"),
    Text(
        "The share of delivered e-mails after which the reader unsubscribed.",
        "Part des e-mails livrés après lesquels le lecteur s'est désabonné.",
    ),
    UNSUBSCRIBED / DELIVERED,
    {UNSUBSCRIBED: "3", DELIVERED: "980"},
    "0.0030612245",
    is_good=False,
)

EMAIL_SPAM_RATE = _rate(
    "email_spam_rate",
    Text("E-mail spam report rate", "Taux de signalement des e-mails comme spam"),
    Text("The share of delivered e-mails that were reported as spam.", "Part des e-mails livrés signalés comme spam."),
    REPORTED_AS_SPAM / DELIVERED,
    {REPORTED_AS_SPAM: "1", DELIVERED: "980"},
    "0.0010204082",
    is_good=False,
)
