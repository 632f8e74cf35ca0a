"""What the catalogue holds, one module per kind of question. Declaring a KPI there is all it takes."""

from importlib import import_module

MODULES = tuple(
    import_module(f"kpi.definitions.{name}")
    for name in (
        "sales",
        "pipeline",
        "quotas",
        "acquisition",
        "ads",
        "offline",
        "funnel",
        "lagged",
        "cohorts",
        "commerce",
        "buyers",
        "invoices",
        "subscriptions",
        "subscription_churn",
        "customers",
        "finance",
        "web",
        "web_shop",
        "email",
        "seo",
        "social",
        "service",
    )
)
"""In the order they are shown."""
