"""Purchases on the web, as the analytics vendor counts them: beside what the CRM and the shop say, never added to it."""

from kpi.card import ANY_CHANGE, HALF_A_POINT, ONE_PERCENT, Example, Kpi, Source
from kpi.measures.base import By
from kpi.measures.web import (
    CART_SESSIONS,
    CHECKOUT_SESSIONS,
    PURCHASE_SESSIONS,
    WEB_GROSS,
    WEB_PURCHASES,
    WEB_REFUNDS,
    WEB_REVENUE,
)
from kpi.periods import MONTHS_UP
from kpi.text import Text

_GA4_COMMERCE = Source(
    "Google Analytics Data API, dimensions and metrics",
    "https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema",
)
_CARTS = Source("WebmasterID, cart abandonment rate", "https://webmasterid.com/analytics-metrics/cart-abandonment-rate-metric")

_BY: tuple[By, ...] = ("total", "channel")
_NO_SHOP = Text(
    "no web analytics source has seen a cart or a purchase", "aucune source d'audience web n'a vu de panier ni d'achat"
)
_BESIDE = Text(
    "What the tag saw, by the last click of the visit: without consent or behind a blocker it sees nothing. It stands beside orders and "
    "revenue won and is never added to them.",
    "Ce que la balise a vu, selon le dernier clic de la visite : sans consentement ou derrière un bloqueur, elle ne voit rien. À lire à côté "
    "des commandes et du chiffre d'affaires gagné, sans jamais l'y ajouter.",
)
# A visit that buys need not be one that filled the cart, so these are no shares of a sample: no interval.
_STEPS = Text(
    "Counted in visits: who fills a cart in one visit and buys in another counts once in each, so that days with more buying than filling "
    "visits go below zero. By the last click of the visit.",
    "Compté en visites : qui remplit un panier lors d'une visite et achète lors d'une autre compte une fois dans chacune, si bien que les "
    "jours avec plus de visites d'achat que de panier passent sous zéro. Selon le dernier clic de la visite.",
)

WEB_REVENUE_KPI = Kpi(
    name="web_revenue",
    title=Text("Revenue of the web", "Revenu web"),
    explain=Text(
        "What purchases on the web brought, less refunds, as the analytics vendor counts it.",
        "Ce que les achats sur le web ont rapporté, net de remboursements, tel que le fournisseur d'audience le compte.",
    ),
    formula=WEB_REVENUE,
    better="up",
    grains=_BY,
    periods=MONTHS_UP,
    undefined_when=_NO_SHOP,
    caveats=_BESIDE,
    source=_GA4_COMMERCE,
    example=Example({WEB_REVENUE: "8400"}, gives="8400"),
    version=1,
    write_step=ONE_PERCENT,
)

WEB_PURCHASE_COUNT = Kpi(
    name="web_purchases",
    title=Text("Purchases on the web", "Achats sur le web"),
    explain=Text(
        "How many purchases the analytics vendor counted on the web.",
        "Nombre d'achats comptés sur le web par le fournisseur d'audience.",
    ),
    formula=WEB_PURCHASES,
    better="up",
    grains=_BY,
    periods=MONTHS_UP,
    undefined_when=_NO_SHOP,
    caveats=_BESIDE,
    source=_GA4_COMMERCE,
    example=Example({WEB_PURCHASES: "120"}, gives="120"),
    version=1,
    write_step=ANY_CHANGE,
)

WEB_REFUND_RATE = Kpi(
    name="web_refund_rate",
    title=Text("Refund rate of the web, by value", "Taux de remboursement web, en valeur"),
    explain=Text(
        "Refunds of the period over the revenue of its purchases on the web.",
        "Remboursements de la période rapportés au revenu de ses achats sur le web.",
    ),
    formula=WEB_REFUNDS / WEB_GROSS,
    better="down",
    grains=_BY,
    periods=MONTHS_UP,
    undefined_when=Text("no revenue on the web in the period", "aucun revenu web dans la période"),
    caveats=Text(
        "A refund counts on its own day and only where the shop reports it, so that it may pass 100 %; it is then flagged.",
        "Un remboursement compte à son propre jour et seulement si la boutique le déclare ; le taux peut dépasser 100 %, il est alors signalé.",
    ),
    source=_GA4_COMMERCE,
    example=Example({WEB_REFUNDS: "420", WEB_GROSS: "8400"}, gives="0.05"),
    version=1,
    write_step=HALF_A_POINT,
)

WEB_CART_ABANDONMENT = Kpi(
    name="web_cart_abandonment",
    title=Text("Cart abandonment on the web", "Abandon de panier sur le web"),
    explain=Text(
        "Of the visits that filled a cart, how many more there were than visits that bought.",
        "Part des visites avec un panier en plus de celles avec un achat.",
    ),
    formula=(CART_SESSIONS - PURCHASE_SESSIONS) / CART_SESSIONS,
    better="down",
    grains=_BY,
    periods=MONTHS_UP,
    undefined_when=Text("no visit filled a cart in the period", "aucune visite avec un panier dans la période"),
    caveats=_STEPS,
    source=_CARTS,
    example=Example({CART_SESSIONS: "200", PURCHASE_SESSIONS: "58"}, gives="0.71"),
    version=1,
    write_step=HALF_A_POINT,
    interval="none",
)

WEB_CHECKOUT_ABANDONMENT = Kpi(
    name="web_checkout_abandonment",
    title=Text("Checkout abandonment on the web", "Abandon en caisse sur le web"),
    explain=Text(
        "Of the visits that began a checkout, how many more there were than visits that bought.",
        "Part des visites passées en caisse en plus de celles avec un achat.",
    ),
    formula=(CHECKOUT_SESSIONS - PURCHASE_SESSIONS) / CHECKOUT_SESSIONS,
    better="down",
    grains=_BY,
    periods=MONTHS_UP,
    undefined_when=Text("no visit began a checkout in the period", "aucune visite passée en caisse dans la période"),
    caveats=_STEPS,
    source=_CARTS,
    example=Example({CHECKOUT_SESSIONS: "80", PURCHASE_SESSIONS: "58"}, gives="0.275"),
    version=1,
    write_step=HALF_A_POINT,
    interval="none",
)
