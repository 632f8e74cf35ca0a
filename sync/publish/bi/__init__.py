"""Results for other people's tools: Tableau, Power BI, Parquet and CSV.

One flat schema (:mod:`sync.publish.bi.schema`) for every format, made from the lake's current results by
:mod:`sync.publish.bi.tables`; :mod:`sync.publish.bi.exporting` puts it into a folder. No KPI is computed here: what a tool may add up
is handed over beside the values, so that it divides sums itself.
"""
