"""Of quotas, of the people who sell, and of what was forecast."""

from kpi.measures.base import NO_CRM, Count, Facts, Measure, Sum
from kpi.measures.columns import REP
from kpi.measures.deals import DEAL_FACTS
from kpi.text import Text
from kpi.undefined import Reason
from kpi.units import Unit

QUOTA_FACTS = Facts(
    name="quota",
    mart="quota",
    members=REP,
    not_connected=Text("the CRM's goals are not read", "les objectifs du CRM ne sont pas lus"),
    loaded_from=Text("goals are loaded from {day} on", "les objectifs sont chargés à partir du {day}"),
    fed_by=("target",),
    own_periods="kinds",
)
REP_FACTS = Facts(
    name="rep",
    mart="active_rep",
    members={"team": "team_id"},
    not_connected=NO_CRM,
    loaded_from=Text("deals are loaded from {day} on", "les transactions sont chargées à partir du {day}"),
    own_periods="kinds",
)
SNAPSHOT_FACTS = Facts(
    name="snapshot",
    mart="forecast_snapshot",
    members={"pipeline": "member", "team": "member", "owner": "member"},
    not_connected=NO_CRM,
    loaded_from=Text("forecasts are kept from {day} on", "les prévisions sont conservées à partir du {day}"),
    own_periods="cuts",
    absent=Reason(
        "no_forecast",
        Text("no forecast was kept when the period began", "aucune prévision n'a été conservée au début de la période"),
    ),
)

QUOTA = Measure("quota", Text("quota", "quota"), Unit.MONEY, QUOTA_FACTS, Sum("quota_home"), "period_start")
ACTIVE_REPS = Measure(
    "active_reps", Text("active sales reps", "commerciaux actifs"), Unit.COUNT, REP_FACTS, Count(), "period_start"
)
FORECAST_AT_START = Measure(
    "forecast_at_start",
    Text("forecast when the period began", "prévision au début de la période"),
    Unit.MONEY,
    SNAPSHOT_FACTS,
    Sum("forecast_home"),
    "period_start",
)
EXPECTED_OPEN = Measure(
    "expected_open",
    Text("open deals expected in the period", "transactions ouvertes attendues dans la période"),
    Unit.MONEY,
    DEAL_FACTS,
    Sum("amount_home"),
    "forecast_on",
    where="is_open",
    looks_ahead=True,
)
