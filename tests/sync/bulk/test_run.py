"""A run stores the same values whoever makes them, and whether credits are weighed or known to be whole."""

from pathlib import Path
from unittest.mock import patch

from kpi.measures.base import By
from kpi.periods import Period
from sync import bulk, grains, results
from tests.sync.compute.conformance import small_company

FEW: dict[By, tuple[Period, ...]] = {
    "total": ("all",),
    "campaign": ("all", "month"),
    "owner": ("quarter",),
    "company": ("all", "year"),
}


def test_nothing_changes_when_the_engine_composes(tmp_path: Path) -> None:
    undivided = frozenset({("deal_outcome", None), ("lead", None)})
    with patch.object(grains, "PERIODS_BY", FEW), small_company(tmp_path) as sync:
        with patch.object(results, "informed", side_effect=lambda context, _con, _kpis: context):
            first = sync({})
        with patch.object(bulk, "WORTH_IT", 1), patch.object(bulk, "write", wraps=bulk.write) as write:
            again = sync({})
    asked = {call.kwargs["by"]: {m: tuple(periods) for m, periods in call.args[0].items()} for call in write.call_args_list}
    assert asked == {
        "campaign": {"first": FEW["campaign"], "last": FEW["campaign"]},
        "owner": {"first": FEW["owner"]},
        "company": {"first": FEW["company"]},
    }, "nothing where nothing is asked"
    assert all(call.kwargs["context"].known.undivided >= undivided for call in write.call_args_list)
    assert again.computed.kpis == first.computed.kpis
    assert again.computed.changed == 0
