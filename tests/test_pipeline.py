from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import golden
import numpy as np
import pytest
import torch
from sounds import cents, noise, rms_db, sung, voice
from untrained import random_generator

from hum2guitar import AudioError, CheckpointError, Choices, Config, Hum2Guitar, UserError, mel
from hum2guitar.analysis import audio
from hum2guitar.mel import mel_frequencies
from hum2guitar.note import Note
from hum2guitar.stages import no_report
from hum2guitar.synthesis import generator
from hum2guitar.synthesis.checkpoint import Checkpoint
from hum2guitar.synthesis.inversion import pieces
from hum2guitar.synthesis.sound import OUTPUT_LOUDNESS_DB, finish

RATE = 44100
MELODY = [(0.1, 0.4, 57.0), (0.5, 0.9, 61.0)]
STAGES = ["reading", "f0", "arrange", "label", "generator", "inversion"]


@pytest.fixture(scope="module")
def hum() -> np.ndarray:
    return sung(MELODY, RATE, 1.0)


def convert(converter: Hum2Guitar, waveform: np.ndarray, **choices: object):
    return converter.convert(waveform, RATE, **{"iterations": 2, **choices})


def test_the_same_seed_gives_the_same_bytes_and_another_number_of_threads_the_same_notes(hum):
    """What docs/python.md promises, with the checkpoint that ships."""
    shipped, seed = Hum2Guitar.from_pretrained(), 7
    first, again = (convert(shipped, hum, seed=seed) for _ in range(2))
    assert first.waveform.tobytes() == again.waveform.tobytes()
    torch.set_num_threads(2)
    try:
        threaded = convert(shipped, hum, seed=seed)
    finally:
        torch.set_num_threads(1)
    assert threaded.notes == first.notes
    assert threaded.heard.f0_hz.tobytes() == first.heard.f0_hz.tobytes()
    assert shipped.draw_label(threaded.played).label.tobytes() == shipped.draw_label(first.played).label.tobytes()
    assert rms_db(threaded.waveform - first.waveform) < rms_db(first.waveform) - 50
    assert rms_db(convert(shipped, hum, seed=8).waveform - first.waveform) > rms_db(first.waveform) - 50


def mel_of(waveform: np.ndarray, config: Config) -> np.ndarray:
    return mel.power_to_mel_db(mel.power_spectrogram(torch.from_numpy(waveform.copy()), config), config).numpy()


def difference_db(one: np.ndarray, other: np.ndarray, span_db: float = 50) -> float:
    """Mean difference of two mels over what lies within ``span_db`` of the loudest."""
    audible = other > other.max() - span_db
    return float(np.abs(one - other)[audible].mean())


# --- what comes out ----------------------------------------------------------------------------------------------


def test_all_results_of_a_conversion_have_the_same_frames(converter, hum):
    config, result = converter.config, convert(converter, hum)
    n_samples = round(len(hum) * config.sample_rate / RATE)
    n_frames = config.n_frames(n_samples)
    assert result.heard.f0_hz.shape == result.heard.confidence.shape == (n_frames,)
    assert result.sound.label.shape == (len(config.label_channels), config.n_mels, n_frames)
    assert result.heard.mel_db.shape == result.sound.mel_db.shape == (config.n_mels, n_frames)
    assert result.waveform.shape == (n_samples,)
    assert {
        array.dtype for array in (result.heard.f0_hz, result.sound.label, result.sound.mel_db, result.waveform)
    } == {np.dtype("float32")}
    assert result.sample_rate == config.sample_rate
    assert result.config == config
    assert [note.name for note in result.notes] == ["A3", "C♯4"]
    assert np.isfinite(result.waveform).all()
    assert np.nanmedian(np.abs(cents(result.heard.f0_hz[:20], 220))) < 20


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000, 96000])
@pytest.mark.parametrize("seconds", [0.5, 0.7301])
def test_the_guitar_lasts_exactly_as_long_as_the_hum(converter, rate, seconds):
    result = converter.convert(voice(220.0, rate, seconds), rate, iterations=0)
    assert abs(len(result.waveform) / result.sample_rate - int(seconds * rate) / rate) <= 0.501 / result.sample_rate


