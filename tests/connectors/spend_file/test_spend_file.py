"""The spend file: what a person types is read as meant, or set aside with file and line; nothing is lost in silence."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.base import BadValue, NormaliseContext, Place, Raw, ReadContext, Source
from connectors.errors import ConfigurationError
from connectors.exchange_rates import ecb_rates
from connectors.registry import CONNECTORS
from connectors.spend_file.reading import HEADINGS, Form, read_file, to_cost
from connectors.spend_file.settings import SpendFileSettings
from connectors.spend_file.source import SpendFileSource, build
from connectors.spend_file.streams import COSTS
from kpi.schema import TABLES, checker

CONTEXT = NormaliseContext(ZoneInfo("Europe/Paris"), "EUR", ecb_rates("EUR"), lambda text: text)
READING = ReadContext(now=datetime(2026, 10, 1, 9, tzinfo=UTC), since=date(2024, 10, 1))
HEADER = "date,amount,currency,kind,channel,campaign,note\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str | bytes, name: str = "costs.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def source_of(path: Path, **settings: Any) -> SpendFileSource:
    return build("spend_file", SpendFileSettings(path=path, **settings), Place(Path("/nowhere"), Path("/nowhere")))


def records_of(source: SpendFileSource) -> list[Raw]:
    return [record for page in source.read(COSTS, None, READING) for record in page.records]


def rows_of(path: Path, **settings: Any) -> list[dict[str, Any]]:
    source = source_of(path, **settings)
    return [row for record in records_of(source) for _, row in source.normalise(COSTS, record, CONTEXT)]


def faults_of(path: Path, **settings: Any) -> list[str]:
    source, found = source_of(path, **settings), []
    for record in records_of(source):
        try:
            list(source.normalise(COSTS, record, CONTEXT))
        except BadValue as bad:
            found.append(str(bad))
    return found


# --- Lines ---------------------------------------------------------------------------------------------


def test_a_line_becomes_a_cost_with_its_amount_in_company_currency(write: Write) -> None:
    [row] = rows_of(write(HEADER + "2026-03-17,1130.40,USD,marketing,Paid Social,LinkedIn Décideurs,Billed in the US\n"))
    assert row.pop("source_id") == row.pop("cost_id")
    rate = row.pop("fx_rate")
    assert row.pop("amount_home") == pytest.approx(Decimal("1130.40") * rate)
    assert row == {
        "cost_on": date(2026, 3, 17),
        "amount": Decimal("1130.40"),
        "currency": "USD",
        "fx_on": date(2026, 3, 17),
        "kind": "marketing",
        "channel": "paid_social",
        "campaign_name": "LinkedIn Décideurs",
        "note": "Billed in the US",
        "cost_class": "manual",
    }


def test_rows_obey_the_common_schema(write: Write) -> None:
    convert = checker(TABLES["cost_entry"])
    for row in rows_of(write(HEADER + "2026-03-17,-98.5,EUR,sales,,,\n2026-03-18,7,XOF,marketing,,,\n")):
        convert({**row, "source": "spend_file", "extracted_at": READING.now})


def test_empty_optional_cells_and_absent_optional_columns_are_none(write: Write) -> None:
    for text in (HEADER + "2026-03-17,10,EUR,sales,,,\n", "date,amount,currency,kind\n2026-03-17,10,EUR,sales\n"):
        [row] = rows_of(write(text))
        assert (row["channel"], row["campaign_name"], row["note"]) == (None, None, None)


def test_a_currency_without_a_rate_keeps_its_amount_and_no_guess(write: Write) -> None:
    [row] = rows_of(write(HEADER + "2026-03-17,65000,XOF,marketing,events,Salon,\n"))
    assert (row["amount"], row["amount_home"], row["fx_rate"], row["fx_on"]) == (Decimal(65000), None, None, None)


def test_a_credit_note_is_a_negative_amount(write: Write) -> None:
    path = write(HEADER + "2026-03-17,-250.00,EUR,marketing,,,\n2026-03-17,\u2212250.00,EUR,marketing,,,avoir\n")
    assert [row["amount"] for row in rows_of(path)] == [Decimal(-250), Decimal(-250)]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("17/03/2026,10,EUR,sales,,,", "date: '17/03/2026' is not written as 2026-03-15"),
        ("2026-02-30,10,EUR,sales,,,", "date: there is no day 2026-02-30"),
        (",10,EUR,sales,,,", "date: ''"),
        ("2026-03-17,n/a,EUR,sales,,,", "amount: 'n/a' is not a number"),
        ("2026-03-17,,EUR,sales,,,", "amount: '' is not a number"),
        ("2026-03-17,NaN,EUR,sales,,,", "amount: 'NaN'"),
        ("2026-03-17,1e3,EUR,sales,,,", "amount: '1e3'"),
        ("2026-03-17,12 34,EUR,sales,,,", "amount: '12 34'"),
        ("2026-03-17,1000000000000,EUR,sales,,,", "amount: '1000000000000' is too large"),
        ('2026-03-17,"1234,56",EUR,sales,,,', "the settings say decimal: '.'"),
        ("2026-03-17,10,EURO,sales,,,", "currency: 'EURO' is not an ISO 4217 code"),
        ("2026-03-17,10,XXX,sales,,,", "currency: 'XXX'"),
        ("2026-03-17,10,,sales,,,", "currency: missing"),
        ("2026-03-17,10,EUR,rent,,,", "kind: 'rent' is neither marketing nor sales"),
        ("2026-03-17,10,EUR,sales,,,Agence, Paris", "more cells than the header"),
        ("2026-03-17", "amount: ''"),
    ],
)
def test_a_bad_line_is_set_aside_with_file_and_line_and_the_rest_goes_on(write: Write, line: str, says: str) -> None:
    good = "2026-03-18,20,EUR,marketing,,,kept\n"
    path = write(HEADER + good + line + "\n" + good.replace("kept", "also kept"))
    [fault] = faults_of(path)
    assert fault.startswith("costs.csv:3: ")
    assert says in fault
    source = source_of(path)
    kept = [r for r in records_of(source) if r["line"] != 3]
    assert [row["note"] for r in kept for _, row in source.normalise(COSTS, r, CONTEXT)] == ["kept", "also kept"]


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234,56", "1234.56"),
        ("1\u202f234\u202f567,8", "1234567.8"),
        ("-12,00", "-12"),
        ("1234", "1234"),
    ],
)
def test_a_decimal_comma_is_read_where_it_is_declared(write: Write, written: str, amount: str) -> None:
    path = write(HEADER.replace(",", ";") + f"2026-03-17;{written};EUR;sales;;;\n")
    assert [row["amount"] for row in rows_of(path, decimal=",")] == [Decimal(amount)]


def test_a_decimal_point_is_refused_where_a_comma_is_declared(write: Write) -> None:
    """1.234 could be a thousand or one and a bit: it is not guessed."""
    path = write(HEADER.replace(",", ";") + "2026-03-17;1.234;EUR;sales;;;\n")
    assert "decimal: ','" in faults_of(path, decimal=",")[0]


@given(
    cents=st.integers(-(10**14) + 1, 10**14 - 1), decimal=st.sampled_from([".", ","]), space=st.sampled_from(["", " ", "\u202f"])
)
def test_every_amount_is_read_back_as_it_was_written(cents: int, decimal: str, space: str) -> None:
    whole = f"{abs(cents) // 100:,}".replace(",", space)
    text = f"{'-' if cents < 0 else ''}{whole}{decimal}{abs(cents) % 100:02d}"
    record = {"date": "2026-03-17", "amount": text, "currency": "EUR", "kind": "sales", "surplus": 0, "file": "f", "line": 2}
    assert to_cost(record, Form(decimal)).amount == Decimal(cents) / 100


def test_a_declared_date_form_is_read_and_no_other(write: Write) -> None:
    path = write(HEADER + "17/03/2026,10,EUR,sales,,,\n2026-03-17,10,EUR,sales,,,\n")
    assert faults_of(path, date_format="%d/%m/%Y") == ["costs.csv:3: date: '2026-03-17' is not a day written as %d/%m/%Y"]


def test_a_default_currency_fills_what_a_line_leaves_out(write: Write) -> None:
    assert [r["currency"] for r in rows_of(write("date,amount,kind\n2026-03-17,10,sales\n"), default_currency="CHF")] == ["CHF"]
    path = write(HEADER + "2026-03-17,10,,sales,,,\n2026-03-17,10,gbp,sales,,,\n")
    assert [r["currency"] for r in rows_of(path, default_currency="CHF")] == ["CHF", "GBP"]


def test_an_unknown_channel_is_kept_as_a_slug_in_any_script(write: Write) -> None:
    path = write(
        HEADER + "2026-03-17,1,EUR,sales,Salon Pro Été!,,\n2026-03-17,1,EUR,sales,Реклама ТВ,,\n2026-03-17,1,EUR,sales,-,,\n"
    )
    assert [row["channel"] for row in rows_of(path)] == ["salon_pro_ete", "реклама_тв", None]


# --- Files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_usual_delimiter_byte_order_mark_and_line_end_is_read(write: Write, delimiter: str, start: str, end: str) -> None:
    lines = [
        HEADER.strip(),
        "2026-03-17,10,EUR,sales,,,fair; and hotel" if delimiter == "," else "2026-03-17,10,EUR,sales,,,fair",
        "",
    ]
    path = write(start + end.join(line.replace(",", delimiter) for line in lines))
    assert [row["amount"] for row in rows_of(path)] == [Decimal(10)]


def test_french_headings_and_kinds_are_understood_in_any_case(write: Write) -> None:
    path = write(
        "Date;MONTANT;Devise;Nature;Canal;Campagne;Note\n2026-03-17;1 200,50;EUR;Ventes;Événements;Salon de Lyon;stand\n"
    )
    [row] = rows_of(path, decimal=",")
    assert (row["amount"], row["kind"], row["channel"], row["campaign_name"]) == (
        Decimal("1200.50"),
        "sales",
        "evenements",
        "Salon de Lyon",
    )


def test_excels_own_first_line_is_obeyed(write: Write) -> None:
    path = write("sep=;\ndate;amount;currency;kind\n2026-03-17;bad;EUR;sales\n2026-03-18;2;EUR;sales\n")
    assert faults_of(path) == ["costs.csv:3: amount: 'bad' is not a number"]


def test_blank_lines_are_nothing_and_lines_are_counted_through_quoted_line_ends(write: Write) -> None:
    path = write(HEADER + '\n2026-03-17,1,EUR,sales,,,"two\nlines"\n,,,,,,\n2026-03-18,bad,EUR,sales,,,\n')
    assert len(records_of(source_of(path))) == 2
    assert faults_of(path) == ["costs.csv:6: amount: 'bad' is not a number"]


@pytest.mark.parametrize("column", ["date", "amount", "currency", "kind"])
def test_a_missing_column_names_the_file_the_line_and_what_was_found(write: Write, column: str) -> None:
    names = [name for name in HEADER.strip().split(",") if name != column]
    path = write(",".join(names) + "\n")
    with pytest.raises(ConfigurationError) as refused:
        records_of(source_of(path))
    assert f"{path}:1: the column {column} is missing" in str(refused.value)
    assert f"found: {', '.join(names)}" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEADER.replace("channel", "chanel"), ":1: the column chanel is unknown; did you mean channel?"),
        (HEADER.replace("note", "Montant"), ":1: the column amount is there twice (Montant)"),
        ("", ":1: the column date is missing; found: nothing"),
        ("\n\ndate;amount;currency\n", ":3: the column kind is missing; found: date, amount, currency"),
        (HEADER + '2026-03-17,1,EUR,sales,,,"open\n2026-03-18,2,EUR,sales,,,\n', ":2: the line that begins here is not CSV"),
        (HEADER.encode() + "2026-03-17,1,EUR,sales,,,Été\n".encode("cp1252"), ":2: this is not UTF-8"),
        (HEADER.encode("utf-16"), ":1: this is not UTF-8"),
    ],
)
def test_a_file_of_the_wrong_shape_is_refused_whole(write: Write, text: str | bytes, says: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        records_of(source_of(write(text)))
    assert says in str(refused.value)


def test_columns_of_the_persons_own_are_left_alone_and_named(write: Write) -> None:
    path = write("date,amount,currency,kind,invoice number\n2026-03-17,1,EUR,sales,F-17\n")
    assert len(rows_of(path)) == 1
    assert "costs.csv: columns that are not read: invoice number" in source_of(path).check().notes


def test_a_folder_is_all_its_csv_files_in_order_of_name(write: Write, tmp_path: Path) -> None:
    write(HEADER + "2026-02-01,2,EUR,sales,,,\n", "b.CSV")
    write(HEADER + "2026-01-01,1,EUR,sales,,,\n", "a.csv")
    write("not ours", "readme.txt")
    assert [row["amount"] for row in rows_of(tmp_path)] == [Decimal(1), Decimal(2)]
    assert source_of(tmp_path).describe() == {"files": ["a.csv", "b.CSV"]}


def test_a_missing_file_and_an_empty_folder_are_faults_of_the_settings(tmp_path: Path) -> None:
    for path, says in ((tmp_path / "gone.csv", "there is no file or folder"), (tmp_path, "holds no *.csv file")):
        source = source_of(path)
        for step in (source.check, source.describe, lambda source=source: records_of(source)):
            with pytest.raises(ConfigurationError, match=r"sources\.spend_file\.path") as refused:
                step()
            assert str(path) in str(refused.value)
            assert says in str(refused.value)


def test_a_relative_path_is_beside_the_settings_file(write: Write, tmp_path: Path) -> None:
    write(HEADER)
    source = CONNECTORS["spend_file"].build("spend_file", SpendFileSettings(path=Path("costs.csv")), Place(tmp_path, tmp_path))
    assert isinstance(source, Source)
    assert source.check().notes == ("costs.csv: 0 read, 0 set aside",)


def test_check_counts_the_costs_and_shows_the_first_lines_that_cannot_be_read(write: Write) -> None:
    bad = "".join(f"2026-03-17,bad {n},EUR,sales,,,\n" for n in range(7))
    reach = source_of(write(HEADER + "2026-03-17,1,EUR,sales,,,\n" + bad), default_currency="EUR").check()
    assert reach.notes[0] == "costs.csv: 1 read, 7 set aside"
    assert reach.notes[1] == "costs.csv:3: amount: 'bad 0' is not a number"
    assert len(reach.notes) == 6
    assert (reach.account_name, reach.currency) == ("costs.csv", "EUR")


# --- Identity ------------------------------------------------------------------------------------------

LINES = ("2026-03-17,10,EUR,sales,,,a", "2026-03-17,20,EUR,sales,,,b", "2026-03-17,30,EUR,sales,,,b")


def ids(write: Write, lines: tuple[str, ...], name: str = "costs.csv") -> list[str]:
    return [COSTS.record_id(r) for r in read_file(write(HEADER + "\n".join(lines) + "\n", name), Form()).records]


def test_reading_a_file_again_gives_the_same_ids(write: Write) -> None:
    first = ids(write, LINES)
    assert ids(write, LINES) == first
    assert len(set(first)) == 3


def test_a_corrected_amount_keeps_its_id_and_lines_that_are_added_change_no_other(write: Write) -> None:
    first = ids(write, LINES)
    assert ids(write, (LINES[0].replace("10", "11"), *LINES[1:])) == first
    assert ids(write, ("2026-01-01,5,EUR,sales,,,new", *LINES))[1:] == first


@pytest.mark.parametrize(
    "change", [("03-17", "03-18"), ("EUR", "USD"), ("sales", "marketing"), (",,,a", ",events,,a"), (",a", ",c")]
)
def test_a_line_that_describes_another_cost_has_another_id(write: Write, change: tuple[str, str]) -> None:
    assert ids(write, (LINES[0].replace(*change),)) != ids(write, (LINES[0],))


def test_the_same_line_in_two_files_is_two_costs(write: Write) -> None:
    assert ids(write, LINES, "a.csv") != ids(write, LINES, "b.csv")


# --- Settings ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "path"),
        ({"path": "c.csv", "decimal": ";"}, "decimal"),
        ({"path": "c.csv", "default_currency": "euro"}, "not an ISO 4217"),
        ({"path": "c.csv", "date_format": "%d/%m"}, "must name day, month and year"),
        ({"path": "c.csv", "date_format": "%Q"}, "must name day, month and year"),
        ({"path": "c.csv", "delimiter": ";"}, "delimiter"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        SpendFileSettings.model_validate(settings)


# --- Documentation -------------------------------------------------------------------------------------

PAGE = Path(__file__).parents[3] / "docs" / "connectors" / "spend_file.md"


def test_the_sample_file_of_the_documentation_is_read_whole(write: Write) -> None:
    sample = PAGE.read_text(encoding="utf-8").split("```csv\n")[1].split("```")[0]
    assert sum(row["amount"] for row in rows_of(write(sample))) == Decimal("37162.50")


def test_the_documentation_names_every_setting_and_column() -> None:
    page = PAGE.read_text(encoding="utf-8")
    own = SpendFileSettings.model_fields.keys() - {"type", "base_url"}
    assert [name for name in (*own, *HEADINGS) if f"`{name}`" not in page] == []
