"""The simulated SEMrush: reports by the line, and position tracking by the request."""
