"""Campaigns, types of the account's own and written associations as JSON Schemas, from the vendor's package (2026-11-21)."""

from tests.connectors.sandbox.hubspot.schemas import BOOL, COUNT, INSTANT, PAGING, PROPERTY, TEXT, a_list, an_object

GUID = {"type": "string", "pattern": r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
CAMPAIGN = an_object(
    {
        "id": GUID,
        "properties": {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}},
        "businessUnits": a_list(an_object({"id": COUNT})),
        "createdAt": INSTANT,
        "updatedAt": INSTANT,
    },
    {"assets": {"type": "object"}},
)
CAMPAIGNS = an_object({"results": a_list(CAMPAIGN)}, {"paging": PAGING})

TYPE_ID = {"type": "string", "pattern": r"^\d+-\d+$"}
LABELS = an_object({}, {"singular": TEXT, "plural": TEXT})
DEFINITION = {
    "id": TEXT,
    "allowsSensitiveProperties": BOOL,
    "archived": BOOL,
    "fullyQualifiedName": {"type": "string", "pattern": r"^p\d+_[a-z][a-z0-9_]*$"},
    "labels": LABELS,
    "name": TEXT,
    "objectTypeId": TYPE_ID,
    "requiredProperties": a_list(TEXT),
    "searchableProperties": a_list(TEXT),
    "secondaryDisplayProperties": a_list(TEXT),
}
OPTIONAL = {"createdAt": INSTANT, "updatedAt": INSTANT, "description": TEXT, "primaryDisplayProperty": TEXT, "portalId": COUNT}
ASSOCIATION = an_object({"id": TEXT, "fromObjectTypeId": TYPE_ID, "toObjectTypeId": TYPE_ID}, {"name": TEXT})
TYPE = an_object({**DEFINITION, "properties": a_list(PROPERTY), "associations": a_list(ASSOCIATION)}, OPTIONAL)
TYPE_CHANGED = an_object(DEFINITION, OPTIONAL)
TYPES = an_object({"results": a_list(TYPE)})

ASSOCIATION_LABELS = an_object(
    {
        "results": a_list(
            an_object(
                {
                    "category": {"enum": ["HUBSPOT_DEFINED", "USER_DEFINED", "INTEGRATOR_DEFINED", "WORK"]},
                    "typeId": COUNT,
                    "label": {"type": ["string", "null"]},
                }
            ),
            minItems=1,
        )
    }
)
LINKED = an_object(
    {"fromObjectTypeId": TYPE_ID, "fromObjectId": TEXT, "toObjectTypeId": TYPE_ID, "toObjectId": TEXT, "labels": a_list(TEXT)}
)
