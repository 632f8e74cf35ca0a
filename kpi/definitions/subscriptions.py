"""Subscriptions: what is paid each month, how that moves, and how much of it stays."""

from kpi.card import ANY_CHANGE, ONE_PERCENT, Example, Kpi, Source
from kpi.measures.base import By
from kpi.measures.subscriptions import (
    MRR,
    MRR_CHURNED,
    MRR_CONTRACTION,
    MRR_EXPANSION,
    MRR_FX,
    MRR_MOVED,
    MRR_NEW,
    MRR_REACTIVATION,
    SUBSCRIBERS,
    SUBSCRIBERS_OPENING,
    SUBSCRIPTIONS,
)
from kpi.periods import Period
from kpi.text import Text

_STRIPE = Source("Stripe, billing analytics glossary", "https://docs.stripe.com/billing/subscriptions/analytics/glossary")
_CHARTMOGUL = Source(
    "ChartMogul, understanding MRR movements",
    "https://help.chartmogul.com/hc/en-us/articles/4416682609426-Understanding-MRR-movements",
)
_NEW = Source("ChartMogul, new business MRR", "https://help.chartmogul.com/hc/en-us/articles/203299912")

_LEVELS: tuple[By, ...] = ("total", "channel", "team", "owner", "plan", "category", "company")
_MOVES: tuple[By, ...] = ("total", "channel", "team", "owner", "plan")
_RATES: tuple[By, ...] = ("total", "channel", "team", "owner", "plan")
_WHOLE: tuple[Period, ...] = ("year", "quarter", "month")
_NOT_DAYS: tuple[Period, ...] = ("all", *_WHOLE, "week")
_NO_SUBSCRIPTION = Text("no subscription is read from the CRM", "aucun abonnement n'est lu dans le CRM")

_PLANS = Text(
    "By plan, what a customer takes from one plan to another is neither: it stands under mrr_moved.",
    "Par formule, ce qu'un client fait passer d'une formule à l'autre n'y est pas : voir mrr_moved.",
)

MRR_NOW = Kpi(
    name="mrr",
    title=Text("Monthly recurring revenue (MRR)", "Revenu récurrent mensuel (MRR)"),
    explain=Text(
        "What the active subscriptions bring in a month, at the end of the period.",
        "Ce que les abonnements actifs rapportent par mois, à la fin de la période.",
    ),
    formula=MRR,
    better="up",
    grains=_LEVELS,
    periods=_NOT_DAYS,
    undefined_when=_NO_SUBSCRIPTION,
    caveats=Text(
        "A year counts as 12 months, a week as 12/52 of one. A CRM keeps one amount per subscription, the present one: past "
        "months show it too. Its amounts are after the discounts it bills; usage, free and one-time lines are out.",
        "Une année compte 12 mois, une semaine 12/52 de mois. Le CRM ne garde qu'un montant par abonnement, l'actuel : les mois "
        "passés le montrent aussi. Les montants sont après remises facturées ; consommation, gratuité et ponctuel sont exclus.",
    ),
    source=_STRIPE,
    example=Example({MRR: "12500"}, gives="12500"),
    version=1,
    write_step=ONE_PERCENT,
)

ARR = Kpi(
    name="arr",
    title=Text("Annual recurring revenue (ARR)", "Revenu récurrent annuel (ARR)"),
    explain=Text("Twelve times the monthly recurring revenue.", "Douze fois le revenu récurrent mensuel."),
    formula=MRR * 12,
    better="up",
    grains=_LEVELS,
    periods=("all", *_WHOLE),
    undefined_when=_NO_SUBSCRIPTION,
    caveats=Text(
        "A run rate: not what is under contract, nor what will be invoiced.",
        "Un rythme annuel : ni le montant sous contrat, ni ce qui sera facturé.",
    ),
    source=_STRIPE,
    example=Example({MRR: "12500"}, gives="150000"),
    version=1,
    write_step=ONE_PERCENT,
)

PAYING = Kpi(
    name="subscribers",
    title=Text("Paying customers", "Clients abonnés"),
    explain=Text(
        "Customers with an active subscription at the end of the period.",
        "Clients ayant un abonnement actif à la fin de la période.",
    ),
    formula=SUBSCRIBERS,
    better="up",
    grains=_RATES,
    periods=_NOT_DAYS,
    undefined_when=_NO_SUBSCRIPTION,
    caveats=Text(
        "By plan, a customer counts once for each plan it pays: plans do not add up to the total.",
        "Par formule, un client compte une fois pour chaque formule payée : les formules ne s'additionnent pas au total.",
    ),
    source=_STRIPE,
    example=Example({SUBSCRIBERS: "150"}, gives="150"),
    version=1,
    write_step=ANY_CHANGE,
)

