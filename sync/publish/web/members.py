"""A KPI cut by a dimension: its members as a table, sorted, some at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from kpi.card import Kpi
from sync.grains import kept
from sync.publish.shelf import Figure
from sync.publish.web.change import Change, change, start_before
from sync.publish.web.page import Look
from sync.publish.web.signin.readers import may_see
from sync.publish.web.subject import cuts, one_of, whole_number

ON_A_PAGE = 50
SORTS = ("value", "change", "n", "name")


@dataclass(frozen=True)
class Member:
    key: str
    label: str
    figure: Figure
    change: Change


@dataclass(frozen=True)
class Members:
    """``rows`` are those of this page."""

    by: str
    period: str
    start: date | None
    rows: Sequence[Member]
    count: int
    page: int
    pages: int
    sort: str
    is_down: bool
    has_n: bool
    has_interval: bool
    has_change: bool


def dimensions(look: Look, kpi: Kpi) -> list[str]:
    """Those that this reader may see some member of."""
    return [by for by in cuts(kpi) if may_see(look.reader, by)]


def members(look: Look, kpi: Kpi, period: str, start: date | None) -> Members | None:
    """Of the dimension that the address names as ``cut``; None where the KPI has none that the reader may see."""
    known = dimensions(look, kpi)
    if not known:
        return None
    by = one_of("cut", look.query.get("cut") or known[0], known)
    if not kept(kpi, by, period):  # type: ignore[arg-type]
        period, start = "all", None
    model = look.filters.model
    found = {
        key: row[kpi.name]
        for key, row in look.shelf.cut([kpi.name], by=by, period=period, start=start, model=model).items()
        if may_see(look.reader, by, key)
    }
    first = start or next((figure.start for figure in found.values()), None)
    earlier = None if first is None or look.filters.compare == "none" else start_before(period, first, look.filters.compare)
    before = look.shelf.cut([kpi.name], by=by, period=period, start=earlier, model=model) if earlier else {}
    labels = look.labels(by)
    rows = [
        Member(key, labels.get(key, key), figure, change(figure, before.get(key, {}).get(kpi.name), kpi.better))
        for key, figure in found.items()
    ]
    sort = one_of("sort", look.query.get("sort") or ("name" if by == "cohort" else "value"), SORTS)
    down = one_of("dir", look.query.get("dir") or ("asc" if sort == "name" else "desc"), ("asc", "desc")) == "desc"
    rows = _sorted(rows, sort, down, by)
    pages = max(1, ceil(len(rows) / ON_A_PAGE))
    page = whole_number(look, "page", 1, pages)
    return Members(
        by=by,
        period=period,
        start=first,
        rows=rows[(page - 1) * ON_A_PAGE : page * ON_A_PAGE],
        count=len(rows),
        page=page,
        pages=pages,
        sort=sort,
        is_down=down,
        has_n=any(row.figure.n is not None for row in rows),
        has_interval=any(row.figure.interval for row in rows),
        has_change=bool(before),
    )


def _sorted(rows: Sequence[Member], sort: str, is_down: bool, by: str) -> list[Member]:
    """What has no value to sort by stands last, whichever way it is sorted."""

    def worth(row: Member) -> object:
        if sort == "name":
            return int(row.key) if by == "cohort" and row.key.isdigit() else row.label.casefold()
        return {"value": row.figure.value, "change": row.change.share, "n": row.figure.n}[sort]

    named = sorted(rows, key=lambda row: row.label.casefold())
    known = [row for row in named if worth(row) is not None]
    return sorted(known, key=worth, reverse=is_down) + [row for row in named if worth(row) is None]  # type: ignore[arg-type]
