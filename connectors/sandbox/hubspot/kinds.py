"""HubSpot's object types: names, ids, scopes, default properties, and the numbers of their associations.

https://developers.hubspot.com/docs/api-reference/latest/crm/understanding-the-crm (2026-11-21)
https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide (2026-11-21)
"""

from dataclasses import dataclass

from connectors.sandbox.hubspot.errors import invalid

CUSTOM = "custom"
"""Scope of every type that an account defined itself."""


@dataclass(frozen=True)
class Kind:
    """One object type. ``plural`` is its name in paths and worlds."""

    plural: str
    singular: str
    type_id: str
    scope: str
    defaults: tuple[str, ...] = ("hs_createdate", "hs_lastmodifieddate", "hs_object_id")
    """Properties answered when none are asked for."""
    created: str = "hs_createdate"
    modified: str = "hs_lastmodifieddate"
    required: tuple[str, ...] = ()
    """Properties without which a record is not created (paths of 2026-09)."""

    @property
    def is_custom(self) -> bool:
        """Whether the account itself defined the type."""
        return self.scope == CUSTOM

    @property
    def always(self) -> tuple[str, str, str]:
        """Properties that stand in every answer, asked for or not."""
        return (self.created, self.modified, "hs_object_id")

    @property
    def group(self) -> str:
        """The group of the standard properties."""
        if self.is_custom or self.plural == "campaigns":
            return f"{self.singular}_information"
        return f"{self.singular.replace('_', '')}information"

    @property
    def label(self) -> str:
        return self.singular.replace("_", " ").capitalize()

    @property
    def plural_label(self) -> str:
        return self.plural.replace("_", " ").capitalize()


CONTACTS = Kind(
    "contacts",
    "contact",
    "0-1",
    "contacts",
    ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
    created="createdate",
    modified="lastmodifieddate",
)
COMPANIES = Kind(
    "companies",
    "company",
    "0-2",
    "companies",
    ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
    created="createdate",
)
DEALS = Kind(
    "deals",
    "deal",
    "0-3",
    "deals",
    ("amount", "closedate", "createdate", "dealname", "dealstage", "hs_lastmodifieddate", "hs_object_id", "pipeline"),
    created="createdate",
    required=("dealname", "pipeline", "dealstage"),
)
LINE_ITEMS = Kind(
    "line_items",
    "line_item",
    "0-8",
    "line_items",
    ("amount", "createdate", "hs_lastmodifieddate", "hs_object_id", "hs_product_id", "quantity"),
    created="createdate",
)
PRODUCTS = Kind(
    "products",
    "product",
    "0-7",
    "products",
    ("createdate", "description", "hs_lastmodifieddate", "hs_object_id", "name", "price"),
    created="createdate",
)
TICKETS = Kind(
    "tickets",
    "ticket",
    "0-5",
    "tickets",
    (
        "content",
        "createdate",
        "hs_lastmodifieddate",
        "hs_object_id",
        "hs_pipeline",
        "hs_pipeline_stage",
        "hs_ticket_category",
        "hs_ticket_priority",
        "subject",
    ),
    created="createdate",
)

STANDARD: tuple[Kind, ...] = (
    CONTACTS,
    COMPANIES,
    DEALS,
    LINE_ITEMS,
    PRODUCTS,
    TICKETS,
    Kind("quotes", "quote", "0-14", "quotes"),
    Kind("feedback_submissions", "feedback_submission", "0-19", "feedback_submissions"),
    Kind("invoices", "invoice", "0-53", "invoices"),
    Kind("subscriptions", "subscription", "0-69", "subscriptions"),
    Kind("campaigns", "campaign", "0-35", "campaigns"),
    Kind("goal_targets", "goal_target", "0-74", "goals"),
    Kind("commerce_payments", "commerce_payment", "0-101", "commercepayments"),
    Kind("users", "user", "0-115", "users"),
    Kind("orders", "order", "0-123", "orders"),
    Kind("leads", "lead", "0-136", "leads"),
    Kind("carts", "cart", "0-142", "carts"),
)

CORE = ("contacts", "companies", "deals", "line_items", "products", "campaigns", "users")
"""Served by every account, empty or not; the others when the world has them."""