PAYING_AT_START = Kpi(
    name="subscribers_at_start",
    title=Text("Paying customers at the start", "Clients abonnés en début de période"),
    explain=Text(
        "Customers with an active subscription when the period began.",
        "Clients ayant un abonnement actif au début de la période.",
    ),
    formula=SUBSCRIBERS_OPENING,
    better="up",
    grains=_RATES,
    periods=_WHOLE,
    undefined_when=_NO_SUBSCRIPTION,
    caveats=Text(
        "By plan, a customer counts once for each plan it pays.",
        "Par formule, un client compte une fois pour chaque formule payée.",
    ),
    source=_STRIPE,
    example=Example({SUBSCRIBERS_OPENING: "140"}, gives="140"),
    version=1,
    write_step=ANY_CHANGE,
)

ACTIVE_SUBSCRIPTIONS = Kpi(
    name="subscriptions_active",
    title=Text("Active subscriptions", "Abonnements actifs"),
    explain=Text("Subscriptions that are paid at the end of the period.", "Abonnements payés à la fin de la période."),
    formula=SUBSCRIPTIONS,
    better="up",
    grains=(*_MOVES, "category"),
    periods=_NOT_DAYS,
    undefined_when=_NO_SUBSCRIPTION,
    caveats=Text(
        "Trials, free and paused ones are out; past due ones are in until they are cancelled. These are settings.",
        "Essais, gratuits et suspendus sont exclus ; ceux en retard de paiement comptent jusqu'à résiliation. Ce sont des réglages.",
    ),
    source=_STRIPE,
    example=Example({SUBSCRIPTIONS: "180"}, gives="180"),
    version=1,
    write_step=ANY_CHANGE,
)

# --- Movements --------------------------------------------------------------------------------------------

NEW_MRR = Kpi(
    name="mrr_new",
    title=Text("New MRR", "MRR nouveau"),
    explain=Text(
        "Recurring revenue of customers who pay for the first time ever.",
        "Revenu récurrent des clients qui paient pour la toute première fois.",
    ),
    formula=MRR_NEW,
    better="up",
    grains=_MOVES,
    periods=_WHOLE,
    undefined_when=_NO_SUBSCRIPTION,
    caveats=Text(
        "A further subscription of a customer is expansion. Who came and left within the period is in it, and churned as well.",
        "Un abonnement de plus d'un client est une expansion. Qui arrive et part dans la période y est compté, et perdu aussi.",
    ),
    source=_NEW,
    example=Example({MRR_NEW: "1500"}, gives="1500"),
    version=1,
    write_step=ONE_PERCENT,
)

EXPANSION = Kpi(
    name="mrr_expansion",
    title=Text("Expansion MRR", "MRR d'expansion"),
    explain=Text(
        "What customers who stayed pay more than when the period began.",
        "Ce que les clients restés paient de plus qu'au début de la période.",
    ),
    formula=MRR_EXPANSION,
    better="up",
    grains=_MOVES,
    periods=_WHOLE,
    undefined_when=_NO_SUBSCRIPTION,
    caveats=Text(
        f"Net per customer and period, without the effect of exchange rates. {_PLANS.en}",
        f"Net par client et période, hors effet de change. {_PLANS.fr}",
    ),
    source=_CHARTMOGUL,
    example=Example({MRR_EXPANSION: "800"}, gives="800"),
    version=1,
    write_step=ONE_PERCENT,
)

CONTRACTION = Kpi(
    name="mrr_contraction",
    title=Text("Contraction MRR", "MRR de contraction"),
    explain=Text(
        "What customers who stayed pay less than when the period began.",
        "Ce que les clients restés paient de moins qu'au début de la période.",
    ),
    formula=MRR_CONTRACTION,
    better="down",
    grains=_MOVES,
    periods=_WHOLE,
    undefined_when=_NO_SUBSCRIPTION,
    caveats=Text(
        f"Cancelling one of two subscriptions is contraction, not churn. {_PLANS.en}",
        f"Résilier un abonnement sur deux est une contraction, non une perte. {_PLANS.fr}",
    ),
    source=_CHARTMOGUL,
    example=Example({MRR_CONTRACTION: "300"}, gives="300"),
    version=1,
    write_step=ONE_PERCENT,
)

