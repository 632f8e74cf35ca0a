"""What a flag beside a value tells its reader, in a few words."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from kpi.text import Text

FLAGS: Mapping[str, Text] = MappingProxyType(
    {
        "above_one": Text("above 100 %", "plus de 100 %"),
        "amount_missing": Text("amounts missing", "montants manquants"),
        "assumed_end": Text("end days assumed", "fins supposées"),
        "assumed_margin": Text("margin assumed", "marge supposée"),
        "cost_missing": Text("costs missing", "coûts manquants"),
        "crm_source": Text("the CRM's own source", "source du CRM"),
        "estimate": Text("estimate", "estimation"),
        "lifetime_capped": Text("lifetime held to the longest one set", "durée de vie ramenée au plafond réglé"),
        "mixed_zones": Text("days of several time zones", "jours de plusieurs fuseaux"),
        "negative_cycle": Text("negative cycles left out", "cycles négatifs exclus"),
        "other_row": Text("part lumped together by the source", "partie regroupée par la source"),
        "partial_period": Text("period not over", "période en cours"),
        "refund_undated": Text("refunds without a day", "remboursements sans date"),
        "sampled": Text("sampled", "échantillonné"),
        "small_sample": Text("few cases", "peu de cas"),
        "stages_out_of_order": Text("stages out of order", "étapes en désordre"),
        "stale_rate": Text("old exchange rate", "taux de change ancien"),
        "thresholded": Text("small rows withheld by the source", "petites lignes retenues par la source"),
    }
)
"""Every flag of :attr:`kpi.engine.Result.flags`. Codes stand in JSON and files, these words on a terminal."""


def in_words(flags: Iterable[str], locale: str) -> list[str]:
    """The words of each flag, in their order."""
    return [FLAGS[flag].in_(locale) if flag in FLAGS else flag for flag in flags]
