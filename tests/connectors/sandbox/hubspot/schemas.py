"""HubSpot's answers as JSON Schemas: types and required fields, written from the vendor's documentation (2026-11-21).

https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis and its neighbours. They judge the sandbox:
nothing in them is taken from its code.
"""

from typing import Any

import jsonschema  # type: ignore[import-untyped]

Schema = dict[str, Any]


def an_object(required: Schema, optional: Schema | None = None, *, closed: bool = True) -> Schema:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": not closed,
    }


def a_list(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
BOOL: Schema = {"type": "boolean"}
ID: Schema = {"type": "string", "pattern": r"^\d+$"}
INSTANT: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
VALUES: Schema = {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
PAGING = an_object({"next": an_object({"after": TEXT}, {"link": TEXT})})

HISTORY = {
    "type": "object",
    "additionalProperties": a_list(
        an_object(
            {"value": TEXT, "timestamp": INSTANT, "sourceType": TEXT},
            {"sourceId": TEXT, "sourceLabel": TEXT, "updatedByUserId": COUNT},
        )
    ),
}
RECORD = an_object(
    {"id": ID, "properties": VALUES, "createdAt": INSTANT, "updatedAt": INSTANT, "archived": BOOL},
    {
        "url": TEXT,
        "archivedAt": INSTANT,
        "propertiesWithHistory": HISTORY,
        "associations": {
            "type": "object",
            "additionalProperties": an_object({"results": a_list(an_object({"id": ID, "type": TEXT}))}, {"paging": PAGING}),
        },
    },
)
LIST = an_object({"results": a_list(RECORD)}, {"paging": PAGING})
SEARCH = an_object({"total": COUNT, "results": a_list(RECORD)}, {"paging": PAGING})

CONTEXT: Schema = {"type": "object", "additionalProperties": a_list(TEXT)}
DETAIL = an_object({"message": TEXT}, {"code": TEXT, "in": TEXT, "context": CONTEXT, "subCategory": TEXT})
BATCH_ERROR = an_object(
    {"status": {"const": "error"}, "category": TEXT, "message": TEXT, "context": CONTEXT},
    {"errors": a_list(DETAIL), "links": {"type": "object"}, "subCategory": TEXT},
)


def batch(result: Schema) -> Schema:
    """A batch in which all went well."""
    return an_object({"status": {"const": "COMPLETE"}, "results": a_list(result), "startedAt": INSTANT, "completedAt": INSTANT})


def partial_batch(result: Schema) -> Schema:
    """A 207."""
    whole = batch(result)
    return an_object(
        whole["properties"] | {"numErrors": {"type": "integer", "minimum": 1}, "errors": a_list(BATCH_ERROR, minItems=1)}
    )


UPSERTED = an_object({**RECORD["properties"], "new": BOOL}, closed=True)
UPSERTED["required"] = [*RECORD["required"], "new"]

ASSOCIATED = an_object(
    {
        "from": an_object({"id": ID}),
        "to": a_list(
            an_object(
                {
                    "toObjectId": {"type": ["integer", "string"]},
                    "associationTypes": a_list(
                        an_object(
                            {
                                "category": {"enum": ["HUBSPOT_DEFINED", "USER_DEFINED", "INTEGRATOR_DEFINED", "WORK"]},
                                "typeId": COUNT,
                                "label": {"type": ["string", "null"]},
                            }
                        ),
                        minItems=1,
                    ),
                }
            )
        ),
    },
    {"paging": PAGING},
)

OPTION = an_object({"label": TEXT, "value": TEXT, "hidden": BOOL}, {"description": TEXT, "displayOrder": {"type": "integer"}})
PROPERTY = an_object(
    {
        "name": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
        "label": TEXT,
        "type": {"enum": ["number", "string", "enumeration", "bool", "date", "datetime", "phone_number"]},
        "fieldType": TEXT,
        "groupName": TEXT,
        "description": TEXT,
        "options": a_list(OPTION),
    },
    {
        "displayOrder": {"type": "integer"},
        "calculated": BOOL,
        "externalOptions": BOOL,
        "hasUniqueValue": BOOL,
        "hidden": BOOL,
        "hubspotDefined": BOOL,
        "formField": BOOL,
        "archived": BOOL,
        "archivedAt": INSTANT,
        "createdAt": INSTANT,
        "updatedAt": INSTANT,
        "modificationMetadata": an_object(
            {"archivable": BOOL, "readOnlyDefinition": BOOL, "readOnlyValue": BOOL}, {"readOnlyOptions": BOOL}
        ),
        "dataSensitivity": TEXT,
        "numberDisplayHint": {"enum": ["unformatted", "formatted", "currency", "percentage", "duration", "probability"]},
        "showCurrencySymbol": BOOL,
        "currencyPropertyName": TEXT,
        "calculationFormula": TEXT,
        "referencedObjectType": TEXT,
    },
)
PROPERTIES = an_object({"results": a_list(PROPERTY, minItems=1)})
GROUP = an_object({"name": TEXT, "label": TEXT, "archived": BOOL}, {"displayOrder": {"type": "integer"}})
GROUPS = an_object({"results": a_list(GROUP)})

STAGE = an_object(
    {
        "id": TEXT,
        "label": TEXT,
        "displayOrder": COUNT,
        "metadata": {"type": "object", "additionalProperties": TEXT, "required": ["isClosed", "probability"]},
        "archived": BOOL,
        "createdAt": INSTANT,
        "updatedAt": INSTANT,
    },
    {"writePermissions": TEXT},
)
PIPELINES = an_object(
    {
        "results": a_list(
            an_object(
                {
                    "id": TEXT,
                    "label": TEXT,
                    "displayOrder": COUNT,
                    "stages": a_list(STAGE),
                    "archived": BOOL,
                    "createdAt": INSTANT,
                    "updatedAt": INSTANT,
                }
            )
        )
    }
)
OWNERS = an_object(
    {
        "results": a_list(
            an_object(
                {"id": ID, "type": TEXT, "archived": BOOL, "createdAt": INSTANT, "updatedAt": INSTANT},
                {
                    "email": TEXT,
                    "firstName": TEXT,
                    "lastName": TEXT,
                    "userId": {"type": ["integer", "null"]},
                    "userIdIncludingInactive": COUNT,
                    "teams": a_list(an_object({"id": TEXT, "name": TEXT, "primary": BOOL})),
                },
            )
        )
    },
    {"paging": PAGING},
)
ACCOUNT = an_object(
    {
        "portalId": COUNT,
        "accountType": {"enum": ["STANDARD", "DEVELOPER_TEST", "SANDBOX", "APP_DEVELOPER"]},
        "timeZone": TEXT,
        "companyCurrency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "additionalCurrencies": a_list(TEXT),
        "utcOffset": {"type": "string", "pattern": r"^[+-]\d\d:\d\d$"},
        "utcOffsetMilliseconds": {"type": "integer"},
        "uiDomain": TEXT,
        "dataHostingLocation": TEXT,
    }
)
USAGE = an_object(
    {
        "results": a_list(
            an_object(
                {
                    "name": TEXT,
                    "usageLimit": COUNT,
                    "currentUsage": COUNT,
                    "collectedAt": INSTANT,
                    "fetchStatus": TEXT,
                    "resetsAt": INSTANT,
                }
            )
        )
    }
)
PERCENT: Schema = {"type": "number", "minimum": 0, "maximum": 100}
LIMITS = an_object(
    {
        "overallLimit": COUNT,
        "overallUsage": COUNT,
        "overallPercentage": PERCENT,
        "byObjectType": a_list(
            an_object(
                {
                    "objectTypeId": TEXT,
                    "singularLabel": TEXT,
                    "pluralLabel": TEXT,
                    "limit": COUNT,
                    "usage": COUNT,
                    "percentage": PERCENT,
                }
            )
        ),
    }
)
TOKEN = an_object({"hubId": COUNT, "userId": COUNT, "appId": COUNT, "scopes": a_list(TEXT, minItems=1)})

ERROR = an_object(
    {"status": {"const": "error"}, "message": TEXT, "correlationId": {"type": "string", "pattern": "^[0-9a-f-]{36}$"}},
    {
        "category": {
            "enum": [
                "VALIDATION_ERROR",
                "OBJECT_NOT_FOUND",
                "OBJECT_ALREADY_EXISTS",
                "CONFLICT",
                "MISSING_SCOPES",
                "INVALID_AUTHENTICATION",
                "RATE_LIMITS",
            ]
        },
        "subCategory": TEXT,
        "context": CONTEXT,
        "errors": a_list(DETAIL),
        "links": {"type": "object"},
        "errorType": {"const": "RATE_LIMIT"},
        "policyName": {"enum": ["TEN_SECONDLY_ROLLING", "SECONDLY", "DAILY"]},
        "groupName": TEXT,
        "requestId": TEXT,
    },
)


def obeys(body: Any, schema: Schema) -> None:
    """Raises :class:`jsonschema.ValidationError` where the body is not what the vendor documents."""
    jsonschema.validate(body, schema, cls=jsonschema.Draft202012Validator)
