"""Values and associations of one kind of record held against what the CRM holds: campaigns, and colleagues.

The same three-way comparison, policies, holds and definitions as for any record. Their values are few and come from no
stream, so they are read from the CRM when a plan is made: a call per batch.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from config.settings import Policy
from connectors.base import Associates, PropertyDef
from connectors.errors import ContractError
from kpi.text import Text
from sync.campaign_definitions import ask_definitions, definitions_known
from sync.campaign_properties import CAMPAIGN, CHANNEL, ITSELF, LINKED, PEOPLE, SUMMARY, figures_of, property_name
from sync.campaign_summary import campaign_summary
from sync.campaign_wanted import Links, Wanted
from sync.compare import ACTED_ON, Ours, Outcome, Theirs, Verdict, compare, current_value
from sync.definitions import Definitions
from sync.house import House
from sync.ledger import Base, Key
from sync.link_text import difference, joined, link_base, link_property, parted
from sync.plan import Change


@dataclass
class CampaignPlan:
    """What goes into the plan."""

    lines: list[Change] = field(default_factory=list)
    definitions: list[PropertyDef] = field(default_factory=list)
    unchanged: int = 0
    adopted: dict[Key, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What a person asked of this plan."""

    adopt: bool = False
    retake: frozenset[str] = frozenset()


