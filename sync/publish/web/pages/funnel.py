"""From visitor to customer: how many reach each step, what share goes on, and what cohorts come to once they are ripe."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from kpi.funnel import STEPS
from kpi.text import Text
from sync.grains import kept
from sync.publish.shelf import Figure
from sync.publish.web.change import Change, change, comparable
from sync.publish.web.chosen import chosen_start
from sync.publish.web.page import N_, Answer, Look, Page
from sync.publish.web.side_by_side import kept_order, side_by_side
from sync.publish.web.tiles import is_calendar

ALL_THE_WAY, COHORT = "lead_to_customer", "lead_to_customer_cohort"
BY_CHANNEL: Mapping[str, Text] = MappingProxyType(
    {
        "users": Text("Visitors", "Visiteurs"),
        "visitor_to_lead": Text("to lead", "vers lead"),
        "leads": Text("Leads", "Leads"),
        "lead_to_mql": Text("to MQL", "vers MQL"),
        "mqls": Text("MQL", "MQL"),
        "sqls": Text("SQL", "SQL"),
        "opportunities": Text("Opportunities", "Opportunités"),
        "opp_to_won": Text("to customer", "vers client"),
        "new_customers": Text("Customers", "Clients"),
        COHORT: Text("Lead to customer, by cohort", "Lead à client, par cohorte"),
    }
)
COHORTS = 13
NOT_BY_THIS_PERIOD = Text("not told by this kind of period", "n'est pas donné pour ce type de période")
NOT_THERE = Text("nothing was recorded in the period", "rien n'a été enregistré dans la période")


@dataclass(frozen=True)
class Step:
    kpi: str
    title: str
    figure: Figure | None
    change: Change
    missing: str
    """Why there is no value; '' where there is one."""
    width: int
    """Of its bar, in hundredths of the longest."""
    rate: str | None
    """The KPI of the share that came from the step above."""
    rate_title: str
    share: Figure | None
    share_change: Change
    share_missing: str


@dataclass(frozen=True)
class Cohort:
    """The leads of one period, and what became of them within the window."""

    title: str
    figure: Figure
    leads: Decimal | None
    customers: Decimal | None
    expected: str | None
    """At maturity, with the error of such expectations."""
    ripe: str | None
    """How much of its end value such a cohort has reached at its age."""
    why: str
    """Why nothing can be expected."""


def show(look: Look) -> Answer:
    channel = look.filters.channel
    by, key = ("channel", channel) if channel else ("total", "")
    kpis = [kpi for step in STEPS for kpi in step if kpi]
    start, starts = chosen_start(look, [*kpis, ALL_THE_WAY])
    figures = look.shelf.cut([*kpis, ALL_THE_WAY], by=by, period=look.filters.period, start=start, model=look.filters.model)
    found = figures.get(key, {})
    longest = max((figure.value for kpi, _ in STEPS if (figure := found.get(kpi)) and figure.value), default=None)
    return {
        "start": start,
        "starts": starts,
        "extra": kept_order(look),
        "steps": [_step(look, kpi, rate, found, by, key, longest) for kpi, rate in STEPS if kpi in look.catalogue.kpis],
        "all_the_way": found.get(ALL_THE_WAY),
        "all_the_way_title": look.title(ALL_THE_WAY),
        "cohort_title": look.title(COHORT),
        "cohort_caveats": look.language.text(look.catalogue.definition(COHORT).caveats),
        "cohorts": _cohorts(look, by, key),
        "channel": look.labels("channel").get(channel, channel) if channel else None,
        "table": None if channel else side_by_side(look, "channel", BY_CHANNEL, start=start, names=Text("Channel", "Canal")),
    }


def _step(
    look: Look, kpi: str, rate: str | None, found: Mapping[str, Figure], by: str, key: str, longest: Decimal | None
) -> Step:
    figure, share = found.get(kpi), found.get(rate) if rate else None
    width = int(figure.value / longest * 100) if figure and figure.value and longest else 0
    return Step(
        kpi=kpi,
        title=look.title(kpi),
        figure=figure,
        change=_change(look, figure),
        missing=_missing(look, kpi, figure, by, key),
        width=width,
        rate=rate,
        rate_title=look.title(rate) if rate else "",
        share=share,
        share_change=_change(look, share),
        share_missing=_missing(look, rate, share, by, key) if rate else "",
    )


def _change(look: Look, figure: Figure | None) -> Change:
    if figure is None:
        return change(None, None, "none")
    return change(figure, comparable(look.shelf, figure, look.filters.compare), look.catalogue.definition(figure.kpi).better)


def _missing(look: Look, kpi: str, figure: Figure | None, by: str, key: str) -> str:
    """Why there is no value: what is not there at all is told once, of all time."""
    if figure is not None:
        return look.language.text(figure.reason) if figure.value is None else ""
    ever = look.shelf.figure(kpi, by=by, key=key, model=look.filters.model) or look.shelf.figure(kpi, model=look.filters.model)
    if ever is not None and ever.value is None:
        return look.language.text(ever.reason)
    is_kept = kept(look.catalogue.kpis[kpi], by, look.filters.period)  # type: ignore[arg-type]
    return look.language.text(NOT_THERE if is_kept else NOT_BY_THIS_PERIOD)


def _cohorts(look: Look, by: str, key: str) -> list[Cohort]:
    """The newest first, up to the period that is looked at or the running one."""
    period = look.filters.period if is_calendar(look.filters.period) and look.filters.period != "week" else "month"
    course = look.shelf.series(COHORT, by=by, key=key, period=period, model=look.filters.model)
    return [_cohort(look, figure) for figure in reversed(course[-COHORTS:])]


def _cohort(look: Look, figure: Figure) -> Cohort:
    told, mature = look.language, figure.at_maturity
    is_ripe = mature is not None and mature.maturity == 1
    expected = None
    if mature is not None and mature.value is not None and not is_ripe:
        expected = told.amount(mature.value, figure.unit)
        if mature.error is not None:
            expected += f" ± {told.amount(mature.error, figure.unit)}"
    reached = mature.maturity if mature and not is_ripe else None
    return Cohort(
        title=told.period(figure.period, figure.start),
        figure=figure,
        leads=figure.inputs.get("cohort_leads"),
        customers=figure.inputs.get("cohort_customers"),
        expected=expected,
        ripe=told.percent(reached) if reached is not None else None,
        why=told.text(mature.reason) if mature and mature.value is None else "",
    )


PAGE = Page(
    "/funnel",
    N_("Funnel"),
    "funnel.html",
    show,
    group="marketing",
    order=30,
    filters=("period", "start", "compare", "channel", "model"),
)
