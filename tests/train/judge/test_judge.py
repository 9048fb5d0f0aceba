"""The judge: what it hears, what it says of computed sounds, and that its weights are the named ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from sounds import sung
from strings import pluck

from hum2guitar.errors import CheckpointError, CorpusError
from train.__main__ import main
from train.corpus.instruments import INSTRUMENTS, Instrument
from train.judge import clips as judge_data
from train.judge import fit as judge_fit
from train.judge import judge
from train.judge.clips import Clip
from train.judge.voices import Voice, read_voices
from train.synth import singer
from train.synth.guitar import RENDER_RATE
from train.synth.melody import Stroke, compose

RATE = 22050
TUNE = [57, 60, 62, 64, 62, 60]


def plucked_tune() -> np.ndarray:
    sound = np.zeros(4 * RATE, dtype=np.float32)
    for n, midi in enumerate(TUNE):
        string = pluck(midi, 1.0, RATE)
        first = int(0.6 * n * RATE)
        sound[first : first + len(string)] += string[: len(sound) - first]
    return sound


def sung_tune() -> np.ndarray:
    return sung([(0.6 * n, 0.6 * n + 0.58, midi) for n, midi in enumerate(TUNE)], RATE, 4.0)


def two_clips() -> list[Clip]:
    strings, voice = instrument("computed_strings"), instrument("computed_voice")
    return [Clip(strings, judge.hear(plucked_tune())), Clip(voice, judge.hear(sung_tune()))]


def instrument(name: str) -> Instrument:
    return next(i for i in INSTRUMENTS if i.name == name)


def test_plucked_strings_are_taken_for_a_guitar_and_a_voice_on_the_same_notes_is_not() -> None:
    loaded = judge.load()
    assert loaded.share(plucked_tune()) >= 0.8
    assert loaded.share(sung_tune()) <= 0.2


def test_the_judge_does_not_hear_the_level() -> None:
    loaded = judge.load()
    tune = plucked_tune()
    np.testing.assert_allclose(loaded.scores(0.03 * tune), loaded.scores(tune), atol=0.01)


def test_half_a_second_without_sound_is_not_judged() -> None:
    tone = sung([(0.0, 1.0, 60)], RATE, 1.0)
    quiet = 10 ** (-45 / 20) * sung([(0.0, 1.0, 60)], RATE, 1.0)

    def judged(after: np.ndarray, depth_db: float = judge.SILENT_DB) -> int:
        return len(judge.half_seconds(judge.hear(np.concatenate([tone, after])), depth_db))

    assert judged(np.zeros(2 * RATE, dtype=np.float32)) <= 3
    assert judged(quiet) < judged(tone)
    assert judged(quiet, depth_db=60) == judged(tone)


@pytest.mark.parametrize("seconds", [0.0, 0.1, 3.0])
def test_silence_and_what_is_shorter_than_half_a_second_have_no_share(seconds: float) -> None:
    assert np.isnan(judge.load().share(np.zeros(int(seconds * RATE), dtype=np.float32)))


def test_other_weights_than_the_named_ones_are_refused(tmp_path: Path) -> None:
    altered = tmp_path / "judge.safetensors"
    content = bytearray(judge.WEIGHTS.read_bytes())
    content[-1] ^= 1
    altered.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"have the SHA-256 .* restore the file"):
        judge.load(altered)
    with pytest.raises(CheckpointError, match="are missing"):
        judge.load(tmp_path / "none.safetensors")


def test_the_weights_are_small_and_the_network_too() -> None:
    assert judge.WEIGHTS.stat().st_size < 1_000_000
    assert sum(parameter.numel() for parameter in judge.Network().parameters()) < 200_000


def test_what_the_network_sees_is_between_0_and_1_whatever_the_level() -> None:
    window = torch.linspace(-70, -10, judge.EAR.n_mels * judge.FRAMES).reshape(1, judge.EAR.n_mels, judge.FRAMES)
    seen = judge.normalise(window)
    assert (seen.min(), seen.max()) == (0, 1)
    torch.testing.assert_close(judge.normalise(window + 30), seen)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge_fit, "BATCH", 16)
    monkeypatch.setattr(judge_fit, "CALIBRATION_BATCHES", 4)


@pytest.mark.usefixtures("small_batches")
def test_a_few_steps_tell_two_computed_instruments_apart() -> None:
    heard = two_clips()
    network, best = judge_fit.learn(heard, heard, 60, seed=0)
    learnt = judge.Judge(network)
    assert best >= 0.9
    assert learnt.scores(plucked_tune()).mean() > learnt.scores(sung_tune()).mean() + 0.3
    right = judge_fit.accuracy(learnt, heard)
    assert list(right) == ["computed_strings", "computed_voice"]
    assert all(n > 4 for _, n in right.values())


@pytest.mark.usefixtures("small_batches")
def test_the_same_seed_learns_the_same_judge() -> None:
    heard = two_clips()
    one, other = (judge_fit.learn(heard, heard, 3, seed=0)[0].state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_the_instruments_that_choose_the_state_are_not_learnt_from() -> None:
    clips = [Clip(i, np.zeros((judge.EAR.n_mels, 0))) for i in INSTRUMENTS if i.role == "judge"]
    learnt, kept = judge_fit.split(clips)
    assert {clip.instrument.name.startswith(judge_fit.VALIDATION) for clip in kept} == {True}
    assert not any(clip.instrument.name.startswith(judge_fit.VALIDATION) for clip in learnt)
    assert len(learnt) + len(kept) == len(clips)
    with pytest.raises(CorpusError, match="too few to train and to choose by; give more --clips"):
        judge_fit.split(clips[:1])


def test_masks_silence_some_cells_and_change_no_other() -> None:
    torch.manual_seed(0)
    seen = torch.full((8, 1, judge.EAR.n_mels, judge.FRAMES), 0.5)
    masked = judge_fit.masked(seen)
    assert set(masked.unique().tolist()) == {0.0, 0.5}
    assert 0.0 < (masked == 0).float().mean() < 0.3


def test_a_sung_melody_has_the_pitch_of_its_strokes(rng: np.random.Generator) -> None:
    strokes = [Stroke(0.2, 1.0, 57.0, -3.0, 0.05), Stroke(1.2, 1.0, 64.0, -3.0, 0.05)]
    midi = singer.contour(strokes, 3 * singer.CONTROL_RATE, rng)
    middle = [int(t * singer.CONTROL_RATE) for t in (0.7, 1.9)]
    np.testing.assert_allclose(midi[middle], [57, 64], atol=1.2)
    assert np.isfinite(singer.sing(strokes, 3.0, rng)).all()


def test_a_computed_string_decays_and_is_in_tune(rng: np.random.Generator) -> None:
    sample = judge_data.computed_guitar({57}, rng).samples[0]
    early, late = (np.sqrt((sample.waveform[n : n + 8000] ** 2).mean()) for n in (2000, 80000))
    assert late < 0.7 * early
    assert sample.midi == 57


def test_melodies_for_both_classes_are_composed_on_a_mute_guitar(rng: np.random.Generator) -> None:
    strokes = compose(judge_data.compass(50, 70), 4.0, rng)
    assert all(49 <= stroke.midi <= 71 for stroke in strokes)
    f0_hz = judge_data.f0_of(strokes, 4 * RATE)
    assert np.isnan(f0_hz[0])
    assert f0_hz[-1] == pytest.approx(440 * 2 ** ((strokes[-1].midi - 69) / 12), rel=1e-4)


def test_a_voice_played_faster_is_higher_and_shorter_as_its_f0_says(rng: np.random.Generator) -> None:
    t = np.arange(4 * RENDER_RATE) / RENDER_RATE
    voice = Voice(np.sin(2 * np.pi * 220 * t).astype(np.float32), np.full(4 * 44, 220.0, dtype=np.float32))
    sound, f0_hz = voice.at_speed(1.5, 2.0, rng)
    assert len(sound) == 2 * RENDER_RATE
    assert np.argmax(np.abs(np.fft.rfft(sound))) / 2 == pytest.approx(330, abs=1)
    np.testing.assert_allclose(f0_hz, 330)
    whole, _ = voice.at_speed(2.0, 8.0, rng)
    assert len(whole) == pytest.approx(2 * RENDER_RATE, abs=2)


@pytest.mark.parametrize(("stated", "there"), [("none stated", True), ("CC BY 4.0", False), (None, True)])
def test_a_voice_without_the_licence_of_the_table_or_missing_is_refused(
    tmp_path: Path, stated: str | None, there: bool
) -> None:
    wanted = [instrument("vocadito_10")]
    with pytest.raises(CorpusError, match=r"there is no .*manifest\.csv"):
        read_voices(tmp_path, wanted)
    (tmp_path / "manifest.csv").write_text("file,licence\n" + (f"vocadito_10.flac,{stated}\n" if stated else ""))
    if there:
        soundfile.write(tmp_path / "vocadito_10.flac", sung_tune(), RATE)
    with pytest.raises(CorpusError, match=r"must hold vocadito_10\.flac under CC BY 4\.0"):
        read_voices(tmp_path, wanted)


def test_a_voice_under_the_licence_of_the_table_is_read_with_its_pitch(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("file,licence\nvocadito_10.flac,CC BY 4.0\n")
    soundfile.write(tmp_path / "vocadito_10.flac", sung_tune(), RATE)
    voice = read_voices(tmp_path, [instrument("vocadito_10")])["vocadito_10"]
    assert len(voice.waveform) == 4 * RENDER_RATE
    assert np.nanmin(voice.f0_hz) == pytest.approx(220, rel=0.03)


def test_what_the_judge_learnt_from_is_left_out_of_what_it_is_measured_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("da_80bpm", "somebody"):
        soundfile.write(tmp_path / f"{name}.flac", sung_tune(), RATE)
    monkeypatch.setattr(judge_data, "through_vocoder", lambda path: sung_tune())
    assert list(judge_fit.shares(judge.load(), tmp_path)) == ["somebody.flac"]


def test_without_fluidsynth_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    assert main(["judge", "fit", "--out", str(tmp_path / "judge.safetensors"), "--clips", "2"]) == 2
    assert "install FluidSynth" in capsys.readouterr().err


def test_without_the_fonts_the_maker_of_clips_says_so(tmp_path: Path) -> None:
    pytest.importorskip("fluidsynth", exc_type=ImportError)
    with pytest.raises(CorpusError, match="there is no SoundFont"):
        judge_data.clips(tmp_path, "judge", 2, seed=0, processes=1)


CLIPS_AFTER_THREADS = """
import torch
from pathlib import Path
from train.judge import clips
from train.corpus.instruments import INSTRUMENTS
torch.set_num_threads(2)
torch.nn.functional.conv2d(torch.rand(4, 8, 64, 64), torch.rand(8, 8, 3, 3))
clips.of_role = lambda role: [i for i in INSTRUMENTS if i.name in ("computed_strings", "computed_voice")]
print(len(clips.clips(Path("none"), "judge", 4, seed=0, processes=2)))
"""


def test_clips_are_made_by_other_processes_also_where_torch_has_used_its_threads() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CLIPS_AFTER_THREADS], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.strip() == "4", done.stderr
