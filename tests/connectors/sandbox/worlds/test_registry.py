"""What ``--world`` understands."""

from pathlib import Path

import pytest

from connectors.sandbox.world import World, WorldError
from connectors.sandbox.worlds import open_world, save_folder
from connectors.sandbox.worlds.builtin import DEFAULT_SEED
from tests.connectors.sandbox.worlds.test_folder import small_world


def test_builtin_is_the_world_of_the_default_seed(world: World) -> None:
    assert open_world("builtin") == world
    assert world.name == f"builtin:{DEFAULT_SEED}"


def test_a_seed_after_the_colon_is_another_built_in_world() -> None:
    assert open_world("builtin:2").name == "builtin:2"


def test_a_folder_is_opened_by_its_path(tmp_path: Path) -> None:
    save_folder(small_world(), tmp_path / "mine")
    assert open_world(str(tmp_path / "mine")) == small_world()


@pytest.mark.parametrize("spec", ["bultin", "", "maven:x", "no/such/folder", "s3:bucket"])
def test_an_unknown_world_is_refused_with_the_choices(spec: str) -> None:
    with pytest.raises(WorldError, match=r"choose builtin, builtin:SEED, maven_crm:PATH or an existing folder"):
        open_world(spec)


@pytest.mark.parametrize("spec", ["builtin:", "builtin:one", "builtin:-1", "builtin:1.5"])
def test_a_seed_is_a_whole_number(spec: str) -> None:
    with pytest.raises(WorldError, match="the seed is a whole number"):
        open_world(spec)


def test_a_loader_needs_a_path_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="maven_crm:PATH"):
        open_world("maven_crm:")
    with pytest.raises(WorldError, match="there is no such folder"):
        open_world(f"maven_crm:{tmp_path / 'nowhere'}")
