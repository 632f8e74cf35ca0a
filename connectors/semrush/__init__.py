"""SEMrush: monthly estimates of a domain's search traffic and of what it spends on Google Ads.

These are Semrush's guesses about any domain, its customers' included, never invoices: rows are of class ``estimate`` and
count as spend only where the settings say so. The API is paid by the line, so the price is known and held against the balance
and a cap before a billed call is made, what was read within the week is not asked again, and every call says how many
lines it will pay for at most.
"""
