"""Who may look at what: readers, their passwords and sessions, and what keeps others out."""
