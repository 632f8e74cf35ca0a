"""One installation of Cadran as a user has it: a folder with settings, a home, secrets in the environment, the real command."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import yaml

from connectors.hubspot.streams import STREAMS
from connectors.sandbox.hubspot.state import snapshot
from connectors.sandbox.limits import HubSpotLimits, Lags
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import READONLY_TOKEN, World
from sync.demo import SECRETS, sandbox_settings
from tests.e2e import warm

COMMAND = Path(sys.executable).with_name("cadran")
PATIENCE_S = 120
"""Nothing here takes a tenth of it; a hanging command must not hang the suite."""
SKIPPED = [stream.name for stream in STREAMS if stream.is_optional and stream.name != "campaigns"]
"""Streams that have tests of their own: each would cost every run a quarter of a second of HubSpot's search limit."""
READ_ONLY: Mapping[str, str] = {"SANDBOX_HUBSPOT_TOKEN": READONLY_TOKEN}
NOTHING: Mapping[str, Any] = {}
NO_LAG = Lags(search_s=0.0, property_s=0.0)
"""Lags are for the connectors' tests; here they would only be waited for."""


@dataclass(frozen=True)
class Finished:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


@dataclass
class Installation:
    """``folder`` holds cadran.yaml and the home; the vendors are those of ``server``."""

    folder: Path
    server: SandboxServer
    world: World
    secrets: dict[str, str] = field(default_factory=lambda: dict(SECRETS))

    @property
    def home(self) -> Path:
        return self.folder / ".cadran"

    @property
    def account(self) -> Path:
        return self.home / "default"

    def configure(self, hubspot: Mapping[str, Any] = NOTHING, **changes: Any) -> None:
        """Write cadran.yaml anew, with top-level keys and HubSpot's section changed."""
        # Any free port: several are tested side by side.
        document = {
            "serve": {"port": 0},
            **sandbox_settings(self.world.settings_yaml, self.server.base_url, self.folder),
            **changes,
        }
        document.setdefault("kpis", {}).setdefault("compute", "followed")  # the others have tests without a sync
        document["sources"]["hubspot"] |= {"skip_streams": SKIPPED, **hubspot}
        document["sources"]["spend_file"]["path"] = "costs.csv"
        (self.folder / "costs.csv").write_text(self.world.costs_csv or "", encoding="utf-8")
        (self.folder / "cadran.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")

    def start(self, *arguments: str, secrets: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
        """The real executable, running."""
        return subprocess.Popen(
            [COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment(secrets),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, secrets: Mapping[str, str] | None = None) -> Finished:
        """The command, run to its end in a process of its own."""
        return Finished(*warm.run(arguments, self.folder, self.environment(secrets), PATIENCE_S))

    def environment(self, secrets: Mapping[str, str] | None = None) -> dict[str, str]:
        """Ours, without settings of ours, and with the vendors' credentials."""
        ours = {k: v for k, v in os.environ.items() if not k.startswith("CADRAN_")}
        return ours | self.secrets | dict(secrets or {})

    def ok(self, *arguments: str) -> str:
        """Standard output of a command that must end well."""
        done = self.run(*arguments)
        assert done.code == 0, done.said
        return done.out

    def json(self, *arguments: str) -> Any:
        """The document of a command that must end well."""
        return json.loads(self.ok(*arguments, "--json"))

    def control(self, order: str, body: Any) -> Any:
        """The sandbox's control plane."""
        answer = requests.post(f"{self.server.base_url}/_sandbox/{order}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def edit(self, object: str, record_id: str, properties: Mapping[str, str]) -> None:
        """A person changes a record."""
        self.control("edit", {"object": object, "id": record_id, "properties": properties})

    def value(self, object: str, record_id: str, property: str) -> str | None:
        """What the CRM holds, asked behind every API's back. A campaign goes by our key or by its GUID; ``(deals)`` stands
        for the deals it is associated with."""
        portal = self.server.sandbox.portal
        records = portal.find(object)
        if object == "cadran_campaign":
            record = next((one for one in records if one.values["cadran_key"] == record_id), None)
        else:
            record = records.by_id[portal.guids.get(record_id, record_id)]
        if record is not None and property.startswith("("):
            return "".join(f"{one};" for one in sorted(portal.links.of((object, property.strip("()")), record.id))) or None
        found = record.values.get(property) if record is not None else None
        return str(found) if found not in (None, "") else None


def finished(process: "subprocess.Popen[str]") -> Finished:
    """Wait for the end; a command that does not come to one is killed."""
    try:
        out, err = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Finished(process.returncode, out, err)


@contextmanager
def installed(folder: Path, world: World, limits: HubSpotLimits | None = None, **changes: Any) -> Iterator[Installation]:
    """An installation on a world, served for as long as the block lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    with SandboxServer(world, lags=NO_LAG, limits=limits) as server:
        installation = Installation(folder, server, world)
        installation.configure(**changes)
        yield installation


@dataclass(frozen=True)
class Kept:
    """An installation put aside: its home, and its vendors as they stood."""

    home: Path
    world: World

    @classmethod
    def of(cls, installation: Installation, folder: Path) -> "Kept":
        shutil.copytree(installation.home, folder)
        return cls(folder, snapshot(installation.server.sandbox))

    @contextmanager
    def again(self, folder: Path, **changes: Any) -> Iterator[Installation]:
        """A copy of it in ``folder``, going on from there."""
        shutil.copytree(self.home, folder / ".cadran")
        with installed(folder, self.world, **changes) as installation:
            yield installation


def acted_on(plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines of ``plan --json`` that would be written."""
    return [c for c in plan["changes"] if c["outcome"] in ("create", "update", "clear")]
