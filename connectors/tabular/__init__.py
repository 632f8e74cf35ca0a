"""Tables that people keep in files: what is wrong with a file is told from what is wrong with one of its lines.

Shared by every connector that reads files: the lines of a file (:mod:`~connectors.tabular.sheets`), which of its columns are
ours (:mod:`~connectors.tabular.headings`), and the text of a cell as a value (:mod:`~connectors.tabular.cells`).
"""
