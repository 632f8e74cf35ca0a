"""What is delivered, billed and paid for: the goods of won deals, and the small web shop beside them.

Orders of won deals hold the deal's own lines, net of VAT what the deal is worth. Carts of the shop become orders or do not; such
an order is paid at once, and some of it is given back. Licences and maintenance are subscriptions for a year, whose
renewal is another deal. Invoices are before VAT, as deals are, and those of one deal add up to its amount.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from connectors.sandbox.world import Record
from connectors.sandbox.worlds.builtin.company import PRODUCTS
from connectors.sandbox.worlds.builtin.dice import Dice, Weighted
from connectors.sandbox.worlds.builtin.people import Contact
from connectors.sandbox.worlds.builtin.records import further, money, numbered, rate_text
from connectors.sandbox.worlds.builtin.sales import Deal
from connectors.sandbox.worlds.builtin.timeline import (
    DAY,
    FIRST_DAY,
    NOW_AT,
    TODAY,
    At,
    at_work,
    day_of,
    instant_text,
    moment,
    visiting_second,
)

CARTS = 230
SHOP_STORE, DEAL_STORE = "boutique", "erp"
VAT_PER_CENT = 20

_DELIVERED_SHARE = 0.45
"""Won deals with goods whose delivery is an order in the CRM; the others' are only in the books."""
_BOUGHT_SHARE = 0.58
_BILLED_SHARE = 0.5
_DEPOSIT_FROM_CENTS = 500_000
"""From here on, 30 % are billed at once and the rest on delivery."""

_GOODS = tuple(product for product in PRODUCTS if product.hubspot_type == "inventory")
_FREE_SHIPPING_FROM_CENTS = 50_000
_REFUNDS = Weighted(("", 90), ("partially_refunded", 6), ("refunded", 4))
_MONTHS_OF = {"annually": 12, "quarterly": 3, "monthly": 1}
_FREQUENCIES = Weighted(("annually", 70), ("quarterly", 15), ("monthly", 15))


def commerce(dice: Dice, deals: Iterable[Deal], contacts: Sequence[Contact]) -> dict[str, list[Record]]:
    """Records by plural name, each object in order of creation, which is the order of its ids."""
    won = [deal for deal in deals if _is_sound(deal)]
    carts, bought, paid = _shop(dice, contacts)
    orders, order_ids = _renumbered(1_100_000, [*bought, *_deliveries(dice, won)])
    payments, payment_ids = _renumbered(1_300_000, paid)
    _point(carts, "orders", order_ids)
    _point(orders, "commerce_payments", payment_ids)
    return {
        "commerce_payments": payments,
        "subscriptions": numbered(1_400_000, _subscriptions(dice, won)),
        "orders": orders,
        "carts": carts,
        "invoices": numbered(1_500_000, _invoices(dice, won)),
    }


def _is_sound(deal: Deal) -> bool:
    """Won, of a known worth, and closed after it was created."""
    return deal.is_won and deal.archived_at is None and bool(deal.home_cents) and deal.close_at > deal.created_at


def _renumbered(first: int, records: Iterable[Record]) -> tuple[list[Record], dict[str, str]]:
    """Like :func:`numbered`, and the new ids by those that the records bore among themselves."""
    told = sorted(records, key=lambda record: str(record["createdAt"]))
    found = numbered(first, told)
    return found, {before["id"]: after["id"] for before, after in zip(told, found, strict=True)}


def _point(records: Iterable[Record], kind: str, ids: Mapping[str, str]) -> None:
    for record in records:
        links = record["associations"]
        if kind in links:
            links[kind] = [ids[id] for id in links[kind]]


def _vat(cents: int) -> int:
    return (cents * VAT_PER_CENT + 50) // 100


def _calendar(day: int) -> date:
    return FIRST_DAY + timedelta(days=day)


# --- The web shop ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Basket:
    goods_cents: int
    discount_cents: int
    shipping_cents: int

    @property
    def tax_cents(self) -> int:
        return _vat(self.goods_cents - self.discount_cents + self.shipping_cents)

    @property
    def total_cents(self) -> int:
        return self.goods_cents - self.discount_cents + self.shipping_cents + self.tax_cents


