"""The form of a target: whatever is left open is named, with an example of what to write."""

from pathlib import Path

import pytest

from config.settings import SettingsFault, load

WHOLE = "{kpi: leads, value: 5, period: each month, owner: Anna, baseline: 3, reason: more to sell to}"


def faults(folder: Path, text: str) -> list[str]:
    file = folder / "cadran.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsFault) as caught:
        load(file, {}, {})
    return [line.removeprefix(f"{file}:") for line in caught.value.faults]


def test_everything_that_a_vague_target_lacks_is_told_at_once(tmp_path: Path) -> None:
    """With its line and its key; a word that says nothing is nothing."""
    found = faults(
        tmp_path, "targets:\n  - {kpi: leads, value: 5}\n  - {kpi: leads, owner: TBD, reason: '?', value: 1}\n  - {}\n"
    )
    assert [line.split(": missing")[0] for line in found] == [
        "2: targets.0.period",
        "2: targets.0.owner",
        "2: targets.0.baseline",
        "2: targets.0.reason",
        "3: targets.1.period",
        "3: targets.1.owner",
        "3: targets.1.baseline",
        "3: targets.1.reason",
        "4: targets.2.kpi",
        "4: targets.2.value",
        "4: targets.2.period",
        "4: targets.2.owner",
        "4: targets.2.baseline",
        "4: targets.2.reason",
    ]
    assert found[0].endswith("missing: until when, e.g. `period: 2026-Q4`, or `period: each month`")


def test_a_misspelt_key_is_told_with_the_nearest_one(tmp_path: Path) -> None:
    """Also of a section in a list, and by the name that the file uses."""
    found = faults(tmp_path, f"targets:\n  - {WHOLE[:-1]}, fro: email}}\n")
    assert found == ["2: targets.0.fro: unknown key; did you mean `for`?"]


def test_numbers_and_words_are_taken_as_they_are_written(tmp_path: Path) -> None:
    """A year is no number, a percentage no text to be cut."""
    file = tmp_path / "cadran.yaml"
    file.write_text(
        "targets:\n  - {kpi: win_rate, by: owner, for: 77, value: 25 %, period: 2026, owner: A, baseline: 0.10, reason: r s}\n"
    )
    (target,) = load(file, {}, {}).accounts["default"].settings.targets
    assert (target.period, target.value, target.baseline, target.member) == ("2026", "25 %", "0.1", "77")


@pytest.mark.parametrize("written", ["value: [1]", "value: true", "direction: more", "period: 2026-10-01"])
def test_what_is_neither_is_refused(tmp_path: Path, written: str) -> None:
    """A list, a yes, an unknown direction, a day."""
    key = written.split(":")[0]
    text = f"targets:\n  - {{kpi: leads, value: 5, period: each month, owner: Anna, baseline: 3, reason: more, {written}}}\n"
    assert any(line.startswith(f"2: targets.0.{key}: ") for line in faults(tmp_path, text))
