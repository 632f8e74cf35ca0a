"""A world as a folder of vendor-shaped records, read and written. :mod:`connectors.sandbox.world` lists the files.

Records are checked for what the simulated vendors rely on: ids, dates, the keys of the format. What they say is not:
an odd amount or an unknown currency in a world is there to be served as it is. ``costs.csv`` and ``cadran.yaml`` are
kept as text, because judging them is the product's work.
"""

import csv
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson

from connectors.sandbox.world import (
    FORMAT,
    AccountWorld,
    Ga4World,
    GoogleAdsWorld,
    HubSpotWorld,
    Record,
    SemrushWorld,
    World,
    WorldError,
)

DEFAULT_ACCOUNT: Record = {
    "portalId": 1,
    "accountType": "DEVELOPER_TEST",
    "timeZone": "UTC",
    "companyCurrency": "EUR",
    "additionalCurrencies": [],
    "utcOffset": "+00:00",
    "utcOffsetMilliseconds": 0,
    "uiDomain": "app.hubspot.com",
    "dataHostingLocation": "na1",
}
"""Account details of a world that has no ``hubspot/account.json``: the vendor always answers some."""

SEMRUSH_COLUMNS = ("domain", "database", "Rk", "Or", "Ot", "Oc", "Ad", "At", "Ac", "Dt")

SESSION_KEYS = ("user", "session", "at", "new", "engaged", "dimensions", "events", "revenue")
ADS_KEYS = ("date", "campaign_id", "campaign_name", "cost_micros", "impressions", "clicks", "conversions", "conversions_value")
CLICK_KEYS = ("date", "gclid", "campaign_id")

_PATTERNS = (
    "hubspot/*.json",
    "hubspot/*.jsonl",
    "hubspot/properties/*.json",
    "hubspot/groups/*.json",
    "ga4/*.json",
    "ga4/*.jsonl",
    "ga4/*/sessions.jsonl",
    "google_ads/*.json",
    "google_ads/*.jsonl",
    "semrush/account.json",
    "semrush/domain_rank_history.csv",
    "semrush/keywords.jsonl",
    "semrush/visibility.jsonl",
    "*/*/account.json",
    "*/*/*.jsonl",
    "costs.csv",
    "cadran.yaml",
)
"""Every file that the format knows, beside ``world.json`` and ``clock.json``."""

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]+")


# --- Reading -------------------------------------------------------------------------------------------


def load_folder(path: Path | str) -> World:
    """The world in the folder ``path``.

    Raises :class:`WorldError` with the file, and where there is one the line and the key or column, for a missing
    ``world.json`` or ``clock.json``, a file that is not UTF-8 or not JSON, a missing key or column, a value of the
    wrong kind, and an id that comes twice.
    """
    root = Path(path)
    if not root.is_dir():
        raise WorldError(f"{root}: there is no such folder")
    about = _json_object(root / "world.json", required=True)
    if about.get("format") != FORMAT:
        raise WorldError(f"{root / 'world.json'}: key 'format' is {about.get('format')!r}; this program reads format {FORMAT}")
    hubspot = _load_hubspot(root / "hubspot")
    return World(
        name=str(about.get("name", root.name)),
        now=_load_clock(root / "clock.json"),
        hubspot=hubspot,
        ga4=_load_ga4(root / "ga4", hubspot.account),
        google_ads=_load_google_ads(root / "google_ads", hubspot.account),
        semrush=_load_semrush(root / "semrush"),
        accounts=_load_accounts(root),
        costs_csv=_optional_text(root / "costs.csv"),
        settings_yaml=_optional_text(root / "cadran.yaml"),
    )


def _load_clock(file: Path) -> datetime:
    text = _key(_json_object(file, required=True), "now", str(file))
    try:
        now = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise WorldError(f"{file}: key 'now' is {text!r}, not an instant such as 2026-10-01T09:00:00Z") from None
    if now.tzinfo is None:
        raise WorldError(f"{file}: key 'now' is {text!r}, which names no time zone; end it with Z")
    return now.astimezone(UTC)


