"""The way from a visitor to a customer, step by step; wherever it is shown, it is the same."""

STEPS: tuple[tuple[str, str | None], ...] = (
    ("users", None),
    ("leads", "visitor_to_lead"),
    ("mqls", "lead_to_mql"),
    ("sqls", "mql_to_sql"),
    ("opportunities", "sql_to_opp"),
    ("new_customers", "opp_to_won"),
)
"""The KPI that counts who reached a step, and the share of those one step before; the first has none."""
