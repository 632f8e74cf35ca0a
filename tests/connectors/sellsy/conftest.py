"""The small company served, its clock standing still, and a source on it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import NormaliseContext, Page, Place, ReadContext, Row
from connectors.quota import Allowance, Governor
from connectors.sandbox.app import build_app
from connectors.sandbox.clock import Clock
from connectors.sandbox.core import Sandbox
from connectors.sandbox.sellsy.service import CLIENT_SECRET
from connectors.sandbox.sellsy.vendor import VENDOR
from connectors.sandbox.server import LoopbackServer
from connectors.sandbox.world import AccountWorld, HubSpotWorld, World
from connectors.sellsy.client import BUCKET, SellsyClient
from connectors.sellsy.fields import RELATED
from connectors.sellsy.settings import SellsySettings
from connectors.sellsy.source import SellsySource
from connectors.sellsy.target import SellsyTarget
from tests.connectors.sellsy.small_world import account, made_by_hand
from tests.contract.harness import PARIS, pseudonym, rates

NOW = datetime(2026, 9, 30, 9, tzinfo=UTC)


@dataclass
class Company:
    """The served account, and sources on it."""

    sandbox: Sandbox
    base_url: str
    folder: Path
    _built: list[SellsySource] = field(default_factory=list)

    @property
    def account(self) -> AccountWorld:
        return self.sandbox.world.accounts["sellsy"]["1"]

    def source(self, governor: Governor | None = None, **changes: Any) -> SellsySource:
        section = VENDOR.section(self.base_url) | {"client_secret": CLIENT_SECRET} | changes
        settings = SellsySettings.model_validate(section)
        pace = governor or Governor({BUCKET: Allowance(100_000, 1.0)})
        client = SellsyClient("sellsy", settings, Place(self.folder, self.folder / "logins"), pace)
        self._built.append(SellsySource("sellsy", settings, client))
        return self._built[-1]

    def target(self, **changes: Any) -> SellsyTarget:
        return SellsyTarget(self.source(**changes))

    def field(self, code: str, object: str | None = None) -> dict[str, Any]:
        """A custom field by its code, and by what it is for where several bear the code."""
        kinds = RELATED[object] if object else None
        fields = [one for one in self.account.tables["custom_fields"] if one["code"] == code]
        return next(one for one in fields if kinds is None or kinds & set(one["related_object"]))

    def close(self) -> None:
        for source in self._built:
            source.close()

    def record(self, table: str, id: int) -> dict[str, Any]:
        return next(one for one in self.account.tables[table] if one["id"] == id)


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """With every custom field made."""
    world = World(
        "sellsy",
        NOW,
        HubSpotWorld({"portalId": 1, "companyCurrency": "EUR", "timeZone": "Europe/Paris"}),
        accounts={"sellsy": {"1": account(made_by_hand())}},
    )
    sandbox = Sandbox(world, clock=Clock(NOW, monotonic=lambda: 0.0))
    with LoopbackServer(build_app(sandbox)) as server:
        found = Company(sandbox, server.base_url, tmp_path)
        yield found
        found.close()


def read(source: SellsySource, stream: str) -> list[Page]:
    found = next(one for one in source.streams() if one.name == stream)
    return list(source.read(found, None, ReadContext(NOW, NOW.date())))


def rows(source: SellsySource, stream: str) -> list[Row]:
    found = next(one for one in source.streams() if one.name == stream)
    context = NormaliseContext(PARIS, "EUR", rates, pseudonym, source.describe())
    return [row for page in read(source, stream) for record in page.records for row in source.normalise(found, record, context)]


def table(source: SellsySource, stream: str, name: str) -> dict[str, dict[str, Any]]:
    """Rows of a table by the record's id."""
    return {row["source_id"]: row for table, row in rows(source, stream) if table == name}