def _load_hubspot(folder: Path) -> HubSpotWorld:
    account = folder / "account.json"
    pipelines = folder / "pipelines.json"
    owners = folder / "owners.json"
    rules = folder / "rules.json"
    emails = folder / "marketing_emails.json"
    return HubSpotWorld(
        account=_load_account(account) if account.exists() else dict(DEFAULT_ACCOUNT),
        owners=_json_list(owners, ("id",)) if owners.exists() else [],
        pipelines={kind: _checked_pipelines(pipelines, kind, value) for kind, value in _json_object(pipelines).items()},
        properties={file.stem: _json_list(file, ("name",)) for file in _files(folder / "properties", "*.json")},
        objects={file.stem: _load_objects(file) for file in _files(folder, "*.jsonl")},
        groups={file.stem: _json_list(file, ("name", "label")) for file in _files(folder / "groups", "*.json")},
        rules=_json_list(rules, ("object", "require")) if rules.exists() else [],
        schemas=_json_object(folder / "schemas.json"),
        marketing_emails=_json_list(emails, ("id", "publishDate")) if emails.exists() else [],
    )


def _load_account(file: Path) -> Record:
    account = _json_object(file)
    _object_with(account, ("portalId", "timeZone", "companyCurrency", "uiDomain"), str(file))
    return account


def _checked_pipelines(file: Path, kind: str, value: Any) -> list[Record]:
    where = f"{file}: {kind!r}"
    for pipeline in _records(value, where, ("id", "label", "stages")):
        for stage in _records(pipeline["stages"], f"{where}, stages of pipeline {pipeline['id']!r}", ("id", "label", "metadata")):
            _kind(stage["metadata"], dict, "metadata", f"{where}, stage {stage['id']!r}")
    checked: list[Record] = value
    return checked


def _load_objects(file: Path) -> list[Record]:
    records: list[Record] = []
    seen: dict[str, int] = {}
    for line, record in _json_lines(file, ("id", "properties")):
        where = f"{file}, line {line}"
        _kind(record["id"], str, "id", where)
        _kind(record["properties"], dict, "properties", where)
        first = seen.setdefault(record["id"], line)
        if first != line:
            raise WorldError(f"{where}: key 'id' is {record['id']!r}, which line {first} has already")
        for kind, ids in _kind(record.get("associations", {}), dict, "associations", where).items():
            if not isinstance(ids, list) or not all(isinstance(other, str) for other in ids):
                raise WorldError(f"{where}: key 'associations.{kind}' must be a list of ids as text")
        records.append(record)
    return records


def _load_ga4(folder: Path, account: Record) -> dict[str, Ga4World]:
    names = {_stem(file) for file in _files(folder, "*.json*")} | {
        file.parent.name for file in _files(folder, "*/sessions.jsonl")
    }
    return {name: _load_property(folder, name, account) for name in sorted(names)}


def _load_property(folder: Path, name: str, account: Record) -> Ga4World:
    about = _json_object(folder / f"{name}.property.json")
    rows, sessions = folder / f"{name}.jsonl", folder / name / "sessions.jsonl"
    return Ga4World(
        currency=str(about.get("currencyCode", account["companyCurrency"])),
        zone=str(about.get("timeZone", account["timeZone"])),
        name=about.get("displayName", name),
        key_events=tuple(about.get("keyEvents", ())),
        hides_revenue=bool(about.get("hidesRevenue", False)),
        sessions=_load_sessions(sessions) if sessions.exists() else None,
        rows=[row for _, row in _json_lines(rows, ("date",))] if rows.exists() else None,
    )


def _load_sessions(file: Path) -> list[Record]:
    sessions: list[Record] = []
    for line, session in _json_lines(file, SESSION_KEYS):
        where = f"{file}, line {line}"
        _parsed(datetime.fromisoformat, session["at"], "at", "a local time such as 2026-03-14T09:26:53", where)
        _kind(session["dimensions"], dict, "dimensions", where)
        _kind(session["events"], dict, "events", where)
        sessions.append(session)
    return sessions


