"""What SEMrush answers is read by what was asked, and whatever goes wrong is of the right kind and never shows the key."""

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from connectors.base import Raw, ReadContext
from connectors.errors import AuthenticationError, CadranError, ContractError, QuotaExhausted, TransientError
from connectors.semrush.api import QUOTA, REFUSED, TRANSIENT, read_lines
from connectors.semrush.source import SemrushSource
from connectors.transport import no_waiting
from tests.connectors.semrush.scripted import HEADER, KEY, Scripted, scripted

READING = ReadContext(now=datetime(2026, 10, 1, 9, tzinfo=UTC), since=date(2024, 10, 1))
LINE = "20260915;2413;52;733;1434;12;340;910"


@pytest.fixture
def vendor() -> Iterator[Scripted]:
    with scripted() as running, no_waiting():
        yield running


def read(source: SemrushSource) -> list[Raw]:
    return [record for page in source.read(source.streams()[0], None, READING) for record in page.records]


# --- Reading -------------------------------------------------------------------------------------------


def test_cells_belong_to_the_columns_asked_for_whatever_the_header_calls_them(vendor: Scripted) -> None:
    vendor.reports = [(200, "a;b;c;Adwords Cost;e;f;g;h\r\n" + LINE + "\r\n")]
    assert read(vendor.source()) == [
        {
            "domain": "acme.example",
            "database": "fr",
            "read_on": "2026-10-01",
            "Dt": "20260915",
            "Rk": "2413",
            "Or": "52",
            "Ot": "733",
            "Oc": "1434",
            "Ad": "12",
            "At": "340",
            "Ac": "910",
        }
    ]


def test_every_billed_call_names_its_columns_its_order_and_the_most_lines_it_will_pay_for(vendor: Scripted) -> None:
    read(vendor.source())
    assert vendor.asked == [
        {
            "type": "domain_rank_history",
            "key": KEY,
            "domain": "acme.example",
            "database": "fr",
            "display_limit": "3",
            "display_sort": "dt_desc",
            "export_columns": "Dt,Rk,Or,Ot,Oc,Ad,At,Ac",
            "export_escape": "1",
        }
    ]


def test_the_current_overview_is_asked_one_database_and_one_line_at_a_time(vendor: Scripted) -> None:
    """Without a database, or a limit, it would answer and bill some 140 lines."""
    vendor.reports = [(200, "D;D;D;R;O;O;O;A;A;A\nfr;acme.example;20261001;1;2;3;4;5;6;7")]
    records = read(vendor.source(report="domain_ranks", database=["fr"]))
    assert [(r["Db"], r["Dt"], r["Ac"]) for r in records] == [("fr", "20261001", "7")]
    assert (vendor.asked[0]["database"], vendor.asked[0]["display_limit"]) == ("fr", "1")
    assert "display_sort" not in vendor.asked[0]


def test_a_line_of_another_database_than_the_one_asked_for_breaks_the_contract(vendor: Scripted) -> None:
    vendor.reports = [(200, "D;D;D;R;O;O;O;A;A;A\nus;acme.example;20261001;1;2;3;4;5;6;7")]
    with pytest.raises(ContractError, match="asked for database fr, got a line of 'us'"):
        read(vendor.source(report="domain_ranks"))


@pytest.mark.parametrize("header", ["Keyword;Title", '"Keyword";"Title"'])
def test_quoted_cells_may_hold_the_separator_quotation_marks_and_line_ends(header: str) -> None:
    body = header + '\r\n"lampe; bureau";"Dit ""design""\nde bureau"\r\n"lampe";""\r\n'
    assert read_lines(body, ("Ph", "Tt"), source="semrush", what="read") == [
        {"Ph": "lampe; bureau", "Tt": 'Dit "design"\nde bureau'},
        {"Ph": "lampe", "Tt": ""},
    ]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "the answer is empty; not even a header"),
        ("<html><body>Maintenance</body></html>", "line 1 has 1 columns, 8 were asked for (Dt,Rk,Or,Ot,Oc,Ad,At,Ac)"),
        (HEADER + "\n" + LINE + ";1", "line 2 has 9 columns"),
        (HEADER + "\n" + LINE + "\n20260815;2400", "line 3 has 2 columns"),
        (HEADER.encode() + b"\n\xff\xfe", "not UTF-8"),
    ],
)
def test_an_answer_of_another_shape_breaks_the_contract(vendor: Scripted, body: str | bytes, says: str) -> None:
    vendor.reports = [(200, body)]
    with pytest.raises(ContractError) as broken:
        read(vendor.source())
    assert says in str(broken.value)


@pytest.mark.parametrize("status", [200, 404])
def test_nothing_found_is_an_answer_without_lines(vendor: Scripted, status: int) -> None:
    vendor.reports = [(status, "ERROR 50 :: NOTHING FOUND")]
    assert read(vendor.source()) == []


