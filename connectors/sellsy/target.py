"""Sellsy as something to write to: values of our custom fields, which people make by hand.

Sellsy API v2, OpenAPI 2.128.0 (2024-04): ``PUT /opportunities/{id}/custom-fields`` takes ``[{"id", "value"}]`` of one record, and
no call takes several. Definitions can only be listed (:mod:`connectors.sellsy.by_hand`). Values have no history, so nobody knows
who wrote one.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from connectors.base import BadValue, Crm, HistoryEntry, PropertyDef, PropertyState, RecordWrite, Target, WriteOutcome
from connectors.errors import CadranError, ConfigurationError, ContractError, NotInTier, QuotaExhausted, StopRun, TransientError
from connectors.sellsy import by_hand
from connectors.sellsy.client import BUCKET, PAGE
from connectors.sellsy.errors import said
from connectors.sellsy.fields import INDIVIDUAL, RELATED, TYPES, Unfit, decoded, encoded, items_of, word_of
from connectors.sellsy.source import NOT_FOUND, SellsySource
from kpi.text import Text

OWN_GROUP = "cadran"
"""Our fields are told by their codes; this stands for that."""

_PATHS: Mapping[str, str] = {"deals": "/opportunities", "contacts": "/contacts", "companies": "/companies"}
_REFUSED = frozenset({400, 404, 409, 413})
"""Statuses that are about the one record."""


class SellsyTarget:
    """One Sellsy account to write to."""

    def __init__(self, source: SellsySource) -> None:
        self._source = source
        self._client = source.client

    def account(self) -> Crm:
        """Two calls at most. ``now`` is Sellsy's clock at its answer. Records have no address that is known."""
        account_id = self._source.account_id()
        return Crm(account_id, self._source.currency(anew=True), self._source.settings.timezone, "", self._client.server_time)

    # --- definitions ------------------------------------------------------------------------------------------

    def property_states(self, objects: Sequence[str], *, archived: bool = False) -> list[PropertyState]:
        """Asked anew. Raises :class:`NotInTier` for objects that Sellsy does not have."""
        for object in objects:
            if object not in RELATED:
                self._has_no(object)
        if archived:
            return []
        fields = self._source.describe()["fields"]
        return [
            PropertyState(
                object=object,
                name=name,
                label=field["label"],
                description="",
                type=TYPES.get(field["type"], field["type"]),
                group=OWN_GROUP,
                options=tuple((word_of(label), label) for label in items_of(field).values()),
            )
            for object in objects
            for name, field in fields[object].items()
        ]

    def to_do(self, definition: PropertyDef) -> Text | None:
        """See :class:`connectors.base.DefinesByHand`; by what was last asked."""
        return by_hand.to_do(definition, self._source.fields()[definition.object].get(definition.name))

    def room(self, objects: Sequence[str]) -> dict[str, int]:
        return {}

    def ensure_group(self, object: str, name: str, label: str) -> bool:
        return False

    def create_property(self, definition: PropertyDef, group: str) -> None:
        self._by_hand(definition.object, definition.name)

    def update_property(self, definition: PropertyDef, group: str) -> None:
        self._by_hand(definition.object, definition.name)

    def archive_property(self, object: str, name: str) -> None:
        self._by_hand(object, name)

    def archive_group(self, object: str, name: str) -> None:
        """There is none."""

    def _by_hand(self, object: str, name: str) -> NoReturn:
        raise ConfigurationError(
            f"{object}.{name}: Sellsy's API neither makes, changes nor deletes custom fields. In Sellsy > Settings > Custom fields, "
            "those of Cadran are the ones whose code begins with cadran_; what is in them goes with them"
        )

    def _has_no(self, object: str) -> NoReturn:
        raise NotInTier(self._source.id, f"keep figures on {object}", "an object of its own for them, and Sellsy has none")

    def user_records(self) -> Mapping[str, str]:
        """Sellsy's colleagues take no custom fields of ours."""
        self._has_no("users")

    # --- values -----------------------------------------------------------------------------------------------

    def takes(self, object: str, record_id: str) -> bool:
        """See :class:`connectors.base.TakesSome`: an individual bears a customer's fields, and none of a contact's."""
        return not (object == "contacts" and record_id.startswith(INDIVIDUAL))

    def batch_size(self, object: str) -> int:
        return 1

    def read_back_calls(self, object: str, records: int) -> tuple[int, int]:
        return 0, 0

    def least_seconds(self, calls: int, searches: int) -> float:
        return (calls + searches) / self._client.governor.allowance(BUCKET).limit

    def read_values(self, object: str, ids: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, str | None]]:
        """A call a record."""
        if object not in RELATED:
            self._has_no(object)
        fields = self._source.fields()[object]
        found = {}
        for record_id in ids:
            held = self._held(object, record_id)
            if held is not None:
                known = {name: fields[name] for name in names if name in fields}
                try:
                    values = {name: decoded(field, held.get(field["id"])) for name, field in known.items()}
                except BadValue as error:
                    raise ContractError(self._source.id, f"{object} {record_id}: {error}") from None
                found[record_id] = {**dict.fromkeys(names), **values}
        return found

    def _held(self, object: str, record_id: str) -> dict[int, Any] | None:
        """Id of a custom field -> its value; None: the record is gone."""
        path, what = f"{_path(object, record_id)}/custom-fields", f"read the custom fields of {object} {record_id}"
        held: dict[int, Any] = {}
        params: dict[str, Any] = {"limit": PAGE}
        while True:
            answer = self._client.call("GET", path, what=what, scopes=("custom-fields.read",), params=params, accept=NOT_FOUND)
            if answer.status in NOT_FOUND:
                return None
            body = self._client.document(answer, what)
            if not isinstance(body.get("data"), list):
                raise ContractError(self._source.id, f"{what}: the answer holds no list")
            held |= {int(one["id"]): one.get("value") for one in body["data"]}
            following = (body.get("pagination") or {}).get("offset")
            if len(body["data"]) < PAGE or following in (None, "", params.get("offset")):
                return held
            params["offset"] = str(following)

    def read_written_by_us(self, object: str, ids: Sequence[str], names: Sequence[str]) -> dict[tuple[str, str], bool]:
        """Sellsy keeps no history: nothing is known to be ours."""
        return {}

    def read_history(
        self, object: str, ids: Sequence[str], names: Sequence[str]
    ) -> dict[tuple[str, str], tuple[HistoryEntry, ...]] | None:
        return None

    def write(self, object: str, writes: Sequence[RecordWrite]) -> list[WriteOutcome]:
        """One call a record. What its field does not take is refused before anything of the record is sent.

        Raises only for what concerns the whole run, and only while nothing was written."""
        outcomes: list[WriteOutcome] = []
        for write in writes:
            try:
                outcomes.append(self._write(object, write))
            except (StopRun, QuotaExhausted) as error:
                if not outcomes:
                    raise
                outcomes.append(WriteOutcome(write.record_id, "unknown", {}, str(error)))
        return outcomes

    def _write(self, object: str, write: RecordWrite) -> WriteOutcome:
        fields, rid = self._source.fields()[object], write.record_id
        if lacking := sorted(name for name in write.values if name not in fields):
            return WriteOutcome(rid, "rejected", {}, f"Sellsy has no custom field for {', '.join(lacking)} any more: plan again")
        try:
            body = [
                {"id": fields[name]["id"], "value": encoded(fields[name], value, self._source.currency())}
                for name, value in sorted(write.values.items())
            ]
        except Unfit as unfit:
            return WriteOutcome(rid, "rejected", {}, str(unfit))
        path, what = f"{_path(object, rid)}/custom-fields", f"write the custom fields of {object} {rid}"
        scopes = ("custom-fields.write", f"{_path(object, rid).split('/')[1]}.write")
        try:
            answer = self._client.call("PUT", path, what=what, scopes=scopes, json=body, accept=_REFUSED)
        except (StopRun, QuotaExhausted):
            raise
        except TransientError as error:
            return WriteOutcome(rid, "rejected" if error.status == 429 else "unknown", {}, str(error))
        except CadranError as error:
            return WriteOutcome(rid, "rejected", {}, str(error))
        if answer.status in _REFUSED:
            return WriteOutcome(rid, "rejected", {}, said(answer))
        return WriteOutcome(rid, "written", {name: value or None for name, value in write.values.items()})

    def record_url(self, object: str, record_id: str) -> str:
        """Where the app begins: the addresses of its pages are not documented."""
        return "https://go.sellsy.com"


def _path(object: str, record_id: str) -> str:
    if record_id.startswith(INDIVIDUAL):
        return f"/individuals/{record_id.removeprefix(INDIVIDUAL)}"
    return f"{_PATHS[object]}/{record_id}"


def build(source: SellsySource) -> Target:
    """For :mod:`connectors.registry`; shares the source's client, and so its pace and clock."""
    return SellsyTarget(source)
