"""From Sellsy's records to rows of the common schema. Pure: no network, no clock.

An opportunity's *status* decides whether it is won or lost, not its step. So each pipeline has two stages of ours behind its
steps, ``<pipeline>-won`` and ``<pipeline>-lost``, in which opportunities of these statuses stand; and what is known of their way
there is one entry: into that stage, at ``updated_status``. When they entered the steps before, Sellsy does not say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from connectors.base import BadValue, NormaliseContext, Raw, Row
from connectors.sellsy import streams
from connectors.sellsy.fields import INDIVIDUAL, Field, decoded
from connectors.values import currency, day, number, part, text, whole

CREDIT_NOTE, DEPOSIT, INVOICE = "credit_note", "deposit", "invoice"
SUPPLIER = "supplier"
PERCENT = Decimal(100)


@dataclass(frozen=True)
class Choices:
    """What the settings decide."""

    lost: frozenset[str]
    """Statuses that count as lost."""
    counts_deposits: bool


def rows(stream: str, record: Raw, context: NormaliseContext, choices: Choices) -> Iterator[Row]:
    """The rows of one record of a stream. Raises :class:`BadValue`."""
    match stream:
        case streams.OWNERS:
            yield from _owner(record)
        case streams.PIPELINES:
            yield from _pipeline(record)
        case streams.COMPANIES:
            yield from _company(record, context)
        case streams.CONTACTS:
            yield from _contact(record, context)
        case streams.DEALS:
            yield from _deal(record, context, choices)
        case streams.INVOICES:
            yield from _paper(record, context, choices)


# --- people and places ------------------------------------------------------------------------------------------------


def _owner(record: Raw) -> Iterator[Row]:
    team: Mapping[str, Any] = record.get("team") or {}
    owner_id, team_id = text(record, "id"), team.get("id")
    named = {"team_id": None if team_id is None else str(team_id), "team_name": team.get("name")}
    yield "owner", {"source_id": owner_id, "owner_id": owner_id, **named}


def won_stage(pipeline_id: str) -> str:
    return f"{pipeline_id}-won"


def lost_stage(pipeline_id: str) -> str:
    return f"{pipeline_id}-lost"


def _pipeline(record: Raw) -> Iterator[Row]:
    pipeline_id, steps = text(record, "id"), record.get("steps") or ()
    yield (
        "pipeline",
        {
            "source_id": pipeline_id,
            "pipeline_id": pipeline_id,
            "pipeline_name": text(record, "name"),
            "display_order": _rank(record),
        },
    )
    for step in steps:
        share = step.get("probability")
        likely = None if share is None else number(share, "probability") / PERCENT
        yield _stage(pipeline_id, text(step, "id"), text(step, "name"), _rank(step), likely, is_closed=False)
    last = max((_rank(step) or 0 for step in steps), default=0)
    yield _stage(pipeline_id, won_stage(pipeline_id), "Won", last + 1, Decimal(1), is_closed=True)
    yield _stage(pipeline_id, lost_stage(pipeline_id), "Lost", last + 2, Decimal(0), is_closed=True)


def _rank(record: Mapping[str, Any]) -> int | None:
    return None if record.get("rank") is None else whole(record["rank"], "rank")


def _stage(pipeline_id: str, stage_id: str, name: str, order: int | None, likely: Decimal | None, *, is_closed: bool) -> Row:
    return (
        "stage",
        {
            "source_id": stage_id,
            "stage_id": stage_id,
            "pipeline_id": pipeline_id,
            "stage_name": name,
            "display_order": order,
            "probability": likely,
            "is_closed": is_closed,
        },
    )


def _company(record: Raw, context: NormaliseContext) -> Iterator[Row]:
    """Companies, and individuals as customers; a supplier buys nothing and makes no row."""
    if record.get("type") == SUPPLIER:
        return
    company_id = text(record, "id")
    segment: Mapping[str, Any] = record.get("business_segment") or {}
    yield "company", {**_living(record, company_id, context), "company_id": company_id, "industry": segment.get("label")}
    yield from _linked(streams.COMPANIES, company_id, record)
    yield from _ours(streams.COMPANIES, company_id, record, context)


def _contact(record: Raw, context: NormaliseContext) -> Iterator[Row]:
    """Contacts, and individuals as people: linked to themselves as customers."""
    contact_id = text(record, "id")
    if record.get("type") == SUPPLIER:
        return
    yield "contact", {**_living(record, contact_id, context), "contact_id": contact_id}
    if contact_id.startswith(INDIVIDUAL):
        yield _link(streams.CONTACTS, contact_id, streams.COMPANIES, contact_id, is_primary=True)
    yield from _ours(streams.CONTACTS, contact_id, record, context)


def _living(record: Raw, record_id: str, context: NormaliseContext) -> dict[str, Any]:
    """What companies and contacts have in common. An archived one is hidden in Sellsy, not deleted: it goes on counting."""
    created, changed = _instant(record, "created", context), _instant(record, "updated_at", context)
    changed = changed or _instant(record, "updated", context)
    return {
        "source_id": record_id,
        "owner_id": _owner_id(record),
        "created_at": created,
        "created_on": _day_of(created, context),
        "lifecycle_stage": record.get("type"),
        "modified_at": changed,
    }


def _owner_id(record: Raw) -> str | None:
    """The colleague who owns a record, else the first one it is assigned to; a contact of the customer's can own one too."""
    owner: Mapping[str, Any] = record.get("owner") or {}
    if owner.get("id") is not None and owner.get("type", "staff") == "staff":
        return str(owner["id"])
    assigned = record.get("assigned_staff_ids") or ()
    return str(assigned[0]) if assigned else None


