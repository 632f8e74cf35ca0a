"""The kinds of files that are read: their columns, what a column may be called, and which describe a line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

KindName = Literal["costs", "offline_conversions", "targets", "survey_answers"]
KIND_NAMES: tuple[KindName, ...] = get_args(KindName)


@dataclass(frozen=True)
class Kind:
    """One kind of file."""

    tables: tuple[str, ...]
    """Tables of the common schema that its lines become."""
    columns: tuple[str, ...]
    required: tuple[str, ...]
    figures: frozenset[str]
    """Columns that do not tell a line from another: a corrected amount is the same line."""
    own_id: str | None = None
    """Column with the line's own id, by which a line that is in two files counts once."""
    also_called: Mapping[str, str] = field(default_factory=dict)
    """Usual headings, in plain form -> our column."""

    @property
    def headings(self) -> dict[str, str]:
        """What a column may be called without a mapping, in plain form -> our column."""
        return {name: name for name in self.columns} | dict(self.also_called)


KINDS: Mapping[KindName, Kind] = MappingProxyType(
    {
        "costs": Kind(
            ("cost_entry",),
            ("date", "date_to", "amount", "currency", "kind", "channel", "campaign", "impressions", "clicks", "leads", "note"),
            ("date", "amount", "currency"),
            frozenset({"amount", "impressions", "clicks", "leads"}),
            also_called=MappingProxyType(
                {
                    "date_from": "date",
                    "spend": "amount",
                    "cost": "amount",
                    "campaign_name": "campaign",
                    "utm_campaign": "campaign",
                    "montant": "amount",
                    "devise": "currency",
                    "nature": "kind",
                    "canal": "channel",
                    "campagne": "campaign",
                    "clics": "clicks",
                }
            ),
        ),
        "offline_conversions": Kind(
            ("offline_conversion",),
            (
                "date",
                "type",
                "conversions",
                "value",
                "currency",
                "click_id",
                "platform",
                "campaign_id",
                "campaign",
                "channel",
                "conversion_id",
            ),
            ("date",),
            frozenset({"value", "conversions"}),
            own_id="conversion_id",
            also_called=MappingProxyType(
                {
                    "gclid": "click_id",
                    "google click id": "click_id",
                    "conversion time": "date",
                    "conversion name": "type",
                    "conversion value": "value",
                    "conversion currency": "currency",
                    "campaign_name": "campaign",
                    "devise": "currency",
                    "valeur": "value",
                    "canal": "channel",
                    "campagne": "campaign",
                }
            ),
        ),
        "targets": Kind(
            ("target",),
            ("name", "value", "currency", "period", "date_from", "date_to", "owner_id"),
            ("name", "value"),
            frozenset({"value"}),
            also_called=MappingProxyType(
                {"target": "value", "objectif": "value", "nom": "name", "periode": "period", "devise": "currency"}
            ),
        ),
        "survey_answers": Kind(
            ("survey_response", "association"),
            ("date", "type", "score", "survey", "channel", "contact_id", "answer_id"),
            ("date", "type", "score"),
            frozenset({"score"}),
            own_id="answer_id",
            also_called=MappingProxyType(
                {"note": "score", "enquete": "survey", "canal": "channel", "response_id": "answer_id", "response id": "answer_id"}
            ),
        ),
    }
)
"""``gclid`` and what stands beside it are the headings of Google Ads' own template for offline conversions."""
