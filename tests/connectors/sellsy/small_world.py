"""A small company on Sellsy: everything that counts once, and everything that must not count twice.

Invoiced revenue, by hand, in euros excluding tax and with a dollar at 0.50 €:

=========  =====================================  ==========  =========
invoice    what it is                             amount      counts
=========  =====================================  ==========  =========
501        paid                                   1,000.00    1,000.00
502        deposit on order 90                      300.00        —  (504 bears the whole)
503        draft                                  9,999.00        —
504        final invoice of order 90, due         1,000.00    1,000.00
505        cancelled, undone by credit 603          500.00        —
506        cancelled, without a credit note         700.00        —
507        in dollars, late                       200.00 $      100.00
508        of an individual, paid                    80.10       80.10
credit 601 on invoice 501                           150.25     −150.25
credit 602 draft                                     50.00        —
credit 603 undoes the cancelled 505                 500.00        —
credit 604 of a deposit                             300.00        —
credit 605 like 506, but of another invoice         700.00     −700.00
=========  =====================================  ==========  =========

1,000 + 1,000 + 100 + 80.10 − 150.25 − 700 = 1,329.85
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from connectors.base import PropertyDef
from connectors.sandbox.world import AccountWorld, Record
from connectors.sellsy.by_hand import type_for
from connectors.sellsy.fields import RELATED
from sync.properties import definitions

REVENUE = Decimal("1329.85")
REVENUE_WITH_DEPOSITS = REVENUE + Decimal("300.00") - Decimal("300.00")
"""Where the settings count deposits: 502, and the credit note of one."""

AMPLE = {"seconds": 100_000, "minutes": 1_000_000, "days": 10_000_000, "months": 100_000_000}
"""Limits have tests of their own."""


def account(fields: Sequence[Record] = (), *, api_rate: dict[str, int] | None = None, **about: Any) -> AccountWorld:
    """The account; ``fields``: its custom fields."""
    return AccountWorld(
        {"currency": "EUR", "api_rate": AMPLE if api_rate is None else api_rate, **about},
        {
            "staffs": [_staff(12, "Ada", 3), _staff(13, "Blaise", None)],
            "sources": [{"id": 1, "name": "Site web", "is_default": True, "is_hidden": False, "category_id": 1, "rank": 1}],
            "pipelines": [_pipeline(1, "North", 1), _pipeline(2, "South", 2)],
            "steps": [
                _step(1, 11, "Contacted", 10, 1),
                _step(1, 12, "Quote", 50, 2),
                _step(2, 21, "Contacted", 20, 1),
                _step(2, 22, "Negotiation", 90, 2),
            ],
            "companies": [
                _company(101, "Arbre SARL", "client", "2026-07-02T09:00:00+02:00", main_contact_id=201),
                _company(102, "Brume SAS", "prospect", "2026-07-20T10:00:00+02:00"),
                _company(103, "Cuivre SA", "supplier", "2026-07-21T10:00:00+02:00"),
                _company(104, "Dune SARL", "client", "2026-08-03T10:00:00+02:00", is_archived=True),
                _company(105, "Écluse SAS", "prospect", "2026-10-05T10:00:00+02:00"),
            ],
            "contacts": [
                _contact(201, "2026-07-01T09:30:00+02:00"),
                _contact(202, "2026-07-19T09:30:00+02:00"),
                _contact(203, "2026-08-19T23:30:00+02:00"),
            ],
            "individuals": [
                _individual(101, "client", "2026-07-15T08:00:00+02:00"),
                _individual(7, "prospect", "2026-08-15T08:00:00+02:00"),
            ],
            "opportunities": _opportunities(),
            "invoices": _invoices(),
            "credit_notes": _credit_notes(),
            "custom_fields": list(fields),
        },
    )


# --- people and places ------------------------------------------------------------------------------------------------


def _staff(id: int, name: str, team: int | None) -> Record:
    found: Record = {
        "id": id,
        "firstname": name,
        "lastname": "Test",
        "email": f"{name.lower()}@acme.example",
        "status": "ok",
        "position": None,
    }
    return found | ({"team": {"id": team, "name": f"Team {team}"}} if team else {})


def _pipeline(id: int, name: str, rank: int) -> Record:
    return {"id": id, "name": name, "is_default": rank == 1, "step": 2, "rank": rank}


def _step(pipeline_id: int, id: int, name: str, probability: int, rank: int) -> Record:
    return {"pipeline_id": pipeline_id, "id": id, "name": name, "probability": probability, "rank": rank}


def _company(
    id: int, name: str, type: str, created: str, *, is_archived: bool = False, main_contact_id: int | None = None
) -> Record:
    return {
        "id": id,
        "type": type,
        "name": name,
        "email": f"info@{id}.example",
        "owner": {"id": 12, "type": "staff"},
        "created": created,
        "updated_at": created,
        "is_archived": is_archived,
        "main_contact_id": main_contact_id,
        "business_segment": {"id": 4, "label": "Industry"},
    }


def _contact(id: int, created: str) -> Record:
    return {
        "id": id,
        "civility": None,
        "first_name": "Given",
        "last_name": f"Family{id}",
        "email": f"person{id}@client.example",
        "owner": {"id": 13, "type": "staff"},
        "created": created,
        "updated": created,
        "is_archived": False,
    }


def _individual(id: int, type: str, created: str) -> Record:
    return {
        "id": id,
        "type": type,
        "last_name": f"Private{id}",
        "first_name": "Given",
        "email": f"private{id}@home.example",
        "owner": {"id": 12, "type": "staff"},
        "created": created,
        "updated_at": created,
        "is_archived": False,
    }


# --- opportunities --------------------------------------------------------------------------------------------------------


def _deal(id: int, status: str, amount: str | None, created: str, decided: str | None = None, **more: Any) -> Record:
    pipeline, step = more.pop("at", (1, 12))
    currency = more.pop("currency", "EUR")
    ends = [("company", more.get("company_id")), ("individual", more.get("individual_id"))]
    ends += [("contact", one) for one in more.get("contact_ids", ())]
    related = [{"id": one, "type": kind} for kind, one in ends if one]
    return {
        "id": id,
        "number": f"OPP-{id}",
        "name": f"Opportunity {id}",
        "status": status,
        "source": {"id": 1, "name": "Site web"},
        "created": created,
        "updated_status": decided,
        "due_date": more.pop("due", "2026-10-20"),
        "amount": {"value": amount, "currency": currency} if amount else {},
        "pipeline": {"id": pipeline, "name": "North" if pipeline == 1 else "South"},
        "step": {"id": step, "name": "Quote"},
        "probability": 75,
        "owner": {"id": 12, "type": "staff"},
        "assigned_staff_ids": [13],
        "contact_ids": [],
        "company_id": None,
        "individual_id": None,
        **({"related": related} if related else {}),
        **more,
    }


def _opportunities() -> list[Record]:
    arbre = {"company_id": 101, "contact_ids": [201]}
    return [
        _deal(301, "won", "1000.00", "2026-07-05T09:00:00+02:00", "2026-08-01T10:00:00+02:00", **arbre),
        _deal(302, "won", "400.50", "2026-07-25T09:00:00+02:00", "2026-08-31T23:30:00+02:00", at=(2, 22), **arbre),
        _deal(303, "won", "200.00", "2026-08-05T09:00:00+02:00", "2026-09-10T10:00:00+02:00", currency="USD", company_id=104),
        _deal(304, "lost", "999.99", "2026-08-06T09:00:00+02:00", "2026-09-11T10:00:00+02:00", company_id=102, contact_ids=[202]),
        _deal(305, "cancelled", "50.00", "2026-08-07T09:00:00+02:00", "2026-09-12T10:00:00+02:00", company_id=102),
        _deal(306, "closed", "60.00", "2026-08-08T09:00:00+02:00", "2026-09-13T10:00:00+02:00", company_id=102),
        _deal(307, "open", "5000.00", "2026-09-01T09:00:00+02:00", at=(1, 11), company_id=102, contact_ids=[202, 203]),
        _deal(308, "late", "600.00", "2026-09-02T09:00:00+02:00", at=(2, 22), due="2026-09-20", individual_id=7),
        _deal(309, "open", None, "2026-09-03T09:00:00+02:00", at=(1, 12), owner={"id": 201, "type": "thirdcontact"}),
        _deal(310, "won", "80.10", "2026-09-04T09:00:00+02:00", "2026-09-15T10:00:00+02:00", individual_id=101),
        _deal(311, "open", "70.00", "2026-10-06T09:00:00+02:00", company_id=105),
    ]


# --- invoices and credit notes ----------------------------------------------------------------------------------------------


def _paper(id: int, status: str, amount: str, date: str, whom: tuple[str, int], **more: Any) -> Record:
    return {
        "id": id,
        "number": f"N-{id}",
        "status": status,
        "date": date,
        "created": f"{date}T12:00:00+02:00",
        "amounts": {"total_excl_tax": amount, "total_incl_tax": str(Decimal(amount) * Decimal("1.2"))},
        "currency": "EUR",
        "related": [{"id": whom[1], "type": whom[0]}],
        "is_deposit": False,
        **more,
    }


def _invoices() -> list[Record]:
    arbre, brume, dune = ("company", 101), ("company", 102), ("company", 104)
    order = {"parent": {"id": 90, "type": "order"}}
    due = {"due_date": "2026-10-15"}
    return [
        _paper(501, "paid", "1000.00", "2026-08-02", arbre, **due),
        _paper(502, "paid", "300.00", "2026-08-05", arbre, is_deposit=True, **order),
        _paper(503, "draft", "9999.00", "2026-08-06", arbre),
        _paper(504, "due", "1000.00", "2026-09-01", arbre, **order, **due),
        _paper(505, "cancelled", "500.00", "2026-09-02", brume, _credit_notes=[603]),
        _paper(506, "cancelled", "700.00", "2026-09-03", brume),
        _paper(507, "late", "200.00", "2026-09-04", dune, currency="USD", due_date="2026-09-20"),
        _paper(508, "paid", "80.10", "2026-09-16", ("individual", 101)),
        _paper(509, "due", "42.00", "2026-10-08", arbre),
    ]


def _credit_notes() -> list[Record]:
    arbre, brume = ("company", 101), ("company", 102)
    return [
        _paper(601, "spent", "150.25", "2026-09-05", arbre),
        _paper(602, "draft", "50.00", "2026-09-06", arbre),
        _paper(603, "spent", "500.00", "2026-09-07", brume),
        _paper(604, "stored", "300.00", "2026-09-08", arbre, is_deposit=True),
        _paper(605, "stored", "700.00", "2026-09-09", brume),
    ]


# --- custom fields --------------------------------------------------------------------------------------------------------


def made_by_hand(wanted: Iterable[PropertyDef] | None = None, locale: str = "en") -> list[Record]:
    """Custom fields as our steps say, in that language; ``wanted``: for some of our properties only."""
    return [_field(8000 + n, one) for n, one in enumerate(definitions(locale) if wanted is None else wanted)]


def _field(id: int, definition: PropertyDef) -> Record:
    kind = type_for(definition)
    items = [{"id": id * 100 + n, "label": label, "checked": False, "rank": n} for n, (_, label) in enumerate(definition.options)]
    parameters: dict[str, Record] = {
        "amount": {"default_value": None, "min_value": None, "max_value": None, "currency": "EUR"},
        "numeric": {"default_value": None, "min_value": None, "max_value": None},
        "simple-text": {"default_value": None, "char_min": None, "char_max": None},
        "select": {"items": items},
        "date": {"min_date": None, "max_date": None},
    }
    return {
        "id": id,
        "name": definition.label,
        "code": definition.name,
        "description": "",
        "mandatory": False,
        "rank": 1,
        "related_object": sorted(RELATED[definition.object]),
        "type": kind,
        "parameters": parameters[kind],
    }
