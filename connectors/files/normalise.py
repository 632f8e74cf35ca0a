"""From a line of a file to rows of the common schema. Pure. Every fault names file, line and what to write instead."""

import calendar
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from connectors.base import BadValue, NormaliseContext, Raw, Row
from connectors.files.kinds import KINDS, KindName
from connectors.files.settings import Entry
from connectors.files.spreading import counts_shared_out, days_of, shared_out
from connectors.spend_file.reading import kind_of
from connectors.tabular import cells
from connectors.tabular.cells import Form


def rows(record: Raw, kind: KindName, entry: Entry, context: NormaliseContext) -> Iterator[Row]:
    """Rows of one line. Raises :class:`BadValue`."""
    try:
        if record["surplus"]:
            raise BadValue("more cells than the header has; put cells that hold the separator into quotation marks")
        if "repeats" in record:
            raise BadValue(
                f"{KINDS[kind].own_id}: {record[str(KINDS[kind].own_id)]!r} stands at {record['repeats']} already; it counts once"
            )
        for name in KINDS[kind].required:
            if not record.get(name):
                raise BadValue(f"{name}: missing; write it, or give it under defaults")
        yield from _OF[kind](record, entry.form, context)
    except BadValue as bad:
        raise BadValue(f"{record['file']}:{record['line']}: {bad}") from None


def _cost(record: Raw, form: Form, context: NormaliseContext) -> Iterator[Row]:
    """A row for each day that the cost is of, each at the rate of its own day."""
    first = cells.day_of_moment(record["date"], form, context.zone)
    last = cells.day_of_moment(record["date_to"], form, context.zone, "date_to") if record.get("date_to") else first
    days = days_of(first, last)
    amounts = list(shared_out(cells.number(record["amount"], form), len(days)))
    counted = {name: _counts(record, name, form, len(days)) for name in ("impressions", "clicks", "leads")}
    currency, line_id = cells.currency(record["currency"], form), record["line_id"]
    about = {
        "source_id": line_id,
        "currency": currency,
        "kind": kind_of(record.get("kind") or "marketing"),
        "channel": cells.slug(record.get("channel", "")),
        "campaign_name": record.get("campaign") or None,
        "note": record.get("note") or None,
        "cost_class": "manual",
    }
    for place, (on, amount) in enumerate(zip(days, amounts, strict=True)):
        figures = {name: each[place] if each is not None else None for name, each in counted.items()}
        cost_id = line_id if len(days) == 1 else f"{line_id}/{on.isoformat()}"
        converted = _at_home(amount, currency, on, context)
        yield "cost_entry", about | converted | figures | {"cost_id": cost_id, "cost_on": on, "amount": amount}


def _counts(record: Raw, name: str, form: Form, parts: int) -> list[int] | None:
    return list(counts_shared_out(cells.count(record[name], form, name), parts)) if record.get(name) else None


def _at_home(amount: Decimal, currency: str, on: date, context: NormaliseContext) -> dict[str, object]:
    converted = context.fx(amount, currency, on)
    home, rate, rate_on = converted if converted is not None else (None, None, None)
    return {"amount_home": home, "fx_rate": rate, "fx_on": rate_on}


def _conversion(record: Raw, form: Form, context: NormaliseContext) -> Iterator[Row]:
    on = cells.day_of_moment(record["date"], form, context.zone)
    written = record.get("value", "")
    value = cells.number(written, form, "value") if written else None
    currency = cells.currency(record.get("currency", ""), form) if value is not None else None
    home = _at_home(value, currency, on, context) if value is not None and currency is not None else {}
    click = record.get("click_id")
    conversion_id = record["line_id"].partition("|")[0]  # without the click id: facts hold no more than its hash
    number = cells.count(record["conversions"], form, "conversions") if record.get("conversions") else 1
    yield (
        "offline_conversion",
        {
            "source_id": conversion_id,
            "conversion_id": conversion_id,
            "converted_on": on,
            "conversion_type": record.get("type") or None,
            "conversions": number,
            "value": value,
            "currency": currency,
            "value_home": home.get("amount_home"),
            "fx_rate": home.get("fx_rate"),
            "fx_on": home.get("fx_on"),
            "platform": cells.slug(record.get("platform", "")),
            "click_hash": context.pseudonym(click) if click else None,
            "campaign_id": record.get("campaign_id") or None,
            "campaign_name": record.get("campaign") or None,
            "channel": cells.slug(record.get("channel", "")),
        },
    )


