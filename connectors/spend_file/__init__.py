"""Costs that no API knows: salaries, agencies, fairs, tools, other ad platforms. A CSV file that a person keeps.

``date, amount, currency, kind, channel?, campaign?, note?``, one cost a line. A line that cannot be read is set aside with its
file and line, and the rest goes on; a file whose *shape* is wrong (a column missing, not UTF-8, a quotation mark left open)
is refused whole, because guessing there would lose costs in silence. The file is the truth: each sync takes it as it stands.
"""
