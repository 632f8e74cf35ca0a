"""Commerce: orders and what they bring, what comes back, carts, repeat purchases, invoices."""

from kpi.card import ANY_CHANGE, HALF_A_POINT, ONE_PERCENT, Example, Kpi, Source
from kpi.measures.base import By
from kpi.measures.deals import REVENUE_WON
from kpi.measures.orders import (
    CARTS,
    CARTS_BOUGHT,
    ORDER_REFUNDS,
    ORDER_REVENUE,
    ORDERS,
    ORDERS_REFUNDED,
    ORDERS_WITH_LINES,
    ORDERS_WITH_VALUE,
    REFUND_MONEY,
    UNITS_HELD,
    UNITS_RETURNED,
    UNITS_SOLD,
)
from kpi.periods import MONTHS_UP, WEEKS_UP
from kpi.text import Text

_SALES_TERMS = Source("Meltano, sales terms (issue 1785)", "https://gitlab.com/meltano/meltano/issues/1785")
_SLIDERULE = Source("SlideRule, Shopify analytics", "https://slideruletech.com/categories/shopify-analytics")
_CARTS = Source("WebmasterID, cart abandonment rate", "https://webmasterid.com/analytics-metrics/cart-abandonment-rate-metric")
_ORDER_METRICS = Source("Datma, order metrics explained", "https://help.datma.io/en/articles/8857874-order-metrics-explained")
_LINES = Source(
    "HubSpot developers, line items", "https://developers.hubspot.com/docs/api-reference/latest/crm/objects/line-items/guide"
)

_MARKETING: tuple[By, ...] = ("total", "channel", "campaign")
_CUTS: tuple[By, ...] = (*_MARKETING, "category", "product", "company")

_NO_ORDER = Text("no order in the period", "aucune commande dans la période")
_NO_VALUE = Text("no order with a value in the period", "aucune commande avec une valeur dans la période")
_NO_SOURCE = Text("no source of orders is read", "aucune source de commandes n'est lue")
_COUNTED = Text(
    "Cancelled and test orders, orders without a date or dated in the future are left out. By channel: what brought the order's first "
    "contact as a lead.",
    "Les commandes annulées ou de test, sans date ou datées dans le futur sont exclues. Par canal : ce qui a amené comme lead le "
    "premier contact de la commande.",
)
_VALUE = Text(
    "After discounts, before tax and shipping unless kpis.order_value says otherwise; an unknown tax counts as none. "
    "Orders of won deals are in it too: do not add it to the revenue won.",
    "Après remises, hors taxe et livraison sauf si kpis.order_value dit autre chose ; une taxe inconnue compte pour rien. "
    "Les commandes de transactions gagnées y sont aussi : ne pas l'additionner au chiffre d'affaires gagné.",
)
_REFUND_DAY = Text(
    "A refund counts on its own day, or on the order's by the setting kpis.refund_date. HubSpot keeps no day of a refund: map one, or "
    "choose the order's.",
    "Un remboursement compte à sa date, ou à celle de la commande selon kpis.refund_date. HubSpot ne garde pas la date d'un "
    "remboursement : associez-en une, ou choisissez celle de la commande.",
)

ORDER_COUNT = Kpi(
    name="orders",
    title=Text("Orders", "Commandes"),
    explain=Text("How many orders were placed in the period.", "Nombre de commandes passées dans la période."),
    formula=ORDERS,
    better="up",
    grains=_CUTS,
    undefined_when=_NO_SOURCE,
    caveats=_COUNTED,
    source=_ORDER_METRICS,
    example=Example({ORDERS: "250"}, gives="250"),
    version=1,
    write_step=ANY_CHANGE,
)

REVENUE_GROSS = Kpi(
    name="order_revenue_gross",
    title=Text("Order revenue, before refunds", "Chiffre d'affaires des commandes, avant remboursements"),
    explain=Text("What the orders of the period are worth.", "Valeur des commandes de la période."),
    formula=ORDER_REVENUE,
    better="up",
    grains=_CUTS,
    undefined_when=_NO_SOURCE,
    caveats=_VALUE,
    source=_SALES_TERMS,
    example=Example({ORDER_REVENUE: "25000"}, gives="25000"),
    version=1,
    write_step=ONE_PERCENT,
)

