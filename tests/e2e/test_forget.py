"""`cadran forget` as a person uses it: look, do it, and the next runs go on as if the record had never been."""

from pathlib import Path

import duckdb

from connectors.sandbox.world import World
from tests.e2e.installation import Installation, installed
from tests.small_world import small_world


def _texts(home: Path) -> str:
    """Everything in the home: Parquet unpacked, the rest byte by byte."""
    texts = []
    for path in sorted(home.rglob("*")):
        if path.suffix == ".parquet":
            with duckdb.connect() as con:
                texts.append(repr(con.execute(f"SELECT * FROM read_parquet('{path}')").fetchall()))
        elif path.is_file():
            texts.append(path.read_bytes().decode("latin-1"))
    return "\n".join(texts)


CONTACT = "770011009933"
"""An id that is nothing else by chance: no amount, no instant, no other record."""


def _world() -> World:
    """The small world, in which a contact of a deal has that id."""
    world = small_world()
    objects = world.hubspot.objects
    ids = {i for deal in objects["deals"] for i in (deal.get("associations") or {}).get("contacts", ())}
    former = min(i for i in ids if i not in {c["id"] for c in objects["contacts"] if c.get("mergedInto")})
    for records in objects.values():
        for record in records:
            links = record.get("associations") or {}
            if "contacts" in links:
                links["contacts"] = [CONTACT if i == former else i for i in links["contacts"]]
    for contact in objects["contacts"]:
        if contact["id"] == former:
            contact["id"] = CONTACT
    return world


def test_a_forgotten_contact_is_gone_and_stays_gone(tmp_path: Path) -> None:
    """Nothing of it in the home, also after syncs that the CRM still gives it to; the plan leaves it alone; the rest runs on."""
    with installed(tmp_path / "installation", _world()) as installation:
        for command in ("sync", "plan", "apply", "sync"):
            installation.ok(command)
        looked = installation.json("forget", CONTACT)
        assert (looked["removed"], looked["record_id"]) == (False, CONTACT)
        assert set(looked["stores"]) == {"raw", "facts", "results", "ledger"}
        assert CONTACT in _texts(installation.account)

        done = installation.json("forget", CONTACT, "--yes")
        assert (done["removed"], done["finished"], done["stores"]) == (True, True, looked["stores"])
        assert CONTACT not in _texts(installation.account)

        installation.ok("sync")
        installation.ok("sync", "--full")
        assert CONTACT not in _texts(installation.account)
        assert not [c for c in installation.json("plan")["changes"] if c["record_id"] == CONTACT]
        written = [
            n for n in installation.server.sandbox.portal.find("contacts").by_id[CONTACT].values if n.startswith("cadran_")
        ]
        assert written  # what stands in the CRM is the CRM's
        installation.ok("undo", "3")
        assert CONTACT not in _texts(installation.account)
        assert installation.json("forget", CONTACT)["rows"] == 0
        assert [p for p in (installation.home, *installation.home.rglob("*")) if p.is_file() and p.stat().st_mode & 0o077] == []


def test_a_plan_that_named_a_forgotten_record_is_made_again(planned: Installation) -> None:
    """What was shown cannot be written any more, and the sentence says so."""
    named = next(c["record_id"] for c in planned.json("plan")["changes"] if c["object"] == "contacts" and c["record_id"])
    planned.ok("forget", f"contacts/{named}", "--yes")
    refused = planned.run("apply")
    assert refused.code == 2
    assert "named a record that was erased since: run `cadran plan` again" in refused.err
    planned.ok("plan")
    planned.ok("apply", "--limit", "1")


def test_forget_speaks_both_languages_and_refuses_what_is_no_record(planned: Installation) -> None:
    """A deal or company by its object; a word that names none is refused with those that there are."""
    deal = next(c["record_id"] for c in planned.json("plan")["changes"] if c["object"] == "deals" and c["record_id"])
    assert "would go" in planned.ok("forget", f"deals/{deal}")
    planned.configure(locale="fr")
    assert "disparaîtraient" in planned.ok("forget", f"deals/{deal}")
    assert "supprimées" in planned.ok("forget", f"deals/{deal}", "--yes")
    refused = planned.run("forget", "people/1")
    assert refused.code == 2
    assert "contacts" in refused.err
    assert planned.run("forget", "contacts/").code == 2
