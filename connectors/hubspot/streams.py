"""What can be read from HubSpot: one line per stream. What its records are asked for stands in :mod:`connectors.hubspot.kinds`."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType

from connectors.base import Description, Owned, Raw, RawAmount, Stream
from connectors.hubspot.kinds import CUSTOM, CUSTOM_PREFIX
from connectors.hubspot.kinds import KINDS as KINDS
from connectors.hubspot.kinds import OWN_PREFIX as OWN_PREFIX
from connectors.hubspot.kinds import Kind as Kind
from connectors.values import optional

API_VERSION = "2026-09"

_DOCS = "https://developers.hubspot.com/docs/api-reference/latest"

OWNERS = "owners"
PIPELINES = "pipelines"
CAMPAIGNS = "campaigns"
MARKETING_EMAILS = "marketing_emails"
EMAIL_STATISTICS = "email_statistics"

EMAIL_LOOKBACK_DAYS = 30
"""Opens and clicks arrive for weeks after the sending; how long HubSpot restates a day is not documented (UNVERIFIED)."""


def _record_id(record: Raw) -> str:
    return str(record["id"])


def _day(record: Raw) -> str:
    return str(record["interval"]["start"])


_GUIDES: Mapping[str, str] = MappingProxyType(
    {
        "line_items": "line-items",
        "subscriptions": "commerce-subscriptions",
        "commerce_payments": "commerce-payments",
        "feedback_submissions": "feedback-submissions",
        "goal_targets": "goals",
    }
)
"""Names of objects in the addresses of HubSpot's guides, where they differ."""


def _deal_amount(record: Raw, description: Description) -> Decimal | None:
    name = (description.get("mapped") or {}).get("deals", {}).get("amount") or "amount"
    return optional(record.get("properties") or {}, name)


_AMOUNTS: Mapping[str, RawAmount] = MappingProxyType({"deals": RawAmount("deal", "amount", _deal_amount)})

_FURTHER: Mapping[str, Mapping[str, Owned]] = MappingProxyType({"deals": {"deal_stage_entry": Owned("deal_id")}})
"""Tables besides the object's own that its records feed."""


def _of_kind(kind: Kind, docs: str) -> Stream:
    """The stream of an object. A core one needs the scopes of its links too; an optional one goes without those links."""
    owned = dict(_FURTHER.get(kind.plural, {}))
    if kind.links:
        owned["association"] = Owned("from_id", (("from_type", kind.stream),))
    if kind.has_ours:
        owned["crm_value"] = Owned("record_id", (("object", kind.stream),))
    further = tuple(owned)
    if kind.table == "refund":
        owned["refund"] = Owned(kind.key)  # a payment may have none, or none any more
    if kind.custom or kind.table == CUSTOM.table:
        # One table for all of them: "everything of this stream" is what bears the object's name.
        owned[kind.table] = Owned(kind.key, (("object", kind.custom),))
    links = () if kind.is_optional else tuple(KINDS[name].read_scope for name in kind.links)
    schemas = () if kind.is_optional else (kind.schema_scope,)
    return Stream(
        name=kind.stream,
        mode="incremental",
        tables=(kind.table, *further),
        record_id=_record_id,
        docs_url=f"{_DOCS}/crm/{docs}",
        api_version=API_VERSION,
        scopes=(*schemas, kind.read_scope, *links),
        owned=owned,
        amount=_AMOUNTS.get(kind.stream),
        is_optional=kind.is_optional,
    )


def _plain(name: str, tables: tuple[str, ...], docs: str, *scopes: str) -> Stream:
    return Stream(name, "snapshot", tables, _record_id, f"{_DOCS}/{docs}", API_VERSION, scopes=scopes)


STREAMS: tuple[Stream, ...] = (
    _plain(OWNERS, ("owner",), "crm/owners/guide", "crm.objects.owners.read"),
    _plain(PIPELINES, ("pipeline", "stage"), "crm/pipelines/guide", "crm.schemas.deals.read"),
    *(_of_kind(kind, f"objects/{_GUIDES.get(kind.plural, kind.plural)}/guide") for kind in KINDS.values()),
    Stream(
        CAMPAIGNS,
        "snapshot",
        ("campaign",),
        _record_id,
        f"{_DOCS}/marketing/campaigns/guide",
        API_VERSION,
        scopes=("marketing.campaigns.read",),
        is_optional=True,
    ),
    Stream(
        MARKETING_EMAILS,
        "snapshot",
        ("marketing_email",),
        _record_id,
        f"{_DOCS}/marketing/emails/guide",
        API_VERSION,
        scopes=("content",),
        is_optional=True,
    ),
    Stream(
        EMAIL_STATISTICS,
        "window",
        ("email_stats_daily",),
        _day,
        f"{_DOCS}/marketing/emails/statistics/guide",
        API_VERSION,
        scopes=("content",),
        lookback_days=EMAIL_LOOKBACK_DAYS,
        is_optional=True,
    ),
)
"""What every account is asked for; the objects that it defined itself come after them (:func:`custom_streams`)."""

CORE: frozenset[str] = frozenset(stream.name for stream in STREAMS if not stream.is_optional)
OPTIONAL_STREAMS: tuple[str, ...] = tuple(stream.name for stream in STREAMS if stream.is_optional)

NEEDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        **{kind.plural: (kind.tier, kind.feeds) for kind in KINDS.values() if kind.is_optional},
        CAMPAIGNS: ("Marketing Hub Professional", "HubSpot's own campaigns"),
        MARKETING_EMAILS: ("Marketing Hub", "what came of each marketing e-mail"),
        EMAIL_STATISTICS: ("Marketing Hub", "e-mail rates over time"),
        CUSTOM_PREFIX: (CUSTOM.tier, CUSTOM.feeds),
    }
)
"""Optional stream -> what an account needs for it, and what there is none of without it."""


def needs_of(stream: str) -> tuple[str, str]:
    """See :data:`NEEDS`."""
    return NEEDS[CUSTOM_PREFIX if stream.startswith(CUSTOM_PREFIX) else stream]


def custom_streams(kinds: Iterable[Kind]) -> tuple[Stream, ...]:
    """The streams of objects that the account defined itself."""
    return tuple(_of_kind(kind, "objects/custom-objects/guide") for kind in kinds)
