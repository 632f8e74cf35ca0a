"""Records that live: merges followed to the record that is left, archived ones out, links between the living."""

from collections.abc import Mapping

from kpi.text import Text
from sync.marts.desk import Desk, Note


def resolve_records(desk: Desk) -> None:
    con = desk.con
    con.execute(LEFT_OUT)
    resolve(desk, "deal", "deal_id")  # what else of them is needed stands in _deal_state
    resolve(desk, "contact")
    resolve(desk, "company")
    for a, b in (("deal", "contact"), ("deal", "company"), ("contact", "company")):
        con.execute(link(a, b))
    for kind in ("deal", "contact"):
        con.execute(PRIMARY_COMPANY.format(kind=kind))
    con.execute(FIRST_CONTACT)
    con.execute(TEAMS)


def resolve(desk: Desk, kind: str, columns: str = "*") -> None:
    """``_<kind>_survivor`` and ``_<kind>``: merges followed, and the records of a kind that figures count; all that is known of
    these in the view ``_living_<kind>``."""
    rule = desk.options.leave_out.get(kind, "false")
    desk.con.execute(SURVIVORS.format(kind=kind))
    desk.con.execute(NOT_COUNTED.format(kind=kind, rule=rule))
    kept = KEPT_CLOSED if kind == "deal" and desk.options.archived_deals == "keep_closed" else ""
    desk.con.execute(LIVING.format(kind=kind, kept=kept, rule=rule))
    desk.con.execute(f"CREATE OR REPLACE TEMP TABLE _{kind} AS SELECT {columns} FROM _living_{kind}")


SURVIVORS = """
CREATE OR REPLACE TEMP TABLE _{kind}_survivor AS
WITH RECURSIVE chain(id, survivor, step) AS (
    SELECT {kind}_id, merged_into, 1 FROM "{kind}" WHERE merged_into IS NOT NULL
    UNION ALL
    SELECT chain.id, gone.merged_into, chain.step + 1
    FROM chain JOIN "{kind}" gone ON gone.{kind}_id = chain.survivor
    WHERE gone.merged_into IS NOT NULL AND chain.step < 50
)
SELECT id, arg_max(survivor, step) AS survivor FROM chain GROUP BY id
"""
"""Merged record -> the record it lives on in, through any chain of merges (a circle of 50 is a fault, and dropped)."""

LIVING = """
CREATE OR REPLACE TEMP VIEW _living_{kind} AS
SELECT * FROM "{kind}" WHERE (archived_at IS NULL{kept}) AND merged_into IS NULL AND ({rule}) IS NOT TRUE
"""

KEPT_CLOSED = " OR stage_id IN (SELECT stage_id FROM stage WHERE is_closed AND probability IN (0, 1))"
"""Archived deals that were won or lost, where the settings say that they go on counting."""

LEFT_OUT = "CREATE OR REPLACE TEMP TABLE _left_out (kind VARCHAR, record_id VARCHAR)"

NOT_COUNTED = """
INSERT INTO _left_out
SELECT '{kind}', {kind}_id FROM "{kind}" WHERE archived_at IS NULL AND merged_into IS NULL AND ({rule})
"""

NOTES: Mapping[str, Note] = {
    "left_out": Note(
        "_left_out",
        Text(
            "records that the settings leave out of every figure",
            "enregistrements que les réglages excluent de tous les chiffres",
        ),
        record=("_left_out", "record_id"),
    ),
}

_LINK = """
CREATE OR REPLACE TEMP TABLE _{a}_{b} AS
WITH pairs AS (
    SELECT from_id AS {a}_id, to_id AS {b}_id, is_primary FROM association WHERE from_type = '{a_type}' AND to_type = '{b_type}'
    UNION ALL
    SELECT to_id, from_id, is_primary FROM association WHERE from_type = '{b_type}' AND to_type = '{a_type}'
), survived AS (
    SELECT coalesce(sa.survivor, p.{a}_id) AS {a}_id, coalesce(sb.survivor, p.{b}_id) AS {b}_id, bool_or(p.is_primary) AS is_primary
    FROM pairs p LEFT JOIN _{a}_survivor sa ON sa.id = p.{a}_id LEFT JOIN _{b}_survivor sb ON sb.id = p.{b}_id
    GROUP BY 1, 2
)
SELECT s.* FROM survived s JOIN _{a} USING ({a}_id) JOIN _{b} USING ({b}_id)
"""

_PLURALS = {
    "deal": "deals",
    "contact": "contacts",
    "company": "companies",
    "order": "orders",
    "cart": "carts",
    "invoice": "invoices",
}


def link(a: str, b: str) -> str:
    """Living records of two kinds that are associated, whichever direction was read, under their survivors."""
    return _LINK.format(a=a, b=b, a_type=_PLURALS[a], b_type=_PLURALS[b])


PRIMARY_COMPANY = """
CREATE OR REPLACE TEMP TABLE _{kind}_primary AS
SELECT {kind}_id, company_id FROM _{kind}_company
QUALIFY row_number() OVER (PARTITION BY {kind}_id ORDER BY is_primary DESC, length(company_id), company_id) = 1
"""

TEAMS = "CREATE OR REPLACE TEMP TABLE _team AS SELECT owner_id, any_value(team_id) AS team_id FROM owner GROUP BY owner_id"

FIRST_CONTACT = """
CREATE OR REPLACE TEMP TABLE _deal_first_contact AS
SELECT l.deal_id, l.contact_id FROM _deal_contact l JOIN _contact c USING (contact_id)
QUALIFY row_number() OVER (PARTITION BY l.deal_id ORDER BY c.created_at NULLS LAST, length(l.contact_id), l.contact_id) = 1
"""