def _load_google_ads(folder: Path, account: Record) -> dict[str, GoogleAdsWorld]:
    return {name: _load_customer(folder, name, account) for name in sorted({_stem(file) for file in _files(folder, "*.json*")})}


def _load_customer(folder: Path, name: str, account: Record) -> GoogleAdsWorld:
    about = _json_object(folder / f"{name}.account.json")
    rows, clicks, groups = (folder / f"{name}{part}.jsonl" for part in ("", ".clicks", ".ad_groups"))
    counted = ("cost_micros", "impressions", "clicks")
    return GoogleAdsWorld(
        currency=str(about.get("currency", account["companyCurrency"])),
        zone=str(about.get("zone", account["timeZone"])),
        name=about.get("name", name),
        is_manager=bool(about.get("manager", False)),
        rows=list(_dated_rows(rows, ADS_KEYS, counted)) if rows.exists() else [],
        clicks=list(_dated_rows(clicks, CLICK_KEYS, ())) if clicks.exists() else [],
        ad_groups=list(_dated_rows(groups, (*ADS_KEYS, "ad_group_id"), counted)) if groups.exists() else [],
        conversion_actions=list(about.get("conversion_actions", ())),
        above=about.get("above"),
    )


def _dated_rows(file: Path, keys: tuple[str, ...], whole: tuple[str, ...]) -> Iterator[Record]:
    for line, row in _json_lines(file, keys):
        where = f"{file}, line {line}"
        _parsed(date.fromisoformat, row["date"], "date", "a date such as 2026-03-14", where)
        for key in whole:
            _kind(row[key], int, key, where)
        yield row


def _load_semrush(folder: Path) -> SemrushWorld | None:
    history, account = folder / "domain_rank_history.csv", folder / "account.json"
    if not history.exists() and not account.exists():
        return None
    about = _json_object(account)
    world = SemrushWorld() if "units" not in about else SemrushWorld(units=_kind(about["units"], int, "units", str(account)))
    if history.exists():
        world.history = _load_history(history)
    keywords, visibility = folder / "keywords.jsonl", folder / "visibility.jsonl"
    if keywords.exists():
        world.keywords = [row for _, row in _json_lines(keywords, ("report", "domain", "database", "Ph", "Tr"))]
    if visibility.exists():
        world.visibility = [row for _, row in _json_lines(visibility, ("campaign", "url", "Dt"))]
    return world


def _load_history(file: Path) -> list[Record]:
    reader = csv.DictReader(io.StringIO(_text(file).removeprefix("\ufeff"), newline=""))
    for column in SEMRUSH_COLUMNS:
        if column not in (reader.fieldnames or ()):
            raise WorldError(f"{file}, line 1: column {column!r} is missing")
    rows: list[Record] = []
    for row in reader:
        where = f"{file}, line {reader.line_num}"
        if None in row:
            raise WorldError(f"{where}: more cells than the {len(reader.fieldnames or ())} columns of line 1")
        for column, cell in row.items():
            if cell is None:
                raise WorldError(f"{where}: column {column!r} has no cell")
        if not re.fullmatch(r"\d{8}", row["Dt"]):
            raise WorldError(f"{where}: column 'Dt' is {row['Dt']!r}, not a date such as 20260315")
        rows.append(dict(row))
    return rows


def _load_accounts(root: Path) -> dict[str, dict[str, AccountWorld]]:
    """Whatever folder holds accounts in the form that all further vendors share."""
    found: dict[str, dict[str, AccountWorld]] = {}
    for file in _files(root, "*/*/account.json"):
        tables = {table.stem: [record for _, record in _json_lines(table, ())] for table in _files(file.parent, "*.jsonl")}
        found.setdefault(file.parent.parent.name, {})[file.parent.name] = AccountWorld(_json_object(file), tables)
    return found


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern))


def _stem(file: Path) -> str:
    return file.name.partition(".")[0]


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except FileNotFoundError:
        raise WorldError(f"{file}: the file is missing") from None
    except UnicodeDecodeError as fault:
        line = file.read_bytes()[: fault.start].count(b"\n") + 1
        raise WorldError(f"{file}, line {line}: not UTF-8 text") from None


