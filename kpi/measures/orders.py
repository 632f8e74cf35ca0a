"""Of orders, what was given back, carts, buyers and invoices."""

from collections.abc import Mapping
from dataclasses import replace

from kpi.measures.base import By, Check, Count, Facts, Measure, Sum
from kpi.measures.columns import COMPANY, ORIGIN, PRODUCT
from kpi.text import Text
from kpi.units import Unit

_NO_ORDERS = Text("no source of orders is read", "aucune source de commandes n'est lue")
_ORDERS_FROM = Text("orders are loaded from {day} on", "les commandes sont chargées à partir du {day}")
_MEMBERS: Mapping[By, str] = {**ORIGIN, **PRODUCT, **COMPANY}
_CHANNEL: Mapping[By, str] = {"channel": "channel"}
"""A customer is of one channel, whatever brought each of its orders."""

ORDER_FACTS = Facts(
    name="order",
    mart="purchase",
    credited_mart="purchase_credit",
    product_mart="purchase_product",
    category_mart="purchase_category",
    shared=frozenset({"value_home", "units"}),
    is_weighted=True,
    members=_MEMBERS,
    not_connected=_NO_ORDERS,
    loaded_from=_ORDERS_FROM,
    fed_by=("order",),
)

REFUND_FACTS = Facts(
    name="refund",
    mart="refunded",
    credited_mart="refunded_credit",
    product_mart="refunded_product",
    category_mart="refunded_category",
    shared=frozenset({"value_home", "refund_home", "units"}),
    is_weighted=True,
    members=_MEMBERS,
    not_connected=Text(
        "no payments are read, or no refund bears its day: map commerce_payments.refunded_at, or set kpis.refund_date to order",
        "aucun paiement n'est lu, ou aucun remboursement ne porte sa date : associez commerce_payments.refunded_at, "
        "ou réglez kpis.refund_date sur order",
    ),
    loaded_from=Text("payments are loaded from {day} on", "les paiements sont chargés à partir du {day}"),
    fed_by=("refund",),
    borne_by=("_refund_dating", "is_known"),
    checks=(Check("refund_undated", "has_no_day", is_counted=True),),
)

CART_FACTS = Facts(
    name="cart",
    mart="cart_outcome",
    credited_mart="cart_credit",
    is_weighted=True,
    members=ORIGIN,
    not_connected=Text("no source of carts is read", "aucune source de paniers n'est lue"),
    loaded_from=Text("carts are loaded from {day} on", "les paniers sont chargés à partir du {day}"),
    fed_by=("cart",),
)

BUYER_FACTS = Facts(
    name="buyer",
    mart="buyer",
    product_mart="buyer_product",
    category_mart="buyer_category",
    members={**_CHANNEL, **PRODUCT, **COMPANY},
    not_connected=_NO_ORDERS,
    loaded_from=_ORDERS_FROM,
    fed_by=("order",),
)

BUYER_AGE_FACTS = Facts(
    name="buyer_age",
    mart="buyer_age",
    members={"cohort": "age"},
    not_connected=_NO_ORDERS,
    loaded_from=_ORDERS_FROM,
    fed_by=("order",),
)

_NOT_PREDICTED = Text(
    "nothing is predicted: install the extra (pip install 'cadran[ltv]'); it needs 100 customers who came back",
    "rien n'est prédit : installez l'extra (pip install 'cadran[ltv]') ; il faut 100 clients revenus acheter",
)
BUYER_FORECAST_FACTS = Facts(
    name="buyer_forecast",
    mart="buyer_forecast",
    members={**_CHANNEL, **COMPANY},
    not_connected=_NOT_PREDICTED,
    loaded_from=_ORDERS_FROM,
    fed_by=("order",),
    borne_by=("buyer_forecast", "value_home"),
    checks=(Check("estimate", "customer_id IS NOT NULL"),),
)

BUYER_FIT_FACTS = Facts(
    name="buyer_fit",
    mart="buyer_fit",
    members={},
    not_connected=_NOT_PREDICTED,
    loaded_from=_ORDERS_FROM,
    fed_by=("order",),
    borne_by=("buyer_fit", "expected"),
    checks=(Check("estimate", "split_on IS NOT NULL"),),
)

BILL_FACTS = Facts(
    name="bill",
    mart="bill",
    members=COMPANY,
    not_connected=Text("no source of invoices is read", "aucune source de factures n'est lue"),
    loaded_from=Text("invoices are loaded from {day} on", "les factures sont chargées à partir du {day}"),
    fed_by=("invoice",),
)

# --- Orders ----------------------------------------------------------------------------------------------

ORDERS = Measure("orders", Text("orders", "commandes"), Unit.COUNT, ORDER_FACTS, Count(), "ordered_on")
ORDER_REVENUE = Measure(
    "order_revenue", Text("value of orders", "valeur des commandes"), Unit.MONEY, ORDER_FACTS, Sum("value_home"), "ordered_on"
)
ORDERS_WITH_VALUE = Measure(
    "orders_with_value",
    Text("orders with a value", "commandes avec une valeur"),
    Unit.COUNT,
    ORDER_FACTS,
    Count(),
    "ordered_on",
    where="value_home IS NOT NULL",
)
_LINES_KNOWN = "units IS NOT NULL"
UNITS_SOLD = Measure("units_sold", Text("units sold", "unités vendues"), Unit.COUNT, ORDER_FACTS, Sum("units"), "ordered_on")
UNITS_HELD = replace(UNITS_SOLD, name="units_held", measures=Unit.SCORE)
"""As a number to be averaged: a count per count would be shown in per cent."""
ORDERS_WITH_LINES = Measure(
    "orders_with_lines",
    Text("orders whose lines are known", "commandes dont les lignes sont connues"),
    Unit.COUNT,
    ORDER_FACTS,
    Count(),
    "ordered_on",
    where=_LINES_KNOWN,
)

