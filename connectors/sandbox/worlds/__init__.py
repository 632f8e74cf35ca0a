"""Where worlds come from: generated, read from a folder, or brought in from somebody's files."""

from connectors.sandbox.worlds.folder import load_folder, save_folder
from connectors.sandbox.worlds.registry import open_world

__all__ = ["load_folder", "open_world", "save_folder"]
