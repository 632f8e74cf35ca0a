"""The simulated Google Ads API over REST: ``searchStream``, ``search`` and ``listAccessibleCustomers`` for a reader of cost.

Left out: everything that changes an account, gRPC, and quotas of operations (order a fault for those).
"""

from connectors.sandbox.google_ads.service import routes

__all__ = ["routes"]
