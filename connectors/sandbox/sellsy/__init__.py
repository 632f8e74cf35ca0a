"""The simulated Sellsy API v2 (OpenAPI 2.128.0, 2024-04): lists, searches, custom fields and their values, quotas, logins.

Left out: making and changing records, documents' lines, webhooks. An account of a world keeps the tables ``staffs, pipelines, steps
(with pipeline_id), sources, companies, contacts, individuals, opportunities, invoices, credit_notes, custom_fields`` as Sellsy
answers them, but for keys that begin with an underscore: ``_values`` (id of a custom field as text -> value) of a record that has
them, ``_credit_notes`` (ids) of an invoice. ``about``: ``currency``; optional ``scopes`` (what the client may do; else everything)
and ``api_rate`` (``{"seconds": 5, "minutes": …, "days": …, "months": …}``).
"""
