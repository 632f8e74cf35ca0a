"""``python -m sync``: the command line, for processes that start another one of it."""

from sync.cli import main

main()
