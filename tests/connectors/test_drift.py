"""Schema drift: nothing is refused, everything is said once, with the field and the API version."""

from connectors.base import Shape
from connectors.drift import Drift

SHAPE = Shape(
    required=frozenset({"id", "segments.date"}),
    optional=frozenset({"metrics.clicks", "type"}),
    words={"type": frozenset({"SEARCH"})},
)


def drift(*records: dict[str, object]) -> list[str]:
    found = Drift(SHAPE, "v26")
    for record in records:
        found.look(record)
    return found.lines()


def good(**more: object) -> dict[str, object]:
    return {"id": 1, "segments": {"date": "2026-11-01"}, "metrics": {"clicks": 3}, "type": "SEARCH"} | more


def test_records_as_they_are_known_give_no_line() -> None:
    assert drift() == []
    assert drift(good(), good(), {"id": 2, "segments": {"date": "2026-11-02"}}) == []


def test_a_removed_field_gives_one_line_however_many_records_lack_it() -> None:
    lines = drift(*({"id": n, "segments": {}} for n in range(1_000)))
    assert lines == ["the field segments.date is no longer in the answers (API version v26)"]


def test_a_field_that_some_records_lack_was_not_removed() -> None:
    assert drift({"id": 1, "segments": {}}, good()) == []


def test_new_fields_are_named_also_inside_objects_and_counted_when_there_are_many() -> None:
    [line] = drift(good(metrics={"clicks": 3, "views": 1}, colour="red"))
    assert line == "new fields, kept as received and not read: colour, metrics.views (API version v26)"
    [line] = drift(good(**{f"new_{n}": n for n in range(9)}))
    assert line.endswith("new_4 and 4 more (API version v26)")


def test_unknown_words_are_counted_and_kept_apart_by_field() -> None:
    record = good(type="AI_MAX")
    assert drift(good(), record, record) == ["type: unknown words, kept as received: AI_MAX (2) (API version v26)"]
    assert record["type"] == "AI_MAX"


def test_what_is_no_word_is_not_taken_for_one() -> None:
    """A null or a number where a word was is the normaliser's to judge."""
    assert drift(good(type=None), good(type=7)) == []
