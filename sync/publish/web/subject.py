"""Which value a page is about: a KPI, of whom, in which period. Read from the address, and checked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import get_args

from kpi.card import Kpi, RecordKpi
from kpi.measures.base import By
from kpi.periods import Period
from kpi.text import Text
from sync.grains import PERIODS_BY, kept
from sync.publish.shelf import Figure
from sync.publish.shelving import NOT_SHELVED
from sync.publish.web.filters import BadFilter
from sync.publish.web.page import Look
from sync.publish.web.signin.readers import may_see

CALENDAR: tuple[Period, ...] = ("year", "quarter", "month", "week", "day")
_INSTEAD: tuple[Period, ...] = ("month", "quarter", "year", "all")
"""What is shown of a KPI that is not kept by the kind of period asked: the first of these."""

FEW = 8
"""So many choices are all told when one is not among them."""

BY_TITLES: dict[str, Text] = {
    "total": Text("in all", "au total"),
    "pipeline": Text("pipeline", "pipeline"),
    "stage": Text("stage", "étape"),
    "team": Text("team", "équipe"),
    "owner": Text("sales rep", "commercial"),
    "channel": Text("channel", "canal"),
    "campaign": Text("campaign", "campagne"),
    "page": Text("page", "page"),
    "device": Text("device", "appareil"),
    "email": Text("e-mail", "e-mail"),
    "network": Text("network", "réseau"),
    "survey": Text("survey", "enquête"),
    "plan": Text("plan", "formule"),
    "category": Text("category", "catégorie"),
    "product": Text("product", "produit"),
    "cohort": Text("age in months", "âge en mois"),
    "company": Text("company", "entreprise"),
    "deal": Text("deal", "transaction"),
}


@dataclass(frozen=True)
class Subject:
    """A value's place. ``figure`` None: nothing was computed there."""

    kpi: Kpi
    by: str
    key: str
    label: str
    """What people call the member; '' at total."""
    period: str
    is_other_period: bool
    """The KPI is not kept by the kind of period that was asked."""
    course: Sequence[Figure]
    """All values of that kind of period, the oldest first."""
    figure: Figure | None


def definition(look: Look) -> Kpi | RecordKpi:
    """The KPI that the address names. Raises :class:`LookupError` with the nearest name."""
    name = look.path["kpi"]
    if name in look.catalogue.names:
        return look.catalogue.definition(name)
    near = [known for known in look.catalogue.names if len(name) > 2 and name in known][:3]
    near = near or get_close_matches(name, look.catalogue.names, n=1, cutoff=0.5)
    if not near:
        raise LookupError(
            Text(
                f"There is no KPI {name}; the catalogue lists all.",
                f"Il n'y a pas d'indicateur {name} ; le catalogue les liste tous.",
            )
        )
    raise LookupError(
        Text(
            f"There is no KPI {name}. Did you mean {' or '.join(near)}?",
            f"Il n'y a pas d'indicateur {name}. Vouliez-vous dire {' ou '.join(near)} ?",
        )
    )


def computed(look: Look) -> Kpi:
    """The same, of what is computed from rows. Raises :class:`LookupError` for a value that single records bear."""
    name = definition(look).name
    if name not in look.catalogue.kpis:
        raise LookupError(
            Text(
                f"{name} stands on single records: nothing was added up.",
                f"{name} est porté par chaque fiche : rien n'est additionné.",
            )
        )
    return look.catalogue.kpis[name]


def cuts(kpi: Kpi) -> list[By]:
    """Dimensions whose members are on the shelf, total left out."""
    return [by for by in kpi.grains if by not in ("total", *NOT_SHELVED) and PERIODS_BY.get(by)]


def subject(look: Look, kpi: Kpi) -> Subject:
    """Raises :class:`BadFilter` for a cut or member that there is not, :class:`LookupError` for one that the reader may not see."""
    usual = "total" if "total" in kpi.grains else cuts(kpi)[0]
    by = one_of("by", look.query.get("by") or usual, ["total", *cuts(kpi)] if usual == "total" else cuts(kpi))
    key = look.query.get("key", "")
    by, key = (by, key) if key and by != "total" else (usual, "")
    if not may_see(look.reader, by, key or None):
        raise LookupError(
            Text(
                "Your account shows your own records and figures only.",
                "Votre compte ne montre que vos propres fiches et chiffres.",
            )
        )
    period = _period(kpi, by, look.filters.period)
    course = look.shelf.series(kpi.name, by=by, key=key, period=period, model=look.filters.model) if key or by == "total" else []
    if key and not course and key not in (known := look.shelf.members(by)):
        raise BadFilter("key", key, _no_member(key, known if may_see(look.reader, by) and look.reader.owners is None else []))
    return Subject(
        kpi=kpi,
        by=by,
        key=key,
        label=look.labels(by).get(key, key) if key else "",
        period=period,
        is_other_period=period != look.filters.period,
        course=course,
        figure=_chosen(course, look.filters.start, look.shelf.today),
    )


def one_of(name: str, given: str, known: Collection[str]) -> str:
    """What was given, if it is among what is known; else :class:`BadFilter`, with the nearest."""
    if given in known:
        return given
    near = get_close_matches(given, known, n=1) if len(known) > FEW else []
    offered = ", ".join(near or known)
    raise BadFilter(name, given, Text(f"{name}: choose among {offered}", f"{name} : choisissez parmi {offered}"))


def whole_number(look: Look, name: str, usual: int, most: int) -> int:
    """A count in the address, from 1 to ``most``."""
    given = look.query.get(name, "") or str(usual)
    if given.isascii() and given.isdigit() and len(given) < 9 and 1 <= int(given) <= most:
        return int(given)
    raise BadFilter(name, given, Text(f"{name}: write a number from 1 to {most}", f"{name} : écrivez un nombre de 1 à {most}"))


def _no_member(key: str, known: Sequence[str]) -> Text:
    near = get_close_matches(key, known, n=1)
    return (
        Text(f"key: did you mean {near[0]}?", f"key : vouliez-vous dire {near[0]} ?")
        if near
        else Text("key: this KPI has no value of that member", "key : cet indicateur n'a pas de valeur de ce membre")
    )


def _period(kpi: Kpi, by: str, asked: str) -> str:
    cut = next(known for known in get_args(By) if known == by)
    wanted = [known for known in (*PERIODS_BY[cut],) if known == asked]
    return next((period for period in (*wanted, *_INSTEAD) if kept(kpi, cut, period)), "all")


def _chosen(course: Sequence[Figure], day: date | None, today: date | None) -> Figure | None:
    """Of the period that holds the day; without one, of the last that is over, else of the one that is running."""
    if not course:
        return None
    if course[0].period not in CALENDAR:
        return course[-1]
    if day is not None:
        return next((figure for figure in course if figure.start <= day < figure.end), None)
    known = [figure for figure in course if today is None or figure.start <= today]
    whole = [figure for figure in known if today is None or figure.end <= today]
    return next(reversed(whole or known), None)
