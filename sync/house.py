"""One account, put together: settings, stores, sources and the CRM to write to. :mod:`sync.bootstrap` builds it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config.settings import AccountSettings
from connectors.base import Fx, Raw, Source, Target
from kpi.registry import BUILT_IN, Catalogue
from sync.lake import Lake
from sync.ledger import Ledger


@dataclass
class House:
    """Everything a command works with. Closing it gives back connections and files."""

    name: str
    settings: AccountSettings
    folder: Path
    ledger: Ledger
    lake: Lake
    sources: Mapping[str, Source]
    target: Callable[[], Target]
    """The CRM; built on first use, so that reading results needs no credential."""
    pseudonym: Callable[[str], str]
    exchange_rates: Callable[[str], Fx]
    """Company currency -> converter."""
    clock: Callable[[], datetime]
    """The machine's clock, UTC: for the ledger's own times. Data are cut by the CRM's clock."""
    without_links: Callable[[str, Raw, Callable[[str, str], bool]], Raw | None] = lambda _object, record, _is_gone: record
    """(object, raw record of the CRM, is gone) -> the record without what it says of gone ones; None when it says no more."""
    catalogue: Catalogue = BUILT_IN
    """The KPIs: the built-in ones and those of the settings."""

    @property
    def locale(self) -> str:
        return self.settings.locale

    @property
    def requests_sent(self) -> Mapping[str, int]:
        """Requests by source since the house was opened, as our own transports counted them."""
        return {source.id: int(getattr(source, "requests_sent", 0)) for source in self.sources.values()}

    def close(self) -> None:
        for source in self.sources.values():
            source.close()
        self.lake.close()
        self.ledger.close()
