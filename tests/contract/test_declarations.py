"""What a connector says of itself, without a network."""

import inspect
from typing import get_args

import pytest
from pydantic import ValidationError

from config.sections import SourceSection
from connectors.base import Mode, Owned, Source, Stream, Target
from connectors.registry import CONNECTORS, MODELS
from kpi.schema import TABLES, columns
from tests.contract.harness import Served
from tests.contract.subjects import SUBJECTS


def streams_of(calm: Served, connector: str) -> tuple[Stream, ...]:
    return calm.build(connector).streams()


def test_every_connector_of_the_registry_is_tried_by_this_suite() -> None:
    """Adding a connector means adding a module of its name to ``tests/contract/subjects``."""
    assert set(SUBJECTS) == set(CONNECTORS) == set(MODELS)


def test_a_connector_is_a_source_by_its_shape(calm: Served, connector: str) -> None:
    """Structural typing: nothing is inherited. The id is the section's."""
    source = calm.build(connector)
    assert isinstance(source, Source)
    assert (source.id, source.type) == (connector, connector)
    assert Source not in type(source).__mro__


def test_a_crm_is_a_target_too_and_nothing_else_is(calm: Served, connector: str) -> None:
    """What can be written to says so in the registry."""
    source = calm.build(connector)
    if CONNECTORS[connector].target is None:
        with pytest.raises(LookupError, match="not a CRM"):
            CONNECTORS[connector].build_target(source)
    else:
        assert isinstance(CONNECTORS[connector].build_target(source), Target)


def test_streams_declare_tables_of_the_common_schema(calm: Served, connector: str) -> None:
    """Names are unique and stay the same from one call to the next; modes, pages and days make sense."""
    streams = streams_of(calm, connector)
    assert streams
    assert len({stream.name for stream in streams}) == len(streams)
    assert [stream.name for stream in streams_of(calm, connector)] == [stream.name for stream in streams]
    for stream in streams:
        # Objects of an account's own stand under a common word: custom.machines.
        assert all(part.isidentifier() for part in stream.name.split("."))
        assert stream.mode in get_args(Mode)
        assert stream.tables
        assert set(stream.tables) <= set(TABLES), stream.name
        assert len(set(stream.tables)) == len(stream.tables)
        assert stream.page_size > 0
        assert stream.raw_days is None or stream.raw_days > 0


def test_streams_say_where_their_vendor_documents_them(calm: Served, connector: str) -> None:
    """A page of the vendor, or of ours where the vendor is the user; and the version it is about."""
    for stream in streams_of(calm, connector):
        wanted = "https://" if SUBJECTS[connector].vendor else "docs/"
        assert stream.docs_url.startswith(wanted), stream.name
        assert stream.api_version, stream.name


def test_a_window_stream_reads_back_over_what_the_vendor_restates(calm: Served, connector: str) -> None:
    """And only a window stream does."""
    for stream in streams_of(calm, connector):
        assert (stream.lookback_days > 0) is (stream.mode == "window"), stream.name


def test_owned_rows_are_marked_by_columns_of_their_table(calm: Served, connector: str) -> None:
    """Else reading a record again would leave its old rows behind, or take another record's with them."""
    for stream in streams_of(calm, connector):
        for table, owned in stream.owned.items():
            assert isinstance(owned, Owned)
            assert table in stream.tables
            names = {column.name for column in columns(TABLES[table])}
            assert {owned.column, *(column for column, _ in owned.where)} <= names


def test_settings_need_no_address_and_refuse_an_unknown_key(connector: str, calm: Served) -> None:
    """``base_url`` has the vendor's as default and can be pointed elsewhere; a misspelt key is never ignored."""
    model = MODELS[connector]
    assert issubclass(model, SourceSection)
    assert model.model_fields["base_url"].default
    assert model.model_fields["type"].default == connector
    section = SUBJECTS[connector].section("http://127.0.0.1:9", calm.folder)
    model.model_validate({k: v for k, v in section.items() if k != "base_url"})
    with pytest.raises(ValidationError) as caught:
        model.model_validate({**section, "bse_url": "http://127.0.0.1:9"})
    assert [error["type"] for error in caught.value.errors()] == ["extra_forbidden"]


def test_settings_show_no_secret(connector: str, calm: Served) -> None:
    """A secret is a ``SecretStr``: it prints as stars."""
    section = MODELS[connector].model_validate(SUBJECTS[connector].section("http://127.0.0.1:9", calm.folder))
    shown = f"{section!r} {section} {section.model_dump_json()} {section.model_dump()!r}"
    for secret in SUBJECTS[connector].secrets:
        assert secret not in shown


def test_a_connector_never_reads_the_environment(connector: str) -> None:
    """Settings are handed over; only ``config`` looks into the environment."""
    import importlib
    import pkgutil

    room = importlib.import_module(f"connectors.{connector}")
    modules = [importlib.import_module(f"{room.__name__}.{found.name}") for found in pkgutil.iter_modules(room.__path__)]
    for module in modules:
        source = inspect.getsource(module)
        assert "os.environ" not in source
        assert "getenv" not in source
