from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
from gradio_client.exceptions import AppError
from PIL import Image
from served import ROOT
from sounds import noise, voice

from hum2guitar.arrangement.register import describe_transposition
from hum2guitar.synthesis import checkpoint
from page import texts
from page.callbacks import Callbacks

ODE_TO_JOY = [52, 52, 53, 55, 55, 53, 52, 50, 48, 48, 50, 52, 52, 50, 50]
Convert = Callable[..., tuple[str, str, dict[str, Any], str]]


def test_an_example_comes_back_as_a_guitar_a_picture_the_details_and_another_guitar(convert: Convert) -> None:
    example = ROOT / "assets" / "ode-to-joy-low-voice.flac"
    guitar, picture, details, other = convert(example)

    hum = soundfile.info(example)
    assert soundfile.info(guitar).duration == pytest.approx(hum.duration, abs=0.001)
    assert soundfile.info(guitar).samplerate == details["sample_rate"]
    with Image.open(picture) as image:
        assert image.format == "PNG"
        assert image.width > 1000
    semitones = details["transposition_semitones"]
    assert [round(note["midi"]) - semitones for note in details["notes"]] == ODE_TO_JOY
    assert details["summary"].startswith("15 notes, ")
    assert details["summary"].endswith(describe_transposition(semitones))
    assert details["warnings"] == []
    assert {"reading", "f0", "generator", "inversion", "other"} <= set(details["seconds"])
    assert soundfile.info(other).frames == soundfile.info(guitar).frames
    assert Path(other).read_bytes() != Path(guitar).read_bytes()


def test_the_choices_reach_the_conversion(convert: Convert, short_hum: Path) -> None:
    at_pitch = convert(short_hum, transposition=0)[2]
    followed, _, moved, _ = convert(short_hum, transposition="7", tracker="cepstrum", articulation="follow", seed=1)
    automatic = convert(short_hum)[2]

    assert [round(note["midi"]) for note in at_pitch["notes"]] == [57, 61]
    assert [round(note["midi"]) for note in moved["notes"]] == [64, 68]
    assert moved["transposition_semitones"] == 7
    assert automatic["transposition_semitones"] == 0  # the hum lies at A3, within a guitar's range
    plucked = convert(short_hum, transposition="7", tracker="cepstrum", articulation="plucked", seed=1)[0]
    assert not np.array_equal(soundfile.read(followed)[0], soundfile.read(plucked)[0])


def test_a_program_gets_the_notes_corrects_them_and_gives_them_back(convert: Convert, short_hum: Path) -> None:
    guitar, _, details, _ = convert(short_hum, transposition=0)
    same, _, again, _ = convert(short_hum, transposition=0, notes=details["hummed"])
    assert again["notes"] == details["notes"]
    assert Path(same).read_bytes() == Path(guitar).read_bytes()
    first, second = details["hummed"]
    _, _, corrected, _ = convert(short_hum, transposition=0, notes=[first, second | {"midi": second["midi"] + 2}])
    assert [round(note["midi"]) for note in corrected["notes"]] == [57, 63]


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ([], "keep at least one"),
        ("high", 'not JSON with a list "notes"'),
        ([{"onset_s": 0.1}], "Note 1 needs exactly onset_s, offset_s, midi, velocity"),
        ([{"onset_s": 0.1, "offset_s": 1e8, "midi": 60, "velocity": 0.5}], "Note 1 ends after the recording"),
    ],
)
def test_notes_that_cannot_be_played_get_a_sentence(convert: Convert, short_hum: Path, notes: Any, said: str) -> None:
    with pytest.raises(AppError, match=said):
        convert(short_hum, notes=notes)


def test_capo_tuning_mix_and_body_are_applied_and_described(convert: Convert, short_hum: Path) -> None:
    plain, _, details, _ = convert(short_hum)
    by_default = checkpoint.load(checkpoint.bundled()).config.default_guitar
    assert details["guitar"] == ({by_default: 1.0} if by_default else {})
    assert (details["capo"], details["tuning"]["choice"]) == (0, "off")
    mixed = {"guitar": "steel", "second_guitar": "nylon", "second_share": 0.25, "body": 0.4}
    sound, _, details, _ = convert(short_hum, capo=2, tuning="key", tuning_strength=0.8, **mixed)
    assert details["summary"] == "2 notes, B3 to D♯4, at the pitch of the hum, capo at fret 2, tuned to B major"
    assert details["tuning"]["key"] == "B major"
    assert (details["capo"], details["transposition_semitones"]) == (2, 2)
    by_kind = {"steel": 0.0, "nylon": 0.0}
    for name, share in details["guitar"].items():
        by_kind[name.partition("_")[0]] += share
    assert by_kind == pytest.approx({"steel": 0.75, "nylon": 0.25}, abs=0.002)
    assert not np.array_equal(soundfile.read(plain)[0], soundfile.read(sound)[0])


def test_several_conversions_at_once_give_what_one_alone_gives(convert: Convert, short_hum: Path) -> None:
    alone = Path(convert(short_hum)[0]).read_bytes()
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda _: Path(convert(short_hum)[0]).read_bytes(), range(3)))
    assert together == [alone] * 3


def _write(path: Path, waveform: np.ndarray, sample_rate: int = 22050, subtype: str = "PCM_16") -> Path:
    soundfile.write(path, waveform, sample_rate, subtype=subtype)
    return path


