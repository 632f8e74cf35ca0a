"""Where the endpoints live: the installed client speaks v3/v4 paths, HubSpot's supported paths carry a date.

https://developers.hubspot.com/changelog/introducing-date-based-api-versioning (2026-11-21): a release each March and
September, each supported for 18 months; v4 loses support on 2027-03-30, v1-v3 in September 2027. Shapes are the same.
"""

UNDATED = "v3"
"""The ``api_version`` under which nothing is rewritten."""

_DATED: tuple[tuple[str, str], ...] = (
    ("/crm/v3/objects", "/crm/objects/{v}"),
    ("/crm/v4/objects", "/crm/objects/{v}"),
    ("/crm/v4/associations", "/crm/associations/{v}"),
    ("/crm/v3/properties", "/crm/properties/{v}"),
    ("/crm/v3/pipelines", "/crm/pipelines/{v}"),
    ("/crm/v3/owners", "/crm/owners/{v}"),
    ("/crm/v3/limits", "/crm/limits/{v}"),
    ("/crm-object-schemas/v3", "/crm-object-schemas/{v}"),
    ("/marketing/v3/campaigns", "/marketing/campaigns/{v}"),
    ("/marketing/v3/emails", "/marketing/emails/{v}"),
    ("/account-info/v3", "/account-info/{v}"),
)
"""Old start of a path and the dated one; paths that are not listed have no dated form that we use."""


def dated(path: str, version: str) -> str:
    """``path`` of the client in the wanted version, without a trailing slash (the client writes ``/owners/``)."""
    path = path.rstrip("/")
    if version == UNDATED:
        return path
    for old, new in _DATED:
        if path == old or path.startswith(old + "/"):
            return new.replace("{v}", version) + path[len(old) :]
    return path


def bucket(path: str) -> str:
    """Which of HubSpot's limits counts a call. Search and association endpoints have their own (see ``wire.LIMITS``)."""
    if path.endswith("/search"):
        return "search"
    return "associations" if "/associations" in path else "burst"