REVENUE_NET = Kpi(
    name="order_revenue_net",
    title=Text("Order revenue, net of refunds", "Chiffre d'affaires des commandes, net des remboursements"),
    explain=Text(
        "What the orders of the period are worth, less what was given back.",
        "Valeur des commandes de la période, moins ce qui a été remboursé.",
    ),
    formula=ORDER_REVENUE - ORDER_REFUNDS,
    better="up",
    grains=_CUTS,
    undefined_when=Text("orders or refunds are not known", "les commandes ou les remboursements ne sont pas connus"),
    caveats=Text(f"{_REFUND_DAY.en} {_VALUE.en}", f"{_REFUND_DAY.fr} {_VALUE.fr}"),
    source=_SALES_TERMS,
    example=Example({ORDER_REVENUE: "25000", ORDER_REFUNDS: "1500"}, gives="23500"),
    version=1,
    write_step=ONE_PERCENT,
)

REFUNDS = Kpi(
    name="refunds",
    title=Text("Refunds", "Remboursements"),
    explain=Text("Money given back in the period, tax included.", "Sommes remboursées dans la période, taxe comprise."),
    formula=REFUND_MONEY,
    better="down",
    grains=("total", "company"),
    undefined_when=Text("no payments are read", "aucun paiement n'est lu"),
    caveats=Text(
        f"Of all payments, those without an order too. {_REFUND_DAY.en}",
        f"De tous les paiements, aussi ceux sans commande. {_REFUND_DAY.fr}",
    ),
    source=_SALES_TERMS,
    example=Example({REFUND_MONEY: "1800"}, gives="1800"),
    version=1,
    write_step=ONE_PERCENT,
)

AVERAGE_ORDER = Kpi(
    name="aov",
    title=Text("Average order value (AOV)", "Panier moyen"),
    explain=Text("What one order is worth on average.", "Ce que vaut en moyenne une commande."),
    formula=ORDER_REVENUE / ORDERS_WITH_VALUE,
    better="up",
    grains=_CUTS,
    undefined_when=_NO_VALUE,
    caveats=Text(
        f"Before refunds; aov_net is after them. By product or category: its part of the orders that hold it. {_VALUE.en}",
        f"Avant remboursements ; aov_net en tient compte. Par produit ou catégorie : sa part des commandes qui les contiennent. {_VALUE.fr}",
    ),
    source=_SLIDERULE,
    example=Example({ORDER_REVENUE: "25000", ORDERS_WITH_VALUE: "250"}, gives="100"),
    version=1,
    write_step=ONE_PERCENT,
)

AVERAGE_ORDER_NET = Kpi(
    name="aov_net",
    title=Text("Average order value, net of refunds", "Panier moyen, net des remboursements"),
    explain=Text(
        "What one order is worth on average, less what was given back.",
        "Ce que vaut en moyenne une commande, moins ce qui a été remboursé.",
    ),
    formula=(ORDER_REVENUE - ORDER_REFUNDS) / ORDERS_WITH_VALUE,
    better="up",
    grains=_CUTS,
    periods=WEEKS_UP,
    undefined_when=_NO_VALUE,
    caveats=_REFUND_DAY,
    source=_SLIDERULE,
    example=Example({ORDER_REVENUE: "25000", ORDER_REFUNDS: "1500", ORDERS_WITH_VALUE: "250"}, gives="94"),
    version=1,
    write_step=ONE_PERCENT,
)

BASKET_SIZE = Kpi(
    name="basket_size",
    title=Text("Units per order", "Articles par commande"),
    explain=Text("How many units one order holds on average.", "Nombre moyen d'articles par commande."),
    formula=UNITS_HELD / ORDERS_WITH_LINES,
    better="up",
    grains=_CUTS,
    periods=MONTHS_UP,
    undefined_when=Text("no order whose lines are known in the period", "aucune commande aux lignes connues dans la période"),
    caveats=Text(
        "Orders without lines, or with a line that has no quantity, are left out of both sides.",
        "Les commandes sans lignes, ou avec une ligne sans quantité, sont exclues des deux côtés.",
    ),
    source=_ORDER_METRICS,
    example=Example({UNITS_HELD: "450", ORDERS_WITH_LINES: "200"}, gives="2.25"),
    version=1,
    write_step=HALF_A_POINT,
    interval="mean",
)

CART_ABANDONMENT = Kpi(
    name="cart_abandonment",
    title=Text("Cart abandonment rate", "Taux d'abandon de panier"),
    explain=Text(
        "Of the carts begun in the period, the share that no order came of.",
        "Part des paniers créés dans la période qui n'ont donné aucune commande.",
    ),
    formula=(CARTS - CARTS_BOUGHT) / CARTS,
    better="down",
    grains=_MARKETING,
    periods=WEEKS_UP,
    undefined_when=Text("no cart old enough in the period", "aucun panier assez ancien dans la période"),
    caveats=Text(
        "Carts younger than kpis.cart_window_hours are still open and left out. A cart is bought when an order is linked to it: a shop "
        "that links none shows 100 %.",
        "Les paniers plus jeunes que kpis.cart_window_hours sont encore ouverts et exclus. Un panier est acheté quand une commande lui "
        "est liée : une boutique qui n'en lie aucune montre 100 %.",
    ),
    source=_CARTS,
    example=Example({CARTS: "200", CARTS_BOUGHT: "58"}, gives="0.71"),
    version=1,
    write_step=HALF_A_POINT,
    interval="share",
)

