"""Taking back, and letting go on."""

from tests.e2e.installation import Installation, acted_on


def test_undo_gives_back_what_stood_there_and_holds_it_until_resume(planned: Installation) -> None:
    """A value that was empty is empty again; later plans leave it alone until a person says so."""
    plan = planned.json("plan")
    lines = [c for c in acted_on(plan) if c["record_id"]]
    applied = planned.json("apply")
    undone = planned.json("undo", str(applied["run_id"]))
    assert undone["written"] == len(lines)
    assert {planned.value(c["object"], c["record_id"], c["property"]) for c in lines} == {None}

    held = planned.json("plan")
    assert acted_on(held) == []
    assert {(c["object"], c["record_id"], c["property"]) for c in held["changes"] if c["outcome"] == "held"} == {
        (c["object"], c["record_id"], c["property"]) for c in lines
    }
    one_property = sum(c["property"] == "cadran_channel" for c in lines)
    assert planned.json("resume", "cadran_channel") == {"released": one_property}
    assert {c["property"] for c in acted_on(planned.json("plan"))} == {"cadran_channel"}
    planned.ok("resume")
    assert len(acted_on(planned.json("plan"))) == len(lines)
    assert planned.json("apply")["written"] == len(lines)


def test_a_run_that_wrote_nothing_cannot_be_undone(planned: Installation) -> None:
    """The sentence names the run."""
    done = planned.run("undo", "1")
    assert done.code == 2
    assert "run 1 wrote nothing" in done.err
