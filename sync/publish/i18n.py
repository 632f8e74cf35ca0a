"""A reader's language: words by gettext, numbers, money and dates by the locale.

Templates hold English (``{{ _("Spend") }}``); the French of each room is in a catalogue of its own, ``locale/fr/<room>.po``. All
are merged when the program starts and compiled in memory: a translator edits text, and nothing binary is kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_compact_currency, format_compact_decimal, format_percent

from kpi.flags import in_words
from kpi.text import Text
from sync import render
from sync.publish.shelf import Figure

LOCALES = ("en", "fr")
CATALOGUES = Path(__file__).parent / "locale"

PERIOD_TITLES = {
    "all": Text("all time", "depuis le début"),
    "year": Text("year", "année"),
    "quarter": Text("quarter", "trimestre"),
    "month": Text("month", "mois"),
    "week": Text("week", "semaine"),
    "day": Text("day", "jour"),
    "last_30_days": Text("last 30 days", "30 derniers jours"),
    "last_90_days": Text("last 90 days", "90 derniers jours"),
    "last_365_days": Text("last 365 days", "365 derniers jours"),
}


def catalogues(locale: str, folder: Path = CATALOGUES) -> Iterable[Path]:
    """The files of a language, one for each room."""
    return sorted((folder / locale).glob("*.po"))


def merged(files: Iterable[Path], locale: str) -> Catalog:
    """One catalogue of several; of a message that two rooms translate, the first counts (a test holds them equal)."""
    whole = Catalog(locale=locale)
    for file in files:
        with file.open("rb") as opened:
            for message in read_po(opened, locale=locale):
                if message.id and message.string and message.id not in whole:
                    whole.add(message.id, message.string, context=message.context)
    return whole


@cache
def translations(locale: str) -> NullTranslations:
    """What ``gettext`` and ``ngettext`` are for a language; English is what templates hold."""
    if locale == "en":
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, merged(catalogues(locale), locale))
    compiled.seek(0)
    return GNUTranslations(compiled)


@dataclass(frozen=True)
class Language:
    """Words and formats for one reader. ``zone``: in which instants are told."""

    locale: str
    zone: ZoneInfo

    def text(self, text: Text | None) -> str:
        return text.in_(self.locale) if text is not None else ""

    def gettext(self, message: str) -> str:
        return translations(self.locale).gettext(message)

    def value(self, figure: Figure | None) -> str:
        """A figure as a person writes it; a dash where there is none (its reason stands beside it)."""
        if figure is None:
            return render.MISSING
        return self.amount(figure.value, figure.unit, figure.currency)

    def amount(self, value: Decimal | str | None, unit: str, currency: str | None = None) -> str:
        """By its unit: money, ratio, count, days, months, score."""
        return render.number(value, unit, currency, self.locale)

    def short(self, value: Decimal | None, unit: str, currency: str | None = None) -> str:
        """The same in few characters, for tiles and axes: 1.5M €, 12K."""
        if value is None:
            return render.MISSING
        if unit == "money" and abs(value) >= 10_000:
            return str(format_compact_currency(value, currency or "EUR", locale=self.locale, fraction_digits=1))
        if unit == "count" and abs(value) >= 100_000:
            return str(format_compact_decimal(value, locale=self.locale, fraction_digits=1))
        return self.amount(value, unit, currency)

    def rough(self, value: Decimal, unit: str, currency: str | None = None) -> str:
        """An end of a range, in as many digits as it is worth: €155, €1.4K, 1,073%."""
        if unit == "money" and abs(value) >= 100:
            value = value.quantize(Decimal(1))
            return str(format_compact_currency(value, currency or "EUR", locale=self.locale, fraction_digits=1))
        if unit == "ratio":
            digits = "0" if abs(value) >= 10 else "0.0"
            space = "\u00a0" if self.locale == "fr" else ""
            return str(format_percent(value, format=f"#,##{digits}{space}%", locale=self.locale))
        return self.amount(value, unit, currency)

    def percent(self, share: Decimal | None, *, signed: bool = False) -> str:
        """A share, to the tenth of a percent at most: 0.05 is 5 %."""
        if share is None:
            return render.MISSING
        said = str(format_percent(share, format="#,##0.#\u00a0%" if self.locale == "fr" else "#,##0.#%", locale=self.locale))
        return f"+{said}" if signed and share > 0 else said

    def points(self, difference: Decimal) -> str:
        """The difference of two rates: from 10 % to 12 % is +2.0 points."""
        said = render.number((difference * 100).quantize(Decimal("0.1")) + 0, "count", None, self.locale)  # + 0: never "-0"
        word = Text("points", "points").in_(self.locale)
        return f"{'+' if difference > 0 else ''}{said} {word}"

    def day(self, value: date | str | None) -> str:
        return render.day(value, self.locale)

    def instant(self, at: datetime | None) -> str:
        """To the minute, in the reporting zone."""
        if at is None:
            return render.MISSING
        local = at.astimezone(self.zone)
        return f"{format_date(local, 'medium', locale=self.locale)} {format_time(local, 'short', locale=self.locale)}"

    def ago(self, at: datetime, now: datetime) -> str:
        """Two hours ago, il y a deux heures."""
        return str(format_timedelta(at - now, add_direction=True, locale=self.locale))

    def period(self, kind: str, start: date | None = None) -> str:
        """The name of a period: August 2026, Q3 2026, week of 3 August; without ``start`` of its kind."""
        if start is None or kind not in ("year", "quarter", "month", "week", "day"):
            return PERIOD_TITLES[kind].in_(self.locale)
        if kind == "month":
            return str(format_skeleton("yMMMM", start, locale=self.locale))
        if kind == "quarter":
            # A fiscal quarter has no number that a reader would guess: its months tell it.
            return f"{format_skeleton('MMM', start, locale=self.locale)} – {self._last_month(start, 2)}"
        if kind == "year":
            if start.month == 1:
                return str(start.year)
            return f"{format_skeleton('yMMM', start, locale=self.locale)} – {self._last_month(start, 11)}"
        told = str(format_date(start, "medium", locale=self.locale))
        return told if kind == "day" else Text(f"week of {told}", f"semaine du {told}").in_(self.locale)

    def _last_month(self, start: date, later: int) -> str:
        years, month = divmod(start.month - 1 + later, 12)
        return str(format_skeleton("yMMM", date(start.year + years, month + 1, 1), locale=self.locale))

    def flags(self, figure: Figure) -> list[str]:
        return in_words(figure.flags, self.locale)


def json_safe(value: Any) -> Any:
    """Decimals and dates as charts take them: a picture needs no more digits than a double has."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
