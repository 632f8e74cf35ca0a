"""Every connector, one line each. Nothing is imported until it is used, so that the command line starts quickly."""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Any, cast

from config.sections import SourceSection
from connectors.base import Place, Raw, Source, Target
from connectors.oauth.declaration import OAuth
from kpi.text import Text


@dataclass(frozen=True)
class Connector:
    """Where a connector's parts are."""

    name: str
    settings: str
    """``module:class`` of its settings model."""
    source: str
    """``module:function``: (section id, settings, place) -> Source."""
    target: str | None = None
    """``module:function``: (source) -> Target, for a CRM."""
    title: str = ""
    links: str | None = None
    """``module:function``, for a CRM: (object, raw record, is_gone) -> the record without what it says of gone ones."""
    oauth: str | None = None
    """``module:OAUTH``, its declaration of how a person logs in (``cadran connect``); None where nobody does."""

    is_usual: bool = False
    """Whether ``cadran init`` proposes it unasked."""

    @property
    def is_crm(self) -> bool:
        return self.target is not None

    def example(self) -> str:
        """Its commented section of the example settings, as it stands under ``sources:``."""
        return files(f"connectors.{self.name}").joinpath("example.yaml").read_text(encoding="utf-8")

    def questions(self) -> Sequence[tuple[str, Text, str]]:
        """What ``cadran init`` asks for it: (key of its section, the question, an example)."""
        return cast("Sequence[tuple[str, Text, str]]", _load(f"{self.settings.split(':')[0]}:QUESTIONS"))

    def settings_model(self) -> type[SourceSection]:
        return cast("type[SourceSection]", _load(self.settings))

    def build(self, section_id: str, settings: SourceSection, place: Place) -> Source:
        build = cast("Callable[[str, Any, Place], Source]", _load(self.source))
        return build(section_id, settings, place)

    def build_target(self, source: Source) -> Target:
        if self.target is None:
            raise LookupError(f"{self.name} is not a CRM")
        return cast("Target", _load(self.target)(source))

    def oauth_declared(self) -> OAuth | None:
        """How a person logs in to the vendor; None where nobody does."""
        return None if self.oauth is None else cast("OAuth", _load(self.oauth))

    def without_links(self, object: str, record: Raw, is_gone: Callable[[str, str], bool]) -> Raw | None:
        """``record`` without what it says of other records that are gone; None when it says nothing else. Only a CRM's
        records name others."""
        if self.links is None:
            return record
        return cast("Raw | None", _load(self.links)(object, record, is_gone))


def _load(path: str) -> Any:
    module, name = path.split(":")
    return getattr(importlib.import_module(module), name)


def _connector(name: str, title: str, *, is_crm: bool = False, has_login: bool = False, is_usual: bool = False) -> Connector:
    """The usual place of each part."""
    room = f"connectors.{name}"
    of_a_crm = (f"{room}.target:build", f"{room}.links:without_links") if is_crm else (None, None)
    oauth = f"{room}.oauth:OAUTH" if has_login else None
    return Connector(name, f"{room}.settings:SETTINGS", f"{room}.source:build", of_a_crm[0], title, of_a_crm[1], oauth, is_usual)


CONNECTORS: Mapping[str, Connector] = MappingProxyType(
    {
        c.name: c
        for c in (
            _connector("hubspot", "HubSpot", is_crm=True, is_usual=True),
            _connector("sellsy", "Sellsy", is_crm=True, has_login=True),
            _connector("ga4", "Google Analytics 4", has_login=True, is_usual=True),
            _connector("google_ads", "Google Ads", has_login=True, is_usual=True),
            _connector("meta_ads", "Meta: Facebook and Instagram", has_login=True),
            _connector("linkedin_ads", "LinkedIn: ads and company pages", has_login=True),
            _connector("microsoft_ads", "Microsoft Advertising", has_login=True),
            _connector("tiktok_ads", "TikTok", has_login=True),
            _connector("semrush", "SEMrush"),
            _connector("spend_file", "Spend file (CSV)", is_usual=True),
            _connector("files", "Files (CSV, Parquet)"),
        )
    }
)


class _Models(Mapping[str, type[SourceSection]]):
    """Settings models by connector, imported on first use."""

    def __getitem__(self, key: str) -> type[SourceSection]:
        return CONNECTORS[key].settings_model()

    def __iter__(self) -> Iterator[str]:
        return iter(CONNECTORS)

    def __len__(self) -> int:
        return len(CONNECTORS)


MODELS: Mapping[str, type[SourceSection]] = _Models()
