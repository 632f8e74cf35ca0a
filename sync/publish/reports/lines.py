"""The KPIs of a report, by role: each with its value in the span, what it was before, and what is to be known of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from kpi.registry import Catalogue
from kpi.roles import OWN, ROLES
from kpi.text import Text
from sync.publish.i18n import Language
from sync.publish.reports.span import Span
from sync.publish.shelf import Figure, Shelf
from sync.publish.web.change import Change, change, comparable
from sync.sureness import too_few

TITLES = {
    "sales": Text("Sales", "Ventes"),
    "marketing": Text("Marketing", "Marketing"),
    "finance": Text("Finance", "Finance"),
    OWN: Text("Our own", "Les nôtres"),
    "": Text("Followed", "Suivis"),
}
"""Role -> its heading; '' holds KPIs that the settings name one by one."""


@dataclass(frozen=True)
class Line:
    kpi: str
    title: str
    figure: Figure | None
    """None: no value of it was ever computed."""
    value: str
    """As it is read: of too few cases, that there is not enough data."""
    instead: str
    """What period the figure is of where it is not the span's, in words; '' where it is."""
    previous: Change
    was: str
    """In the period before, as it is read; '' where nothing is known."""
    last_year: Change
    was_last_year: str
    mature: str
    """What an unripe value is expected to come to; '' where nothing is."""


@dataclass(frozen=True)
class Section:
    role: str
    title: str
    lines: tuple[Line, ...]
    absent: tuple[str, ...]
    """Titles of KPIs without any value."""


def sections(shelf: Shelf, catalogue: Catalogue, language: Language, span: Span, follow: Sequence[str]) -> list[Section]:
    """One for each role that ``follow`` names, in its order; a KPI stands where it is named first."""
    own = tuple(name for name, kpi in catalogue.kpis.items() if kpi.is_own)
    named: dict[str, list[str]] = {}
    for one in follow:
        if one == OWN:
            named.setdefault(OWN, []).extend(own)
        elif one in ROLES:
            named.setdefault(one, []).extend(ROLES[one])
        elif one in catalogue.kpis:
            named.setdefault("", []).append(one)
    look, seen, found = _Look(shelf, catalogue, language, span), set[str](), []
    for role, kpis in named.items():
        mine = [kpi for kpi in dict.fromkeys(kpis) if kpi not in seen]
        seen |= set(mine)
        lines = [look.line(kpi) for kpi in mine]
        if lines:
            found.append(
                Section(
                    role,
                    TITLES[role].in_(language.locale),
                    tuple(line for line in lines if line.figure is not None),
                    tuple(line.title for line in lines if line.figure is None),
                )
            )
    return found


def kpis_of(found: Iterable[Section]) -> list[str]:
    """Those that have a value, in their order."""
    return [line.kpi for section in found for line in section.lines]


def read(figure: Figure | None, catalogue: Catalogue, language: Language) -> str:
    """A value as it is read; of too few cases it is no news (KPI_DEFINITIONS R12)."""
    if figure is not None and figure.value is not None and "small_sample" in figure.flags:
        row = {"inputs": figure.inputs, "n": figure.n}
        return too_few(row, catalogue.kpis.get(figure.kpi), language.locale)
    return language.value(figure)


class _Look:
    def __init__(self, shelf: Shelf, catalogue: Catalogue, language: Language, span: Span) -> None:
        self._shelf, self._catalogue, self._language, self._span = shelf, catalogue, language, span

    def line(self, kpi: str) -> Line:
        figure, instead = self._figure(kpi)
        better = self._catalogue.definition(kpi).better
        before = comparable(self._shelf, figure, "previous") if figure else None
        year_before = comparable(self._shelf, figure, "last_year") if figure else None
        return Line(
            kpi=kpi,
            title=self._catalogue.definition(kpi).title.in_(self._language.locale),
            figure=figure,
            value=read(figure, self._catalogue, self._language),
            instead=instead,
            previous=_sure(change(figure, before, better), figure),
            was=self._was(before),
            last_year=_sure(change(figure, year_before, better), figure),
            was_last_year=self._was(year_before),
            mature=self._mature(figure),
        )

    def _figure(self, kpi: str) -> tuple[Figure | None, str]:
        """The span's; of a week without one, that of the newest month that was over by its end; else what is known at one moment."""
        span, found = self._span, self._shelf.figure(kpi, period=self._span.period, start=self._span.start)
        if found is not None:
            return found, ""
        if span.period == "week":
            month = _month_before(span.end)
            found = self._shelf.figure(kpi, period="month", start=month)
            if found is not None:
                told = self._language.period("month", month)
                return found, Text(f"of {told}: not kept by week", f"{told} : pas tenu par semaine").in_(self._language.locale)
        if span.period in getattr(self._catalogue.definition(kpi), "periods", ()):
            # It is kept by this kind of period, so a value of all time would say something else under the same name.
            return None, ""
        found = self._shelf.figure(kpi)
        day = self._language.day(self._shelf.today)
        return found, Text(f"as of {day}, whatever the period", f"au {day}, quelle que soit la période").in_(
            self._language.locale
        )

    def _was(self, figure: Figure | None) -> str:
        return read(figure, self._catalogue, self._language) if figure is not None and figure.value is not None else ""

    def _mature(self, figure: Figure | None) -> str:
        expected = figure.at_maturity if figure else None
        if figure is None or expected is None or expected.value is None or expected.maturity == 1:
            return ""
        return self._language.amount(expected.value, figure.unit, figure.currency)


def _sure(found: Change, now: Figure | None) -> Change:
    """A figure of too few cases is held against none, and none against it."""
    if not any(one is not None and "small_sample" in one.flags for one in (now, found.before)):
        return found
    return Change(found.before, None, None, "even", found.is_points)


def _month_before(end: date) -> date:
    """First day of the newest month that is over when ``end`` begins."""
    month = end.month - 1 or 12
    return date(end.year - (month == 12), month, 1)
