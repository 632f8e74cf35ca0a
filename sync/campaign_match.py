"""Which of our campaigns is which of the CRM's own. Pure.

A campaign of the CRM is ours when its id is, or when its UTM value or its name is written like ours (case, accents and
separators aside). A name that fits two, on either side, says nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kpi.joins import match_key


@dataclass(frozen=True)
class CrmCampaign:
    """A campaign as the CRM has it."""

    id: str
    name: str | None
    utm: str | None


def matched(ours: Mapping[str, str], theirs: Sequence[CrmCampaign]) -> dict[str, str]:
    """Our key -> the CRM's id. ``ours``: key -> title."""
    found = {key: one.id for key in ours for one in theirs if key.rpartition("/")[2] == one.id}
    for words in ("utm", "name"):
        left = {key: title for key, title in ours.items() if key not in found}
        free = [one for one in theirs if one.id not in set(found.values())]
        by_title = _only((match_key(title), key) for key, title in left.items())
        by_word = _only((match_key(getattr(one, words) or ""), one.id) for one in free)
        found |= {key: by_word[word] for word, key in by_title.items() if word and word in by_word}
    return found


def _only(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The words that stand for one thing alone."""
    listed = list(pairs)
    uses = Counter(word for word, _ in listed)
    return {word: one for word, one in listed if uses[word] == 1}
