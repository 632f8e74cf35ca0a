"""No table can be forgotten when a record is erased."""

import pytest

from kpi.erasure import unsorted_ids
from kpi.schema import TABLES


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_id_column_is_sorted(table: str) -> None:
    """It names a record that can be erased, or it is said to be none."""
    assert unsorted_ids(TABLES[table]) == []
