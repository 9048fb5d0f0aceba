from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
import soundfile
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from served import ROOT, load_module, page
from sounds import noise, sung, voice

from hum2guitar import Hum2Guitar
from hum2guitar.arrangement.register import describe_transposition
from hum2guitar.arrangement.tuning import TUNINGS
from hum2guitar.synthesis.inversion import INVERSIONS

ODE_TO_JOY = [52, 52, 53, 55, 55, 53, 52, 50, 48, 48, 50, 52, 52, 50, 50]
Result = tuple[str, str, dict[str, Any], str]
UNTOUCHED = ("none", 0.5, 0, "off", 1.0, 0.0)  # the choices of the page that are left as they are


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with page(tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.fixture(scope="module")
def convert(address: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Result]:
    """Call /convert as a program would: convert(path, transposition=12, …)."""
    client = Client(address, verbose=False, download_files=str(tmp_path_factory.mktemp("downloaded")))

    def call(recording: Path | None, **choices: Any) -> Result:
        given = handle_file(str(recording)) if recording is not None else None
        return client.predict(recording=given, api_name="/convert", **choices)

    return call


@pytest.fixture(scope="module")
def short_hum(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hums") / "hum.wav"
    soundfile.write(path, sung([(0.1, 0.7, 57), (0.8, 1.4, 61)], 22050, 1.6), 22050)
    return path


@pytest.fixture(scope="module")
def app() -> ModuleType:
    return load_module(ROOT / "app.py")


def test_an_example_comes_back_as_a_guitar_a_picture_and_what_was_heard(convert: Callable[..., Result]) -> None:
    example = ROOT / "assets" / "ode-to-joy-low-voice.flac"
    guitar, picture, details, beside = convert(example)

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
    assert set(details["seconds"]) == {"reading", "f0", "label", "generator", "inversion", "arrange"}
    assert soundfile.info(beside).frames == soundfile.info(guitar).frames
    assert Path(beside).read_bytes() != Path(guitar).read_bytes()
    assert details["warnings"] == []


def test_the_choices_reach_the_conversion(convert: Callable[..., Result], short_hum: Path) -> None:
    _, _, at_pitch, _ = convert(short_hum, transposition=0)
    guitar, _, moved, _ = convert(short_hum, transposition="7", tracker="cepstrum", articulation="follow", seed=1)
    _, _, auto, _ = convert(short_hum)

    assert [round(note["midi"]) for note in at_pitch["notes"]] == [57, 61]
    assert [round(note["midi"]) for note in moved["notes"]] == [64, 68]
    assert moved["transposition_semitones"] == 7
    assert auto["transposition_semitones"] == 0  # the hum lies at A3 already
    louder = convert(short_hum, transposition="7", tracker="cepstrum", articulation="plucked", seed=1)[0]
    assert not np.array_equal(soundfile.read(guitar)[0], soundfile.read(louder)[0])


def test_capo_tuning_mix_and_body_are_done_and_told(convert: Callable[..., Result], short_hum: Path) -> None:
    plain, _, details, _ = convert(short_hum)
    assert (details["capo"], details["guitar"]) == (0, {})
    assert details["tuning"]["choice"] == "off"
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


def test_a_program_that_knows_only_the_first_seven_parameters_is_served(address: str, short_hum: Path) -> None:
    client = Client(address, verbose=False, download_files=False)
    chosen = ("any", "plucked", "swift", "auto", 4, 0)
    _, _, details, _ = client.predict(handle_file(str(short_hum)), *chosen, api_name="/convert")
    assert len(details["notes"]) == 2


def test_several_at_once_get_what_one_alone_gets(convert: Callable[..., Result], short_hum: Path) -> None:
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
def test_what_cannot_be_converted_gets_its_own_sentence(
    convert: Callable[..., Result], short_hum: Path, tmp_path: Path, kind: str
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
    convert: Callable[..., Result], short_hum: Path, choice: dict[str, Any], expected: str
) -> None:
    with pytest.raises(AppError, match=expected):
        convert(short_hum, **choice)


def test_after_a_failure_the_next_conversion_works(
    convert: Callable[..., Result], short_hum: Path, tmp_path: Path
) -> None:
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
def test_what_can_be_converted_says_what_it_lacks(
    convert: Callable[..., Result],
    tmp_path: Path,
    name: str,
    make: Callable[[Path], Path],
    expected: list[str],
) -> None:
    guitar, _, details, _ = convert(make(tmp_path / f"{name}.wav"))
    assert [note["name"] for note in details["notes"]] == ["A3"]
    assert soundfile.info(guitar).duration == pytest.approx(1.5, abs=0.001)
    assert len(details["warnings"]) == len(expected)
    assert all(word in warning for word, warning in zip(expected, details["warnings"], strict=True))


def test_an_upload_over_the_limit_is_refused(address: str) -> None:
    boundary = "limit"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="big.wav"\r\n\r\n'.encode()
    body = head + bytes(100 * 1024 * 1024 + 1) + f"\r\n--{boundary}--\r\n".encode()
    request = urllib.request.Request(
        f"{address}/gradio_api/upload",
        data=body,
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request, timeout=60)
    with raised.value as refusal:
        assert refusal.code == 413


def test_the_api_has_one_endpoint_and_it_is_convert(address: str) -> None:
    with urllib.request.urlopen(f"{address}/gradio_api/info", timeout=10) as answer:
        info = json.load(answer)
    assert list(info["named_endpoints"]) == ["/convert"]
    parameters = [each["parameter_name"] for each in info["named_endpoints"]["/convert"]["parameters"]]
    first = ["recording", "guitar", "articulation", "tracker", "transposition", "iterations", "seed"]
    later = ["second_guitar", "second_share", "capo", "tuning", "tuning_strength", "body"]
    assert parameters == first + later  # appended, so that older programs find theirs where they were


def test_the_page_asks_nothing_of_any_other_server(address: str) -> None:
    with urllib.request.urlopen(address, timeout=10) as answer:
        html = answer.read().decode()
    assert "fonts.googleapis.com" not in html
    assert "google-analytics" not in html


def test_nothing_is_left_once_the_server_has_stopped(tmp_path: Path, short_hum: Path) -> None:
    with page(tmp_path) as served:
        client = Client(served, verbose=False, download_files=False)
        client.predict(recording=handle_file(str(short_hum)), api_name="/convert")
        names = sorted(path.name for path in tmp_path.rglob("*") if path.suffix in (".wav", ".png"))
        assert names == ["beside.wav", "guitar.wav", "hum.wav", "picture.png"]  # each once: nothing is kept twice
    assert [path for path in tmp_path.rglob("*") if path.suffix in (".wav", ".png", ".partial")] == []


def test_an_unexpected_failure_gives_nothing_away(app: ModuleType, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(gr.Error) as raised, app.showing_errors():
        raise RuntimeError("a secret path")
    assert "secret" not in raised.value.message
    assert "try again" in raised.value.message
    assert "a secret path" in caplog.text  # but whoever runs the server finds it in the log


def test_stop_ends_the_conversion_of_its_own_session(
    app: ModuleType, converter: Hum2Guitar, short_hum: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "converter", lambda: converter)
    stages = []

    def convert(presser: str) -> Result:
        def progress(share: float, desc: str) -> None:
            stages.append(desc)
            if desc == app.STAGES["f0"]:
                app.stop(SimpleNamespace(session_hash=presser))

        request = SimpleNamespace(session_hash="mine")
        return app.convert(str(short_hum), "any", "plucked", "swift", "auto", 2, 0, *UNTOUCHED, request, progress)

    assert len(convert("another's")[2]["notes"]) == 2
    stages.clear()
    assert convert("mine") == (gr.skip(),) * 4  # what the page shows stays
    assert stages == [app.STAGES["reading"], app.STAGES["f0"]]
    assert not app.running


def test_every_stage_and_tracker_has_a_name_for_people(app: ModuleType, converter: Hum2Guitar) -> None:
    reported = []
    converter.convert(voice(220.0, 16000, 1.0), 16000, iterations=1, progress=lambda _, stage: reported.append(stage))
    assert set(reported) <= set(app.STAGES)
    assert {name for name in INVERSIONS if name != "griffin-lim"} == set(app.BESIDE_NAMES)
    assert {value for _, value in app.tracker_choices()} <= set(app.TRACKER_NAMES)
    assert app.guitar_choices(("nylon_tonejs", "harp")) == [
        ("Any", "any"),
        ("Nylon", "nylon"),
        ("Nylon: tonejs", "nylon_tonejs"),
        ("Harp", "harp"),
    ]
    assert set(app.TUNING_NAMES.values()) == set(TUNINGS)
