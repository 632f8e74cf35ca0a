"""Of records of the account's own objects: no KPI of ours knows what they mean, measures of the settings do."""

from kpi.measures.base import Facts
from kpi.measures.columns import REP, STAGE
from kpi.text import Text

CUSTOM_FACTS = Facts(
    name="custom",
    mart="custom_entry",
    members={**STAGE, **REP},
    not_connected=Text("no object of your own is read from the CRM", "aucun objet personnalisé n'est lu dans le CRM"),
    loaded_from=Text("your own objects are loaded from {day} on", "vos objets personnalisés sont chargés à partir du {day}"),
    fed_by=("custom_record",),
)