def test_stereo_and_integers_are_converted_like_mono_floats(converter, hum):
    mono = convert(converter, hum)
    stereo = convert(converter, np.stack([hum, hum], axis=1))
    np.testing.assert_array_equal(stereo.waveform, mono.waveform)
    integers = convert(converter, np.round(hum * 2**31).astype(np.int32))
    assert difference_db(integers.sound.mel_db, mono.sound.mel_db) < 0.01


def test_the_sound_depends_on_the_seed_alone_and_the_mel_does_not(converter, hum):
    one, same, other = (convert(converter, hum, seed=seed, inversion="griffin-lim") for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.waveform, same.waveform)
    np.testing.assert_array_equal(one.sound.mel_db, other.sound.mel_db)
    assert np.abs(one.waveform - other.waveform).max() > 1e-3


def test_several_threads_get_the_same_sound_as_one(converter, hum):
    hums = [hum, hum[::-1].copy(), sung([(0.1, 0.9, 50.0)], RATE, 1.0), hum]
    alone = [convert(converter, each).waveform for each in hums]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda each: convert(converter, each).waveform, hums))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_two_checkpoints_can_be_used_at_the_same_time(tiny, hum):
    one, other = (Hum2Guitar(Checkpoint(random_generator(tiny, seed), tiny, {})) for seed in (0, 1))
    before = convert(one, hum).waveform
    assert np.abs(convert(other, hum).waveform - before).max() > 1e-3
    np.testing.assert_array_equal(convert(one, hum).waveform, before)


@pytest.mark.parametrize("tracker", ["crepe", "pyin", "cepstrum"])
def test_every_tracker_finds_the_melody(converter, hum, tracker):
    assert [note.name for note in convert(converter, hum, tracker=tracker).notes] == ["A3", "C♯4"]


def test_guitar_articulation_and_iterations_change_the_sound(converter, hum):
    plain = convert(converter, hum)
    for choices in ({"guitar": "nylon"}, {"guitar": "steel"}, {"articulation": "follow"}):
        assert np.abs(convert(converter, hum, **choices).sound.mel_db - plain.sound.mel_db).max() > 1e-3
    assert np.abs(convert(converter, hum, iterations=0).waveform - plain.waveform).max() > 1e-3


# --- the three steps ---------------------------------------------------------------------------------------------


def test_convert_equals_analyse_arrange_and_render_in_a_row(converter, hum):
    choices = Choices(articulation="follow", guitar="steel", capo=2, body=0.3, iterations=2)
    whole = converter.convert(hum, RATE, choices)
    heard = converter.analyse(hum, RATE, choices)
    sound = converter.render(converter.arrange(heard, choices), choices)
    np.testing.assert_array_equal(sound.waveform, whole.waveform)


def test_an_analysis_can_be_arranged_and_rendered_again(converter, hum):
    heard = converter.analyse(hum, RATE)
    for changes in ({"guitar": "steel"}, {"transpose": 7}, {"articulation": "follow"}, {"inversion": "pghi"}):
        choices = Choices(iterations=0, **changes)
        again = converter.render(converter.arrange(heard, choices), choices)
        np.testing.assert_array_equal(again.waveform, converter.convert(hum, RATE, choices).waveform)


def test_rendering_does_not_change_its_input(converter, hum):
    heard = converter.analyse(hum, RATE)
    mel_db, f0_hz = heard.mel_db.copy(), heard.f0_hz.copy()
    choices = Choices(articulation="follow", iterations=0)
    played = converter.arrange(heard, choices)
    one, other = (converter.render(played, choices) for _ in range(2))
    np.testing.assert_array_equal(one.waveform, other.waveform)
    np.testing.assert_array_equal(heard.mel_db, mel_db)
    np.testing.assert_array_equal(heard.f0_hz, f0_hz)


