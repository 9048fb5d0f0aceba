from __future__ import annotations

import json
from pathlib import Path

import pytest
from sounds import sung

from hum2guitar import Hum2Guitar, Note, UserError
from hum2guitar.export import EXPORTS
from hum2guitar.export.notes import from_json, load, to_json

MELODY = [(0.2, 0.8, 57.0), (0.9, 1.5, 60.0)]
GOOD = {"onset_s": 0.1, "offset_s": 0.2, "midi": 60, "velocity": 0.5}


def test_a_round_trip_through_arrange_is_identical(converter: Hum2Guitar, tmp_path: Path) -> None:
    waveform = sung(MELODY, 16000, 1.7)
    first = converter.convert(waveform, 16000, iterations=0)
    EXPORTS["notes_out"].save(tmp_path / "a.json", first)
    notes = load(tmp_path / "a.json")
    assert notes == first.heard.notes
    again = converter.convert(waveform, 16000, notes=notes, iterations=0, capo=3, quantise=0.7)
    EXPORTS["notes_out"].save(tmp_path / "b.json", again)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    same = converter.convert(waveform, 16000, notes=notes, iterations=0)
    assert same.waveform.tobytes() == first.waveform.tobytes()


def test_what_is_read_is_what_was_written() -> None:
    notes = (Note(0.1, 1 / 3, 57.28, 0.123456789012345), Note(0.4, 0.9, 60.0, 1.0, plucked=False))
    assert from_json(to_json(notes)) == notes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", 'not JSON with a list "notes"'),
        ("[1]", 'not JSON with a list "notes"'),
        ('{"notes": 3}', 'not JSON with a list "notes"'),
        ('{"notes": ' + "[" * 100_000, 'not JSON with a list "notes"'),
        (json.dumps({"notes": [{}]}), "note 1 needs exactly onset_s"),
        (json.dumps({"notes": [GOOD, GOOD | {"colour": 1}]}), "note 2 needs exactly"),
        (json.dumps({"notes": [GOOD | {"midi": "A3"}]}), "note 1 needs numbers"),
        (json.dumps({"notes": [GOOD | {"midi": True}]}), "note 1 needs numbers"),
        (json.dumps({"notes": [GOOD | {"plucked": 1}]}), "true or false for plucked"),
    ],
)
def test_what_is_no_file_of_notes_is_refused_with_a_sentence(text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        from_json(text)


def test_a_number_without_bounds_is_left_to_the_check_of_arrange() -> None:
    (note,) = from_json('{"notes": [{"onset_s": 0, "offset_s": 1, "midi": ' + "9" * 400 + ', "velocity": 1}]}')
    assert note.midi != note.midi


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="name a file that --notes-out wrote"):
        load(tmp_path / "absent.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="is no text"):
        load(tmp_path / "binary.json")
