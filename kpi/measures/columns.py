"""What the columns of several marts say alike: whose a row is, what earned it, and what to look for in it."""

from collections.abc import Mapping

from kpi.channels import PAID, UNATTRIBUTED
from kpi.measures.base import By, Check

REP: Mapping[By, str] = {"team": "team_id", "owner": "owner_id"}
PIPELINE: Mapping[By, str] = {"pipeline": "pipeline_id"}
STAGE: Mapping[By, str] = {**PIPELINE, "stage": "stage_id"}
ORIGIN: Mapping[By, str] = {"channel": "channel", "campaign": "campaign"}
PRODUCT: Mapping[By, str] = {"category": "category", "product": "product_id"}
COMPANY: Mapping[By, str] = {"company": "company_id"}

FROM_PAID_CHANNELS = "channel IN ({})".format(", ".join(f"'{channel}'" for channel in sorted(PAID)))
FROM_KNOWN_CHANNELS = f"channel <> '{UNATTRIBUTED}'"

CRM_SOURCE = (Check("crm_source", "is_crm_source"),)
"""Some of the credit is the CRM's own word, not a touch."""
