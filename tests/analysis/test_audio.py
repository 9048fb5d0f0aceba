from __future__ import annotations

import os

import numpy as np
import pytest
import soundfile
from attack_files import flac_of_constants
from encoded import encode
from faults import closed, disk_for
from sounds import cents, noise, rms_db, strongest_hz, voice

from hum2guitar import AudioError
from hum2guitar.analysis import audio

RATE = 22050


def tone(f0_hz: float = 220.0, sample_rate: int = RATE, seconds: float = 1.0) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * f0_hz * np.arange(int(seconds * sample_rate)) / sample_rate)).astype(np.float32)


# --- reading -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "subtype"),
    [
        ("wav", "PCM_U8"),
        ("wav", "PCM_16"),
        ("wav", "PCM_24"),
        ("wav", "PCM_32"),
        ("wav", "FLOAT"),
        ("wav", "DOUBLE"),
        ("wav", "ULAW"),
        ("flac", "PCM_16"),
        ("flac", "PCM_24"),
        ("ogg", "VORBIS"),
        ("ogg", "OPUS"),
        ("mp3", "MPEG_LAYER_III"),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_a_tone_keeps_its_level_and_pitch_in_every_kind_of_file(tmp_path, suffix, subtype, channels):
    rate = 48000 if subtype == "OPUS" else 44100
    path = tmp_path / f"hum.{suffix}"
    soundfile.write(path, np.stack([tone(220.0, rate)] * channels, axis=1), rate, subtype=subtype)
    waveform, sample_rate = audio.load(path)
    assert (waveform.dtype, waveform.ndim, sample_rate) == (np.float32, 1, rate)
    assert len(waveform) / rate == pytest.approx(1, abs=0.06)
    middle = waveform[rate // 4 : 3 * rate // 4]
    assert rms_db(middle) == pytest.approx(rms_db(tone()), abs=0.3)
    assert abs(cents(strongest_hz(middle, rate), 220)) < 0.5


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000, 96000, 192000])
def test_any_sample_rate_is_read_as_it_is_and_resampled_in_tune(tmp_path, rate):
    soundfile.write(tmp_path / "hum.wav", tone(440.0, rate), rate, subtype="PCM_24")
    waveform, sample_rate = audio.load(tmp_path / "hum.wav")
    assert sample_rate == rate
    prepared = audio.prepare(waveform, sample_rate, RATE, -26)
    assert len(prepared) == pytest.approx(RATE, abs=1)
    assert abs(cents(strongest_hz(prepared[2000:-2000], RATE), 440)) < 0.1