def _basket(dice: Dice) -> _Basket:
    chosen = dice.sample(_GOODS, dice.between(1, 3))
    goods = sum(product.price_cents * dice.between(1, max(1, product.quantities[0] // 3)) for product in chosen)
    discount = goods // 10 if dice.chance(0.15) else 0
    return _Basket(goods, discount, 0 if goods - discount >= _FREE_SHIPPING_FROM_CENTS else 1_490)


def _shop(dice: Dice, contacts: Sequence[Contact]) -> tuple[list[Record], list[Record], list[Record]]:
    """Carts, and the orders and payments that some of them became. Orders and payments go by the shop's own numbers here."""
    known = [contact for contact in contacts if contact.merged_into is None and day_of(contact.created_at) < TODAY - 2]
    visits = [
        (moment(dice.between(max(1, day_of(contact.created_at) + 1), TODAY - 1), visiting_second(dice)), contact)
        for contact in dice.sample(known, CARTS)
    ]
    carts, orders, payments = [], [], []
    for number, (at, contact) in enumerate(sorted(visits, key=lambda visit: visit[0]), start=1):
        basket = _basket(dice)
        ordered_at = At(at + dice.between(120, 2_700)) if dice.chance(_BOUGHT_SHARE) else None
        order_id = f"W-{number:05d}"
        carts.append(_cart(number, at, contact, basket, order_id, ordered_at))
        if ordered_at is not None:
            payment_id = f"P-{number:05d}"
            payment, given_back = _payment(dice, payment_id, ordered_at, contact, basket.total_cents)
            payments.append(payment)
            orders.append(_shop_order(dice, order_id, ordered_at, contact, basket, payment_id, is_off=given_back))
    return carts, orders, payments


def _cart(number: int, at: At, contact: Contact, basket: _Basket, order_id: str, ordered_at: At | None) -> Record:
    return further(
        str(1_200_000 + number),
        at,
        ordered_at or at,
        {
            "hs_external_cart_id": f"P-{number:05d}",
            "hs_external_status": "completed" if ordered_at is not None else "abandoned",
            "hs_source_store": SHOP_STORE,
            "hs_total_price": money(basket.total_cents),
            "hs_homecurrency_amount": money(basket.total_cents),
            "hs_cart_discount": money(basket.discount_cents),
            "hs_currency_code": "EUR",
            "hs_exchange_rate": "1",
        },
        contacts=[contact.id],
        orders=[order_id] if ordered_at is not None else [],
    )


def _payment(dice: Dice, id: str, ordered_at: At, contact: Contact, total_cents: int) -> tuple[Record, bool]:
    """And whether all of it was given back."""
    paid_at = At(ordered_at + 45)
    refunded_at = At(paid_at + dice.between(3, 20) * DAY)
    outcome = dice.draw(_REFUNDS)
    share = dice.between(20, 60)
    if refunded_at >= NOW_AT:
        outcome = ""
    refund_cents = {"refunded": total_cents, "partially_refunded": total_cents * share // 100}.get(outcome, 0)
    record = further(
        id,
        paid_at,
        refunded_at if outcome else paid_at,
        {
            "hs_initiated_date": instant_text(paid_at),
            "hs_initial_amount": money(total_cents),
            "hs_latest_status": outcome or "succeeded",
            "hs_refunds_amount": money(refund_cents),
            "hs_refunds_amount_in_portal_currency": money(refund_cents),
            "hs_currency_code": "EUR",
            "hs_payment_type": "one_time_or_initial",
            "hs_customer_email": contact.email,
        },
        contacts=[contact.id],
    )
    return record, outcome == "refunded"


def _shop_order(dice: Dice, id: str, at: At, contact: Contact, basket: _Basket, payment_id: str, *, is_off: bool) -> Record:
    sent_at = At(at + dice.between(1, 3) * DAY)
    is_sent = sent_at < NOW_AT
    return further(
        id,
        at,
        sent_at if is_sent else at,
        {
            "hs_order_name": f"Commande {id}",
            "hs_external_order_id": id,
            "hs_source_store": SHOP_STORE,
            "hs_fulfillment_status": ("returned" if is_off else "shipped") if is_sent else "processing",
            "hs_total_price": money(basket.total_cents),
            "hs_order_discount": money(basket.discount_cents),
            "hs_tax": money(basket.tax_cents),
            "hs_shipping_cost": money(basket.shipping_cents),
            "hs_currency_code": "EUR",
            "hs_exchange_rate": "1",
        },
        contacts=[contact.id],
        companies=[contact.company.id] if contact.company else [],
        commerce_payments=[payment_id],
    )


# --- What follows from a won deal --------------------------------------------------------------------------------


def _deliveries(dice: Dice, won: Iterable[Deal]) -> Iterator[Record]:
    for deal in won:
        has_goods = any(line.product is not None and line.product.hubspot_type == "inventory" for line in deal.lines)
        at = at_work(dice, day_of(deal.close_at) + dice.between(1, 4))
        if not has_goods or not dice.chance(_DELIVERED_SHARE) or at >= NOW_AT:
            continue
        sent_at = At(at + dice.between(5, 30) * DAY)
        net = deal.amount_cents or 0
        full = sum(line.quantity * line.price_cents for line in deal.lines)
        yield further(
            f"D-{deal.id}",
            at,
            sent_at if sent_at < NOW_AT else at,
            {
                "hs_order_name": f"Commande {deal.name}",
                "hs_external_order_id": f"D-{deal.id}",
                "hs_source_store": DEAL_STORE,
                "hs_fulfillment_status": "shipped" if sent_at < NOW_AT else "processing",
                "hs_total_price": money(net + _vat(net)),
                "hs_order_discount": money(full - net),
                "hs_tax": money(_vat(net)),
                "hs_shipping_cost": money(0),
                "hs_currency_code": deal.currency,
                "hs_exchange_rate": rate_text(deal.rate),
            },
            contacts=[contact.id for contact in deal.contacts[:1]],
            companies=[company.id for company in deal.companies[:1]],
            deals=[deal.id],
            line_items=[line.id for line in deal.lines],
        )


def _invoices(dice: Dice, won: Iterable[Deal]) -> Iterator[Record]:
    for deal in won:
        at = At(deal.close_at + dice.between(600, 7_200))
        final = at_work(dice, day_of(at) + dice.between(30, 60))
        if not dice.chance(_BILLED_SHARE) or at >= NOW_AT:
            continue
        total = deal.amount_cents or 0
        deposit = total * 30 // 100
        if total >= _DEPOSIT_FROM_CENTS and final < NOW_AT:
            yield _invoice(dice, deal, at, deposit)
            yield _invoice(dice, deal, final, total - deposit)
        else:
            yield _invoice(dice, deal, at, total)


def _invoice(dice: Dice, deal: Deal, at: At, cents: int) -> Record:
    """Due in 30 days; paid about then, by most."""
    paid_at = at_work(dice, day_of(at) + dice.between(8, 45))
    is_paid = dice.chance(0.95) and paid_at < NOW_AT
    return further(
        "",
        at,
        paid_at if is_paid else at,
        {
            "hs_invoice_date": _calendar(day_of(at)).isoformat(),
            "hs_due_date": _calendar(day_of(at) + 30).isoformat(),
            "hs_invoice_status": "paid" if is_paid else "open",
            "hs_amount_billed": money(cents),
            "hs_currency": deal.currency,
        },
        contacts=[contact.id for contact in deal.contacts[:1]],
        companies=[company.id for company in deal.companies[:1]],
        deals=[deal.id],
    )


# --- Subscriptions -------------------------------------------------------------------------------------------------


def _subscriptions(dice: Dice, won: Iterable[Deal]) -> Iterator[Record]:
    """One for the yearly lines of a deal, billed at once or in equal parts."""
    for deal in won:
        lines = [line for line in deal.lines if line.product is not None and line.product.is_renewable]
        yearly = sum(line.amount_cents for line in lines)
        frequency, waits = dice.draw(_FREQUENCIES), dice.between(1, 20)
        leaves_after, is_late = (dice.between(2, 10) if dice.chance(0.1) else None), dice.chance(0.06)
        if not lines or deal.close_at >= NOW_AT - DAY:
            continue
        months = _MONTHS_OF[frequency]
        if yearly * months % 12:
            frequency, months = "annually", 12
        begins = day_of(deal.close_at) + waits
        dues = [_after(begins, step * months) for step in range(12 // months + 1)]
        left = _after(begins, leaves_after) if leaves_after is not None else None
        billed = [due for due in dues[:-1] if due <= TODAY - 1 and (left is None or due < left)]
        ahead = [due for due in dues if due > TODAY - 1]
        if not billed:
            status, following = "scheduled", begins
        elif left is not None and left < TODAY:
            status, following = "canceled", None
        elif not ahead:
            status, following = "expired", None
        else:
            status, following = ("past_due", billed[-1]) if is_late else ("active", ahead[0])
        created = At(deal.close_at + 3_600)
        ends = [left] if status == "canceled" and left is not None else [dues[-1]] if status == "expired" else []
        modified = max([created, *(moment(day, 6 * 3_600) for day in billed[-1:] + ends)])
        part = money(yearly * months // 12)
        yield further(
            "",
            created,
            modified,
            {
                "hs_name": f"Abonnement {deal.name}",
                "hs_status": status,
                "hs_recurring_billing_start_date": _calendar(begins).isoformat(),
                "hs_recurring_billing_frequency": frequency,
                "hs_next_payment_amount": part if following is not None else None,
                "hs_next_payment_due_date": _calendar(following).isoformat() if following is not None else None,
                "hs_last_payment_amount": part if len(billed) > (status == "past_due") else None,
                "hs_currency_code": deal.currency,
            },
            contacts=[contact.id for contact in deal.contacts[:1]],
            line_items=[line.id for line in lines],
        )


def _after(day: int, months: int) -> int:
    """The day that many months later, the 28th at the latest."""
    start = _calendar(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return (date(year, month + 1, min(start.day, 28)) - FIRST_DAY).days if months else day
