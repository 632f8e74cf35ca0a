"""Everything that pages say exists in French, and nothing is translated that is said no more."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

import sync.publish
from sync.publish.i18n import CATALOGUES, LOCALES, Language, catalogues, merged, translations

PUBLISH = Path(sync.publish.__file__).parent
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
_PLACE = re.compile(r"%\((\w+)\)s")


def said() -> Iterator[tuple[str, str]]:
    """(message, where) of every template, and of every message that a module marks for translation."""
    for method, pattern in (("jinja2.ext:babel_extract", "*.html"), ("python", "*.py")):
        for file in sorted(PUBLISH.rglob(pattern)):
            with file.open("rb") as opened:
                options = {"encoding": "utf-8", "trim_blocks": "true", "lstrip_blocks": "true"}
                for line, message, _, _ in extract(method, opened, _KEYWORDS, (), options):
                    yield (message if isinstance(message, str) else message[0]), f"{file.relative_to(PUBLISH)}:{line}"


def singular(message: str | tuple[str, ...]) -> str:
    """What a message is known by: of one with a plural, the first form."""
    return message if isinstance(message, str) else message[0]


def one_of(message: object) -> object:
    """The singular of a message that has two forms."""
    return message[0] if isinstance(message, list | tuple) else message


SAID = dict(said())
OTHERS = [locale for locale in LOCALES if locale != "en"]


@pytest.mark.parametrize("locale", OTHERS)
def test_every_message_is_translated(locale: str) -> None:
    """With its place, so that one knows where to look."""
    known = {singular(message.id) for message in merged(catalogues(locale), locale) if message.id}
    missing = [f"{where}: {message}" for message, where in SAID.items() if message not in known]
    assert not missing, f"{len(missing)} messages have no {locale}:\n" + "\n".join(missing)


@pytest.mark.parametrize("locale", OTHERS)
def test_no_translation_is_left_over_or_empty(locale: str) -> None:
    """Of what is said no more, and of what nobody finished."""
    for file in catalogues(locale):
        with file.open("rb") as opened:
            for message in read_po(opened, locale=locale):
                if message.id:
                    assert singular(message.id) in SAID, f"{file.name}: {message.id}"
                    assert all([message.string] if isinstance(message.string, str) else message.string), (
                        f"{file.name}: {message.id} is empty"
                    )
                    assert not message.fuzzy, f"{file.name}: {message.id} is not sure"
                    assert set(_PLACE.findall(str(message.id))) == set(_PLACE.findall(str(message.string))), message.id


@pytest.mark.parametrize("locale", OTHERS)
def test_rooms_that_say_the_same_say_it_alike(locale: str) -> None:
    """A message has one translation, whichever catalogue holds it."""
    found: dict[object, tuple[object, str]] = {}
    for file in catalogues(locale):
        with file.open("rb") as opened:
            for message in read_po(opened, locale=locale):
                if message.id:
                    string, where = found.setdefault(message.id, (message.string, file.name))
                    assert string == message.string, f"{message.id}: {where} says {string!r}, {file.name} {message.string!r}"


def test_catalogues_are_texts_alone() -> None:
    """A translator edits them, and no compiled file can be older than they are."""
    assert {file.suffix for file in CATALOGUES.rglob("*") if file.is_file()} == {".po"}
    assert translations("fr").gettext("Period") == "Période"
    assert translations("en").gettext("Period") == "Period"


@pytest.mark.parametrize(
    ("locale", "told"),
    [
        ("en", ["€1,234.50", "12.34%", "+2 points", "August 2026", "Jul – Sep 2026", "Aug 3, 2026", "22.3 days", "€1.2M"]),
        (
            "fr",
            [
                "1\u202f234,50\xa0€",
                "12,34\xa0%",
                "+2 points",
                "août 2026",
                "juil. – sept. 2026",
                "3 août 2026",
                "22,3 jours",
                "1,2\xa0M\xa0€",
            ],
        ),
    ],
)
def test_numbers_and_days_are_written_as_the_reader_does(locale: str, told: list[str]) -> None:
    words = Language(locale, ZoneInfo("Europe/Paris"))
    found = [
        words.amount(Decimal("1234.5"), "money", "EUR"),
        words.amount(Decimal("0.1234"), "ratio"),
        words.points(Decimal("0.02")),
        words.period("month", date(2026, 8, 1)),
        words.period("quarter", date(2026, 7, 1)),
        words.day(date(2026, 8, 3)),
        words.amount(Decimal("22.31"), "days"),
        words.short(Decimal(1234567), "money", "EUR"),
    ]
    assert found == told


def test_an_instant_is_told_in_the_reporting_zone() -> None:
    words = Language("fr", ZoneInfo("Europe/Paris"))
    assert words.instant(datetime(2026, 8, 3, 22, 30, tzinfo=UTC)) == "4 août 2026 00:30"
    assert words.ago(datetime(2026, 8, 3, 22, tzinfo=UTC), datetime(2026, 8, 4, 0, tzinfo=UTC)) == "il y a 2 heures"


def test_the_ends_of_a_range_are_told_in_as_many_digits_as_they_are_worth() -> None:
    ends = [("money", "42.5"), ("money", "145.978196"), ("money", "1423.04"), ("ratio", "0.0377"), ("ratio", "10.7265")]
    told = {
        locale: [Language(locale, ZoneInfo("UTC")).rough(Decimal(value), unit, "EUR") for unit, value in ends]
        for locale in LOCALES
    }
    assert told["en"] == ["€42.50", "€146", "€1.4K", "3.8%", "1,073%"]
    assert told["fr"] == ["42,50\xa0€", "146\xa0€", "1,4\xa0k\xa0€", "3,8\xa0%", "1\u202f073\xa0%"]