def test_resampling_removes_frequencies_above_the_new_nyquist():
    prepared = audio.resample(tone(15000.0, 48000), 48000, RATE)
    assert rms_db(prepared[1000:-1000]) < rms_db(tone()) - 90


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [("hum.m4a", "aac", 44100), ("hum.mp4", "aac", 48000), ("hum.webm", "libopus", 48000)],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_recordings_of_telephones_and_browsers_are_read(tmp_path, name, codec, rate, channels):
    sound = np.stack([tone(220.0, rate)] * channels, axis=1)
    path = encode(tmp_path / name, sound, rate, codec, picture=name.endswith(".mp4"))
    waveform, sample_rate = audio.load(path)
    assert (waveform.dtype, waveform.ndim, sample_rate) == (np.float32, 1, rate)
    assert len(waveform) / rate == pytest.approx(1, abs=0.06)
    middle = waveform[rate // 4 : 3 * rate // 4]
    assert rms_db(middle) == pytest.approx(rms_db(tone()), abs=0.5)
    assert abs(cents(strongest_hz(middle, rate), 220)) < 0.5


def test_a_file_with_the_wrong_suffix_is_read(tmp_path):
    soundfile.write(tmp_path / "hum.mp3", tone(), RATE, format="WAV")
    assert len(audio.load(tmp_path / "hum.mp3")[0]) == RATE


# --- mixing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint8, np.float32, np.float64])
def test_pcm_of_every_type_has_full_scale_one(dtype):
    sound = tone()
    if dtype == np.uint8:
        pcm = np.round(sound * 128 + 128).astype(dtype)
    elif np.issubdtype(dtype, np.integer):
        pcm = np.round(sound.astype(np.float64) * (np.iinfo(dtype).max + 1)).astype(dtype)
    else:
        pcm = sound.astype(dtype)
    np.testing.assert_allclose(audio.mix_to_mono(pcm), sound, atol=0.006 if dtype == np.uint8 else 2e-5)


def test_channels_are_averaged():
    left, right = tone(220.0), tone(330.0)
    np.testing.assert_allclose(audio.mix_to_mono(np.stack([left, right], 1)), (left + right) / 2, atol=1e-6)


@pytest.mark.parametrize("balance", [1.0, 0.95, 0.9])
def test_a_channel_of_reversed_polarity_does_not_cancel_the_other(balance):
    sound = tone()
    mono = audio.mix_to_mono(np.stack([sound, -balance * sound], axis=1))
    np.testing.assert_array_equal(mono, sound)


def test_a_hum_on_one_channel_only_is_heard():
    sound = tone()
    mono = audio.mix_to_mono(np.stack([np.zeros_like(sound), sound], axis=1))
    assert rms_db(mono) == pytest.approx(rms_db(sound) - 6.02, abs=0.01)


@pytest.mark.parametrize("shape", [(), (2, 3, 4), (100, 0)])
def test_an_impossible_shape_is_named(shape):
    with pytest.raises(AudioError, match=r"the waveform has the shape .*; give \(samples,\)"):
        audio.mix_to_mono(np.zeros(shape))


# --- bad files ---------------------------------------------------------------------------------------------------


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(AudioError, match=r"there is no file hum\.wav; check the name"):
        audio.load(tmp_path / "hum.wav")


def test_a_folder_is_refused_as_a_recording(tmp_path):
    with pytest.raises(AudioError, match="is a folder; name a recording in it"):
        audio.load(tmp_path)


def test_an_empty_file_is_named(tmp_path):
    (tmp_path / "hum.wav").touch()
    with pytest.raises(AudioError, match=r"the file hum\.wav is empty; record again"):
        audio.load(tmp_path / "hum.wav")


@pytest.mark.parametrize(
    "content",
    [
        b"This is not a recording.\n" * 50,
        bytes(range(256)) * 20,
        b"RIFF\x00\x00\x00\x00WAVE",
        b"\x00" * 4096,
    ],
)
@pytest.mark.parametrize("name", ["hum.wav", "hum.m4a"])
def test_a_file_that_is_not_audio_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AudioError, match="is not a recording that can be read; use wav, flac"):
        audio.load(tmp_path / name)


def test_a_recording_of_no_samples_is_too_short(tmp_path):
    soundfile.write(tmp_path / "hum.wav", np.zeros(0), RATE)
    waveform, rate = audio.load(tmp_path / "hum.wav")
    with pytest.raises(AudioError, match=r"lasts 0\.00 s; hum for at least 0\.5 s"):
        audio.prepare(waveform, rate, RATE, -26)


