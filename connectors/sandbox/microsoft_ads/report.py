"""A report: what is ordered, and the file that it becomes.

An account keeps its days as ``{"date", "campaign_id", "campaign_name", "campaign_type", "spend" (text), "impressions", "clicks",
"conversions", "value", "currency"?}``.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.sandbox.microsoft_ads.faults import invalid
from connectors.sandbox.world import AccountWorld, Record

PENDING_POLLS = 2
"""A report moves on by being asked after."""
URL_S = 5 * 60
REPORT_S = 2 * 86_400
ZIP_DATE = (2026, 1, 1, 0, 0, 0)

METRICS = frozenset({"Impressions", "Clicks", "Spend", "Conversions", "ConversionsQualified", "Revenue"})
CELLS: Mapping[str, Callable[[str, AccountWorld, Record], Any]] = {
    "TimePeriod": lambda account_id, account, row: row["date"],
    "AccountId": lambda account_id, account, row: account_id,
    "AccountName": lambda account_id, account, row: account.about["name"],
    "CampaignId": lambda account_id, account, row: row["campaign_id"],
    "CampaignName": lambda account_id, account, row: row["campaign_name"],
    "CampaignType": lambda account_id, account, row: row.get("campaign_type", "Search & content"),
    "CurrencyCode": lambda account_id, account, row: row.get("currency", account.about["currency"]),
    "Impressions": lambda account_id, account, row: row["impressions"],
    "Clicks": lambda account_id, account, row: row["clicks"],
    "Spend": lambda account_id, account, row: row["spend"],
    "Conversions": lambda account_id, account, row: row.get("conversions", 0),
    "ConversionsQualified": lambda account_id, account, row: row.get("conversions", 0),
    "Revenue": lambda account_id, account, row: row.get("value", "0"),
}
"""Column -> its cell."""


@dataclass(frozen=True)
class Order:
    """A request for a report, understood."""

    account_ids: tuple[str, ...]
    first: date
    last: date
    """Inclusive."""
    columns: tuple[str, ...]
    has_header: bool
    has_footer: bool
    has_commas: bool
    """Format version 1.0 puts them between the thousands."""

    @staticmethod
    def of(body: Any) -> "Order":
        asked = body.get("ReportRequest") if isinstance(body, dict) else None
        if not isinstance(asked, dict):
            raise invalid("The request is null.", "NullRequest")
        if asked.get("Type") != "CampaignPerformanceReportRequest":
            raise invalid("The sandbox has reports of campaigns only.")
        if (asked.get("Format"), asked.get("Aggregation")) != ("Csv", "Daily"):
            raise invalid("The sandbox has daily reports as Csv only.")
        columns = tuple(asked.get("Columns") or ())
        if unknown := [name for name in columns if name not in CELLS]:
            raise invalid(f"The column {unknown[0]} is not known.", "InvalidReportColumn")
        if "TimePeriod" not in columns or not METRICS & set(columns):
            raise invalid("A daily report needs TimePeriod and a metric.", "MissingRequiredColumn")
        account_ids = tuple(str(one) for one in (asked.get("Scope") or {}).get("AccountIds") or ())
        if not account_ids:
            raise invalid("The scope names no account.", "InvalidScope")
        span = asked.get("Time") or {}
        return Order(
            account_ids,
            _day(span.get("CustomDateRangeStart")),
            _day(span.get("CustomDateRangeEnd")),
            columns,
            has_header=not asked.get("ExcludeReportHeader", False),
            has_footer=not asked.get("ExcludeReportFooter", False),
            has_commas=asked.get("FormatVersion", "1.0") != "2.0",
        )


def _day(parts: Any) -> date:
    try:
        return date(parts["Year"], parts["Month"], parts["Day"])
    except (KeyError, TypeError, ValueError):
        raise invalid("The sandbox takes custom date ranges only: Year, Month and Day.", "InvalidReportTime") from None


@dataclass
class Report:
    """One order under way. ``rows`` are what the accounts had when it was ordered."""

    id: str
    order: Order
    ordered_at: datetime
    rows: list[tuple[str, AccountWorld, Record]] = field(repr=False)
    has_failed: bool = False
    polls: int = 0

    @property
    def is_pending(self) -> bool:
        return self.polls < PENDING_POLLS

    def asked_after(self) -> str:
        """The status, after one more question."""
        self.polls += 1
        if self.is_pending:
            return "Pending"
        return "Error" if self.has_failed else "Success"

    def packed(self, *, has_bom: bool, heads_have_blanks: bool, are_qualified: bool) -> bytes:
        """The file: a zip with one CSV."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        if self.order.has_header:
            writer.writerows([["Report Name: Cadran"], [f"Report Time: {self.order.first},{self.order.last}"], []])
        writer.writerow([_with_blanks(name) if heads_have_blanks else name for name in self.order.columns])
        for one in self.rows:
            writer.writerow([self._cell(name, one, are_qualified) for name in self.order.columns])
        if self.order.has_footer:
            writer.writerow(["©2026 Microsoft Corporation. All rights reserved."])
        return zipped(text.getvalue().encode("utf-8-sig" if has_bom else "utf-8"), f"{self.id}.csv")

    def _cell(self, name: str, one: tuple[str, AccountWorld, Record], are_qualified: bool) -> str:
        if name == "Conversions" and are_qualified:
            return ""
        value = str(CELLS[name](*one))
        return f"{Decimal(value):,}" if name in METRICS and self.order.has_commas else value


def zipped(data: bytes, name: str) -> bytes:
    """``data`` as the one file of a zip; the same bytes every time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        info = zipfile.ZipInfo(name, ZIP_DATE)
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, data)
    return packed.getvalue()


def found(order: Order, accounts: Mapping[str, AccountWorld], today: date) -> list[tuple[str, AccountWorld, Record]]:
    """The rows of an order: what happened until today."""
    first, last = str(order.first), str(min(order.last, today))
    rows: list[tuple[str, AccountWorld, Record]] = []
    for account_id in order.account_ids:
        rows += [
            (account_id, accounts[account_id], row)
            for row in accounts[account_id].tables.get("days", ())
            if first <= row["date"] <= last and _is_alive(row)
        ]
    return rows


def _is_alive(row: Record) -> bool:
    return any(Decimal(str(row.get(name, 0))) for name in ("impressions", "clicks", "spend", "conversions"))


def _with_blanks(name: str) -> str:
    """``CampaignName`` as ``Campaign name``."""
    words: Sequence[str] = "".join(f" {char}" if char.isupper() else char for char in name).split()
    return " ".join([words[0], *(word.lower() for word in words[1:])])
