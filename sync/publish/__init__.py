"""Everything that shows results: pages, reports, alerts, files for BI tools. It computes no KPI of its own.

What is shown is read from the shelf (:mod:`sync.publish.shelf`), which is filled after each sync (:mod:`sync.publish.after`).
"""
