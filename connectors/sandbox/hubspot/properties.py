"""The property definitions and groups of one object: creating, changing, archiving and restoring them.

https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide (2026-11-21); what that page leaves out was
seen live in 2026-09 (409 and 404 bodies, boolean options, hints that cannot be taken back, restoring an archived name).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.sandbox.hubspot.errors import Refusal, invalid, not_found, refusal
from connectors.sandbox.hubspot.kinds import Kind
from connectors.sandbox.hubspot.standard import Definition, option
from connectors.sandbox.hubspot.values import instant_text

FIELD_TYPES: Mapping[str, frozenset[str]] = {
    "number": frozenset({"number", "calculation_equation"}),
    "string": frozenset({"text", "textarea", "html", "file", "phonenumber", "calculation_equation"}),
    "enumeration": frozenset({"select", "radio", "checkbox", "booleancheckbox", "calculation_equation"}),
    "bool": frozenset({"booleancheckbox", "calculation_equation"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"date"}),
    "phone_number": frozenset({"phonenumber"}),
}
NUMBER_HINTS = ("unformatted", "formatted", "currency", "percentage", "duration", "probability")
GIVEN = frozenset(
    {
        "name",
        "label",
        "type",
        "fieldType",
        "groupName",
        "description",
        "options",
        "displayOrder",
        "hasUniqueValue",
        "hidden",
        "formField",
        "numberDisplayHint",
        "showCurrencySymbol",
        "currencyPropertyName",
        "textDisplayHint",
        "dateDisplayHint",
        "calculationFormula",
        "externalOptions",
        "referencedObjectType",
        "dataSensitivity",
    }
)
"""What a caller may send; anything else is refused."""
CHANGEABLE = GIVEN - {"name", "hasUniqueValue", "externalOptions", "referencedObjectType", "dataSensitivity"}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_RESERVED = re.compile(r"hs_|a\d+_")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_FUNCTIONS = frozenset(
    {"max", "min", "is_present", "contains", "concatenate", "number_to_string", "string_to_number"}
    | {"if", "elseif", "else", "endif", "then", "and", "or", "not", "true", "false"}
)
UNIQUE_MAX = 10
NO_UNIQUE = ("feedback_submissions", "products")


class Definitions:
    """What one object's records can hold. ``revision`` moves with every change, for whoever caches a reading of it."""

    def __init__(self, kind: Kind, *, name_max: int, visible_after_s: float) -> None:
        self.kind = kind
        self.active: dict[str, Definition] = {}
        self.archived: dict[str, Definition] = {}
        self.groups: dict[str, Definition] = {}
        self.revision = 0
        self._name_max = name_max
        self._visible_after = timedelta(seconds=visible_after_s)
        self._hidden_until: dict[str, datetime] = {}
        self.groups[kind.group] = group_of(kind.group, f"{kind.label} information", 0)

    def load(self, definition: Definition) -> None:
        """Put in a definition without asking; keeps what the present one has beyond it."""
        name = definition["name"]
        whole = self.active.pop(name, None) or new_definition(definition, None)
        whole = whole | definition
        (self.archived if whole.get("archived") else self.active)[name] = whole
        self.groups.setdefault(whole["groupName"], group_of(whole["groupName"], whole["groupName"], -1))
        self.revision += 1

    def visible(self, name: str, now: datetime) -> bool:
        """Whether a read shows the property: it exists, and its 201 is long enough ago."""
        if name not in self.active:
            return False
        until = self._hidden_until.get(name)
        if until is None or until <= now:
            self._hidden_until.pop(name, None)
            return True
        return False

    def is_settled(self, now: datetime) -> bool:
        """Whether every property is visible, so that a reading may be cached under ``revision``."""
        for name in list(self._hidden_until):
            self.visible(name, now)
        return not self._hidden_until

    def listed(self, now: datetime, *, archived: bool) -> list[Definition]:
        if archived:
            return list(self.archived.values())
        return [definition for name, definition in self.active.items() if self.visible(name, now)]

    def get(self, name: str, now: datetime, *, archived: bool = False) -> Definition:
        if archived and name in self.archived:
            return self.archived[name]
        if not archived and self.visible(name, now):
            return self.active[name]
        raise not_found(f"Property {name} does not exist")

    def custom(self) -> list[Definition]:
        """What the account itself added, archived or not."""
        both = [*self.active.values(), *self.archived.values()]
        return [definition for definition in both if not definition["hubspotDefined"]]

    # --- definitions ---------------------------------------------------------------------------------------

    def create(self, body: Mapping[str, Any], now: datetime, *, room: int) -> Definition:
        """A new custom property; an archived name comes back with its values. ``room``: how many more the account may have."""
        _known(body, GIVEN)
        for key in ("name", "label", "type", "fieldType", "groupName"):
            if not isinstance(body.get(key), str) or not body[key]:
                raise invalid(f"Property {key} is required", errors=[{"message": f"{key} is required", "in": key}])
        name = body["name"]
        if name in self.active:
            raise refusal(
                409,
                "OBJECT_ALREADY_EXISTS",
                f"A property named '{name}' already exists.",
                sub_category="Properties.PROPERTY_WITH_NAME_EXISTS",
            )
        if not _NAME.fullmatch(name) or len(name) > self._name_max:
            raise invalid(
                f"Property name {name!r} is invalid: it must start with a lower-case letter, hold only lower-case letters, "
                f"digits and underscores, and have at most {self._name_max} characters"
            )
        if _RESERVED.match(name):
            raise invalid(f"Property name {name!r} is invalid: its prefix is reserved")
        if room <= 0:
            raise invalid("Limit of custom properties reached", sub_category="PropertyValidationError.PROPERTY_LIMIT_REACHED")
        if body.get("hasUniqueValue"):
            self._check_unique()
        fresh = new_definition(body, now)
        self._check(fresh, body)
        self.archived.pop(name, None)
        self.active[name] = fresh
        self._hidden_until[name] = now + self._visible_after
        self.revision += 1
        return fresh

    def change(self, name: str, body: Mapping[str, Any], now: datetime) -> Definition:
        """A definition changed in part. ``options`` replaces the list; a number hint once set stays."""
        _known(body, CHANGEABLE)
        present = self.get(name, now)
        if present["hubspotDefined"] and set(body) - {"label", "description", "groupName", "displayOrder", "hidden", "options"}:
            raise invalid(f"Property {name} is defined by HubSpot and can't be changed so")
        given = {key: value for key, value in body.items() if key != "dateDisplayHint"}
        if given.get("numberDisplayHint", "-") is None:
            del given["numberDisplayHint"]
        if given.get("numberDisplayHint") == "":
            raise invalid("numberDisplayHint '' is not valid")
        if given.get("showCurrencySymbol") is False and present.get("currencyPropertyName"):
            raise invalid("showCurrencySymbol can't be unset once currencyPropertyName was set")
        if "options" in given:
            given["options"] = [_option(one, order) for order, one in enumerate(given["options"])]
        changed = present | given | {"updatedAt": instant_text(now)}
        self._check(changed, body)
        self.active[name] = changed
        self.revision += 1
        return changed

    def archive(self, name: str, now: datetime) -> None:
        """Take a property away; its values wait for its return. Unknown or archived already: nothing happens."""
        present = self.active.get(name)
        if present is None:
            if name in self.archived:
                return
            raise not_found(f"Property {name} does not exist")
        if present["hubspotDefined"]:
            raise invalid(f"Property {name} is defined by HubSpot and can't be archived")
        users = [one for one in self.active.values() if name in _WORD.findall(one.get("calculationFormula") or "")]
        if users:
            raise invalid(
                f"Property {name} is in use",
                sub_category="PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE",
                errors=[
                    {
                        "message": f"in use by {user['label']}",
                        "context": {"parentType": ["CALCULATED_PROPERTY"], "parentName": [user["name"]]},
                    }
                    for user in users
                ],
            )
        self.archived[name] = self.active.pop(name) | {"archived": True, "archivedAt": instant_text(now)}
        self._hidden_until.pop(name, None)
        self.revision += 1

    def _check_unique(self) -> None:
        unique = [one for one in self.active.values() if one["hasUniqueValue"] and not one["hubspotDefined"]]
        if self.kind.plural in NO_UNIQUE:
            raise invalid(f"{self.kind.plural_label} can't have unique properties")
        if len(unique) >= UNIQUE_MAX:
            raise invalid(f"at most {UNIQUE_MAX} unique properties per object")

    def _check(self, definition: Definition, body: Mapping[str, Any]) -> None:
        type_, field_type = definition["type"], definition["fieldType"]
        if type_ not in FIELD_TYPES:
            raise invalid(f"type {type_!r} is not one of {', '.join(FIELD_TYPES)}")
        if field_type not in FIELD_TYPES[type_]:
            raise invalid(f"fieldType {field_type!r} does not go with type {type_!r}")
        if definition["groupName"] not in self.groups:
            raise invalid(
                f"Property group {definition['groupName']} does not exist",
                sub_category="PropertyValidationError.GROUP_DOES_NOT_EXIST",
            )
        hint = body.get("numberDisplayHint")
        if hint is not None and hint not in NUMBER_HINTS:
            raise invalid(f"numberDisplayHint {hint!r} is not one of {', '.join(NUMBER_HINTS)}")
        if body.get("currencyPropertyName") and not definition.get("showCurrencySymbol"):
            raise invalid("currencyPropertyName needs showCurrencySymbol")
        if type_ == "bool" and sorted(one["value"] for one in definition["options"]) != ["false", "true"]:
            raise invalid("A bool property needs exactly the options true and false", sub_category="INVALID_BOOLEAN_OPTION")
        values = [one["value"] for one in definition["options"]]
        if len(set(values)) != len(values):
            raise invalid("option values must be unique")
        if type_ == "enumeration" and not values and not definition["externalOptions"] and not definition["hubspotDefined"]:
            raise invalid("An enumeration needs options")
        if field_type == "calculation_equation":
            self._check_formula(definition.get("calculationFormula"))

    def _check_formula(self, formula: object) -> None:
        if not isinstance(formula, str) or not formula:
            raise invalid("calculation_equation needs a calculationFormula")
        unquoted = re.sub(r"'[^']*'|\"[^\"]*\"", "", formula)
        for word in _WORD.findall(unquoted):
            if word not in _FUNCTIONS and word not in self.active:
                raise not_found(f"Property {word} of the formula does not exist")

    # --- groups --------------------------------------------------------------------------------------------

    def create_group(self, body: Mapping[str, Any]) -> Definition:
        _known(body, frozenset({"name", "label", "displayOrder"}))
        name, label = body.get("name"), body.get("label")
        if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(label, str) or not label:
            raise invalid("A group needs a name of lower-case letters, digits and underscores, and a label")
        if name in self.groups:
            raise refusal(
                409,
                "OBJECT_ALREADY_EXISTS",
                f"A property group named '{name}' already exists.",
                sub_category="Properties.GROUP_WITH_NAME_EXISTS",
            )
        self.groups[name] = group_of(name, label, body.get("displayOrder", -1))
        return self.groups[name]

    def change_group(self, name: str, body: Mapping[str, Any]) -> Definition:
        _known(body, frozenset({"label", "displayOrder"}))
        self.groups[name] = {**self.group(name), **body}
        return self.groups[name]

    def group(self, name: str) -> Definition:
        if name not in self.groups:
            raise not_found(f"Property group {name} does not exist")
        return self.groups[name]

    def archive_group(self, name: str) -> None:
        self.group(name)
        if any(one["groupName"] == name for one in self.active.values()):
            raise invalid(
                f"Property group {name} has active properties", sub_category="PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES"
            )
        del self.groups[name]