# --- Errors --------------------------------------------------------------------------------------------

CALLER_BUGS = [40, 41, 42, 46, 48, 605, 613, 10000, 10013, 10045, 99999]
KINDS: list[tuple[int, type[CadranError]]] = [
    *((number, AuthenticationError) for number in REFUSED),
    *((number, QuotaExhausted) for number in QUOTA),
    *((number, TransientError) for number in TRANSIENT),
    *((number, ContractError) for number in CALLER_BUGS),
]


@pytest.mark.parametrize("status", [200, 400, 403])
@pytest.mark.parametrize(("number", "kind"), KINDS)
def test_an_error_in_the_body_is_of_its_kind_under_any_status(
    vendor: Scripted, number: int, kind: type[CadranError], status: int
) -> None:
    vendor.reports = [(status, f"ERROR {number} :: SAID THE VENDOR OF {KEY}\n")]
    with pytest.raises(kind) as raised:
        read(vendor.source())
    assert str(number) in str(raised.value)
    assert KEY not in str(raised.value)


def test_the_kinds_cover_what_the_vendor_documents() -> None:
    assert REFUSED.keys() == {110, 120, 130, 133, 135, 402, 404}
    assert QUOTA.keys() == {131, 132, 134, 136}
    assert {429, 500} == TRANSIENT


@pytest.mark.parametrize("trouble", [(429, ""), (503, ""), (200, "ERROR 429 :: SLOW DOWN"), (200, "ERROR 500 :: INTERNAL")])
def test_a_passing_trouble_is_tried_again(vendor: Scripted, trouble: tuple[int, str]) -> None:
    vendor.reports = [trouble, trouble, (200, HEADER + "\n" + LINE)]
    assert len(read(vendor.source())) == 1
    assert len(vendor.asked) == 3


@pytest.mark.parametrize("number", [120, 132, 46])
def test_a_lasting_trouble_is_not_tried_again(vendor: Scripted, number: int) -> None:
    vendor.reports = [(200, f"ERROR {number} :: NO")]
    with pytest.raises(CadranError):
        read(vendor.source())
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(("status", "kind"), [(401, AuthenticationError), (403, AuthenticationError), (404, ContractError)])
def test_a_bare_status_is_of_its_kind(vendor: Scripted, status: int, kind: type[CadranError]) -> None:
    vendor.reports = [(status, "no words")]
    with pytest.raises(kind):
        read(vendor.source())


def test_a_vendor_that_does_not_answer_is_a_passing_trouble_without_an_address(vendor: Scripted) -> None:
    source = vendor.source(base_url="http://127.0.0.1:9")
    with pytest.raises(TransientError) as raised:
        source.check()
    assert KEY not in str(raised.value)


@pytest.mark.parametrize(
    "answer",
    [(418, f"unknown key {KEY}"), (200, f'"{KEY}" is not a key'), (302, f"https://www.semrush.com/?key={KEY}&a=b"), (400, KEY)],
)
def test_the_key_is_in_no_error_and_no_log(vendor: Scripted, answer: tuple[int, str], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    # hubspot-api-client quietens urllib3 as soon as it is configured anywhere in the process.
    caplog.set_level(logging.DEBUG, logger="urllib3")
    vendor.reports = vendor.balances = [answer]
    for step in (vendor.source().check, vendor.source().describe, lambda: read(vendor.source())):
        with pytest.raises(CadranError) as raised:
            step()
        assert KEY not in str(raised.value)
        assert KEY not in repr(raised.value.__dict__)
    vendor.balances = [(200, "1,000")]
    with pytest.raises(CadranError) as raised:
        read(vendor.source())
    assert KEY not in str(raised.value)
    assert any("key=[hidden]" in record.getMessage() for record in caplog.records)
    assert KEY not in caplog.text


# --- Balance -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "units"), [("1,000", 1000), ("0", 0), ("48210\n", 48210), ("12,345,678", 12_345_678)])
def test_the_balance_is_read_with_its_thousands_commas(vendor: Scripted, text: str, units: int) -> None:
    vendor.balances = [(200, text)]
    assert vendor.source().describe()["units_left"] == units


@pytest.mark.parametrize("text", ["", "1,00", "1.5", "<html>", "-5"])
def test_a_balance_that_is_no_number_breaks_the_contract(vendor: Scripted, text: str) -> None:
    vendor.balances = [(200, text)]
    with pytest.raises(ContractError, match="expected the balance"):
        vendor.source().check()


def test_a_wrong_key_is_found_by_check(vendor: Scripted) -> None:
    vendor.balances = [(200, "ERROR 120 :: WRONG KEY - ID PAIR")]
    with pytest.raises(AuthenticationError, match="does not know this API key"):
        vendor.source().check()
    assert vendor.asked == []