_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-?[QqTt]([1-4])")
_YEAR = re.compile(r"\d{4}")


def _target(record: Raw, form: Form, context: NormaliseContext) -> Iterator[Row]:
    currency = cells.currency(record.get("currency") or context.home_currency, form)
    if currency != context.home_currency:
        # A target is measured against at its own day of setting, which no file tells: a rate of another day would move it.
        raise BadValue(
            f"currency: {currency} is not the company's {context.home_currency}; write the target in {context.home_currency}"
        )
    milestone, first, last = _period(record, form, context)
    yield (
        "target",
        {
            "source_id": record["line_id"],
            "target_id": record["line_id"],
            "target_name": record["name"],
            "owner_id": record.get("owner_id") or None,
            "group_id": None,
            "milestone": milestone,
            "target_value": cells.number(record["value"], form, "value"),
            "starts_at": None,
            "starts_on": first,
            "ends_at": None,
            "ends_on": last,
            "modified_at": None,
            "archived_at": None,
        },
    )


def _period(record: Raw, form: Form, context: NormaliseContext) -> tuple[str | None, date, date]:
    """The period's kind, its first and its last day: a month, a quarter, a year, or the two days that are written."""
    text = record.get("period", "")
    if not text:
        if not record.get("date_from") or not record.get("date_to"):
            raise BadValue("period: missing; write 2026-03, 2026-Q1 or 2026, or both date_from and date_to")
        first = cells.day_of_moment(record["date_from"], form, context.zone, "date_from")
        days = days_of(first, cells.day_of_moment(record["date_to"], form, context.zone, "date_to"))
        return None, days[0], days[-1]
    if (month := _MONTH.fullmatch(text)) and 1 <= int(month[2]) <= 12:
        return "monthly", *_months(int(month[1]), int(month[2]), 1)
    if quarter := _QUARTER.fullmatch(text):
        return "quarterly", *_months(int(quarter[1]), 3 * int(quarter[2]) - 2, 3)
    if _YEAR.fullmatch(text):
        return "yearly", *_months(int(text), 1, 12)
    raise BadValue(f"period: {text!r} is neither a month (2026-03), a quarter (2026-Q1) nor a year (2026)")


def _months(year: int, first: int, count: int) -> tuple[date, date]:
    try:
        last = first + count - 1
        return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])
    except ValueError:
        raise BadValue(f"period: there is no year {year}") from None


_SURVEYS = frozenset({"NPS", "CSAT", "CES"})


def _answer(record: Raw, form: Form, context: NormaliseContext) -> Iterator[Row]:
    survey_type = record["type"].upper()
    if survey_type not in _SURVEYS:
        raise BadValue(f"type: {record['type']!r} is none of NPS, CSAT, CES")
    response_id, name = record["line_id"], record.get("survey") or None
    yield (
        "survey_response",
        {
            "source_id": response_id,
            "response_id": response_id,
            "survey_type": survey_type,
            "survey_id": name,
            "survey_name": name,
            "channel": record.get("channel") or None,
            "score": cells.number(record["score"], form, "score"),
            "response_group": None,
            "sentiment": None,
            "answered_at": None,
            "answered_on": cells.day_of_moment(record["date"], form, context.zone),
            "modified_at": None,
            "archived_at": None,
            "merged_into": None,
        },
    )
    if record.get("contact_id"):
        yield (
            "association",
            {
                "source_id": response_id,
                "from_type": "feedback_submissions",
                "from_id": response_id,
                "to_type": "contacts",
                "to_id": record["contact_id"],
                "is_primary": False,
            },
        )


_OF: Mapping[KindName, Callable[[Raw, Form, NormaliseContext], Iterator[Row]]] = MappingProxyType(
    {"costs": _cost, "offline_conversions": _conversion, "targets": _target, "survey_answers": _answer}
)
