"""A run stores the same values whoever makes them."""

from pathlib import Path
from unittest.mock import patch

from kpi.measures.base import By
from kpi.periods import Period
from sync import bulk, grains
from sync.grains import MODELS
from tests.sync.compute.conformance import small_company

FEW: dict[By, tuple[Period, ...]] = {
    "total": ("all",),
    "campaign": ("all", "month"),
    "owner": ("quarter",),
    "company": ("all", "year"),
}


def test_nothing_changes_when_the_engine_composes(tmp_path: Path) -> None:
    with patch.object(grains, "PERIODS_BY", FEW), small_company(tmp_path) as sync:
        first = sync({})
        with patch.object(bulk, "WORTH_IT", 1), patch.object(bulk, "write", wraps=bulk.write) as write:
            again = sync({})
    assert write.call_count == len(MODELS) * (len(FEW) - 1)
    assert again.computed.kpis == first.computed.kpis
    assert again.computed.changed == 0
