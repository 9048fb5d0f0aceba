from __future__ import annotations

import numpy as np
import pytest

from hum2guitar.config import SMALL
from hum2guitar.note import Note
from hum2guitar.synthesis.controls import Controls
from train.data import augment
from train.data.augment import AugmentationConfig

N = 200
NOTES = [Note(0.5, 1.5, 57.0, 0.5), Note(1.5, 2.5, 59.0, 1.0), Note(3.0, 4.0, 64.0, 0.8)]
INSIDE = [augment.frames_of(note, N, SMALL) for note in NOTES]


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def melody() -> np.ndarray:
    f0_hz = np.full(N, np.nan, dtype=np.float32)
    for note, inside in zip(NOTES, INSIDE, strict=True):
        f0_hz[inside] = 440 * 2 ** ((note.midi - 69) / 12)
    return f0_hz


def plucks() -> np.ndarray:
    """Levels that fall by 20 dB/s from each onset, -45 dB between."""
    level = np.full(N, -45.0, dtype=np.float32)
    for inside in INSIDE:
        level[inside] = 30 - 20 * SMALL.frame_s * np.arange(inside.stop - inside.start)
    return level


def attacks() -> np.ndarray:
    """Onset strength: half at each onset, a ghost of a tenth between them."""
    strength = np.zeros(N, dtype=np.float32)
    for inside in INSIDE:
        strength[inside.start] = 0.5
        strength[(inside.start + inside.stop) // 2] = 0.1
    return strength


def cents(f0_hz: np.ndarray) -> np.ndarray:
    return 1200 * np.log2(f0_hz / melody())


def test_frames_of_a_note_have_their_centres_inside_it() -> None:
    times_s = np.arange(N) * SMALL.frame_s
    for note, inside in zip(NOTES, INSIDE, strict=True):
        expected = np.flatnonzero((times_s >= note.onset_s) & (times_s < note.offset_s))
        assert (inside.start, inside.stop) == (expected[0], expected[-1] + 1)


@pytest.mark.parametrize("envelope", augment.ENVELOPES)
def test_an_envelope_changes_notes_and_nothing_between_them(envelope: object) -> None:
    level = envelope(plucks(), NOTES, SMALL, rng())  # type: ignore[operator]
    between = np.ones(N, dtype=bool)
    for inside in INSIDE:
        between[inside] = False
        assert not np.allclose(level[inside], plucks()[inside])
    assert np.array_equal(level[between], plucks()[between])


def test_flattened_notes_are_equally_loud_all_along() -> None:
    level = augment.flattened(plucks(), NOTES, SMALL, rng())
    for inside in INSIDE:
        assert np.ptp(level[inside]) == 0
        assert level[inside][0] == pytest.approx(plucks()[inside].mean())


def test_sustained_notes_rise_to_a_plateau() -> None:
    level = augment.sustained(plucks(), NOTES, SMALL, rng())
    for inside in INSIDE:
        note = level[inside]
        assert note[0] < note.max() - 5
        assert np.ptp(note[len(note) // 2 :]) == 0
        assert (np.diff(note) >= 0).all()


def test_swelling_notes_are_loudest_late() -> None:
    level = augment.swelling(plucks(), NOTES, SMALL, rng())
    for inside in INSIDE:
        assert level[inside].argmax() >= 0.35 * (inside.stop - inside.start)


def test_a_glide_begins_off_the_note_and_arrives_within_150_ms() -> None:
    moved = cents(augment.glide(melody(), NOTES, SMALL, rng()))
    arrived = int(np.ceil(0.15 / SMALL.frame_s))
    for inside in INSIDE:
        assert abs(moved[inside][0]) > 5
        assert np.abs(moved[inside]).max() <= 200.1
        assert np.abs(moved[inside][arrived:]).max() < 0.1


def test_vibrato_swings_evenly_at_a_singers_rate() -> None:
    steady = np.full(1000, 220.0)
    swing = 1200 * np.log2(augment.vibrato(steady, SMALL, rng()) / 220)
    assert 5 <= np.abs(swing).max() <= 40
    assert abs(swing.mean()) < 1
    rate_hz = np.fft.rfftfreq(1000, SMALL.frame_s)[np.abs(np.fft.rfft(swing)).argmax()]
    assert 4.4 <= rate_hz <= 6.6


def test_jitter_is_small_and_has_no_bias() -> None:
    steady = np.full(4000, 220.0)
    moved = 1200 * np.log2(augment.jitter(steady, rng()) / 220)
    assert 4 <= moved.std() <= 22
    assert abs(moved.mean()) < 2


def test_octave_slips_are_octaves_and_few() -> None:
    moved = 1200 * np.log2(augment.octave_slips(np.full(N, 220.0), rng()) / 220)
    assert set(np.round(np.abs(moved))) == {0, 1200}
    assert 1 <= (moved != 0).sum() <= 9


def test_dropped_frames_are_unvoiced_and_few() -> None:
    f0_hz = augment.dropped_frames(np.full(N, 220.0), rng())
    assert 1 <= np.isnan(f0_hz).sum() <= 24
    assert (f0_hz[np.isfinite(f0_hz)] == 220).all()


def test_voicing_moves_a_little_and_notes_keep_their_pitch() -> None:
    moved = augment.early_or_late(NOTES, rng())
    shifts = [b.onset_s - a.onset_s for a, b in zip(NOTES, moved, strict=True)]
    assert all(0 < abs(shift) < 0.15 for shift in shifts)
    assert [(n.midi, n.velocity) for n in moved] == [(n.midi, n.velocity) for n in NOTES]
    assert all(n.offset_s > n.onset_s for n in moved)


ALWAYS = AugmentationConfig(envelope=1, glide=1, vibrato=1, jitter=1, octave_slips=1, dropped_frames=1, voicing=1)


def hum_like(articulation: str, seed: int, strength: AugmentationConfig = ALWAYS) -> Controls:
    return augment.hum_like_controls(
        melody(), plucks(), attacks(), NOTES, articulation, SMALL, strength, np.random.default_rng(seed)
    )


@pytest.mark.parametrize("articulation", ["plucked", "follow"])
def test_the_plucks_stay_where_the_target_has_them(articulation: str) -> None:
    clean = augment.build_controls(melody(), plucks(), attacks(), NOTES, articulation, SMALL)
    changed = hum_like(articulation, 1)
    assert np.array_equal(changed.onset, clean.onset)
    assert np.array_equal(changed.age_s, clean.age_s)
    assert not np.array_equal(changed.f0_hz, clean.f0_hz, equal_nan=True)


def test_follow_keeps_the_energy_and_the_attacks_of_the_recording() -> None:
    assert np.array_equal(hum_like("follow", 2).level_db, plucks())
    assert np.array_equal(hum_like("follow", 2).onset, attacks())


def test_the_same_seed_makes_the_same_hum_and_another_another() -> None:
    a, b, c = hum_like("plucked", 3), hum_like("plucked", 3), hum_like("plucked", 4)
    assert np.array_equal(a.f0_hz, b.f0_hz, equal_nan=True)
    assert np.array_equal(a.level_db, b.level_db)
    assert not np.array_equal(a.f0_hz, c.f0_hz, equal_nan=True)


def test_nothing_changes_its_arguments() -> None:
    f0_hz, level, strength = melody(), plucks(), attacks()
    for articulation in ("plucked", "follow"):
        augment.hum_like_controls(f0_hz, level, strength, NOTES, articulation, SMALL, ALWAYS, rng())
    assert np.array_equal(f0_hz, melody(), equal_nan=True)
    assert np.array_equal(level, plucks())
    assert np.array_equal(strength, attacks())