class Kinds:
    """The types that one account has. A path may say plural, singular or id, in any case; a custom type goes by its id or
    its fully qualified name (``p<portal>_<name>``), never by its bare one."""

    def __init__(self, plurals: tuple[str, ...], portal_id: int = 0) -> None:
        standard = {kind.plural: kind for kind in STANDARD}
        self._portal_id = portal_id
        self._by_name: dict[str, Kind] = {}
        self.all: tuple[Kind, ...] = ()
        for name in standard:
            if name in CORE or name in plurals:
                self._put(standard[name])
        for name in sorted(set(plurals) - set(standard)):
            self.define(name)

    def define(self, name: str) -> Kind:
        """A type of the account's own, under the next free id."""
        taken = [int(kind.type_id.removeprefix("2-")) for kind in self.all if kind.is_custom]
        kind = Kind(name, name, f"2-{max(taken, default=0) + 1}", CUSTOM)
        self._put(kind)
        self._by_name[self.full_name(kind).lower()] = kind
        return kind

    def drop(self, kind: Kind) -> None:
        """Take a type of the account's own away."""
        self.all = tuple(one for one in self.all if one is not kind)
        self._by_name = {name: one for name, one in self._by_name.items() if one is not kind}

    def _put(self, kind: Kind) -> None:
        self.all = (*self.all, kind)
        self._by_name |= {kind.plural: kind, kind.singular: kind, kind.type_id: kind}

    def full_name(self, kind: Kind) -> str:
        return f"p{self._portal_id}_{kind.plural}"

    def find(self, name: str) -> Kind:
        """Raises the vendor's 400 for a type that it cannot tell."""
        kind = self._by_name.get(name) or self._by_name.get(name.lower())
        if kind is None:
            raise invalid(f"Unable to infer object type from: {name}")
        return kind

    def asked(self, name: str) -> Kind:
        """The type that an address names; a custom one by its bare name is refused (seen live, 2026-09)."""
        kind = self.find(name)
        if kind.is_custom and name.lower() == kind.plural.lower():
            raise invalid(f"Unable to infer object type from: {name}")
        return kind


ASSOCIATION_TYPES: dict[tuple[str, str], int] = {
    ("contacts", "companies"): 279,
    ("companies", "contacts"): 280,
    ("deals", "contacts"): 3,
    ("contacts", "deals"): 4,
    ("deals", "companies"): 341,
    ("companies", "deals"): 342,
    ("deals", "line_items"): 19,
    ("line_items", "deals"): 20,
    ("contacts", "tickets"): 15,
    ("tickets", "contacts"): 16,
    ("deals", "tickets"): 27,
    ("tickets", "deals"): 28,
    ("contacts", "feedback_submissions"): 97,
    ("feedback_submissions", "contacts"): 98,
    ("subscriptions", "line_items"): 301,
    ("subscriptions", "contacts"): 295,
    ("carts", "contacts"): 586,
    ("carts", "deals"): 1347,
    ("carts", "line_items"): 590,
    ("carts", "orders"): 592,
    ("orders", "contacts"): 507,
    ("orders", "companies"): 509,
    ("orders", "deals"): 512,
    ("orders", "line_items"): 513,
    ("orders", "commerce_payments"): 523,
    ("orders", "subscriptions"): 516,
    ("commerce_payments", "contacts"): 387,
    ("commerce_payments", "companies"): 389,
    ("commerce_payments", "deals"): 391,
    ("commerce_payments", "subscriptions"): 393,
    ("commerce_payments", "invoices"): 542,
}

PRIMARY_TYPES: dict[tuple[str, str], int] = {
    ("contacts", "companies"): 1,
    ("companies", "contacts"): 2,
    ("deals", "companies"): 5,
    ("companies", "deals"): 6,
}
"""Beside the plain type when the company is the primary one."""


def association_types(source: Kind, target: Kind, *, is_primary: bool) -> list[dict[str, object]]:
    """``associationTypes`` of one association. A pair that HubSpot's list does not name gets a number of the account's own."""
    pair = (source.plural, target.plural)
    plain = ASSOCIATION_TYPES.get(pair)
    if plain is None:
        return [{"category": "USER_DEFINED", "typeId": 1, "label": None}]
    types: list[dict[str, object]] = []
    if is_primary and pair in PRIMARY_TYPES:
        types.append({"category": "HUBSPOT_DEFINED", "typeId": PRIMARY_TYPES[pair], "label": "Primary"})
    types.append({"category": "HUBSPOT_DEFINED", "typeId": plain, "label": None})
    return types
