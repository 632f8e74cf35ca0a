"""Three who count the same business: the CRM, web analytics and the ad platforms, side by side per channel and period.

They never agree, and need not: this says by how much they differ, and which of the known reasons for it the data support. What
no data can show (who refused consent, how a platform counts) is said as such. Pure: values and findings come in, lines go out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from kpi.attribution.models import DIRECT
from kpi.channels import CHANNELS, PAID, UNATTRIBUTED
from kpi.expression import PRECISION
from kpi.text import Text

Side = Literal["crm", "web", "ads"]

SIDES: Mapping[Side, tuple[str, ...]] = MappingProxyType(
    {
        "crm": ("leads", "new_customers", "revenue_won"),
        "web": ("users", "sessions", "key_events"),
        "ads": ("spend", "clicks", "conversions", "conversion_value"),
    }
)
"""Who counts what, in the order it is shown."""

MONEY = frozenset({"revenue_won", "spend", "conversion_value"})
COUNTED_BY_PLATFORMS = frozenset({"clicks", "conversions", "conversion_value"})
"""What a file that says what was spent does not say: with spend and without a figure it is unknown, not zero."""
NOT_ADDED = frozenset({"users"})
"""What does not add up: where a channel has no figure, it is unknown and not zero."""

GAPS: tuple[tuple[str, str, str], ...] = (
    ("visits", "sessions", "clicks"),
    ("contacts", "leads", "key_events"),
    ("claims", "leads", "conversions"),
    ("value", "revenue_won", "conversion_value"),
)
"""Name of a gap, and the two figures it lies between: sessions less clicks, leads less key events …"""


@dataclass(frozen=True)
class Figure:
    """One figure of one channel, or of all, in one period."""

    value: Decimal | None
    reason: Text | None = None
    """Why it is unknown."""
    flags: frozenset[str] = frozenset()
    provisional_until: date | None = None


@dataclass(frozen=True)
class Findings:
    """What the rows behind a channel's period show."""

    web_zones: frozenset[str] = frozenset()
    """Zones other than the reporting one that cut the analytics' days."""
    ads_zones: frozenset[str] = frozenset()
    is_sampled: bool = False
    is_thresholded: bool = False
    has_other_row: bool = False
    platforms: frozenset[str] = frozenset()
    """Ad platforms with spend or results."""
    has_fractions: bool = False
    """Some of the platforms' conversions are not whole."""
    currencies: frozenset[str] = frozenset()
    """Other than the company's."""
    without_rate: int = 0
    """Rows of spend whose currency has no rate."""


@dataclass(frozen=True)
class Terms:
    """What holds for the whole table."""

    model: str
    """Attribution model of the CRM's figures."""
    lookback_days: int | None


@dataclass(frozen=True)
class Because:
    """A reason for the gaps. ``is_known`` False: it may play a part, but nothing that we read can show it."""

    code: str
    text: Text
    is_known: bool = True
    count: int | None = None


@dataclass(frozen=True)
class Gap:
    name: str
    left: str
    right: str
    difference: Decimal | None
    """Left less right; None where one of them is unknown."""
    ratio: Decimal | None
    """Left over right; None too where right is 0."""


@dataclass(frozen=True)
class Line:
    """A channel in a period; channel '' is all of them."""

    channel: str
    period_start: date
    period_end: date
    """Exclusive."""
    figures: Mapping[str, Figure]
    gaps: tuple[Gap, ...]
    reasons: tuple[Because, ...]


Key = tuple[str, date]
"""(channel, first day of the period)"""


@dataclass(frozen=True)
class Known:
    """What is stored: figures by channel and period, those of all channels under ''."""

    figures: Mapping[str, Mapping[Key, Figure]]
    periods: Mapping[date, date]
    """First day -> day after the last."""
    findings: Mapping[Key, Findings] = field(default_factory=dict)