def test_heard_is_as_hummed_and_played_is_transposed(converter, hum):
    result = convert(converter, hum, transpose=12)
    assert [note.name for note in result.heard.notes] == ["A3", "C♯4"]
    assert [note.name for note in result.played.notes] == ["A4", "C♯5"]
    voiced = np.isfinite(result.heard.f0_hz)
    np.testing.assert_allclose(cents(result.played.f0_hz[voiced], result.heard.f0_hz[voiced]), 1200, atol=0.1)


def test_an_analysis_with_another_checkpoint_is_refused(converter, tiny, hum):
    config = dataclasses.replace(tiny, guitars=("steel",))
    other = Hum2Guitar(Checkpoint(random_generator(config), config, {}))
    with pytest.raises(UserError, match="analyse the recording again"):
        converter.arrange(other.analyse(hum, RATE))
    with pytest.raises(UserError, match="analyse the recording again"):
        converter.render(other.arrange(other.analyse(hum, RATE)))


# --- level -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gain_db", [-54, -34, -6, 14])
def test_the_loudness_of_the_guitar_does_not_depend_on_the_level_of_the_hum(hum, gain_db):
    taught = Hum2Guitar.from_pretrained(golden.WEIGHTS)
    reference = convert(taught, hum)
    result = convert(taught, (hum * 10 ** (gain_db / 20)).astype(np.float32))
    assert audio.loudness(result.waveform, result.sample_rate) == pytest.approx(OUTPUT_LOUDNESS_DB, abs=0.1)
    assert 20 * np.log10(np.abs(result.waveform).max()) <= -0.999
    assert difference_db(mel_of(result.waveform, taught.config), mel_of(reference.waveform, taught.config)) < 0.5


def test_a_sound_with_high_peaks_is_scaled_down_and_not_clipped(tiny):
    click = np.zeros(tiny.sample_rate, np.float32)
    click[::1600] = 1  # a crest of 32 dB
    finished = finish(click, tiny)
    assert 20 * np.log10(finished.max()) == pytest.approx(-1, abs=0.01)
    np.testing.assert_allclose(finished / finished.max(), click, atol=1e-6)


def test_a_nearly_silent_sound_is_not_amplified_to_full_loudness(tiny):
    quiet = noise(tiny.sample_rate, np.random.default_rng(0)) * np.float32(1e-4)  # -100 dB
    assert rms_db(finish(quiet, tiny)) == pytest.approx(-60, abs=0.5)


def test_a_generator_with_zero_weights_gives_silence(tiny, hum):
    network = generator.build(tiny).eval()
    for parameter in network.parameters():
        torch.nn.init.zeros_(parameter)
    result = convert(Hum2Guitar(Checkpoint(network, tiny, {})), hum)
    assert (result.sound.mel_db == tiny.mel_floor_db).all()
    assert not result.waveform.any()


# --- transposition -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("midi", "applied"), [(38.0, 24), (57.0, 0), (69.0, 0), (88.0, -36)])
def test_the_result_has_the_transposition_that_was_applied(converter, midi, applied):
    result = convert(converter, sung([(0.1, 0.9, midi)], RATE, 1.0))
    assert result.played.transpose_semitones == applied
    (note,) = result.notes
    assert note.midi == pytest.approx(midi + applied, abs=0.2)
    assert np.nanmedian(np.abs(cents(result.heard.f0_hz, 440 * 2 ** ((midi - 69) / 12)))) < 20  # as hummed


