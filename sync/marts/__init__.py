"""The steps of :mod:`sync.derive`, one module per kind of facts: from stored rows to what measures read."""
