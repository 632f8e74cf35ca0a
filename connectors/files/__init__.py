"""Files that people and other tools leave in a folder: costs, conversions that happened offline, targets, survey answers.

CSV or Parquet, in columns of the person's own naming: a mapping says which is which. A line that cannot be read is set aside
with its file and line; a file whose shape is wrong is refused whole, and only it. What a file says stands as long as the
file does: a line that is gone from it is gone at the next sync. Columns that nothing maps are never stored.
"""
