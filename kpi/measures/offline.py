"""Of conversions that no platform saw."""

from kpi.measures.base import Check, Facts, Measure, Sum
from kpi.measures.columns import ORIGIN
from kpi.text import Text
from kpi.units import Unit

OFFLINE_FACTS = Facts(
    name="offline",
    mart="offline_result",
    members=ORIGIN,
    not_connected=Text("no file of offline conversions is connected", "aucun fichier de conversions hors ligne n'est connecté"),
    loaded_from=Text(
        "offline conversions are loaded from {day} on", "les conversions hors ligne sont chargées à partir du {day}"
    ),
    fed_by=("offline_conversion",),
    checks=(Check("stale_rate", "has_stale_rate"),),
)

OFFLINE_CONVERSIONS = Measure(
    "offline_conversions",
    Text("offline conversions", "conversions hors ligne"),
    Unit.COUNT,
    OFFLINE_FACTS,
    Sum("conversions"),
    "converted_on",
)
OFFLINE_VALUE = Measure(
    "offline_value",
    Text("value of offline conversions", "valeur des conversions hors ligne"),
    Unit.MONEY,
    OFFLINE_FACTS,
    Sum("value_home"),
    "converted_on",
    where="is_valued",
)