def group_of(name: str, label: str, order: int) -> Definition:
    return {"name": name, "label": label, "displayOrder": order, "archived": False}


def new_definition(body: Mapping[str, Any], now: datetime | None) -> Definition:
    """A custom definition, with the vendor's defaults for what the caller left out. A date hint is ignored on write."""
    stamp = instant_text(now) if now else "2024-01-01T00:00:00.000Z"
    is_calculated = body.get("fieldType") == "calculation_equation"
    whole: Definition = {
        "updatedAt": stamp,
        "createdAt": stamp,
        "label": body["name"],
        "type": "string",
        "fieldType": "text",
        "description": "",
        "groupName": "",
        "displayOrder": -1,
        "calculated": is_calculated,
        "externalOptions": False,
        "archived": False,
        "hasUniqueValue": False,
        "hidden": False,
        "hubspotDefined": False,
        "modificationMetadata": {
            "archivable": True,
            "readOnlyDefinition": False,
            "readOnlyOptions": False,
            "readOnlyValue": is_calculated,
        },
        "formField": False,
        "dataSensitivity": "non_sensitive",
    }
    given = {key: value for key, value in body.items() if value is not None and key not in ("dateDisplayHint", "options")}
    return whole | given | {"options": [_option(one, order) for order, one in enumerate(body.get("options") or ())]}


def _option(given: object, order: int) -> Definition:
    if not isinstance(given, Mapping) or not isinstance(given.get("value"), str) or not isinstance(given.get("label"), str):
        raise invalid("An option needs a label and a value")
    _known(given, frozenset({"label", "value", "displayOrder", "hidden", "description"}))
    return option(given["value"], given["label"], order) | {key: value for key, value in given.items() if value is not None}


def _known(body: Mapping[str, Any], allowed: frozenset[str]) -> None:
    for key in body:
        if key not in allowed:
            raise unknown_field(key)


def unknown_field(key: str) -> Refusal:
    return invalid(f'Invalid input JSON: Unrecognized field "{key}"')


def names_of(inputs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Property names of a batch of definitions. Raises for an input without one."""
    names = [one.get("name") for one in inputs]
    if not all(isinstance(name, str) for name in names):
        raise invalid("every input needs a name")
    return [str(name) for name in names]