# --- opportunities ------------------------------------------------------------------------------------------------------


def _deal(record: Raw, context: NormaliseContext, choices: Choices) -> Iterator[Row]:
    deal_id, status = text(record, "id"), text(record, "status")
    pipeline_id = text(part(record, "pipeline"), "id")
    created, decided = _instant(record, "created", context), _instant(record, "updated_status", context)
    is_open = status in ("open", "late") or status not in streams.STATUSES
    due = None if record.get("due_date") in (None, "") else day(record["due_date"], "due_date")
    closed_on = due if is_open else _day_of(decided, context)
    stage_id = _stage_of(record, status, pipeline_id, choices, is_open=is_open)
    is_left_out = not is_open and stage_id is None
    source: Mapping[str, Any] = record.get("source") or {}
    yield (
        "deal",
        {
            "source_id": deal_id,
            "deal_id": deal_id,
            "pipeline_id": pipeline_id,
            "stage_id": stage_id,
            "owner_id": _owner_id(record),
            "created_at": created,
            "created_on": _day_of(created, context),
            "close_at": None if is_open else decided,
            "close_on": closed_on,
            **_deal_money(record, closed_on or _day_of(created, context), context),
            "original_source": source.get("name"),
            "archived_at": (decided or created) if is_left_out else None,
        },
    )
    if not is_open and stage_id is not None and decided is not None:
        yield (
            "deal_stage_entry",
            {
                "source_id": deal_id,
                "deal_id": deal_id,
                "stage_id": stage_id,
                "entered_at": decided,
                "entered_on": _day_of(decided, context),
            },
        )
    yield from _linked(streams.DEALS, deal_id, record)
    yield from _ours(streams.DEALS, deal_id, record, context)


def _stage_of(record: Raw, status: str, pipeline_id: str, choices: Choices, *, is_open: bool) -> str | None:
    """None: it ended in a way that no figure counts. A status that is not known leaves it in its step, and is reported."""
    if status == "won":
        return won_stage(pipeline_id)
    if status == "lost" or status in choices.lost:
        return lost_stage(pipeline_id)
    return text(part(record, "step"), "id") if is_open else None


