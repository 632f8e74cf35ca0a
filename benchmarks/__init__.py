"""Measurements behind the figures of the README: ``python -m benchmarks`` prints them, ``--write`` keeps them in RESULTS.md.

Each module measures one promise beside what a user would otherwise write, in the same run and turn by turn, so that a
busy machine slows both sides. Nothing here is a test: no figure can fail the build.
"""