CHURNED = Kpi(
    name="mrr_churned",
    title=Text("Churned MRR", "MRR perdu"),
    explain=Text(
        "Recurring revenue of customers who no longer pay anything.", "Revenu récurrent des clients qui ne paient plus rien."
    ),
    formula=MRR_CHURNED,
    better="down",
    grains=_MOVES,
    periods=_WHOLE,
    undefined_when=_NO_SUBSCRIPTION,
    caveats=Text(
        "On the day the service ended. Where the CRM keeps no such day, the last change of the record stands in (flag assumed_end).",
        "Au jour de la fin du service. Si le CRM ne le garde pas, la dernière modification de la fiche en tient lieu (assumed_end).",
    ),
    source=_CHARTMOGUL,
    example=Example({MRR_CHURNED: "1000"}, gives="1000"),
    version=1,
    write_step=ONE_PERCENT,
)

REACTIVATION = Kpi(
    name="mrr_reactivation",
    title=Text("Reactivation MRR", "MRR de réactivation"),
    explain=Text(
        "Recurring revenue of customers who had left and pay again.",
        "Revenu récurrent des clients qui étaient partis et paient à nouveau.",
    ),
    formula=MRR_REACTIVATION,
    better="up",
    grains=_MOVES,
    periods=_WHOLE,
    undefined_when=_NO_SUBSCRIPTION,
    caveats=Text("Not new: they have paid before.", "Pas nouveau : ils ont déjà payé."),
    source=_CHARTMOGUL,
    example=Example({MRR_REACTIVATION: "200"}, gives="200"),
    version=1,
    write_step=ONE_PERCENT,
)

NET_NEW = Kpi(
    name="mrr_net_new",
    title=Text("Net new MRR", "MRR net nouveau"),
    explain=Text(
        "By how much recurring revenue grew in the period, exchange rates aside.",
        "De combien le revenu récurrent a augmenté dans la période, hors change.",
    ),
    formula=MRR_NEW + MRR_EXPANSION + MRR_REACTIVATION - MRR_CONTRACTION - MRR_CHURNED,
    better="up",
    grains=(*_MOVES, "company"),
    periods=_WHOLE,
    undefined_when=_NO_SUBSCRIPTION,
    caveats=Text(
        "Opening MRR + net new + mrr_fx (+ mrr_moved, by plan) = closing MRR, to the cent.",
        "MRR d'ouverture + net nouveau + mrr_fx (+ mrr_moved, par formule) = MRR de clôture, au centime.",
    ),
    source=_STRIPE,
    example=Example(
        {MRR_NEW: "1500", MRR_EXPANSION: "800", MRR_REACTIVATION: "200", MRR_CONTRACTION: "300", MRR_CHURNED: "1000"},
        gives="1200",
    ),
    version=1,
    write_step=ONE_PERCENT,
)

FX = Kpi(
    name="mrr_fx",
    title=Text("Exchange effect on MRR", "Effet de change sur le MRR"),
    explain=Text(
        "What exchange rates alone did to recurring revenue.", "Ce que les taux de change seuls ont fait au revenu récurrent."
    ),
    formula=MRR_FX,
    better="none",
    grains=_MOVES,
    periods=_WHOLE,
    undefined_when=_NO_SUBSCRIPTION,
    caveats=Text(
        "A subscription is worth the rate of the day it began; the effect shows when another one in its currency replaces it.",
        "Un abonnement vaut le taux du jour de son début ; l'effet se voit quand un autre dans la même devise le remplace.",
    ),
    source=_STRIPE,
    example=Example({MRR_FX: "-12.5"}, gives="-12.5"),
    version=1,
    write_step=ONE_PERCENT,
)

MOVED = Kpi(
    name="mrr_moved",
    title=Text("MRR from other plans", "MRR venu d'autres formules"),
    explain=Text(
        "Recurring revenue that customers took from other plans to this one, less what they took away.",
        "Revenu récurrent que les clients ont fait passer d'autres formules à celle-ci, moins ce qu'ils en ont retiré.",
    ),
    formula=MRR_MOVED,
    better="none",
    grains=("plan",),
    periods=_WHOLE,
    undefined_when=_NO_SUBSCRIPTION,
    caveats=Text("Over all plans it is 0.", "Sur toutes les formules, il vaut 0."),
    source=_CHARTMOGUL,
    example=Example({MRR_MOVED: "50"}, gives="50"),
    version=1,
    write_step=ONE_PERCENT,
)
