"""Owners, contacts and companies. No person's name, e-mail or phone is asked for, and none leaves here."""

from collections.abc import Iterator
from datetime import datetime

from connectors.base import NormaliseContext, Raw, Row
from connectors.hubspot import touch
from connectors.hubspot.kinds import COMPANIES, CONTACTS, LIFECYCLE
from connectors.hubspot.normalise.common import Rows, archived_at, names_of, properties_of, shared, stamp
from connectors.hubspot.values import Properties, day_of, instant, text


def owners(_context: NormaliseContext) -> Rows:
    return _owner


def _owner(record: Raw) -> Iterator[Row]:
    teams, owner_id = record.get("teams") or [], str(record["id"])
    team = next((t for t in teams if t.get("primary")), teams[0] if teams else {})
    yield (
        "owner",
        {
            "source_id": owner_id,
            "owner_id": owner_id,
            "team_id": None if team.get("id") is None else str(team["id"]),
            "team_name": team.get("name"),
            # The list says that an owner is archived, not since when: its last change is the nearest instant it gives.
            "archived_at": stamp(record, "updatedAt") if record.get("archived") else None,
        },
    )


def contacts(context: NormaliseContext) -> Rows:
    names, zone, pseudonym = names_of(CONTACTS, context), context.zone, context.pseudonym
    created_name, stage_name = str(names["created_at"]), str(names["lifecycle_stage"])

    def rows(record: Raw) -> Iterator[Row]:
        properties, contact_id = properties_of(record), str(record["id"])
        created_at = instant(properties, created_name)
        lead_at, mql_at, sql_at, opportunity_at, customer_at = (_entered(properties, stage) for stage in LIFECYCLE)
        yield (
            "contact",
            {
                "source_id": contact_id,
                "contact_id": contact_id,
                "owner_id": text(properties, "hubspot_owner_id"),
                "created_at": created_at,
                "created_on": day_of(created_at, zone),
                "lifecycle_stage": text(properties, stage_name),
                "lead_at": lead_at,
                "lead_on": day_of(lead_at, zone),
                "mql_at": mql_at,
                "mql_on": day_of(mql_at, zone),
                "sql_at": sql_at,
                "sql_on": day_of(sql_at, zone),
                "opportunity_at": opportunity_at,
                "opportunity_on": day_of(opportunity_at, zone),
                "customer_at": customer_at,
                "customer_on": day_of(customer_at, zone),
                **touch.first_and_last(properties),
                **touch.click(properties, pseudonym),
                "modified_at": instant(properties, "lastmodifieddate"),
                "archived_at": archived_at(record),
            },
        )
        yield from shared(CONTACTS, record, properties)

    return rows


def _entered(properties: Properties, stage: str) -> datetime | None:
    """When a lifecycle stage was entered: HubSpot's present stamp, else the older one. Imported contacts may have none."""
    return instant(properties, f"hs_v2_date_entered_{stage}") or instant(properties, f"hs_lifecyclestage_{stage}_date")


def companies(context: NormaliseContext) -> Rows:
    names, zone = names_of(COMPANIES, context), context.zone
    created_name, stage_name, industry_name = (str(names[c]) for c in ("created_at", "lifecycle_stage", "industry"))

    def rows(record: Raw) -> Iterator[Row]:
        properties, company_id = properties_of(record), str(record["id"])
        created_at = instant(properties, created_name)
        yield (
            "company",
            {
                "source_id": company_id,
                "company_id": company_id,
                "owner_id": text(properties, "hubspot_owner_id"),
                "created_at": created_at,
                "created_on": day_of(created_at, zone),
                "lifecycle_stage": text(properties, stage_name),
                "industry": text(properties, industry_name),
                "modified_at": instant(properties, "hs_lastmodifieddate"),
                "archived_at": archived_at(record),
            },
        )
        yield from shared(COMPANIES, record, properties)

    return rows