# --- What was given back ---------------------------------------------------------------------------------

_OF_ORDER = "is_of_order"
REFUND_MONEY = Measure(
    "refund_money", Text("money refunded", "sommes remboursées"), Unit.MONEY, REFUND_FACTS, Sum("refund_home"), "counted_on"
)
ORDER_REFUNDS = Measure(
    "order_refunds",
    Text("value of orders given back", "valeur remboursée des commandes"),
    Unit.MONEY,
    REFUND_FACTS,
    Sum("value_home"),
    "counted_on",
    where=_OF_ORDER,
)
ORDERS_REFUNDED = Measure(
    "orders_refunded",
    Text("orders with a refund", "commandes remboursées, même en partie"),
    Unit.COUNT,
    REFUND_FACTS,
    Count(),
    "counted_on",
    where="is_first_of_order",
)
UNITS_RETURNED = Measure(
    "units_returned",
    Text("units of orders given back wholly", "unités des commandes remboursées entièrement"),
    Unit.COUNT,
    REFUND_FACTS,
    Sum("units"),
    "counted_on",
    where=_OF_ORDER,
)

# --- Carts -----------------------------------------------------------------------------------------------

CARTS = Measure("carts", Text("carts", "paniers"), Unit.COUNT, CART_FACTS, Count(), "created_on", where="is_mature")
CARTS_BOUGHT = Measure(
    "carts_bought",
    Text("carts that became an order", "paniers devenus commande"),
    Unit.COUNT,
    CART_FACTS,
    Count(),
    "created_on",
    where="is_mature AND is_bought",
)

# --- Buyers ----------------------------------------------------------------------------------------------

BUYERS = Measure("buyers", Text("customers with an order", "clients avec une commande"), Unit.COUNT, BUYER_FACTS, Count(), None)
REPEAT_BUYERS = replace(
    BUYERS,
    name="repeat_buyers",
    title=Text("customers with two purchases or more", "clients avec deux achats ou plus"),
    where="purchases >= 2",
)
BUYERS_OF_YEAR = replace(
    BUYERS,
    name="buyers_365_days",
    title=Text("customers with an order in 365 days", "clients avec une commande en 365 jours"),
    where="purchases_of_year >= 1",
)
REPEAT_BUYERS_OF_YEAR = replace(
    BUYERS,
    name="repeat_buyers_365_days",
    title=Text("customers with two purchases or more in 365 days", "clients avec deux achats ou plus en 365 jours"),
    where="purchases_of_year >= 2",
)
BUYER_VALUE = Measure(
    "buyer_value",
    Text("value of their orders, net of refunds", "valeur de leurs commandes, nette des remboursements"),
    Unit.MONEY,
    BUYER_FACTS,
    Sum("value_home"),
    None,
)
COHORT_BUYERS = Measure(
    "cohort_buyers",
    Text("customers of the cohort", "clients de la cohorte"),
    Unit.COUNT,
    BUYER_AGE_FACTS,
    Sum("buyers"),
    "cohort_on",
)
COHORT_VALUE = Measure(
    "cohort_value",
    Text("value of their orders up to that age", "valeur de leurs commandes jusqu'à cet âge"),
    Unit.MONEY,
    BUYER_AGE_FACTS,
    Sum("value_home"),
    "cohort_on",
)

# --- What buyers are expected to bring ---------------------------------------------------------------------

PREDICTED_VALUE = Measure(
    "predicted_value",
    Text("value expected of customers, discounted", "valeur attendue des clients, actualisée"),
    Unit.MONEY,
    BUYER_FORECAST_FACTS,
    Sum("value_home"),
    None,
)
PREDICTED_BUYERS = Measure(
    "predicted_buyers",
    Text("customers with an order", "clients avec une commande"),
    Unit.COUNT,
    BUYER_FORECAST_FACTS,
    Count(),
    None,
)
TESTED_EXPECTED = Measure(
    "tested_expected",
    Text("purchases that the model expects of the last third", "achats que le modèle attend du dernier tiers"),
    Unit.COUNT,
    BUYER_FIT_FACTS,
    Sum("expected"),
    None,
)
TESTED_BOUGHT = Measure(
    "tested_bought", Text("purchases that came", "achats réalisés"), Unit.COUNT, BUYER_FIT_FACTS, Sum("bought"), None
)

# --- Invoices --------------------------------------------------------------------------------------------

INVOICES = Measure(
    "invoices", Text("invoices issued", "factures émises"), Unit.COUNT, BILL_FACTS, Count(), "invoiced_on", where="is_issued"
)
INVOICED = Measure(
    "invoiced",
    Text("amount invoiced", "montant facturé"),
    Unit.MONEY,
    BILL_FACTS,
    Sum("amount_home"),
    "invoiced_on",
    where="is_revenue",
)
UNPAID = Measure(
    "unpaid",
    Text("amount of unpaid invoices", "montant des factures impayées"),
    Unit.MONEY,
    BILL_FACTS,
    Sum("amount_home"),
    None,
    where="is_unpaid",
)
OVERDUE = Measure(
    "overdue",
    Text("amount of overdue invoices", "montant des factures échues"),
    Unit.MONEY,
    BILL_FACTS,
    Sum("amount_home"),
    None,
    where="is_overdue",
)