def lines(known: Known, terms: Terms) -> list[Line]:
    """Every period in order, each with all channels together and then the channels that anybody counted something for."""
    found = []
    for start, end in sorted(known.periods.items()):
        seen = {channel for values in known.figures.values() for channel, when in values if when == start}
        for channel in ["", *(c for c in CHANNELS if c in seen)]:
            figures = {name: _figure(known, name, channel, start) for names in SIDES.values() for name in names}
            if channel and not any(figure.value for figure in figures.values()):
                continue
            gaps = tuple(_gap(name, left, right, figures) for name, left, right in GAPS)
            nowhere = {c: _figure(known, "leads", c, start).value for c in (UNATTRIBUTED, "offline")}
            findings = known.findings.get((channel, start), Findings())
            found.append(Line(channel, start, end, figures, gaps, tuple(_reasons(channel, figures, findings, nowhere, terms))))
    return found


NO_PERIOD = Text("nothing is known of this period", "rien n'est connu de cette période")
NOT_COUNTED = Text("no source of this spend counts it", "aucune source de cette dépense ne le compte")
NOT_ALONE = Text("users are not known for this channel alone", "les utilisateurs ne sont pas connus pour ce seul canal")


def _figure(known: Known, name: str, channel: str, start: date) -> Figure:
    """The figure; 0 where the period is known and the channel simply has none."""
    values = known.figures.get(name, {})
    if (channel, start) in values:
        return values[channel, start]
    whole = values.get(("", start))
    if whole is None or not channel:
        return Figure(None, NO_PERIOD)
    if whole.value is None:
        return Figure(None, whole.reason)
    if name in COUNTED_BY_PLATFORMS and _figure(known, "spend", channel, start).value:
        return Figure(None, NOT_COUNTED)
    return Figure(None, NOT_ALONE) if name in NOT_ADDED else Figure(Decimal(0))


def _gap(name: str, left: str, right: str, figures: Mapping[str, Figure]) -> Gap:
    a, b = figures[left].value, figures[right].value
    if a is None or b is None:
        return Gap(name, left, right, None, None)
    return Gap(name, left, right, a - b, PRECISION.divide(a, b) if b else None)


def _reasons(
    channel: str, figures: Mapping[str, Figure], found: Findings, nowhere: Mapping[str, Decimal | None], terms: Terms
) -> Iterable[Because]:
    has_web, has_ads = (any(figures[name].value for name in SIDES[side]) for side in ("web", "ads"))
    if has_web or channel in PAID:
        yield Because("consent", CONSENT, is_known=False)
    if found.web_zones:
        yield Because("web_day", WEB_DAY.filled(", ".join(sorted(found.web_zones))))
    if found.ads_zones:
        yield Because("ads_day", ADS_DAY.filled(", ".join(sorted(found.ads_zones))))
    if has_web or has_ads:
        yield Because("model", MODEL.filled(terms.model))
        yield Because("lookback", LOOKBACK if terms.lookback_days is None else LOOKBACK_DAYS.filled(str(terms.lookback_days)))
    for code, is_so in (
        ("sampled", found.is_sampled),
        ("thresholded", found.is_thresholded),
        ("other_row", found.has_other_row),
        ("fractions", found.has_fractions),
    ):
        if is_so:
            yield Because(code, SAID[code])
    if has_ads:
        yield Because("counting", SAID["counting"], is_known=False)
        yield Because("booked", SAID["booked"], is_known=False)
    if len(found.platforms) > 1:
        yield Because("claimed_twice", CLAIMED_TWICE.filled(", ".join(sorted(found.platforms))))
    for where, code in ((UNATTRIBUTED, "no_source"), ("offline", "offline")):
        leads = nowhere[where]
        if leads and channel in ("", where):
            yield Because(code, SAID[code], count=round(leads))
    if channel == DIRECT and has_web:
        yield Because("direct", SAID["direct"], is_known=False)
    if found.currencies:
        yield Because("currency", CURRENCY.filled(", ".join(sorted(found.currencies))))
    if found.without_rate:
        yield Because("without_rate", SAID["without_rate"], count=found.without_rate)
    if any("estimate" in figure.flags for figure in figures.values()):
        yield Because("estimate", SAID["estimate"])
    if any("crm_source" in figure.flags for figure in figures.values()):
        yield Because("crm_source", SAID["crm_source"])
    until = [figure.provisional_until for figure in figures.values() if figure.provisional_until is not None]
    if until:
        yield Because("provisional", PROVISIONAL.filled(max(until).isoformat()))


