"""Which columns of a file are ours. Pure.

What cannot be guessed safely is a fault of the file's shape: a column missing, one that is there twice, one that is misspelt.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.tabular.cells import plain


class WrongShape(ValueError):
    """The file cannot be read as what it is said to be; the text says why and what to write, without the file's name."""


@dataclass(frozen=True)
class Columns:
    """Our name -> index in the line, and the headings that are none of ours."""

    places: Mapping[str, int]
    ignored: tuple[str, ...]


def found_columns(header: Sequence[str], headings: Mapping[str, str], required: Mapping[str, str]) -> Columns:
    """Our columns in a file's first line.

    ``headings``: what a column may be called, in plain form (:func:`connectors.tabular.cells.plain`) -> our name. ``required``: our name -> what else would
    do, for the sentence. Raises :class:`WrongShape`.
    """
    places: dict[str, int] = {}
    others: list[str] = []
    for index, heading in enumerate(header):
        name = headings.get(plain(heading))
        if name is None:
            others += [heading.strip()] if heading.strip() else []
        elif name in places:
            raise WrongShape(f"the column {name} is there twice ({heading.strip()})")
        else:
            places[name] = index
    shown = ", ".join(heading.strip() for heading in header if heading.strip()) or "nothing"
    for name, also in required.items():
        if name not in places:
            raise WrongShape(f"the column {name} is missing{also}; found: {shown}")
    for heading in others:
        near = difflib.get_close_matches(plain(heading), headings, n=1, cutoff=0.8)
        if near and headings[near[0]] not in places:
            # A misspelt `channel` that was merely ignored would turn media spend into overhead.
            raise WrongShape(f"the column {heading} is unknown; did you mean {near[0]}?")
    return Columns(places, tuple(others))
