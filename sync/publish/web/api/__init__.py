"""The read-only HTTP API: results for programs, under ``/api/v1``."""