class _Template(Text):
    """A text with one gap."""

    def filled(self, word: str) -> Text:
        return Text(self.en.format(word), self.fr.format(word))


CONSENT = Text(
    "visitors who refuse consent or block scripts are in the CRM and on the platforms' bills, not in analytics; how many cannot be known",
    "les visiteurs qui refusent le suivi ou le bloquent sont dans le CRM et chez les régies, pas dans l'audience ; leur nombre est "
    "inconnaissable",
)
WEB_DAY = _Template("analytics cuts its days in {}", "l'audience découpe ses jours selon {}")
ADS_DAY = _Template("ad accounts cut their days in {}", "les comptes publicitaires découpent leurs jours selon {}")
MODEL = _Template(
    "the CRM's figures follow the model {}; analytics credits each session's own source, a platform itself",
    "les chiffres du CRM suivent le modèle {} ; l'audience crédite la source de chaque session, une régie elle-même",
)
LOOKBACK = Text(
    "the CRM's figures look back over the whole history, a platform over its own window",
    "les chiffres du CRM remontent tout l'historique, une régie sa propre fenêtre",
)
LOOKBACK_DAYS = _Template(
    "the CRM's figures look back {} days, a platform over its own window",
    "les chiffres du CRM remontent {} jours, une régie sa propre fenêtre",
)
CLAIMED_TWICE = _Template(
    "several platforms may each claim the same lead: {}", "plusieurs régies peuvent revendiquer le même lead : {}"
)
CURRENCY = _Template("amounts in {} are converted at each day's rate", "les montants en {} sont convertis au taux de chaque jour")
PROVISIONAL = _Template(
    "sources may restate these figures until {}", "les sources peuvent encore corriger ces chiffres jusqu'au {}"
)

SAID: Mapping[str, Text] = MappingProxyType(
    {
        "sampled": Text("analytics answered from a sample", "l'audience a répondu sur un échantillon"),
        "thresholded": Text(
            "analytics withholds rows of few visitors (thresholds): what is missing is not zero",
            "l'audience masque les lignes de peu de visiteurs (seuils) : ce qui manque n'est pas zéro",
        ),
        "other_row": Text("analytics gathered rare rows under (other)", "l'audience a regroupé des lignes rares sous (other)"),
        "fractions": Text(
            "platforms share a conversion among their own ads: it is not whole",
            "les régies partagent une conversion entre leurs annonces : elle n'est pas entière",
        ),
        "counting": Text(
            "a platform may count several conversions for one click; its report does not say which way it counts",
            "une régie peut compter plusieurs conversions pour un clic ; son rapport ne dit pas comment elle compte",
        ),
        "booked": Text(
            "a platform such as Google Ads books a conversion on the day of the click, the CRM a lead on the day it was made",
            "une régie comme Google Ads date une conversion du jour du clic, le CRM un lead du jour de sa création",
        ),
        "no_source": Text("leads without a known source", "leads sans source connue"),
        "offline": Text("leads that came in offline: no session, no click", "leads arrivés hors ligne : ni session ni clic"),
        "direct": Text(
            "a visit without a referrer or tag is direct, wherever it came from; how many were not cannot be known",
            "une visite sans référent ni balise est directe, d'où qu'elle vienne ; combien ne l'étaient pas est inconnaissable",
        ),
        "without_rate": Text("rows of spend without an exchange rate", "lignes de dépense sans taux de change"),
        "estimate": Text(
            "an estimate counts as spend, as the settings say", "une estimation compte comme dépense, selon les réglages"
        ),
        "crm_source": Text(
            "some revenue is credited by the CRM's own source, no visit being known",
            "une partie du chiffre d'affaires est créditée par la source du CRM, faute de visite connue",
        ),
    }
)


def unknown(figures: Mapping[str, Figure], side: Side) -> Text | None:
    """Why a whole side is unknown; None where any of its figures is known."""
    found: Sequence[Figure] = [figures[name] for name in SIDES[side]]
    return None if any(figure.value is not None for figure in found) else found[0].reason
