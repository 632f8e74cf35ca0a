"""Of records of the account's own objects."""

from collections.abc import Mapping

from kpi.text import Text
from sync.marts.desk import Desk, Note


def entries(desk: Desk) -> None:
    desk.mart("custom_entry", CUSTOM_ENTRY)


CUSTOM_ENTRY = """
SELECT c.object, c.record_id, c.pipeline_id, c.stage_id, c.owner_id, t.team_id, c.created_on, c.amount_home
FROM custom_record c LEFT JOIN _team t USING (owner_id) WHERE c.archived_at IS NULL AND c.merged_into IS NULL
"""

NOTES: Mapping[str, Note] = {
    "custom_without_rate": Note(
        "custom_record WHERE archived_at IS NULL AND merged_into IS NULL AND amount IS NOT NULL AND amount_home IS NULL",
        Text(
            "records of your own objects without an exchange rate (left out of sums)",
            "enregistrements de vos objets personnalisés sans taux de change (exclus des sommes)",
        ),
        ("custom_record", "record_id"),
    ),
}
