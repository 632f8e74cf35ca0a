"""From facts to numbers: derive the marts, compute every KPI at every grain, keep each version.

What is stored is what was computed: value, inputs, count, window, currency, model, freshness, reason, flags. A value
that did not change adds nothing, so the store grows with what moves.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import duckdb

from kpi.engine import ComputeContext, Coverage, Result
from kpi.measures.base import By
from kpi.periods import Period
from kpi.registry import Catalogue
from sync import basis, maturity, passport, record_values
from sync.campaign_values import PEOPLE_FIGURES, Campaign, campaign_figures, campaign_values, people_values
from sync.compute import engine
from sync.derive import DeriveReport
from sync.derived import coverage, marts
from sync.grains import computed_kpis, everything
from sync.house import House
from sync.known import informed
from sync.lake import Written, version_line
from sync.pipeline import Frame
from sync.result_rows import (
    INSTANT,
    RESULT_COMPARED,
    RESULT_KEY,
    RESULT_TYPES,
    result_row,
)
from sync.spill import Spill
from sync.staging import workplace
from sync.values import Composing, values


@dataclass(frozen=True)
class Computed:
    """What a run computed."""

    kpis: int
    """Values at every grain and period."""
    changed: int
    """Values that differ from the previous run's."""
    report: DeriveReport
    totals: tuple[Result, ...]
    """By total, over all time (of what has no such value, the shortest current period), the settings' model: the headline."""


def compute_all(house: House, run_id: int, frame: Frame) -> tuple[Computed, list[Written | None]]:
    """Every KPI at every grain and period it is kept at; files to be registered with the run.

    Values go to disk as they are computed; those of large dimensions are composed there (:mod:`sync.values`). Kept are those that
    are needed once more: totals, and what campaigns and colleagues show.
    """
    with workplace(house.lake.staging) as folder:
        return _compute_all(house, run_id, frame, Composing(folder))


def _compute_all(house: House, run_id: int, frame: Frame, composing: Composing) -> tuple[Computed, list[Written | None]]:
    needed_again: list[Result] = []
    followed: list[Result] = []
    lines: Spill[bytes] = Spill(house.lake.staging)
    as_of = frame.now.strftime(INSTANT)
    needed = needed_again_by(house.catalogue)
    with marts(house, frame) as (con, report):
        known = coverage(house, con, frame)
        for result in _results(house, frame, con, known, report.models, needed, composing):
            lines.add(version_line(result_row(result, as_of)))
            if result.by == "total" or (result.kpi, result.period) in needed.get(result.by, ()):
                needed_again.append(result)
            if maturity.is_followed(result, house.settings.attribution.model):
                followed.append(result)
        campaigns = [Campaign(*row) for row in con.execute("SELECT campaign, channel, title FROM campaign_title").fetchall()]
        expected = maturity.lines(house, frame, con, followed)
        in_common = list(passport.rows(con, frame, known))
    model = house.settings.attribution.model
    of_campaigns = campaign_values(needed_again, campaigns, model, frame.today, frame.currency, house.catalogue)
    of_people = people_values(needed_again, model, frame.today, frame.currency) if house.settings.crm.people else ()
    of_records, fingerprints = record_values.write(house, report.records, chain(of_campaigns, of_people), as_of, run_id)
    written = [
        house.lake.write_versions("kpi_result", RESULT_TYPES, RESULT_KEY, RESULT_COMPARED, lines, run_id, more=composing.table()),
        of_records,
    ]
    changed = sum(w.file.rows for w in written if w is not None)
    written += [fingerprints, maturity.write(house, expected, run_id), basis.write(house, frame, run_id, in_common)]
    whole = {name: "all" if "all" in kpi.periods else kpi.periods[-1] for name, kpi in house.catalogue.kpis.items()}
    totals = tuple(
        r
        for r in needed_again
        if r.by == "total"
        and r.period == whole[r.kpi]
        and r.model in (None, model)
        and r.period_start <= frame.today < r.period_end
    )
    return Computed(len(lines) + composing.rows, changed, report, totals), written


def needed_again_by(catalogue: Catalogue) -> Mapping[By, Collection[tuple[str, Period]]]:
    """Dimension -> KPIs and kinds of period whose results are used once more within a run."""
    return {
        **maturity.ripening(),
        "campaign": {(figure.kpi, figure.period) for figure in campaign_figures(catalogue)},
        "owner": {(figure.kpi, figure.period) for figure in PEOPLE_FIGURES},
    }


def _results(
    house: House,
    frame: Frame,
    con: duckdb.DuckDBPyConnection,
    known: Mapping[str, Coverage],
    models: Sequence[str],
    needed: Mapping[By, Collection[tuple[str, Period]]],
    composing: Composing,
) -> Iterator[Result]:
    kpis = computed_kpis(house).values()
    context = ComputeContext(frame.now, frame.today, frame.currency, known, house.settings.kpis.min_cases)
    with engine(con, house.settings.compute, house.name, house.lake.staging) as at:
        work = everything(kpis, models)
        yield from values(work, con=con, at=at, context=informed(context, con, kpis), needed=needed, composing=composing)


def headline(totals: Iterable[Result], names: Sequence[str]) -> list[Result]:
    """The totals named, in that order."""
    by_name = {r.kpi: r for r in totals}
    return [by_name[n] for n in names if n in by_name]
