"""Associations of one account, kept in both directions."""

from collections import defaultdict
from collections.abc import Collection

Pair = tuple[str, str]
"""(plural of the from side, plural of the to side)"""


class Links:
    """Who is associated with whom; the flag says whether the company of the pair is the primary one."""

    def __init__(self) -> None:
        self._by_pair: defaultdict[Pair, dict[str, dict[str, bool]]] = defaultdict(dict)

    def add(self, pair: Pair, source: str, target: str, *, is_primary: bool = False) -> None:
        """Associate two records. What is primary stays so."""
        for (one, other), here, there in ((pair, source, target), (pair[::-1], target, source)):
            row = self._by_pair[one, other].setdefault(here, {})
            row[there] = row.get(there, False) or is_primary

    def remove(self, pair: Pair, source: str, target: str) -> None:
        """End an association, if there is one."""
        for (one, other), here, there in ((pair, source, target), (pair[::-1], target, source)):
            self._by_pair[one, other].get(here, {}).pop(there, None)

    def of(self, pair: Pair, source: str) -> dict[str, bool]:
        """What a record is associated with, in the order in which it came to be."""
        return self._by_pair.get(pair, {}).get(source, {})

    def sources(self, pair: Pair) -> Collection[str]:
        """Who may be associated with anything of this pair: who is not in it is not."""
        return self._by_pair.get(pair, {}).keys()

    def pairs(self) -> list[Pair]:
        return sorted(self._by_pair)

    def primary(self, pair: Pair, source: str) -> str | None:
        return next((target for target, is_primary in self.of(pair, source).items() if is_primary), None)

    def ensure_primary(self, pair: Pair) -> None:
        """Where a record has targets but none is primary, its first one is."""
        for source, targets in list(self._by_pair.get(pair, {}).items()):
            if targets and not any(targets.values()):
                self.add(pair, source, next(iter(targets)), is_primary=True)

    def move(self, plural: str, loser: str, survivor: str) -> None:
        """After a merge: what the loser had, the survivor has. A second primary company becomes a plain one."""
        for source, target in self.pairs():
            if source != plural:
                continue
            has_primary = self.primary((source, target), survivor) is not None
            for other, is_primary in list(self.of((source, target), loser).items()):
                self._by_pair[target, source].get(other, {}).pop(loser, None)
                if other != survivor:
                    self.add((source, target), survivor, other, is_primary=is_primary and not has_primary)
            self._by_pair[source, target].pop(loser, None)
