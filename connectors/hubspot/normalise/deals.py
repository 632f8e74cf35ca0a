"""Deals and the pipelines they go through. Deals are the many: what is done per record is done once per stream where it can be."""

from collections.abc import Iterator
from datetime import datetime

from connectors.base import NormaliseContext, Raw, Row
from connectors.hubspot.kinds import DEALS
from connectors.hubspot.normalise.common import Rows, archived_at, money_of, names_of, properties_of, shared
from connectors.hubspot.stage_history import first_entries
from connectors.hubspot.values import Properties, day_of, impersonal, instant, number, text


def deals(context: NormaliseContext) -> Rows:
    names, zone = names_of(DEALS, context), context.zone
    created_name, close_name = str(names["created_at"]), str(names["close_at"])
    type_name, source_name = str(names["deal_type"]), str(names["original_source"])
    money = money_of(DEALS, context)
    timed = tuple(context.facts.get("stage_entered", {}).items())

    def rows(record: Raw) -> Iterator[Row]:
        properties, deal_id = properties_of(record), str(record["id"])
        created_at, close_at = instant(properties, created_name), instant(properties, close_name)
        created_on, close_on = day_of(created_at, zone), day_of(close_at, zone)
        amount, code, home, rate, source = money(properties, close_on or created_on)
        yield (
            "deal",
            {
                "source_id": deal_id,
                "deal_id": deal_id,
                "pipeline_id": text(properties, "pipeline"),
                "stage_id": text(properties, "dealstage"),
                "owner_id": text(properties, "hubspot_owner_id"),
                "created_at": created_at,
                "created_on": created_on,
                "close_at": close_at,
                "close_on": close_on,
                "amount": amount,
                "currency": code,
                "amount_home": home,
                "fx_rate": rate,
                "fx_source": source,
                "deal_type": text(properties, type_name),
                "original_source": text(properties, source_name),
                "original_source_data_1": impersonal(properties, "hs_analytics_source_data_1"),
                "original_source_data_2": impersonal(properties, "hs_analytics_source_data_2"),
                "modified_at": instant(properties, "hs_lastmodifieddate"),
                "archived_at": archived_at(record),
            },
        )
        for stage_id, at in entries(record, properties, timed).items():
            yield (
                "deal_stage_entry",
                {
                    "source_id": deal_id,
                    "deal_id": deal_id,
                    "stage_id": stage_id,
                    "entered_at": at,
                    "entered_on": day_of(at, zone),
                },
            )
        yield from shared(DEALS, record, properties)

    return rows


def entries(record: Raw, properties: Properties, timed: tuple[tuple[str, str], ...]) -> dict[str, datetime]:
    """The first time in each stage; two properties may be about one stage (:mod:`connectors.hubspot.discover`). The history
    of the stage counts where no property does."""
    first: dict[str, datetime] = {}
    for name, stage_id in timed:
        if properties.get(name) and (at := instant(properties, name)) is not None:
            first[stage_id] = at if stage_id not in first else min(at, first[stage_id])
    return {**first_entries(record), **first} if "propertiesWithHistory" in record else first


def pipelines(_context: NormaliseContext) -> Rows:
    return _pipeline


def _pipeline(record: Raw) -> Iterator[Row]:
    pipeline_id = str(record["id"])
    yield (
        "pipeline",
        {
            "source_id": pipeline_id,
            "pipeline_id": pipeline_id,
            "pipeline_name": str(record.get("label") or pipeline_id),
            "display_order": record.get("displayOrder"),
        },
    )
    for stage in record.get("stages") or ():
        metadata: Properties = stage.get("metadata") or {}
        stage_id = str(stage["id"])
        yield (
            "stage",
            {
                "source_id": stage_id,
                "stage_id": stage_id,
                "pipeline_id": pipeline_id,
                "stage_name": str(stage.get("label") or stage_id),
                "display_order": stage.get("displayOrder"),
                "probability": number(metadata, "probability"),
                "is_closed": str(metadata.get("isClosed")).lower() == "true",
            },
        )
