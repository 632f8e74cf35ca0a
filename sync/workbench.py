"""What ``cadran check --probe`` works on: a property group, properties and records of its own in a test account.

Everything is made for the probe, carries its name, and is taken away when the block ends, however it ends. Nothing
that was in the account before is written to.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from connectors.base import PropertyDef, Raw
from connectors.errors import CadranError, ContractError
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.errors import Unsettled
from connectors.hubspot.target import HubSpotTarget
from connectors.hubspot.wire import Answer
from kpi.text import Text

log = logging.getLogger("cadran.probe")

GROUP = "cadran_probe"
NUMBER = "cadran_probe_number"
MARK = "cadran_probe_mark"
COMPANY = "Cadran probe"
"""What temporary records are called."""
COMPANIES = 3
"""Enough to see an order, and to have one without associations."""

_LABEL = Text("Cadran probe (temporary)", "Sonde Cadran (temporaire)")
_PURPOSE = Text(
    "Made by `cadran check --probe`, which removes it again.", "Créé par `cadran check --probe`, qui le retire ensuite."
)
_PATHS = {"companies": "/crm/v3/objects/companies", "contacts": "/crm/v3/objects/contacts"}

CONTACT_TO_COMPANY = 279
"""HUBSPOT_DEFINED association type
(https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide, 2026-11-21)."""

BAD_REQUEST = 400


class Workbench:
    """A context manager. ``pause`` waits so many seconds where HubSpot shows things late."""

    def __init__(self, client: HubSpotClient, locale: str, pause: Callable[[float], None]) -> None:
        self.client = client
        self.pause = pause
        self.companies: list[str] = []
        """Ids, in the order of their creation."""
        self.left_behind: list[str] = []
        """What could not be taken away again, after the block."""
        self._target = HubSpotTarget(client)
        self._locale = locale
        self._made: list[tuple[str, Callable[[], object]]] = []
        """(what, how to take it away), in the order of making."""

    def __enter__(self) -> Self:
        try:
            self._target.ensure_group("companies", GROUP, _LABEL.in_(self._locale))
            self._made.append((f"companies.{GROUP}", lambda: self._target.archive_group("companies", GROUP)))
            self._take_over()
            self.make_property(NUMBER, "number")
            self.make_property(MARK, "string")
            self._target.property_states(("companies",))  # waits until HubSpot shows the new properties
            self.companies = [self._make("companies", {"name": COMPANY, MARK: GROUP}) for _ in range(COMPANIES)]
        except BaseException:
            self._clear()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._clear()

    def _clear(self) -> None:
        """Take everything away, the newest first; what refuses to go does not keep the rest."""
        while self._made:
            what, take_away = self._made.pop()
            try:
                take_away()
            except CadranError as error:
                self._leave(what, error)

    def _take_over(self) -> None:
        """What a probe that was killed left of our properties and companies goes away together with this one's."""
        states = self._target.property_states(("companies",))
        left = [state.name for state in states if state.group == GROUP and not state.is_archived]
        for name in left:
            self._made.append((f"companies.{name}", lambda name=name: self._target.archive_property("companies", name)))  # type: ignore[misc]
        if MARK in left:
            marked = {"propertyName": MARK, "operator": "EQ", "value": GROUP}
            for record in self.client.search("companies", [marked], ["hs_object_id"], after_id=0).records:
                self._to_unmake("companies", str(record["id"]))

    def _to_unmake(self, object: str, record_id: str) -> None:
        self._made.append((f"{object} {record_id}", lambda: self._unmake(object, record_id)))

    def _leave(self, what: str, error: CadranError) -> None:
        log.error("left behind in the account: %s (%s)", what, error)
        self.left_behind.append(what)

    # --- making ----------------------------------------------------------------------------------------------

    def make_property(self, name: str, type: str) -> None:
        """On companies. Raises :class:`ContractError` with status 400 where HubSpot refuses the definition."""
        label, purpose = _LABEL.in_(self._locale), _PURPOSE.in_(self._locale)
        self._target.create_property(PropertyDef("companies", name, label, purpose, type), GROUP)  # type: ignore[arg-type]
        self._made.append((f"companies.{name}", lambda: self._target.archive_property("companies", name)))

    def make_contact(self, company: str) -> None:
        """A contact of that company."""
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": CONTACT_TO_COMPANY}]
        self._make("contacts", {"firstname": COMPANY}, [{"to": {"id": company}, "types": types}])

    def _make(self, object: str, properties: Mapping[str, str], associations: Sequence[Raw] = ()) -> str:
        body = {"properties": dict(properties), "associations": list(associations)}
        try:
            answer = self.client.ask(
                lambda: self.client.wire.send("POST", _PATHS[object], body=body),
                what=f"create a temporary record of {object}",
                repeat_silent=False,  # sent twice it would be made twice, and only one be taken away
            )
        except Unsettled as error:
            self._leave(f"perhaps one of {object} called {COMPANY}", error)
            raise
        record_id = str(answer.json()["id"])
        self._to_unmake(object, record_id)
        return record_id

    def _unmake(self, object: str, record_id: str) -> None:
        self.client.ask(
            lambda: self.client.wire.send("DELETE", f"{_PATHS[object]}/{record_id}"),
            what=f"remove the temporary record {record_id} of {object}",
            accept={404},
        )

    # --- asking ----------------------------------------------------------------------------------------------

    def send(self, method: str, path: str, *, what: str, query: Any = None, body: Any = None) -> Answer:
        """A call that HubSpot may take or refuse: 2xx or 400."""
        return self.client.ask(
            lambda: self.client.wire.send(method, path, query=query, body=body), what=what, accept={BAD_REQUEST}
        )

    def write(self, values: Mapping[str, str]) -> Answer:
        """Set the number of several companies in one batch, each with a trace id."""
        inputs = [{"id": id, "properties": {NUMBER: value}, "objectWriteTraceId": id} for id, value in values.items()]
        return self.send(
            "POST", f"{_PATHS['companies']}/batch/update", what="update temporary companies", body={"inputs": inputs}
        )

    def read(self, company: str, name: str = NUMBER) -> str | None:
        """What a property of a company holds now."""
        for record in self.client.batch_read("companies", [company], [name]):
            value = (record.get("properties") or {}).get(name)
            return None if value is None else str(value)
        raise ContractError(self.client.source, f"the temporary company {company} is not there")
