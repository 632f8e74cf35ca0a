"""Members of a dimension side by side: a row for each, a column for each KPI, and each KPI's own value of the whole.

The whole is never added up here: a sum of ratios means nothing, and customers of two channels may be one.
"""

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from markupsafe import Markup

from kpi.channels import UNATTRIBUTED
from kpi.scan import UNASSIGNED
from kpi.text import Text
from sync.publish.shelf import Figure
from sync.publish.web.change import Change, change, start_before
from sync.publish.web.filters import BadFilter
from sync.publish.web.page import Look
from sync.publish.web.signin.readers import may_see

Order = Literal["ascending", "descending"]
ON_PAGE = 30
"""Rows that are shown at once; a file holds all."""
BY_NAME = "name"
"""What ``sort`` says of the first column."""
NOBODY = (UNATTRIBUTED, UNASSIGNED)


@dataclass(frozen=True)
class Column:
    kpi: str
    heading: str
    title: str
    """In full."""
    query: str
    """Of the page sorted by it, the other way round where it is already."""
    order: Order | None


@dataclass(frozen=True)
class Cell:
    figure: Figure | None
    change: Change


@dataclass(frozen=True)
class Row:
    key: str
    label: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Table:
    by: str
    period: str
    start: date | None
    names: Column
    """The first column."""
    columns: Sequence[Column]
    """KPIs without any value are left out."""
    absent: Sequence[tuple[Column, Text]]
    """Those of them that were computed, with why they have none."""
    rows: Sequence[Row]
    nobody: Sequence[Row]
    """What belongs to no member; it stands last however the others are sorted."""
    whole: Row | None

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.rows) // ON_PAGE))

    def page(self, number: int) -> Sequence[Row]:
        """The rows of one page, from 1."""
        return paged(self.rows, number)

    @property
    def lines(self) -> list[Row]:
        """As they are shown, from above."""
        return [*self.rows, *self.nobody, *([self.whole] if self.whole else [])]

    @property
    def figures(self) -> list[Figure]:
        return [cell.figure for row in self.lines for cell in row.cells if cell.figure]

    @property
    def has_gaps(self) -> bool:
        return any(cell.figure is None for row in self.lines for cell in row.cells)

    @property
    def is_partial(self) -> bool:
        return any(figure.is_partial for figure in self.figures)

    @property
    def provisional_until(self) -> date | None:
        """The last day on which one of its values may still change by itself."""
        return max((figure.provisional_until for figure in self.figures if figure.provisional_until), default=None)


def side_by_side(
    look: Look,
    by: str,
    kpis: Mapping[str, Text],
    *,
    start: date | None,
    whole: tuple[str, str] | None = ("total", ""),
    only: Collection[str] | None = None,
    names: Text,
    period: str | None = None,
    is_sorted: bool = True,
    page: int | None = None,
) -> Table:
    """``kpis``: name -> heading. ``whole``: dimension and member of the last line. ``only``: these members. ``start`` None: of the
    running period, or of a kind that has no other. ``period``: another kind than the filters'. ``is_sorted``: as the address says, else
    by the first KPI. ``page``: the one that is shown; only its rows are held against the period before. Members that the reader may
    not see are left out."""
    known = {kpi: heading for kpi, heading in kpis.items() if kpi in look.catalogue.kpis}
    sort, is_down = order(look, known) if is_sorted else (next(iter(known), BY_NAME), True)
    filters, period = look.filters, period or look.filters.period
    earlier = start_before(period, start, filters.compare) if start else None

    def cut(dimension: str, of: date | None, keys: Collection[str] | None = None) -> dict[str, dict[str, Figure]]:
        return look.shelf.cut(list(known), by=dimension, period=period, start=of, model=filters.model, keys=keys)

    def row(key: str, label: str, now: Mapping[str, Figure], before: Mapping[str, Figure]) -> Row:
        cells = [Cell(now.get(k), change(now.get(k), before.get(k), look.catalogue.definition(k).better)) for k in shown]
        return Row(key, label, cells)

    found = {key: figures for key, figures in cut(by, start).items() if may_see(look.reader, by, key)}
    found = {key: figures for key, figures in found.items() if only is None or key in only}
    sum_now = cut(whole[0], start).get(whole[1], {}) if whole else {}
    sum_past = cut(whole[0], earlier).get(whole[1], {}) if whole and earlier else {}
    lines = [*found.values(), sum_now]
    shown = [kpi for kpi in known if any(kpi in figures and figures[kpi].value is not None for figures in lines)]
    labels = look.labels(by)
    place = shown.index(sort) if sort in shown else None
    bare = [row(key, labels.get(key, key), figures, {}) for key, figures in found.items() if key not in NOBODY]
    nobody = [key for key in NOBODY if key in found]
    named = _sorted(bare, place, is_down)
    wanted = [line.key for line in (named if page is None else paged(named, page))] + nobody
    past = cut(by, earlier, wanted) if earlier and wanted else {}
    named = [row(line.key, line.label, found[line.key], past[line.key]) if line.key in past else line for line in named]
    total = Text("Total", "Total") if whole == ("total", "") else Text("All of it", "Ensemble")
    return Table(
        by=by,
        period=period,
        start=start,
        names=_column(look, BY_NAME, names.in_(look.locale), "", sort, is_down),
        columns=[_column(look, k, known[k].in_(look.locale), look.title(k), sort, is_down) for k in shown],
        absent=[
            (_column(look, kpi, heading.in_(look.locale), look.title(kpi), sort, is_down), reason)
            for kpi, heading in known.items()
            if kpi not in shown and (reason := _reason(kpi, [sum_now, *found.values()]))
        ],
        rows=named,
        nobody=[row(key, labels.get(key, key), found[key], past.get(key, {})) for key in nobody],
        whole=row("", total.in_(look.locale), sum_now, sum_past) if sum_now else None,
    )


