"""A simulated HubSpot account: what it holds (:mod:`.portal`) and how it is spoken to (:mod:`.routes`)."""
