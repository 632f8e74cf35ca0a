"""The simulated Google Analytics 4: Data API v1beta (reports) and the little of the Admin API that a reader needs.

Left out: pivot, realtime and funnel reports, cohorts, comparisons, metric expressions, audiences. The gRPC side too: Google's
client speaks REST to any address (``transport="rest"``, ``api_endpoint``), and that is what Cadran uses.
"""

from connectors.sandbox.ga4.service import routes

__all__ = ["routes"]