@pytest.mark.parametrize("semitones", [-12, 0, 7, np.int64(24)])
def test_the_label_has_the_transposed_pitch(tiny, semitones):
    config = dataclasses.replace(Config(), global_width=1, local_width=1, global_blocks=1, local_blocks=1)
    fine = Hum2Guitar(Checkpoint(random_generator(config), config, {}))
    result = convert(fine, sung([(0.1, 0.9, 57.0)], RATE, 1.0), transpose=semitones)
    assert result.played.transpose_semitones == semitones
    drawn = result.sound.label[0, :, result.sound.label.shape[-1] // 2] > -1
    hz, f0_hz = mel_frequencies(config), 220 * 2 ** (semitones / 12)
    from_ridge_hz = np.abs(hz - np.maximum(np.round(hz / f0_hz), 1) * f0_hz)
    assert drawn[(from_ridge_hz < 6) & (hz < 1500)].all()
    assert not drawn[(from_ridge_hz > 45) & (hz < 1500)].any()


def test_a_guitar_solo_within_the_range_is_not_moved(converter):
    result = convert(converter, sung([(0.1, 0.5, 51.0), (0.5, 0.9, 72.0), (0.9, 1.3, 69.0)], RATE, 1.5))
    assert (result.played.transpose_semitones, result.warnings) == (0, ())


def test_the_summary_is_one_line_with_notes_and_transposition(converter, hum):
    assert convert(converter, hum, transpose=12).summary == "2 notes, A4 to C♯5, moved up one octave"
    assert convert(converter, sung([(0.1, 0.9, 57.0)], RATE, 1.0)).summary == "1 note, A3, at the pitch of the hum"


@pytest.mark.parametrize(("transpose", "capo", "applied"), [("auto", 3, 3), (0, 3, 3), (12, 2, 14)])
def test_a_capo_is_added_to_the_transposition(converter, transpose, capo, applied):
    result = convert(converter, sung([(0.1, 0.9, 45.0)], RATE, 1.0), transpose=transpose, capo=capo)
    assert (result.played.transpose_semitones, result.played.capo) == (applied, capo)
    assert result.notes[0].midi == pytest.approx(45 + applied, abs=0.2)
    assert result.summary.endswith(f", capo at fret {capo}")


def test_notes_out_of_range_are_played_with_a_warning(converter, hum):
    low = convert(converter, hum, transpose=-24)
    (warning,) = low.warnings
    assert warning.startswith("A1, C♯2 lie outside the guitar's range")
    assert len(low.notes) == 2
    assert convert(converter, hum).warnings == ()


# --- tuning ------------------------------------------------------------------------------------------------------


def wavering(midi: float, seconds: float = 1.2) -> np.ndarray:
    """A hum with a vibrato of 30 cents."""
    t = np.arange(int(seconds * RATE)) / RATE
    return voice(440 * 2 ** ((midi + 0.3 * np.sin(2 * np.pi * 5.5 * t) - 69) / 12), RATE)


def test_a_tuned_note_has_the_pitch_of_its_semitone_and_keeps_its_vibrato(converter):
    heard = converter.analyse(wavering(57.35), RATE)
    off, nearest, half = (
        converter.arrange(heard, Choices(transpose=0, tune=tune, tune_strength=strength))
        for tune, strength in (("off", 1.0), ("nearest", 1.0), ("nearest", 0.5))
    )
    assert off.notes[0].midi == pytest.approx(57.35, abs=0.1)
    assert nearest.notes[0].midi == pytest.approx(57, abs=1e-6)
    assert half.notes[0].midi == pytest.approx((off.notes[0].midi + 57) / 2)
    sounding = np.isfinite(off.f0_hz)
    moved = cents(nearest.f0_hz[sounding], off.f0_hz[sounding])
    np.testing.assert_allclose(moved, moved[0], atol=0.01)
    assert np.ptp(cents(nearest.f0_hz[sounding][5:-5], 220)) > 40


def test_the_result_has_the_key_and_the_reference_of_the_hum(converter):
    scale = [60, 62, 64, 65, 67, 69, 71, 72]
    hum = sung([(0.1 + 0.4 * i, 0.45 + 0.4 * i, midi - 0.3) for i, midi in enumerate(scale)], RATE, 3.6)
    result = convert(converter, hum, tune="key", transpose=2)
    assert [round(note.midi, 6) for note in result.notes] == [midi + 2 for midi in scale]
    assert result.played.tuning.key.name == "D major"
    assert result.played.tuning.offset_cents == pytest.approx(-30, abs=5)
    assert result.summary == "8 notes, D4 to D5, moved up two semitones, tuned to D major"


# --- slides ------------------------------------------------------------------------------------------------------


def test_a_slide_has_no_onset_in_the_label(converter):
    heard = converter.analyse(sung([(0.1, 0.4, 57), (0.5, 0.9, 61)], RATE, 1.0), RATE)
    slid = dataclasses.replace(heard, notes=(Note(0.1, 0.4, 57, 0.9), Note(0.5, 0.9, 61, 1.0, plucked=False)))
    played = converter.arrange(slid)
    onset, age = converter.render(played, Choices(iterations=0)).label[1:, 0]
    frame_s = converter.config.frame_s
    assert np.flatnonzero(onset).max() * frame_s < 0.15
    assert (np.diff(age[round(0.15 / frame_s) : round(0.85 / frame_s)]) > 0).all()
    assert played.notes[0].offset_s == 0.5  # its string sounds until the finger slides
    assert 3 <= 24 * (played.notes[0].velocity - played.notes[1].velocity) <= 7.001


# --- guitars -----------------------------------------------------------------------------------------------------


def test_a_mix_lies_between_its_two_guitars():
    shipped = Hum2Guitar.from_pretrained()
    hum = sung([(0.1, 0.6, 57.0), (0.65, 1.1, 61.0), (1.2, 1.7, 64.0)], RATE, 1.8)
    choices = ("steel", "steel:0.75,nylon:0.25", "steel,nylon", "steel:0.25,nylon:0.75", "nylon")
    drawn = [convert(shipped, hum, guitar=choice, iterations=0) for choice in choices]
    assert sum(share for name, share in drawn[1].sound.guitar.items() if name.startswith("steel")) == pytest.approx(
        0.75
    )
    mels = [each.sound.mel_db for each in drawn]
    steel, *mixes, nylon = mels
    audible = np.maximum(steel, nylon) > max(steel.max(), nylon.max()) - 50
    way = (nylon - steel)[audible]
    assert np.abs(way).mean() > 1  # dB
    shares = [float(((mix - steel)[audible] * way).sum() / (way**2).sum()) for mix in mixes]
    assert 0 < shares[0] < shares[1] < shares[2] < 1
    for mix in mixes:
        inside = (mix > np.minimum(steel, nylon) - 0.5) & (mix < np.maximum(steel, nylon) + 0.5)
        assert inside[audible].mean() > 0.8


# --- body --------------------------------------------------------------------------------------------------------


def test_a_body_changes_the_sound_but_not_its_level_and_its_timing(hum):
    taught = Hum2Guitar.from_pretrained(golden.WEIGHTS)
    dry, resonant = (convert(taught, hum, body=amount) for amount in (0.0, 1.0))
    assert len(dry.waveform) == len(resonant.waveform)
    assert difference_db(mel_of(resonant.waveform, taught.config), mel_of(dry.waveform, taught.config)) > 1
    rate = dry.sample_rate
    assert audio.loudness(resonant.waveform, rate) == pytest.approx(audio.loudness(dry.waveform, rate), abs=0.1)
    assert np.abs(resonant.waveform).max() < 0.9
    lags = np.correlate(resonant.waveform, dry.waveform[rate // 100 : -rate // 100], mode="valid")
    assert abs(int(lags.argmax()) - rate // 100) / rate < 0.001


# --- progress ----------------------------------------------------------------------------------------------------


def test_progress_rises_from_0_to_1_through_every_stage(converter, hum):
    heard: list[tuple[float, str]] = []
    result = convert(converter, hum, progress=lambda share, name: heard.append((share, name)))
    shares = [share for share, _ in heard]
    assert shares == sorted(set(shares))
    assert (shares[0], shares[-1]) == (0, 1)
    assert list(dict.fromkeys(name for _, name in heard)) == [*STAGES, "done"]
    assert list(result.seconds) == STAGES
    assert min(result.seconds.values()) >= 0


def test_a_long_recording_reports_again_and_again_in_every_long_stage(converter, hum, monkeypatch):
    monkeypatch.setattr(pieces, "SEGMENT_FRAMES", 64)
    monkeypatch.setattr(Hum2Guitar.generate, "__defaults__", (16, 0, no_report))
    heard: list[tuple[float, str]] = []
    convert(converter, np.tile(hum, 4), progress=lambda share, name: heard.append((share, name)))
    shares, names = [share for share, _ in heard], [name for _, name in heard]
    assert shares == sorted(set(shares))
    assert min(names.count(name) for name in ("f0", "generator", "inversion")) > 3


def test_an_exception_of_progress_stops_the_conversion(converter, hum):
    def stop(share: float, name: str) -> None:
        if name == "generator":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(converter, hum, progress=stop)


# --- bad input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"tracker": "ear"}, "there is no tracker 'ear'; choose one of swift"),
        ({"articulation": "strummed"}, "there is no articulation 'strummed'; choose one of plucked, follow"),
        ({"guitar": "banjo"}, "there is no guitar 'banjo' in this checkpoint; choose one of: any, nylon, steel"),
        ({"inversion": "wavenet"}, "choose one of pghi, griffin-lim, vocoder"),
        ({"iterations": -1}, "-1 Griffin-Lim iterations are not possible; choose a whole number from 0 to 1000"),
        ({"iterations": 1001}, "1001 Griffin-Lim iterations"),
        ({"iterations": 2.5}, r"2\.5 Griffin-Lim iterations"),
        ({"seed": -1}, "the seed -1 is not possible; choose a whole number from 0 to 9223372036854775807"),
        ({"seed": 1.5}, "the seed 1.5 is not possible"),
        (
            {"transpose": 37},
            "the transposition 37 is not possible; choose auto or a whole number of semitones from -36 to 36",
        ),
        ({"transpose": -37}, "the transposition -37 is not possible"),
        ({"transpose": 1.5}, r"the transposition 1\.5 is neither auto nor a whole number of semitones"),
        ({"transpose": "up"}, "the transposition 'up' is neither auto nor a whole number of semitones"),
        ({"capo": 12}, "a capo at fret 12 is not possible"),
        ({"tune": "just"}, "there is no tuning 'just'; choose one of off, nearest, key"),
        ({"tune_strength": 2}, "the tuning strength 2 is not possible"),
        ({"body": -1}, "the amount of body -1 is not possible"),
    ],
)
def test_an_impossible_choice_is_refused_with_the_possible_ones(converter, hum, choices, said):
    with pytest.raises(UserError, match=said):
        convert(converter, hum, **choices)


def test_a_checkpoint_without_guitars_offers_any(tiny, hum):
    config = dataclasses.replace(tiny, guitars=())
    nameless = Hum2Guitar(Checkpoint(random_generator(config), config, {}))
    with pytest.raises(UserError, match="choose one of: any, or a mix"):
        convert(nameless, hum, guitar="nylon")


@pytest.mark.parametrize("pink", [False, True])
def test_noise_is_refused_because_it_has_no_pitch(converter, rng, pink):
    with pytest.raises(AudioError, match="no pitch was heard in the recording; hum or sing a melody, closer"):
        convert(converter, noise(2 * RATE, rng, pink=pink))


def test_a_whistle_above_the_search_range_is_refused_as_too_high(converter):
    whistle = 0.1 * np.sin(2 * np.pi * 1990 * np.arange(2 * RATE) / RATE)
    with pytest.raises(AudioError, match="sounds at 1990 Hz, and pitch is searched up to 1500 Hz"):
        convert(converter, whistle)


@pytest.mark.parametrize(
    ("waveform", "said"),
    [
        (np.zeros(RATE, np.float32), "the recording is silent"),
        (np.zeros(0, np.float32), r"lasts 0\.00 s"),
        (np.full(RATE, np.nan), "not numbers"),
        (np.zeros((RATE, 2, 2)), "the waveform has the shape"),
    ],
)
def test_an_unusable_recording_is_refused_with_the_reason(converter, waveform, said):
    with pytest.raises(AudioError, match=said):
        convert(converter, waveform)


def test_a_clipped_hum_is_converted_with_a_warning(converter, hum):
    clipped = np.clip(4 * hum / np.abs(hum).max(), -1, 1)
    result = convert(converter, clipped)
    assert [note.name for note in result.notes] == ["A3", "C♯4"]
    assert any("is clipped" in warning for warning in result.warnings)
    assert convert(converter, hum).warnings == ()


def test_a_converter_works_after_a_failed_conversion(converter, hum):
    before = convert(converter, hum).waveform
    with pytest.raises(AudioError):
        convert(converter, np.zeros(RATE, np.float32))
    np.testing.assert_array_equal(convert(converter, hum).waveform, before)


# --- loading -----------------------------------------------------------------------------------------------------


def test_an_unknown_device_is_refused():
    with pytest.raises(UserError, match="the device 'warp' is not available here; use cpu"):
        Hum2Guitar.from_pretrained(golden.WEIGHTS, device="warp")


def test_a_device_that_computes_nothing_is_refused():
    with pytest.raises(UserError, match="the device 'meta' is not available here; use cpu"):
        Hum2Guitar.from_pretrained(golden.WEIGHTS, device="meta")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_missing_gpu_is_refused():
    with pytest.raises(UserError, match="the device 'cuda' is not available here; use cpu"):
        Hum2Guitar.from_pretrained(golden.WEIGHTS, device="cuda")


def test_a_missing_checkpoint_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="there is no checkpoint"):
        Hum2Guitar.from_pretrained(tmp_path / "lost.safetensors")


# --- the golden output -------------------------------------------------------------------------------------------


def test_the_golden_conversion_equals_the_committed_one(monkeypatch):
    """In float32, which every CPU has.

    The tolerance is 0.05 dB for the mel and 0.1 dB for the sound: weights changed by 0.1 % give 0.02 and 0.04 dB.
    """
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    result, was = golden.convert(), np.load(golden.OUTPUT)
    sound, rate = audio.load(golden.SOUND)
    np.testing.assert_array_equal(np.isfinite(result.heard.f0_hz), np.isfinite(was["f0_hz"]))
    assert np.nanmax(np.abs(cents(result.heard.f0_hz, was["f0_hz"]))) < 1
    notes = [[note.onset_s, note.offset_s, note.midi, note.velocity] for note in result.notes]
    np.testing.assert_allclose(notes, was["notes"], atol=0.01)
    assert np.abs(result.sound.mel_db - was["guitar_mel_db"]).mean() < 0.05
    assert rate == result.sample_rate
    assert len(sound) == len(result.waveform)
    assert difference_db(mel_of(result.waveform, result.config), mel_of(sound, result.config)) < 0.1


def test_the_golden_guitar_plays_the_melody_and_decays_after_each_pluck():
    result = golden.convert()
    assert [note.midi for note in result.notes] == pytest.approx([midi for *_, midi in golden.MELODY], abs=0.1)
    rate, frame_s = result.sample_rate, result.config.frame_s
    onset_s, offset_s, _ = golden.MELODY[-1]
    begin, end = (rms_db(result.waveform[int(t * rate) :][: rate // 20]) for t in (onset_s + 0.05, offset_s - 0.1))
    assert 5 < begin - end < 20  # it was taught 30 dB per second, over 0.35 s
    rest = result.sound.mel_db[:, int(1.42 / frame_s) :]
    assert rest.max() < result.sound.mel_db.max() - 40


def test_follow_keeps_the_crescendo_of_the_hum_and_plucked_does_not(converter, monkeypatch):
    flat_db = np.zeros((converter.config.n_mels, 1), dtype=np.float32)
    monkeypatch.setattr(converter, "generate", lambda label, condition, **_: np.tile(flat_db, label.shape[-1]))
    t = np.arange(int(2 * RATE)) / RATE
    swelling = voice(np.full(len(t), 220.0), RATE) * 10 ** ((-12 + 6 * t) / 20)

    def rise_db(articulation):
        power = 10 ** (converter.convert(swelling, RATE, articulation=articulation).sound.mel_db / 10)
        level_db = 10 * np.log10(power.sum(axis=0))
        n = len(level_db)
        return level_db[3 * n // 4] - level_db[n // 4]

    assert rise_db("follow") == pytest.approx(6, abs=0.5)
    assert rise_db("plucked") == 0