def _bytes(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


BAD = {
    "no recording": (lambda path: None, "no recording yet"),
    "an empty file": (lambda path: _bytes(path, b""), "is empty"),
    "no sound in it": (lambda path: _bytes(path, b"a page of text, and no sound in it" * 99), "not a recording"),
    "too short": (lambda path: _write(path, voice(220.0, 22050, 0.3)), "hum for at least 0.5 s"),
    "too long": (lambda path: _write(path, np.zeros(8000 * 601), 8000, "PCM_U8"), "longer than 10 minutes"),
    "silence": (lambda path: _write(path, np.zeros(44100)), "is silent"),
    "noise": (lambda path: _write(path, noise(66150, np.random.default_rng(0))), "no pitch was heard"),
    "NaN": (lambda path: _write(path, np.r_[voice(220.0, 22050, 1.0), np.nan], subtype="FLOAT"), "not numbers"),
    "infinity": (lambda path: _write(path, np.r_[voice(220.0, 22050, 1.0), np.inf], subtype="FLOAT"), "not numbers"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_recording_that_cannot_be_converted_gets_its_own_sentence(
    convert: Convert, tmp_path: Path, kind: str
) -> None:
    make, expected = BAD[kind]
    with pytest.raises(AppError) as raised:
        convert(make(tmp_path / "recording.wav"))
    told = str(raised.value)
    assert expected in told.lower() or expected in told
    assert "Traceback" not in told
    assert str(tmp_path) not in told


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"transposition": "high"}, "neither auto nor a whole number"),
        ({"transposition": 99}, "from -36 to 36"),
        ({"guitar": "banjo"}, "not in the list of choices"),
        ({"transposition": 1.5}, "neither auto nor a whole number"),
        ({"capo": 12}, "greater than maximum"),
        ({"tuning": "just"}, "not in the list of choices"),
    ],
)
def test_a_choice_that_does_not_exist_gets_a_sentence(
    convert: Convert, short_hum: Path, choice: dict[str, Any], expected: str
) -> None:
    with pytest.raises(AppError, match=expected):
        convert(short_hum, **choice)


def test_the_conversion_after_a_failure_works(convert: Convert, short_hum: Path, tmp_path: Path) -> None:
    with pytest.raises(AppError):
        convert(_write(tmp_path / "silence.wav", np.zeros(44100)))
    assert len(convert(short_hum)[2]["notes"]) == 2


@pytest.mark.parametrize(
    ("name", "make", "expected"),
    [
        ("clipped", lambda path: _write(path, np.clip(voice(220.0, 22050, 1.5) * 9, -1, 1)), ["clipped"]),
        ("telephone", lambda path: _write(path, voice(220.0, 8000, 1.5), 8000), ["8000 Hz"]),
        ("studio", lambda path: _write(path, np.c_[[voice(220.0, 96000, 1.5)] * 2].T, 96000, "PCM_24"), []),
    ],
)
def test_the_warnings_say_what_a_recording_lacks(
    convert: Convert, tmp_path: Path, name: str, make: Callable[[Path], Path], expected: list[str]
) -> None:
    guitar, _, details, _ = convert(make(tmp_path / f"{name}.wav"))
    assert [note["name"] for note in details["notes"]] == ["A3"]
    assert soundfile.info(guitar).duration == pytest.approx(1.5, abs=0.001)
    assert len(details["warnings"]) == len(expected)
    assert all(word in warning for word, warning in zip(expected, details["warnings"], strict=True))


def _convert(callbacks: Callbacks, recording: Path, stop_at: str = "") -> tuple[Any, list[tuple[float, str]]]:
    """Convert, and press Stop when the page shows a text; gives the result, None after Stop, and what was shown."""
    shown = []

    async def convert() -> Any:
        def progress(share: float, desc: str) -> None:
            shown.append((share, desc))
            if desc == stop_at:
                loop.call_soon_threadsafe(task.cancel)  # as Gradio does
                time.sleep(0.1)

        loop = asyncio.get_running_loop()
        request = SimpleNamespace(session_hash="mine", client=SimpleNamespace(host="127.0.0.1"))
        with callbacks.jobs.listening("mine"):
            task = asyncio.ensure_future(callbacks.convert(str(recording), request, progress, iterations=2))
            result = await asyncio.gather(task, return_exceptions=True)
            while callbacks.jobs.running:
                await asyncio.sleep(0.01)
            return None if task.cancelled() else result[0]

    return asyncio.run(convert()), shown


def test_stop_ends_a_conversion_and_not_the_next_one(callbacks: Callbacks, short_hum: Path) -> None:
    result, shown = _convert(callbacks, short_hum, stop_at=texts.STAGES["f0"])
    assert result is None
    assert [text for _, text in shown] == [texts.STAGES["reading"], texts.STAGES["f0"]]

    result, _ = _convert(callbacks, short_hum)
    assert len(result[2]["notes"]) == 2


def test_stop_ends_a_conversion_in_its_second_rendering_too(callbacks: Callbacks, short_hum: Path) -> None:
    result, shown = _convert(callbacks, short_hum, stop_at=texts.STAGES["other"])
    assert result is None
    assert texts.STAGES["done"] not in [text for _, text in shown]


def test_the_progress_only_grows(callbacks: Callbacks, short_hum: Path) -> None:
    shares = [share for share, _ in _convert(callbacks, short_hum)[1]]
    assert shares == sorted(shares)
    assert shares[0] >= 0
    assert shares[-1] < 1
