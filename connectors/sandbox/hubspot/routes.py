"""HubSpot's addresses: every end point under 2026-09, 2026-03 and the version without a date.

https://developers.hubspot.com/docs/developer-tooling/platform/versioning (2026-11-21)
"""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.routing import BaseRoute, Route

from connectors.sandbox.core import Sandbox
from connectors.sandbox.hubspot import about, associations, campaigns, marketing_emails, object_schemas, reading, schema, writing
from connectors.sandbox.hubspot.gate import Gate, Handler, Window

DATED = ("2026-09", "2026-03")

OBJECTS = ("/crm/objects/{v}", "/crm/v3/objects")
LINKS = ("/crm/associations/{v}", "/crm/v4/associations")
LINKS_OF_ONE = ("/crm/objects/{v}", "/crm/v4/objects")
PROPERTIES = ("/crm/properties/{v}", "/crm/v3/properties")
PIPELINES = ("/crm/pipelines/{v}", "/crm/v3/pipelines")
OWNERS = ("/crm/owners/{v}", "/crm/v3/owners")
LIMITS = ("/crm/limits/{v}", "/crm/v3/limits")
ACCOUNT = ("/account-info/{v}", "/account-info/v3")
SCHEMAS = ("/crm-object-schemas/{v}", "/crm-object-schemas/v3")
CAMPAIGNS = ("/marketing/campaigns/{v}", "/marketing/v3/campaigns")
EMAILS = ("/marketing/emails/{v}", "/marketing/v3/emails")
CURRENCIES = ("/settings/currencies/{v}", "/settings/v3/currencies")


@dataclass(frozen=True)
class EndPoint:
    name: str
    method: str
    base: tuple[str, str]
    """Start of the path with a date, and without."""
    path: str
    handler: Handler
    window: Window = "burst"