def paged(rows: Sequence[Row], number: int) -> Sequence[Row]:
    return rows[(number - 1) * ON_PAGE : number * ON_PAGE]


def _reason(kpi: str, lines: Iterable[Mapping[str, Figure]]) -> Text | None:
    return next((line[kpi].reason for line in lines if kpi in line), None)


def order(look: Look, kpis: Iterable[str]) -> tuple[str, bool]:
    """What the address says to sort by, and whether from the highest down; the first KPI where it says nothing. Raises
    :class:`BadFilter`."""
    known = [*kpis, BY_NAME]
    sort = choice("sort", look.query.get("sort") or known[0], known)
    usual = "asc" if sort == BY_NAME else "desc"
    return sort, choice("dir", look.query.get("dir") or usual, ("asc", "desc")) == "desc"


def choice(name: str, given: str, known: Collection[str]) -> str:
    """What was given, where it is among what is known; else :class:`BadFilter`."""
    if given in known:
        return given
    offered = ", ".join(known)
    raise BadFilter(name, given, Text(f"{name}: choose among {offered}", f"{name} : choisissez parmi {offered}"))


def kept_order(look: Look) -> Markup:
    """Fields of the filters' form that keep the rows sorted as they are."""
    field = Markup('<input type="hidden" name="{}" value="{}">')
    return Markup("").join(field.format(name, look.query[name]) for name in ("sort", "dir") if look.query.get(name))


def _column(look: Look, name: str, heading: str, title: str, sort: str, is_down: bool) -> Column:
    usual = "asc" if name == BY_NAME else "desc"
    way = usual if name != sort else ("asc" if is_down else "desc")
    current: Order | None = None
    if name == sort:
        current = "descending" if is_down else "ascending"
    return Column(name, heading, title, look.filters.with_(sort=name, dir=way), current)


def _sorted(rows: Sequence[Row], place: int | None, is_down: bool) -> list[Row]:
    """By a column's values, or by name; what has no value stands last, whichever way."""
    named = sorted(rows, key=lambda row: _folded(row.label))
    if place is None:
        return named[::-1] if is_down else named

    def value(row: Row) -> Decimal | None:
        figure = row.cells[place].figure
        return figure.value if figure else None

    known = [(found, row) for row in named if (found := value(row)) is not None]
    return [row for _, row in sorted(known, key=lambda pair: pair[0], reverse=is_down)] + [r for r in named if value(r) is None]


def _folded(label: str) -> str:
    """É sorts with e."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", label) if not unicodedata.combining(sign))
    return plain.casefold()
