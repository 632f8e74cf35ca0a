"""Why a value on a record is empty: undefined is null with one of these, never 0 (KPI_DEFINITIONS R1)."""

from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from kpi.text import Text
from kpi.undefined import Reason


@dataclass(frozen=True)
class KnownLater(Reason):
    """The value will be known from ``until`` on, for certain."""

    until: date


NO_TOUCH = Reason("no_touch", Text("no visit or source is known", "aucune visite ni source connue"))
NO_CAMPAIGN = Reason("no_campaign", Text("no campaign is known", "aucune campagne connue"))
NO_SPEND = Reason(
    "no_spend", Text("no spend is known for the campaign in that month", "aucune dépense connue pour la campagne ce mois-là")
)
NOT_A_LEAD = Reason("not_a_lead", Text("the contact is not a lead", "le contact n'est pas un lead"))
NO_CONTACT = Reason("no_contact", Text("the deal has no contact", "la transaction n'a pas de contact"))
NO_DEAL = Reason("no_deal", Text("the company has no deal", "l'entreprise n'a pas de transaction"))
NO_WON_DEAL = Reason("no_won_deal", Text("no deal is won", "aucune transaction gagnée"))
NO_AMOUNT = Reason(
    "no_amount", Text("no amount in the company's currency is known", "aucun montant connu dans la devise de l'entreprise")
)
NO_COST = Reason("no_cost", Text("the acquisition cost is zero", "le coût d'acquisition est nul"))
NOT_CLOSED = Reason("not_closed", Text("not closed", "pas encore clôturé"))
NO_DATE = Reason("no_date", Text("no date is known", "aucune date connue"))
LOST = Reason("lost", Text("the deal is lost", "la transaction est perdue"))
NEGATIVE_CYCLE = Reason(
    "negative_cycle", Text("the deal was won before it was created", "la transaction est gagnée avant sa date de création")
)
NOT_ENOUGH_DATA = Reason(
    "not_enough_data",
    Text("not enough data: fewer than 20 deals won before", "pas assez de données : moins de 20 transactions gagnées avant"),
)


def month_open(known_on: date) -> KnownLater:
    """The month's spend and leads are still growing, so a share of it would move every day."""
    en, fr = (format_date(known_on, "d MMM y", locale) for locale in ("en", "fr"))
    return KnownLater("month_open", Text(f"known on {en}, when the month is over", f"connu le {fr}, à la fin du mois"), known_on)