def _deal_money(record: Raw, on: date | None, context: NormaliseContext) -> dict[str, Any]:
    """An opportunity without an amount has none, and none in any currency."""
    amount: Mapping[str, Any] = record.get("amount") or {}
    if amount.get("value") in (None, ""):
        return {}
    return _money(number(amount["value"], "amount.value"), currency(amount, "currency"), on, context)


def _money(amount: Decimal, code: str, on: date | None, context: NormaliseContext) -> dict[str, Any]:
    """Sellsy converts nothing: the European Central Bank's rate of the day does; no rate, no amount at home."""
    found: dict[str, Any] = {"amount": amount, "currency": code}
    if code == context.home_currency:
        return {**found, "amount_home": amount, "fx_rate": Decimal(1), "fx_source": "crm"}
    rate = context.fx(amount, code, on) if on is not None else None
    return found if rate is None else {**found, "amount_home": rate[0], "fx_rate": rate[1], "fx_source": "ecb"}


# --- invoices and credit notes --------------------------------------------------------------------------------------------


def _paper(record: Raw, context: NormaliseContext, choices: Choices) -> Iterator[Row]:
    """Excluding tax. A credit note takes from the revenue, unless it only undoes an invoice that was cancelled and so counts
    no more either; a deposit counts once, in the final invoice or in its own."""
    paper_id, word = text(record, "id"), text(record, "status")
    is_credit = record.get("kind") == CREDIT_NOTE
    amount = number(part(record, "amounts").get("total_excl_tax"), "amounts.total_excl_tax")
    invoiced_on = None if record.get("date") in (None, "") else day(record["date"], "date")
    is_deposit = bool(record.get("is_deposit")) and not choices.counts_deposits
    is_void = is_credit and (bool(record.get("replaced")) or is_deposit)
    yield (
        "invoice",
        {
            "source_id": paper_id,
            "invoice_id": paper_id,
            "kind": CREDIT_NOTE if is_credit else DEPOSIT if is_deposit else INVOICE,
            "status": "voided" if is_void else streams.PAPER_STATUSES.get(word, word),
            "invoiced_on": invoiced_on,
            "due_on": None if record.get("due_date") in (None, "") else day(record["due_date"], "due_date"),
            **_money(-amount if is_credit else amount, currency(record, "currency"), invoiced_on, context),
        },
    )
    yield from _linked(streams.INVOICES, paper_id, record)


# --- what hangs on a record -----------------------------------------------------------------------------------------------


def _linked(object: str, record_id: str, record: Raw) -> Iterator[Row]:
    for to, ends in (record.get("associations") or {}).items():
        for end in ends:
            yield _link(object, record_id, to, str(end["id"]), is_primary=bool(end["primary"]))


def _link(from_type: str, from_id: str, to_type: str, to_id: str, *, is_primary: bool) -> Row:
    return (
        "association",
        {
            "source_id": from_id,
            "from_type": from_type,
            "from_id": from_id,
            "to_type": to_type,
            "to_id": to_id,
            "is_primary": is_primary,
        },
    )


def _ours(object: str, record_id: str, record: Raw, context: NormaliseContext) -> Iterator[Row]:
    """Values in our own fields, whose definitions the source described."""
    known: Mapping[str, Field] = context.facts["fields"][object]
    for name, held in sorted((record.get("fields") or {}).items()):
        value = decoded(known[name], held) if name in known else None
        if value is not None:
            yield (
                "crm_value",
                {"source_id": record_id, "object": object, "record_id": record_id, "property": name, "value": value},
            )


# --- instants ---------------------------------------------------------------------------------------------------------------


def _instant(record: Raw, name: str, context: NormaliseContext) -> datetime | None:
    """UTC. One without a zone is taken for the reporting zone's."""
    value = record.get(name)
    if value in (None, ""):
        return None
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        raise BadValue(f"{name}: {value!r} is not an instant such as 2026-01-05T09:00:00+01:00") from None
    return (found if found.tzinfo else found.replace(tzinfo=context.zone)).astimezone(UTC)


def _day_of(at: datetime | None, context: NormaliseContext) -> date | None:
    return None if at is None else at.astimezone(context.zone).date()