_NO_UNITS = Text("no unit sold in the period", "aucune unité vendue dans la période")
_RETURN_MODE = Text(
    f"{_REFUND_DAY.en} By the order's day it is the share of the period's sales ever given back, and may still rise; by the refund's "
    "day it may pass 100 % and is then flagged.",
    f"{_REFUND_DAY.fr} À la date de la commande, c'est la part des ventes de la période remboursée un jour, qui peut encore monter ; "
    "à la date du remboursement, elle peut dépasser 100 % et est alors signalée.",
)

RETURN_RATE = Kpi(
    name="return_rate",
    title=Text("Return rate, units", "Taux de retours, en unités"),
    explain=Text(
        "Units of orders that were given back wholly, for each unit sold.",
        "Unités des commandes remboursées entièrement, pour chaque unité vendue.",
    ),
    formula=UNITS_RETURNED / UNITS_SOLD,
    better="down",
    grains=_CUTS,
    periods=MONTHS_UP,
    undefined_when=_NO_UNITS,
    caveats=Text(
        f"The CRM does not say which units came back: a partial refund counts in value only. {_RETURN_MODE.en}",
        f"Le CRM ne dit pas quelles unités sont revenues : un remboursement partiel ne compte qu'en valeur. {_RETURN_MODE.fr}",
    ),
    source=_SALES_TERMS,
    example=Example({UNITS_RETURNED: "9", UNITS_SOLD: "450"}, gives="0.02"),
    version=1,
    write_step=HALF_A_POINT,
    interval="none",
    flags_above_one=True,
)

RETURN_RATE_VALUE = Kpi(
    name="return_rate_value",
    title=Text("Return rate, value", "Taux de retours, en valeur"),
    explain=Text(
        "Value given back for each unit of money that orders are worth.",
        "Valeur remboursée pour chaque unité de valeur des commandes.",
    ),
    formula=ORDER_REFUNDS / ORDER_REVENUE,
    better="down",
    grains=_CUTS,
    periods=MONTHS_UP,
    undefined_when=_NO_VALUE,
    caveats=_RETURN_MODE,
    source=_SALES_TERMS,
    example=Example({ORDER_REFUNDS: "1500", ORDER_REVENUE: "25000"}, gives="0.06"),
    version=1,
    write_step=HALF_A_POINT,
    flags_above_one=True,
)

RETURN_RATE_ORDERS = Kpi(
    name="return_rate_orders",
    title=Text("Return rate, orders", "Taux de retours, en commandes"),
    explain=Text(
        "Orders with a refund, also a partial one, for each order.",
        "Commandes remboursées, même en partie, pour chaque commande.",
    ),
    formula=ORDERS_REFUNDED / ORDERS,
    better="down",
    grains=(*_MARKETING, "company"),
    periods=MONTHS_UP,
    undefined_when=_NO_ORDER,
    caveats=_RETURN_MODE,
    source=_SALES_TERMS,
    example=Example({ORDERS_REFUNDED: "10", ORDERS: "250"}, gives="0.04"),
    version=1,
    write_step=HALF_A_POINT,
    flags_above_one=True,
)

REVENUE_BY_PRODUCT = Kpi(
    name="revenue_by_product",
    title=Text("Revenue by product and category", "Chiffre d'affaires par produit et catégorie"),
    explain=Text(
        "Net amounts of the lines of won deals.",
        "Montants nets des lignes des transactions gagnées.",
    ),
    formula=REVENUE_WON,
    better="up",
    grains=("category", "product"),
    undefined_when=Text("no CRM is connected", "aucun CRM n'est connecté"),
    caveats=Text(
        "The lines of the deals alone, never those of quotes or invoices made from them. What they do not explain is unallocated, so that "
        "it sums to the revenue won.",
        "Les lignes des transactions seules, jamais celles des devis ou factures qui en sont tirés. Ce qu'elles n'expliquent pas est non "
        "affecté : la somme est le chiffre d'affaires gagné.",
    ),
    source=_LINES,
    example=Example({REVENUE_WON: "1000"}, gives="1000"),
    version=1,
    write_step=ONE_PERCENT,
)
