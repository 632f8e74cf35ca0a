"""Which periods a day belongs to, for marts whose rows are whole periods."""

STARTS = """
unnest(['day', 'week', 'month', 'quarter', 'year']) AS period, unnest([
    {day}, week_of({day}), CAST(date_trunc('month', {day}) AS DATE),
    quarter_of({day}), year_of({day})
]) AS period_start
"""
"""Columns that make five rows of one: each kind of period with the first day of the one that ``{{day}}`` lies in. Those of a
mart with periods of its own cannot come from the calendar: it begins with the first day of all marts."""
