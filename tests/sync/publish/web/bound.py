"""A viewer who may see own records only, without signing in anew for each test."""

import pytest

from sync.publish.web.signin.readers import Reader
from sync.publish.web.signin.security import Security


def as_bound(monkeypatch: pytest.MonkeyPatch, *owners: str) -> None:
    """Every request is made by somebody whom ``serve.own_records_only`` binds to these owners."""
    reader = Reader("rep", "viewer", "en", frozenset(owners), "open")

    def recognise(_self: Security, _request: object) -> Reader:
        return reader

    monkeypatch.setattr(Security, "recognise", recognise)
