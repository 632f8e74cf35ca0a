"""What the account makes of HubSpot's standard definitions: its currencies, pipelines, stages and their timing."""

from collections.abc import Mapping
from decimal import Decimal

from connectors.sandbox.hubspot.calculated import Stage, number, timing_name
from connectors.sandbox.hubspot.kinds import Kind
from connectors.sandbox.hubspot.properties import Definitions
from connectors.sandbox.hubspot.standard import STAGE_FAMILIES, options, stage_definitions, standard_definitions
from connectors.sandbox.limits import Lags
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.world import HubSpotWorld, Record

LIFECYCLES = ("contacts", "companies")


def stages_of(pipelines: list[Record]) -> dict[str, Stage]:
    """Stages by id (unique per object type). One without a probability is open."""
    return {
        str(stage["id"]): Stage(str(stage["id"]), str(stage.get("label", stage["id"])), _probability(stage))
        for pipeline in pipelines
        for stage in pipeline["stages"]
    }


def _probability(stage: Record) -> Decimal:
    read = number(str(stage.get("metadata", {}).get("probability", "")))
    return Decimal("0.5") if read is None else read


def definitions_of(kind: Kind, world: HubSpotWorld, quirks: Quirks, lags: Lags) -> Definitions:
    """Everything an object's records can hold: the standard definitions, the account's, and the stages' timing."""
    found = Definitions(kind, name_max=quirks.property_name_max, visible_after_s=lags.property_s)
    for group in world.groups.get(kind.plural, ()):
        found.groups[group["name"]] = {"displayOrder": -1, "archived": False, **group}
    for definition in standard_definitions(kind):
        found.active[definition["name"]] = definition
    for name, value in _account_options(kind, world).items():
        found.active[name] = found.active[name] | {"options": value}
    for definition in world.properties.get(kind.plural, ()):
        found.load(definition)
    for stage_id, label in timed_stages(kind, world, found):
        for definition in stage_definitions(kind, stage_id, label, timing_names(stage_id, quirks)):
            found.active[definition["name"]] = definition
    return found


def _account_options(kind: Kind, world: HubSpotWorld) -> dict[str, list[Record]]:
    currencies = options([str(world.account["companyCurrency"]), *world.account.get("additionalCurrencies", ())])
    pipelines = world.pipelines.get(kind.plural, ())
    stages = options(stage["id"] for pipeline in pipelines for stage in pipeline["stages"])
    ids = options(pipeline["id"] for pipeline in pipelines)
    if kind.plural == "deals":
        return {"deal_currency_code": currencies, "pipeline": ids, "dealstage": stages}
    if kind.plural == "tickets":
        return {"hs_pipeline": ids, "hs_pipeline_stage": stages}
    if kind.plural in LIFECYCLES and stages:
        return {"lifecyclestage": stages}
    return {"hs_line_item_currency_code": currencies} if kind.plural == "line_items" else {}


def timed_stages(kind: Kind, world: HubSpotWorld, definitions: Definitions) -> list[tuple[str, str]]:
    """(id, label) of the stages whose timing the vendor keeps."""
    if kind.plural == "deals":
        return [(stage.id, stage.label) for stage in stages_of(world.pipelines.get("deals", [])).values()]
    if kind.plural in LIFECYCLES:
        return [(one["value"], one["label"]) for one in definitions.active["lifecyclestage"]["options"]]
    return []


def timing_names(stage_id: str, quirks: Quirks) -> dict[str, str]:
    """Family -> full property name."""
    has_suffix = quirks.stage_properties_have_suffix
    return {family: timing_name(family, stage_id, has_suffix=has_suffix) for family in STAGE_FAMILIES}


def renamed_timing(kind: Kind, world: HubSpotWorld, definitions: Definitions, quirks: Quirks) -> Mapping[str, str]:
    """World name -> account name of the timing properties, where the quirk makes them differ."""
    if not quirks.stage_properties_have_suffix:
        return {}
    return {
        timing_name(family, stage_id, has_suffix=False): name
        for stage_id, _ in timed_stages(kind, world, definitions)
        for family, name in timing_names(stage_id, quirks).items()
    }
