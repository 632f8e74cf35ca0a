"""What came of marketing where no platform saw it."""

from kpi.card import ANY_CHANGE, ONE_PERCENT, Example, Kpi, Source
from kpi.measures.base import By
from kpi.measures.offline import OFFLINE_CONVERSIONS, OFFLINE_VALUE
from kpi.text import Text

_IMPORTS = Source("Google Ads Help, about offline conversion imports", "https://support.google.com/google-ads/answer/2998031")
_BY: tuple[By, ...] = ("total", "channel", "campaign")
_NO_FILE = Text("no file of offline conversions is connected", "aucun fichier de conversions hors ligne n'est connecté")
_BESIDE = Text(
    "As the company's own files tell them. They stand beside the CRM's leads and deals and are added to none: the same sale may be in both.",
    "Selon les fichiers de l'entreprise. Elles ne s'ajoutent ni aux leads ni aux transactions du CRM : une même vente peut figurer des deux côtés.",
)

OFFLINE_CONVERSIONS_KPI = Kpi(
    name="offline_conversions",
    title=Text("Offline conversions", "Conversions hors ligne"),
    explain=Text(
        "Calls, signed orders, visits to a shop: what came of marketing where no platform saw it.",
        "Appels, commandes signées, visites en magasin : ce que le marketing a apporté sans qu'aucune régie ne le voie.",
    ),
    formula=OFFLINE_CONVERSIONS,
    better="up",
    grains=_BY,
    undefined_when=_NO_FILE,
    caveats=_BESIDE,
    source=_IMPORTS,
    example=Example({OFFLINE_CONVERSIONS: "37"}, gives="37"),
    version=1,
    write_step=ANY_CHANGE,
)

OFFLINE_VALUE_KPI = Kpi(
    name="offline_conversion_value",
    title=Text("Value of offline conversions", "Valeur des conversions hors ligne"),
    explain=Text(
        "What offline conversions are worth, as their files say.",
        "Ce que valent les conversions hors ligne, selon leurs fichiers.",
    ),
    formula=OFFLINE_VALUE,
    better="up",
    grains=_BY,
    undefined_when=_NO_FILE,
    caveats=_BESIDE,
    source=_IMPORTS,
    example=Example({OFFLINE_VALUE: "18400"}, gives="18400"),
    version=1,
    write_step=ONE_PERCENT,
)
