"""Names for ids, at the moment they are shown.

Facts hold no person's or company's name; the raw records do, for as long as they are kept. A label is looked up there
and goes no further than the screen.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from kpi.channels import TITLES, UNATTRIBUTED
from sync.derived import marts
from sync.house import House
from sync.runs import stored_frame

_RAW: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "owner": ("owners", ("firstName", "lastName", "firstname", "lastname")),
    "deal": ("deals", ("dealname", "name")),
    "company": ("companies", ("name",)),
}
_TABLES: Mapping[str, tuple[str, str, str]] = {
    "pipeline": ("pipeline", "pipeline_id", "pipeline_name"),
    "stage": ("stage", "stage_id", "stage_name"),
    "team": ("owner", "team_id", "team_name"),
    "product": ("product", "product_id", "product_name"),
    "plan": ("product", "product_id", "product_name"),
    "email": ("marketing_email", "email_id", "email_name"),
    "survey": ("survey_response", "survey_id", "survey_name"),
}


_CAMPAIGNS = """
SELECT campaign, title FROM campaign_title
UNION ALL SELECT platform || '/' || campaign_id, campaign_name FROM campaign WHERE platform = 'hubspot'
"""
"""Those that traffic is placed on, and the CRM's own, which e-mails belong to."""


class Campaigns(NamedTuple):
    """By the campaign's key."""

    titles: Mapping[str, str]
    channels: Mapping[str, str]
    """Where it advertises; one without a channel is not in it."""


def campaigns(house: House) -> Campaigns:
    """What campaigns are called and where they stand. Told by all facts: it takes seconds."""
    with marts(house, stored_frame(house)) as (con, _report):
        titles = _distinct(dict(con.execute(_CAMPAIGNS).fetchall()))
        channels = "SELECT campaign, channel FROM campaign_title WHERE channel IS NOT NULL AND campaign <> ?"
        return Campaigns(titles, dict(con.execute(channels, [UNATTRIBUTED]).fetchall()))


def labels_for(house: House, by: str) -> dict[str, str]:
    """Member key -> what a person calls it; a key without a label is shown as it is."""
    if by == "channel":
        return {slug: text.in_(house.locale) for slug, text in TITLES.items()}
    if by in _TABLES:
        table, key, name = _TABLES[by]
        with house.lake.facts() as con:
            return {k: n for k, n in con.execute(f"SELECT {key}, {name} FROM {table}").fetchall() if n}
    if by == "campaign":
        return dict(campaigns(house).titles)
    if by in _RAW:
        stream, fields = _RAW[by]
        crm = house.settings.crm.source
        return {
            record_id: f"{name} ({record_id})"
            for record_id, record, _ in house.lake.raw_records(crm, stream)
            if (name := _name(record, fields))
        }
    return {}


def _distinct(labels: dict[str, str]) -> dict[str, str]:
    """Two campaigns may bear one name: such a label carries its key."""
    uses = Counter(labels.values())
    return {key: label if uses[label] == 1 else f"{label} ({key})" for key, label in labels.items()}


def _name(record: Mapping[str, Any], fields: tuple[str, ...]) -> str:
    values = {**record, **(record.get("properties") or {})}
    return " ".join(str(values[f]) for f in fields if values.get(f))