def test_a_truncated_file_is_read_up_to_its_end_or_refused(tmp_path):
    for suffix in ("wav", "flac", "ogg", "mp3"):
        soundfile.write(tmp_path / f"whole.{suffix}", voice(220.0, 44100, 2.0), 44100)
        content = (tmp_path / f"whole.{suffix}").read_bytes()
        (tmp_path / f"cut.{suffix}").write_bytes(content[: len(content) // 2])
        try:
            waveform, rate = audio.load(tmp_path / f"cut.{suffix}")
        except AudioError as error:
            assert "not a recording that can be read" in str(error)  # noqa: PT017 (either is right)
        else:
            assert 0.5 < len(waveform) / rate < 1.6, suffix
            assert np.isfinite(waveform).all()


def test_a_recording_over_ten_minutes_is_refused(tmp_path):
    soundfile.write(tmp_path / "long.flac", np.zeros((601 * 1000, 1), np.int16), 1000)
    with pytest.raises(AudioError, match="longer than 10 minutes; cut it into shorter pieces"):
        audio.load(tmp_path / "long.flac")


def test_a_header_that_promises_too_much_is_not_believed(tmp_path):
    flac_of_constants(tmp_path / "short.flac", 1.0, channels=1, sample_rate=44100)
    content = bytearray((tmp_path / "short.flac").read_bytes())
    content[21] |= 0x0F  # 36 bits of the number of samples
    content[22:26] = b"\xff" * 4
    (tmp_path / "short.flac").write_bytes(content)
    assert len(audio.load(tmp_path / "short.flac")[0]) == 65535


def test_a_container_over_ten_minutes_is_refused(tmp_path):
    path = encode(tmp_path / "hum.webm", np.zeros((601 * 8000, 1), np.float32), 8000, "libopus")
    with pytest.raises(AudioError, match="longer than 10 minutes; cut it into shorter pieces"):
        audio.load(path)


def test_a_recording_of_any_length_is_read_and_prepared_without_a_maximum(tmp_path):
    soundfile.write(tmp_path / "long.wav", tone(sample_rate=1000, seconds=601.0), 1000)
    waveform, sample_rate = audio.load(tmp_path / "long.wav", max_seconds=None)
    assert len(audio.prepare(waveform, sample_rate, 1000, -26, max_seconds=None)) == 601000
    with pytest.raises(AudioError, match="longer than 10 minutes"):
        audio.prepare(waveform, sample_rate, 1000, -26)


# --- bad samples -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.49])
def test_a_recording_under_half_a_second_says_how_long_it_is(seconds):
    with pytest.raises(AudioError, match=rf"the recording lasts {seconds:.2f} s; hum for at least 0\.5 s"):
        audio.prepare(tone(seconds=seconds), RATE, RATE, -26)


@pytest.mark.parametrize("channels", [1, 2])
def test_an_empty_array_is_too_short(channels):
    with pytest.raises(AudioError, match=r"lasts 0\.00 s"):
        audio.prepare(np.zeros((0, channels), np.float32), RATE, RATE, -26)


def test_a_waveform_over_ten_minutes_is_too_long():
    with pytest.raises(AudioError, match="longer than 10 minutes"):
        audio.prepare(np.zeros(601 * 1000, np.float32), 1000, RATE, -26)


@pytest.mark.parametrize("level", [0.0, 5e-6, "offset"])
def test_silence_is_refused_with_and_without_a_dc_offset(level):
    sound = np.full(RATE, 0.25, np.float32) if level == "offset" else level * tone()
    with pytest.raises(AudioError, match="the recording is silent; check that the right microphone"):
        audio.prepare(sound, RATE, RATE, -26)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_single_nan_or_infinite_sample_is_refused(bad, channels):
    sound = np.stack([tone()] * channels, axis=1)
    sound[1000, 0] = bad
    with pytest.raises(AudioError, match=r"not numbers \(NaN or infinite\); export it again"):
        audio.prepare(sound, RATE, RATE, -26)


def test_opposite_infinities_in_two_channels_are_refused():
    sound = np.stack([tone(), tone()], axis=1)
    sound[1000] = [np.inf, -np.inf]
    with pytest.raises(AudioError, match="not numbers"):
        audio.prepare(sound, RATE, RATE, -26)


@pytest.mark.parametrize("rate", [0, -44100, 999, 768001])
def test_an_impossible_sample_rate_is_named(rate):
    with pytest.raises(AudioError, match=rf"the sample rate is {rate} Hz; use a recording between"):
        audio.prepare(tone(), rate, RATE, -26)


@pytest.mark.parametrize("channels", [1, 2])
def test_finite_but_enormous_samples_are_refused(channels):
    with pytest.raises(AudioError, match=r"samples of 3e\+29 times full scale; export it again"):
        audio.prepare(np.stack([tone() * np.float32(1e30)] * channels, axis=1), RATE, RATE, -26)


def test_integers_that_were_stored_as_floats_are_prepared():
    scaled = audio.prepare(tone() * np.float32(2**31), RATE, RATE, -26)
    np.testing.assert_allclose(scaled, audio.prepare(tone(), RATE, RATE, -26), atol=1e-5)


# --- warnings ----------------------------------------------------------------------------------------------------


def test_a_clean_recording_has_no_warning(rng):
    for clean in (tone(), voice(196.0, RATE, 1.0), noise(RATE, rng), (tone() * 32767).astype(np.int16)):
        assert audio.quality_warnings(clean, RATE) == ()


@pytest.mark.parametrize("overdrive_db", [1, 6, 20])
def test_a_clipped_recording_has_a_warning(overdrive_db):
    clipped = np.clip(
        voice(196.0, RATE, 1.0) * 10 ** (overdrive_db / 20) / np.abs(voice(196.0, RATE, 1.0)).max(), -1, 1
    )
    (warning,) = audio.quality_warnings(clipped, RATE)
    assert "is clipped" in warning
    assert "hum farther from the microphone" in warning


def test_telephone_quality_has_a_warning():
    (warning,) = audio.quality_warnings(voice(196.0, 8000, 1.0), 8000)
    assert "sampled at 8000 Hz, telephone quality" in warning


# --- levels ------------------------------------------------------------------------------------------------------


def test_a_full_scale_sine_has_a_loudness_of_minus_three_db():
    assert audio.loudness(tone() / 0.3, RATE) == pytest.approx(-3.01, abs=0.02)


@pytest.mark.parametrize("rest_s", [1.0, 4.0, 8.0])
@pytest.mark.parametrize("background_db", [-200.0, -40.0])
def test_rests_do_not_change_the_loudness(rest_s, background_db, rng):
    hum = voice(220.0, RATE, 2.0)
    rested = np.concatenate([np.zeros(int(rest_s * RATE), np.float32), hum])
    rested += noise(len(rested), rng) * np.float32(10 ** (background_db / 20))
    assert audio.loudness(rested, RATE) == pytest.approx(audio.loudness(hum, RATE), abs=0.15)


@pytest.mark.parametrize("background_db", [-120, -50])
def test_a_short_hum_in_a_long_rest_has_the_loudness_of_the_hum_alone(background_db, rng):
    hum = voice(220.0, RATE, 1.5)
    whole = np.pad(hum, (10 * RATE, round(18.5 * RATE)))
    whole += noise(len(whole), rng) * np.float32(10 ** (background_db / 20))
    assert audio.loudness(whole, RATE) == pytest.approx(audio.loudness(hum, RATE), abs=0.15)


@pytest.mark.parametrize("gain_db", [-60, -34, -6, 12])
def test_hums_of_every_level_are_prepared_to_the_same_loudness(gain_db):
    hum = voice(220.0, RATE, 1.0)
    prepared = audio.prepare(hum * 10 ** (gain_db / 20), RATE, RATE, -26)
    assert audio.loudness(prepared, RATE) == pytest.approx(-26, abs=0.01)
    np.testing.assert_allclose(prepared, audio.prepare(hum, RATE, RATE, -26), atol=1e-5)


def test_a_dc_offset_does_not_change_the_loudness():
    hum = voice(220.0, RATE, 1.0)
    offset = audio.prepare(hum + np.float32(0.3), RATE, RATE, -26)
    np.testing.assert_allclose(offset, audio.prepare(hum, RATE, RATE, -26), atol=1e-4)


def test_preparing_keeps_the_dynamics_of_a_hum():
    hum = voice(220.0, RATE, 2.0)
    hum[: len(hum) // 2] *= np.float32(10 ** (-12 / 20))
    prepared = audio.prepare(hum, RATE, RATE, -26)
    half = len(prepared) // 2
    assert rms_db(prepared[half + 500 :]) - rms_db(prepared[: half - 500]) == pytest.approx(12, abs=0.1)


def test_the_limiter_scales_and_keeps_one_db_of_headroom():
    loud = tone() * 10
    limited = audio.limit_peak(loud)
    assert 20 * np.log10(np.abs(limited).max()) == pytest.approx(-1, abs=0.01)
    np.testing.assert_allclose(limited / np.abs(limited).max(), loud / np.abs(loud).max(), atol=1e-6)


def test_the_limiter_does_not_change_quiet_sounds_and_silence():
    np.testing.assert_array_equal(audio.limit_peak(tone()), tone())
    assert not audio.limit_peak(np.zeros(100, np.float32)).any()
    assert len(audio.limit_peak(np.zeros(0, np.float32))) == 0


# --- writing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("suffix", "error"), [("wav", 2e-4), ("FLAC", 2e-4), ("ogg", 0.1), ("mp3", 0.1)])
def test_a_saved_waveform_is_read_back(tmp_path, suffix, error):
    path = tmp_path / f"guitar.{suffix}"
    audio.save(path, tone(), RATE)
    waveform, rate = audio.load(path)
    assert rate == RATE
    middle = slice(RATE // 4, RATE // 2)
    assert np.abs(waveform[middle] - tone()[middle]).max() < error * np.sqrt(0.5)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_waveform_with_a_sample_that_is_not_finite_is_never_saved(tmp_path, value):
    waveform = tone()
    waveform[100] = value
    with pytest.raises(AudioError, match=r"cannot write guitar\.wav: it has samples that are not numbers"):
        audio.save(tmp_path / "guitar.wav", waveform, RATE)
    assert not list(tmp_path.iterdir())


def test_a_wav_is_saved_with_sixteen_bits(tmp_path):
    audio.save(tmp_path / "guitar.wav", tone(), RATE)
    assert soundfile.info(tmp_path / "guitar.wav").subtype == "PCM_16"


@pytest.mark.parametrize("name", ["guitar", "guitar.", "guitar.txt", "guitar.m4a", "guitar.raw", "guitar.wav.exe"])
def test_a_suffix_that_cannot_be_written_is_refused(tmp_path, name):
    with pytest.raises(AudioError, match=r"use a name that ends in \.wav, \.flac, \.ogg or \.mp3"):
        audio.save(tmp_path / name, tone(), RATE)
    assert not list(tmp_path.iterdir())


def test_saving_to_a_missing_folder_is_refused_with_its_name(tmp_path):
    with pytest.raises(AudioError, match=r"cannot write .*nowhere.*choose a folder that exists"):
        audio.save(tmp_path / "nowhere" / "guitar.wav", tone(), RATE)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize("missing", [1, 3000])
def test_a_disk_that_is_full_keeps_the_old_file_and_leaves_no_partial_file(tmp_path, suffix, missing):
    """Also where it is full at the very end of the file."""
    path = tmp_path / f"guitar.{suffix}"
    audio.save(path, tone(330.0), RATE)
    length = path.stat().st_size
    audio.save(path, tone(), RATE)
    before = path.read_bytes()
    with disk_for(length - missing), pytest.raises(AudioError, match=r"cannot write .*; free some space on the disk"):
        audio.save(path, tone(330.0), RATE)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("suffix", "rate", "said"),
    [
        ("wav", 0, "the sample rate is 0 Hz"),
        ("ogg", 0, "the sample rate is 0 Hz"),
        ("wav", float("nan"), "the sample rate is nan Hz"),
        ("mp3", 44000, r"guitar\.mp3 at 44000 Hz .*; use another sample rate, or a name that ends in \.wav"),
    ],
)
def test_a_sample_rate_that_a_file_cannot_have_is_refused(tmp_path, suffix, rate, said):
    with pytest.raises(AudioError, match=said):
        audio.save(tmp_path / f"guitar.{suffix}", tone(), rate)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x" * 300 + ".wav", "closed/hum.wav"])
def test_a_recording_that_the_system_does_not_open_is_refused(tmp_path, name):
    (tmp_path / "closed").mkdir()
    audio.save(tmp_path / "closed/hum.wav", tone(), RATE)
    with closed(tmp_path / "closed"), pytest.raises(AudioError, match=r"cannot be opened: .*; choose another file"):
        audio.load(tmp_path / name)


def test_a_name_that_is_not_utf_8_is_written_and_read(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9") / os.fsdecode(b"h\xfcm.wav")
    path.parent.mkdir()
    audio.save(path, tone(), RATE)
    assert audio.load(path)[1] == RATE