END_POINTS: tuple[EndPoint, ...] = (
    EndPoint("list", "GET", OBJECTS, "/{type}", reading.listed),
    EndPoint("batch_read", "POST", OBJECTS, "/{type}/batch/read", reading.batch_read),
    EndPoint("batch_update", "POST", OBJECTS, "/{type}/batch/update", writing.batch_update),
    EndPoint("search", "POST", OBJECTS, "/{type}/search", reading.searched, "search"),
    EndPoint("associations", "POST", LINKS, "/{from}/{to}/batch/read", associations.batch_read, "associations"),
    EndPoint("associate", "POST", LINKS, "/{from}/{to}/batch/create", associations.batch_create, "associations"),
    EndPoint("dissociate", "POST", LINKS, "/{from}/{to}/batch/archive", associations.batch_archive, "associations"),
    EndPoint("association_labels", "GET", LINKS, "/{from}/{to}/labels", associations.labels, "associations"),
    EndPoint("batch_create", "POST", OBJECTS, "/{type}/batch/create", writing.batch_create),
    EndPoint("batch_upsert", "POST", OBJECTS, "/{type}/batch/upsert", writing.batch_upsert),
    EndPoint("batch_archive", "POST", OBJECTS, "/{type}/batch/archive", writing.batch_archive),
    EndPoint("merge", "POST", OBJECTS, "/{type}/merge", writing.merge),
    EndPoint("create", "POST", OBJECTS, "/{type}", writing.create),
    EndPoint("associations_of_one", "GET", LINKS_OF_ONE, "/{type}/{id}/associations/{to}", associations.of_one, "associations"),
    EndPoint("read", "GET", OBJECTS, "/{type}/{id}", reading.single),
    EndPoint("update", "PATCH", OBJECTS, "/{type}/{id}", writing.update),
    EndPoint("archive", "DELETE", OBJECTS, "/{type}/{id}", writing.archive),
    EndPoint("groups", "GET", PROPERTIES, "/{type}/groups", schema.groups),
    EndPoint("create_group", "POST", PROPERTIES, "/{type}/groups", schema.create_group),
    EndPoint("group", "GET", PROPERTIES, "/{type}/groups/{name}", schema.group),
    EndPoint("change_group", "PATCH", PROPERTIES, "/{type}/groups/{name}", schema.change_group),
    EndPoint("archive_group", "DELETE", PROPERTIES, "/{type}/groups/{name}", schema.archive_group),
    EndPoint("batch_create_properties", "POST", PROPERTIES, "/{type}/batch/create", schema.batch_create),
    EndPoint("batch_read_properties", "POST", PROPERTIES, "/{type}/batch/read", schema.batch_read),
    EndPoint("batch_archive_properties", "POST", PROPERTIES, "/{type}/batch/archive", schema.batch_archive),
    EndPoint("properties", "GET", PROPERTIES, "/{type}", schema.listed),
    EndPoint("create_property", "POST", PROPERTIES, "/{type}", schema.create),
    EndPoint("property", "GET", PROPERTIES, "/{type}/{name}", schema.single),
    EndPoint("change_property", "PATCH", PROPERTIES, "/{type}/{name}", schema.change),
    EndPoint("archive_property", "DELETE", PROPERTIES, "/{type}/{name}", schema.archive),
    EndPoint("schemas", "GET", SCHEMAS, "/schemas", object_schemas.listed),
    EndPoint("create_schema", "POST", SCHEMAS, "/schemas", object_schemas.create),
    EndPoint("schema", "GET", SCHEMAS, "/schemas/{type}", object_schemas.single),
    EndPoint("change_schema", "PATCH", SCHEMAS, "/schemas/{type}", object_schemas.change),
    EndPoint("archive_schema", "DELETE", SCHEMAS, "/schemas/{type}", object_schemas.archive),
    EndPoint("campaigns", "GET", CAMPAIGNS, "", campaigns.listed),
    EndPoint("batch_read_campaigns", "POST", CAMPAIGNS, "/batch/read", campaigns.batch_read),
    EndPoint("batch_update_campaigns", "POST", CAMPAIGNS, "/batch/update", campaigns.batch_update),
    EndPoint("campaign", "GET", CAMPAIGNS, "/{id}", campaigns.single),
    EndPoint("change_campaign", "PATCH", CAMPAIGNS, "/{id}", campaigns.update),
    EndPoint("marketing_emails", "GET", EMAILS, "", marketing_emails.listed),
    EndPoint("email_histogram", "GET", EMAILS, "/statistics/histogram", marketing_emails.histogram),
    EndPoint("pipelines", "GET", PIPELINES, "/{type}", schema.pipelines),
    EndPoint("pipeline", "GET", PIPELINES, "/{type}/{id}", schema.pipeline),
    EndPoint("owners", "GET", OWNERS, "", about.owners),
    EndPoint("owner", "GET", OWNERS, "/{id}", about.owner),
    EndPoint("account", "GET", ACCOUNT, "/details", about.details),
    EndPoint("custom_property_limits", "GET", LIMITS, "/custom-properties", about.custom_property_limits),
    EndPoint("company_currency", "GET", CURRENCIES, "/company-currency", about.currencies),
)


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """HubSpot at the root of a server."""
    gate = Gate(sandbox)
    usage = EndPoint("usage", "GET", ACCOUNT, "/api-usage/daily/private-apps", about.usage_of(gate))
    found: list[BaseRoute] = [
        Route(path, gate.endpoint(point.handler, version=version, window=point.window), methods=[point.method], name=point.name)
        for point in (*END_POINTS, usage)
        for version, path in _paths(point)
    ]
    token_info = gate.endpoint(about.token_info, version="v2", is_open=True)
    found.append(Route("/oauth/v2/private-apps/get/access-token-info", token_info, methods=["POST"], name="token_info"))
    return found


def _paths(point: EndPoint) -> Iterator[tuple[str, str]]:
    """(version, path); slashes at the end are another address, as at the vendor's, except that the generated client's owners
    have one."""
    dated, undated = point.base
    for version in DATED:
        yield version, dated.format(v=version) + point.path
    yield ("v4" if "/v4/" in undated else "v3"), undated + point.path
    if point.base is OWNERS and not point.path:
        yield "v3", undated + "/"