def _optional_text(file: Path) -> str | None:
    return _text(file) if file.exists() else None


def _json(file: Path) -> Any:
    try:
        return orjson.loads(_text(file).removeprefix("\ufeff"))
    except orjson.JSONDecodeError as fault:
        raise WorldError(f"{file}, line {fault.lineno}: not JSON ({fault.msg})") from None


def _json_object(file: Path, *, required: bool = False) -> Record:
    if not required and not file.exists():
        return {}
    value = _json(file)
    if not isinstance(value, dict):
        raise WorldError(f"{file}: must hold one JSON object")
    return value


def _json_list(file: Path, keys: tuple[str, ...]) -> list[Record]:
    return _records(_json(file), str(file), keys)


def _records(value: Any, where: str, keys: tuple[str, ...]) -> list[Record]:
    if not isinstance(value, list):
        raise WorldError(f"{where}: must be a JSON list")
    for number, record in enumerate(value, start=1):
        _object_with(record, keys, f"{where}, entry {number}")
    return value


def _json_lines(file: Path, keys: tuple[str, ...]) -> Iterator[tuple[int, Record]]:
    """Line number from 1, and the record there. Empty lines are passed over."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            where = f"{file}, line {number}"
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError as fault:
                raise WorldError(f"{where}: not JSON ({fault.msg})") from None
            _object_with(record, keys, where)
            yield number, record


def _object_with(record: Any, keys: tuple[str, ...], where: str) -> None:
    if not isinstance(record, dict):
        raise WorldError(f"{where}: must be a JSON object")
    for key in keys:
        _key(record, key, where)


def _key(record: Record, key: str, where: str) -> Any:
    if key not in record:
        raise WorldError(f"{where}: key {key!r} is missing")
    return record[key]


_KIND_NAMES: Mapping[type, str] = {str: "text", dict: "an object", int: "a whole number"}


def _kind(value: Any, kind: type, key: str, where: str) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise WorldError(f"{where}: key {key!r} must be {_KIND_NAMES[kind]}, not {value!r}")
    return value


def _parsed(parse: Callable[[str], object], value: Any, key: str, meaning: str, where: str) -> None:
    try:
        parse(value)
    except (TypeError, ValueError):
        raise WorldError(f"{where}: key {key!r} is {value!r}, not {meaning}") from None


# --- Writing -------------------------------------------------------------------------------------------


def save_folder(world: World, path: Path | str) -> None:
    """Write ``world`` as the folder ``path``; :func:`load_folder` gives an equal world back.

    Each file appears whole or not at all, and ``world.json`` comes last, so that a new folder cut short is not taken
    for a world. A folder that holds a world already becomes this one: files that are equal stay untouched, files of the
    format that this world lacks go, others stay. Raises :class:`WorldError` when ``path`` holds files but no world
    (nothing of somebody else is overwritten), or when a name in the world cannot be a file name.
    """
    root = Path(path)
    if root.exists() and (not root.is_dir() or (any(root.iterdir()) and not (root / "world.json").exists())):
        raise WorldError(f"{root}: already there and not a world; name a new or an empty folder")
    if world.now.tzinfo is None:
        raise WorldError("a world's 'now' must name its time zone")
    written: set[Path] = set()
    for name, content in _contents(world):
        _write(root / name, content)
        written.add(root / name)
    for pattern in _PATTERNS:
        for file in root.glob(pattern):
            if file not in written:
                file.unlink()


def _contents(world: World) -> Iterator[tuple[str, bytes]]:
    yield "clock.json", _pretty({"now": world.now.astimezone(UTC).isoformat().replace("+00:00", "Z")})
    yield from _hubspot_contents(world.hubspot)
    for name, ga4 in world.ga4.items():
        yield from _ga4_contents(_file_name(name), ga4)
    for name, customer in world.google_ads.items():
        yield from _google_ads_contents(_file_name(name), customer)
    if world.semrush is not None:
        yield "semrush/account.json", _pretty({"units": world.semrush.units})
        yield "semrush/domain_rank_history.csv", _history_csv(world.semrush.history)
        for name, rows in (("keywords", world.semrush.keywords), ("visibility", world.semrush.visibility)):
            if rows:
                yield f"semrush/{name}.jsonl", _lines(rows)
    for vendor, accounts in world.accounts.items():
        for name, account in accounts.items():
            folder = f"{_file_name(vendor)}/{_file_name(name)}"
            yield f"{folder}/account.json", _pretty(account.about)
            for table, records in account.tables.items():
                yield f"{folder}/{_file_name(table)}.jsonl", _lines(records)
    if world.costs_csv is not None:
        yield "costs.csv", world.costs_csv.encode()
    if world.settings_yaml is not None:
        yield "cadran.yaml", world.settings_yaml.encode()
    yield "world.json", _pretty({"format": FORMAT, "name": world.name})


def _hubspot_contents(hubspot: HubSpotWorld) -> Iterator[tuple[str, bytes]]:
    yield "hubspot/account.json", _pretty(hubspot.account)
    yield "hubspot/owners.json", _pretty(hubspot.owners)
    yield "hubspot/pipelines.json", _pretty(hubspot.pipelines)
    for name, definitions in hubspot.properties.items():
        yield f"hubspot/properties/{_file_name(name)}.json", _pretty(definitions)
    for name, groups in hubspot.groups.items():
        yield f"hubspot/groups/{_file_name(name)}.json", _pretty(groups)
    if hubspot.marketing_emails:
        yield "hubspot/marketing_emails.json", _pretty(hubspot.marketing_emails)
    if hubspot.schemas:
        yield "hubspot/schemas.json", _pretty(hubspot.schemas)
    if hubspot.rules:
        yield "hubspot/rules.json", _pretty(hubspot.rules)
    for name, records in hubspot.objects.items():
        yield f"hubspot/{_file_name(name)}.jsonl", _lines(records)


def _ga4_contents(name: str, ga4: Ga4World) -> Iterator[tuple[str, bytes]]:
    about: Record = {
        "currencyCode": ga4.currency,
        "timeZone": ga4.zone,
        "displayName": ga4.name,
        "keyEvents": list(ga4.key_events),
    }
    if ga4.hides_revenue:
        about["hidesRevenue"] = True
    yield f"ga4/{name}.property.json", _pretty(about)
    if ga4.rows is not None:
        yield f"ga4/{name}.jsonl", _lines(ga4.rows)
    if ga4.sessions is not None:
        yield f"ga4/{name}/sessions.jsonl", _lines(ga4.sessions)


def _google_ads_contents(name: str, customer: GoogleAdsWorld) -> Iterator[tuple[str, bytes]]:
    about: Record = {"currency": customer.currency, "zone": customer.zone, "name": customer.name, "manager": customer.is_manager}
    if customer.above is not None:
        about["above"] = customer.above
    if customer.conversion_actions:
        about["conversion_actions"] = customer.conversion_actions
    yield f"google_ads/{name}.account.json", _pretty(about)
    if customer.ad_groups:
        yield f"google_ads/{name}.ad_groups.jsonl", _lines(customer.ad_groups)
    yield f"google_ads/{name}.jsonl", _lines(customer.rows)
    yield f"google_ads/{name}.clicks.jsonl", _lines(customer.clicks)


def _file_name(name: str) -> str:
    if not _PLAIN_NAME.fullmatch(name):
        raise WorldError(f"{name!r} cannot be a file name: only letters, digits, - and _")
    return name


def _pretty(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _lines(records: Iterable[Record]) -> bytes:
    return b"".join(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records)


def _history_csv(history: list[Record]) -> bytes:
    columns = tuple(history[0]) if history else SEMRUSH_COLUMNS
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for row in history:
        if set(row) != set(columns):
            raise WorldError(f"semrush history: the row of {row.get('Dt')!r} has other columns than the first row")
        writer.writerow(row)
    return text.getvalue().encode()


def _write(file: Path, content: bytes) -> None:
    if file.exists() and file.read_bytes() == content:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
