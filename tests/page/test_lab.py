"""The lab's endpoints: those of the page that is served, and the parts that need no server."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
import soundfile
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from melody import SR, plucked_melody
from sounds import noise

from hum2guitar import Hum2Guitar
from page import lab_api
from page.jobs import Jobs, Stopped
from page.lab import Lab

Compare = Callable[..., tuple[list[str], str, dict[str, Any]]]
PARAMETERS = {
    "compare_guitar": ["recording", "guitar", "inversion", "tracker"],
    "compare_inversions": ["recording"],
    "compare_trackers": ["recording", "first_tracker", "second_tracker"],
    "compare_sounds": ["first", "second"],
}


@pytest.fixture(scope="module")
def solo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("solo") / "solo.wav"
    soundfile.write(path, plucked_melody(), SR)
    return path


@pytest.fixture
def lab(converter: Hum2Guitar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The lab of a page with random weights."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return Lab(converter, ("swift", "pyin", "cepstrum"), Jobs())


def run(lab: Lab, compare: Any, *given: Any) -> Any:
    """Call an endpoint of the lab as Gradio does, with somebody who listens."""

    async def call() -> Any:
        request = SimpleNamespace(session_hash="mine", client=SimpleNamespace(host="127.0.0.1"))
        with lab.jobs.listening("mine"):
            return await compare(*given, request, lambda share, desc: None)

    return asyncio.run(call())


def names(paths: list[str]) -> list[str]:
    return [Path(path).name for path in paths]


def test_a_guitar_gives_its_sounds_its_panels_and_the_numbers(lab: Lab, solo: Path) -> None:
    sounds, panels, numbers = run(lab, lab.compare_guitar, str(solo), "steel", "griffin-lim", "swift")
    assert names(sounds) == ["recording.wav", "guitar.wav"]
    assert len({soundfile.info(path).frames for path in sounds}) == 1
    assert numbers["mel_l1_db"] > 0
    with np.load(panels) as arrays:
        assert {"mel_recording", "mel_guitar", "difference_guitar", "frequencies_hz", "frame_s"} == set(arrays)
        assert arrays["difference_guitar"].shape == arrays["mel_recording"].shape
        assert len(arrays["frequencies_hz"]) == len(arrays["mel_recording"])


def test_the_inversions_give_a_sound_each(lab: Lab, solo: Path) -> None:
    sounds, panels, numbers = run(lab, lab.compare_inversions, str(solo))
    assert names(sounds) == ["recording.wav", "pghi.wav", "griffin-lim.wav"]
    assert list(numbers["inversions"]) == ["pghi", "griffin-lim"]
    with np.load(panels) as arrays:
        assert "difference_pghi" in arrays


def test_two_trackers_give_both_curves_and_the_cents(lab: Lab, solo: Path) -> None:
    sounds, panels, numbers = run(lab, lab.compare_trackers, str(solo), "swift", "cepstrum")
    assert names(sounds) == ["recording.wav"]
    assert 0 <= numbers["disagree_share"] <= 1
    with np.load(panels) as arrays:
        assert {"f0_swift", "f0_cepstrum", "cents", "frame_s"} == set(arrays)


def test_two_sounds_give_both_and_their_difference(lab: Lab, solo: Path) -> None:
    sounds, panels, numbers = run(lab, lab.compare_sounds, str(solo), str(solo))
    assert names(sounds) == ["first.wav", "second.wav"]
    assert (numbers["mel_l1_db"], numbers["offset_s"]) == (0, 0)
    with np.load(panels) as arrays:
        assert np.abs(arrays["difference_second"]).max() < 0.1


@pytest.mark.parametrize(
    ("endpoint", "given", "expected"),
    [
        ("compare_guitar", ("banjo", "griffin-lim", "swift"), "banjo"),
        ("compare_guitar", ("any", "magic", "swift"), "There is no inversion 'magic'; choose one of pghi"),
        ("compare_guitar", ("any", "griffin-lim", None), "There is no tracker None here; choose one of swift"),
        ("compare_guitar", ("any", "vocoder", "swift"), "choose another inversion"),
        ("compare_trackers", ("swift", "crepe"), "There is no tracker 'crepe' here; choose one of swift"),
        ("compare_trackers", ("swift", "swift"), "choose two different ones"),
        ("compare_sounds", (None,), "There is no recording yet"),
    ],
)
def test_what_cannot_be_compared_gets_a_sentence(
    lab: Lab, solo: Path, endpoint: str, given: tuple[str, ...], expected: str
) -> None:
    with pytest.raises(gr.Error, match=expected):
        run(lab, getattr(lab, endpoint), str(solo), *given)


def test_what_is_not_possible_is_refused_before_its_turn(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.jobs, "at_once", 0)
    with pytest.raises(gr.Error, match="There is no tracker 'x'"):
        run(lab, lab.compare_guitar, "solo.wav", "any", "griffin-lim", "x")
    with pytest.raises(gr.Error, match="There is no recording yet"):
        run(lab, lab.compare_inversions, None)


def test_a_recording_of_more_than_two_minutes_gets_a_sentence(lab: Lab, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.wav", np.zeros(121 * 8000), 8000)
    with pytest.raises(gr.Error, match="longer than 2 minutes"):
        run(lab, lab.compare_inversions, str(tmp_path / "long.wav"))


def test_whoever_shows_the_results_otherwise_gets_them_whole(lab: Lab, solo: Path) -> None:
    own = replace(lab, give=lambda result: (list(result.sounds()), len(result.panels())), n_outputs=2)
    assert run(own, own.compare_sounds, str(solo), str(solo)) == (["first", "second"], 3)


def test_a_visitor_who_has_left_gets_nothing(lab: Lab, solo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody_listens(*order: Any) -> Any:
        raise Stopped

    monkeypatch.setattr(lab.jobs, "run", nobody_listens)
    assert run(lab, lab.compare_inversions, str(solo)) == (gr.skip(),) * 3


def test_nothing_but_the_results_stays_in_the_folder(lab: Lab, solo: Path, tmp_path: Path) -> None:
    sounds, panels, _ = run(lab, lab.compare_sounds, str(solo), str(solo))
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {Path(path) for path in (*sounds, panels)}


def test_the_endpoints_their_parameters_and_their_outputs_have_names_and_a_sentence_of_help(client: Client) -> None:
    endpoints = client.view_api(print_info=False, return_format="dict")["named_endpoints"]
    assert list(lab_api.ENDPOINTS) == list(PARAMETERS)
    for name, parameters in PARAMETERS.items():
        endpoint = endpoints[f"/{name}"]
        assert [each["parameter_name"] for each in endpoint["parameters"]] == parameters
        assert [each["label"] for each in endpoint["returns"]] == list(lab_api.OUTPUTS)
        for each in (*endpoint["parameters"], *endpoint["returns"]):
            assert each["python_type"]["description"].endswith(".")
        assert [each["label"] for each in endpoint["parameters"]] == parameters
        assert endpoint["description"] == lab_api.ENDPOINTS[name]


def test_a_program_compares_two_files(client: Client, solo: Path, tmp_path: Path) -> None:
    late = tmp_path / "late.wav"
    soundfile.write(late, np.r_[np.zeros(SR // 4), plucked_melody()], SR)
    given = {"first": handle_file(str(solo)), "second": handle_file(str(late))}
    sounds, panels, numbers = client.predict(**given, api_name="/compare_sounds")
    assert numbers["offset_s"] == pytest.approx(0.25, abs=0.001)
    assert names(sounds) == ["first.wav", "second.wav"]
    with np.load(panels) as arrays:
        assert "difference_second" in arrays


def test_a_program_that_names_a_file_of_the_server_is_refused(address: str, solo: Path) -> None:
    body = json.dumps({"recording": {"path": str(solo), "meta": {"_type": "gradio.FileData"}}}).encode()
    endpoint = f"{address}/gradio_api/call/v2/compare_inversions"
    ordered = urllib.request.Request(endpoint, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(ordered, timeout=10) as answer:
        event = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{address}/gradio_api/call/compare_inversions/{event}", timeout=30) as answer:
        assert "event: error" in answer.read().decode()


def test_a_program_gets_the_sentence_of_an_error(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "noise.wav"
    soundfile.write(path, noise(2 * SR, np.random.default_rng(0)), SR)
    with pytest.raises(AppError, match="No pitch was heard"):
        client.predict(recording=handle_file(str(path)), api_name="/compare_guitar")