class Place:
    """One object's records, definitions included."""

    def __init__(self, house: House, object: str, currency: str, now: datetime, asked: Asked, made: CampaignPlan) -> None:
        self._house = house
        self._object = object
        self._currency = currency
        self._now = now
        self._asked = asked
        self._made = made
        self._settings = house.settings.crm
        self._bases = house.ledger.bases_of(object)
        self._holds = house.ledger.all_holds()

    def compare(self, wanted: Mapping[str, Wanted], links: Links) -> None:
        """Add the place's lines to the plan. Raises what the CRM refuses before any was added."""
        known = definitions_known(self._house, self._object, self._now)
        found = Definitions() if known else ask_definitions(self._house, self._object, self._now)
        try:
            theirs = self._read(wanted, found)
        except ContractError:
            if not known:
                raise
            found = ask_definitions(self._house, self._object, self._now)  # somebody took the object away
            theirs = self._read(wanted, found)
        self._found = found
        verdicts, ours = self._judge_all(wanted, theirs)
        foreign = [key for key, verdict in verdicts.items() if verdict.outcome == "foreign"]
        if foreign and (mine := self._written_by_us(foreign)):
            verdicts, ours = self._judge_all(wanted, theirs, mine)
        lines = list(_changes(verdicts, ours))
        lines += self._link_lines(links, theirs)
        if known and any(line.is_acted_on for line in lines):
            again = ask_definitions(self._house, self._object, self._now)
            if again.changes_values:
                self._found = again
                verdicts, ours = self._judge_all(wanted, theirs)
                lines = [*_changes(verdicts, ours), *self._link_lines(links, theirs)]
            found = again
        self._made.lines += [*found.lines, *lines]
        self._made.definitions += found.wanted
        self._made.unchanged += sum(verdict.outcome in ("unchanged", "adopt") for verdict in verdicts.values())
        self._made.adopted |= {key: verdict.value for key, verdict in verdicts.items() if verdict.outcome == "adopt"}

    # --- values -----------------------------------------------------------------------------------------------------

    def _read(self, wanted: Mapping[str, Wanted], found: Definitions) -> dict[str, dict[str, str | None]]:
        """What the CRM holds; records that are gone are missing. Nothing is asked of an object that is not there yet."""
        if (self._object, ITSELF) in found.fresh:
            return {record_id: {} for record_id in wanted}
        target = self._house.target()
        names = sorted({name for one in wanted.values() for name in one.values} | {property_name(SUMMARY)})
        if self._object == PEOPLE:
            names.remove(property_name(SUMMARY))
        ids, size = list(wanted), target.batch_size(self._object)
        values: dict[str, dict[str, str | None]] = {}
        for start in range(0, len(ids), size):
            values |= target.read_values(self._object, ids[start : start + size], names)
        return values

    def _judge_all(
        self, wanted: Mapping[str, Wanted], theirs: Mapping[str, Mapping[str, str | None]], mine: frozenset[Key] = frozenset()
    ) -> tuple[dict[Key, Verdict], dict[Key, Ours]]:
        """Every property of every record that is there; its line last, from the values that will stand."""
        verdicts: dict[Key, Verdict] = {}
        ours: dict[Key, Ours] = {}

        def judge(key: Key, own: Ours) -> None:
            verdict = self._judge(key, own, theirs[key[1]].get(key[2]), key in mine)
            if verdict is not None:
                ours[key], verdicts[key] = own, verdict

        for record_id, of_record in wanted.items():
            if record_id not in theirs:
                continue
            for name, own in of_record.values.items():
                judge((self._object, record_id, name), own)
            if self._object != PEOPLE:
                judge((self._object, record_id, property_name(SUMMARY)), self._summary(record_id, of_record, verdicts))
        return verdicts, ours

    def _judge(self, key: Key, own: Ours, theirs: str | None, is_mine: bool) -> Verdict | None:
        """None: nothing may be written there."""
        name = key[0], key[2]
        if name in self._found.blocked:
            return None
        base = self._bases.get(key)
        current = current_value(Theirs(theirs, self._now), base)
        if name in self._found.fresh or (self._object, ITSELF) in self._found.fresh:
            base, current = None, None
        elif name in self._found.restored:
            current = base.value if base else None
        if self._asked.adopt and base is None and current is not None:
            base = Base(current, self._now)
            self._made.adopted[key] = current
        return compare(own, current, base, policy=self._policy(key[2]), is_held=key in self._holds, written_by_us=lambda: is_mine)

    def _policy(self, name: str) -> Policy:
        if name in self._asked.retake:
            return "overwrite"
        return self._settings.policies.get(name, self._settings.policy)

    def _summary(self, record_id: str, of_record: Wanted, verdicts: Mapping[Key, Verdict]) -> Ours:
        channel = of_record.values.get(property_name(CHANNEL))
        if channel is not None and channel.kpi == CAMPAIGN:  # the campaign leaves the place
            return Ours(None, "text", CAMPAIGN, channel.reason)
        reason = Text("the values above in one line", "les valeurs ci-dessus en une ligne").in_(self._house.locale)
        return Ours(self._line(record_id, of_record, verdicts), "text", SUMMARY, reason)

    def _line(self, record_id: str, of_record: Wanted, verdicts: Mapping[Key, Verdict]) -> str | None:
        """Built from what will stand, so that it is rewritten only when a value it quotes is."""
        values: dict[str, Decimal | None] = {}
        for figure in figures_of(self._object, self._house.catalogue):
            name = property_name(figure.value)
            own, verdict = of_record.values.get(name), verdicts.get((self._object, record_id, name))
            is_kept = verdict is not None and verdict.outcome in ("unchanged", "adopt")
            standing = verdict.value if is_kept and verdict is not None else own.value if own else None
            values[figure.value] = Decimal(standing) if standing else None
        return campaign_summary(values, of_record.month, self._house.locale, self._currency)

    def _written_by_us(self, keys: Sequence[Key]) -> frozenset[Key]:
        ids = list(dict.fromkeys(key[1] for key in keys))
        answer = self._house.target().read_written_by_us(self._object, ids, sorted({key[2] for key in keys}))
        return frozenset(key for key in keys if answer.get((key[1], key[2])))

    # --- associations ---------------------------------------------------------------------------------------------

    def _link_lines(self, links: Links, theirs: Mapping[str, Mapping[str, str | None]]) -> Iterator[Change]:
        """What comes and what goes, of what we associated. Where the ledger remembers nothing, what stands already is ours."""
        for to in LINKED:
            bases = self._link_bases(to, links, theirs)
            for key, of_key in links.items():
                place: Key = (self._object, key, link_property(to))
                old, new = joined(bases[key]), joined(of_key[to])
                if key not in theirs or old == new:
                    continue
                comes, goes = difference(old, new)
                outcome: Outcome = "create" if old is None else "clear" if new is None else "update"
                if place in self._holds:
                    outcome = "held"
                yield Change(*place, joined(goes), joined(comes), CAMPAIGN, outcome, f"+{len(comes)} −{len(goes)}")

    def _link_bases(self, to: str, links: Links, theirs: Mapping[str, Mapping[str, str | None]]) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        is_fresh = (self._object, ITSELF) in self._found.fresh
        for key in links:
            base = self._bases.get((self._object, key, link_base(to)))
            found[key] = parted(base.value) if base is not None and not is_fresh else frozenset()
            if base is None and not is_fresh and links[key][to] and any((theirs.get(key) or {}).values()):
                found[key] = self._standing_links(to, key, links)
        return found

    def _standing_links(self, to: str, key: str, links: Links) -> frozenset[str]:
        target = self._house.target()
        if not isinstance(target, Associates):
            return frozenset()
        unknown = [one for one in links if (self._object, one, link_base(to)) not in self._bases]
        standing = target.links(self._object, to, unknown)
        for one in unknown:
            ours = standing[one] & links[one][to]
            self._bases[self._object, one, link_base(to)] = Base(joined(ours), self._now)
            if ours:
                self._made.adopted[self._object, one, link_base(to)] = joined(ours)
        return standing[key] & links[key][to]


def _changes(verdicts: Mapping[Key, Verdict], ours: Mapping[Key, Ours]) -> Iterator[Change]:
    for key, verdict in verdicts.items():
        outcome = verdict.outcome
        if outcome == "unchanged" or outcome == "adopt":
            continue
        new = verdict.value if outcome in ACTED_ON else ours[key].value
        yield Change(*key, verdict.old, new, ours[key].kpi, outcome, verdict.note or ours[key].reason)
