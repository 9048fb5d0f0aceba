"""When a note begins, to the ear, and whether anything was struck there: what the level and the spectrum say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from scipy.ndimage import maximum_filter1d

from hum2guitar import mel
from hum2guitar.analysis import audio
from hum2guitar.config import Config

FLUX_STEP_S = 0.01
FLUX_BANDS, FLUX_LOW_HZ, FLUX_HIGH_HZ, FLUX_N_FFT = 48, 80.0, 8000.0, 1024
FLUX_LAG = 5  # frames over which the bands' rise is taken
FLUX_RANGE_DB = 50.0  # bands further under the loud ones are noise, and their rise means nothing
LEVEL_SHARE = 0.65  # of the level's rise that counts like flux
STEP_LAG, STEP_DB = 8, 0.7  # frames over which the pitch moves; what a semitone counts
EVIDENCE_FREE_DB = 2.6  # what a steady voice has
PEAK_REACH = 5  # frames on both sides over which a peak of the evidence is the highest
PIECE, PIECE_MARGIN = 4096, 8  # frames whose spectra are held at a time, and those that see its edges

AUDIBLE_DB = -15.0  # of a mel; 50 dB under a strong pluck, where the training's losses draw the line too
VIBRATO_BINS = 5  # mel bins that a partial may wander over from one frame to the next
FULL_DB = 6.0  # mean rise of all bins; of a guitar's frames one in a hundred rises by about as much

FINE_S, FINE_WINDOW_S = 0.002, 0.02  # grid and window of the level that says when exactly
UNDER_PEAK_DB = 7.6  # where a rising level is heard as an onset; Vos and Rasch found 6 to 15
BACK_S, FORWARD_S = 0.036, 0.09  # around the beginning of a note: where its attack is looked for
SMALLEST_RISE_DB = 7.4  # a level that rises by less says nothing about when

GLIDE_S = np.arange(0.02, 0.321, 0.01)  # how long a glide may take
GLIDE_REACH_S = 0.2  # around the onset, where it is looked for
SLIDE_S = 0.15  # a legato step takes less: at most 0.12, and the tracker's window
SLIDE_SEMITONES = 0.75  # less is no way to slide
SLIDE_FLUX_DB = 2.0  # more is a consonant, or a string that is struck
SLIDE_DIP_DB = 3.0  # the same


def hop_length(config: Config) -> int:
    """Samples from one frame of the flux to the next, about ``FLUX_STEP_S``."""
    return round(FLUX_STEP_S * config.sample_rate)


def spectral_flux(waveform: np.ndarray, config: Config) -> np.ndarray:
    """(1 + T // hop,) dB, hop as ``hop_length`` says — the mean rise of mel bands over ``FLUX_LAG`` frames, centred.

    With the maximum over neighbouring bands taken from the earlier frame, so that vibrato makes none (SuperFlux:
    Böck and Widmer, "Maximum filter vibrato suppression for onset detection", DAFx 2013).
    """
    bands_db = _bands(waveform, config)
    loud_db = audio.loud_value(bands_db.max(axis=0), hop_length(config) / config.sample_rate)
    bands_db = np.maximum(bands_db, loud_db - FLUX_RANGE_DB)
    return _rises(maximum_filter1d(bands_db, 3, axis=0), bands_db).mean(axis=0)


def strength(mel_db: np.ndarray) -> np.ndarray:
    """(M, N) dB → (N,) float32, -1 to 1 — what begins in each frame (positive) less what stops: the mel's flux.

    Rises as in ``spectral_flux``, but on the mel's own frames and bins, with nothing centred, which is what the label
    needs; and falls likewise. A string that is damped tells the label as much as one that is struck: in trials the
    falls kept the generator from drawing a haze where the recording is silent.
    """
    heard_db = np.maximum(mel_db, AUDIBLE_DB)
    widened_db = maximum_filter1d(heard_db, VIBRATO_BINS, axis=0)
    rise_db = np.maximum(heard_db[:, 1:] - widened_db[:, :-1], 0.0).mean(axis=0)
    fall_db = np.maximum(heard_db[:, :-1] - widened_db[:, 1:], 0.0).mean(axis=0)
    return np.pad(np.clip(rise_db / FULL_DB, 0, 1) - np.clip(fall_db / FULL_DB, 0, 1), (1, 0)).astype(np.float32)


def _rises(earlier_db: np.ndarray, later_db: np.ndarray) -> np.ndarray:
    """(..., N) dB by which the one has risen over the other ``FLUX_LAG`` frames before, placed half way between."""
    rises_db = np.zeros(later_db.shape)
    n_rises = later_db.shape[-1] - FLUX_LAG
    if n_rises > 0:
        risen_db = later_db[..., FLUX_LAG:] - earlier_db[..., :-FLUX_LAG]
        rises_db[..., FLUX_LAG // 2 : FLUX_LAG // 2 + n_rises] = np.maximum(risen_db, 0.0)
    return rises_db


def _bands(waveform: np.ndarray, config: Config) -> np.ndarray:
    """(FLUX_BANDS, N) dB, the spectra made piece by piece."""
    hop = hop_length(config)
    n_fft = max(FLUX_N_FFT, 1 << (4 * hop - 1).bit_length())  # hops of a quarter, at other rates too
    highest_hz = max(min(FLUX_HIGH_HZ, config.sample_rate / 2), config.f0_max_hz)
    grid = replace(config, n_fft=n_fft, hop_length=hop, n_mels=FLUX_BANDS, fmin_hz=FLUX_LOW_HZ, fmax_hz=highest_hz)
    pieces = []
    for first in range(0, grid.n_frames(len(waveform)), PIECE):
        left = max(0, first - PIECE_MARGIN)
        sound = torch.from_numpy(waveform[left * hop : (first + PIECE + PIECE_MARGIN) * hop])
        bands_db = mel.power_to_mel_db(mel.power_spectrogram(sound, grid), grid)
        pieces.append(bands_db[:, first - left :][:, :PIECE])
    return torch.cat(pieces, dim=1).numpy()


def evidence(flux_db: np.ndarray, level_db: np.ndarray, midi: np.ndarray) -> np.ndarray:
    """(N,) dB — that something begins, where it is highest, else zero.

    Flux, with a share of the level's rise, for hums of few harmonics over a room's noise, where a note begun anew
    leaves most bands as they were; and with what the pitch moves (N,), up to a semitone.
    """
    moved = np.zeros(len(midi))
    if len(midi) > STEP_LAG:
        step = np.abs(midi[STEP_LAG:] - midi[:-STEP_LAG])
        moved[STEP_LAG // 2 : STEP_LAG // 2 + len(step)] = np.nan_to_num(np.minimum(step, 1.0))
    all_db = flux_db + LEVEL_SHARE * _rises(level_db, level_db) + STEP_DB * moved
    highest = maximum_filter1d(all_db, 2 * PEAK_REACH + 1)
    return np.where(all_db == highest, np.maximum(all_db - EVIDENCE_FREE_DB, 0.0), 0.0)


def perceived(fine_db: np.ndarray, start_s: float, earliest_s: float, latest_s: float) -> float:
    """When a note that begins at about ``start_s`` is heard to begin: seconds.

    The ear takes for the onset not where sound begins but where the level comes near its peak (Vos and Rasch, "The
    perceptual onset of musical tones", Perception & Psychophysics 29, 1981; Gordon, "The perceptual attack time of
    musical tones", JASA 82, 1987): in singing the vowel, not the consonant before it. Here it is the last time
    before the attack's peak that the level lies ``UNDER_PEAK_DB`` under it, or half its rise where it rises by less
    than twice that. Where the level hardly rises, in legato, the onset stays where the contour has it.

    fine_db : (K,) dB every ``FINE_S`` — of the differenced waveform, in which vowels stand out of nasals
    earliest_s, latest_s : the end of what sounded before, and of the note
    """
    first = round(max(start_s - BACK_S, earliest_s) / FINE_S)
    attack_db = fine_db[first : round(min(start_s + FORWARD_S, latest_s) / FINE_S)]
    if not len(attack_db):
        return start_s
    peak = int(attack_db.argmax())
    rise_db = attack_db[peak] - attack_db[: peak + 1].min()
    if rise_db < SMALLEST_RISE_DB:
        return start_s
    under = np.flatnonzero(attack_db[: peak + 1] < attack_db[peak] - min(UNDER_PEAK_DB, rise_db / 2))
    return (first + int(under[-1]) + 1) * FINE_S


def is_slide(
    midi: np.ndarray, level_db: np.ndarray, flux_db: np.ndarray, at: int, before: float, after: float, step_s: float
) -> bool:
    """Whether the pitch slides at frame ``at`` from one note, MIDI ``before``, to the next, MIDI ``after``.

    It does where the voice goes on throughout, nothing begins (no consonant, no pluck, no dip of the level), and the
    glide takes longer than a legato step. midi, level_db, flux_db : (N,), frames ``step_s`` apart.
    """
    if abs(after - before) < SLIDE_SEMITONES:
        return False
    centre, glide_s = fit_glide(midi, at, before, after, step_s)
    half = max(round(glide_s / 2 / step_s), 1)
    inside = slice(max(centre - half, 0), centre + half + 1)
    if glide_s < SLIDE_S - 0.005 or not np.isfinite(midi[inside]).all():
        return False
    dip_db = min(level_db[inside][0], level_db[inside][-1]) - level_db[inside].min()
    return bool(flux_db[inside].max() < SLIDE_FLUX_DB and dip_db < SLIDE_DIP_DB)


def fit_glide(midi: np.ndarray, at: int, before: float, after: float, step_s: float) -> tuple[int, float]:
    """(middle frame, seconds) of the raised-cosine glide that lies nearest to the contour around ``at``, in L1."""
    reach = round(GLIDE_REACH_S / step_s)
    frames = np.arange(max(at - reach, 0), min(at + reach + 1, len(midi)))
    frames = frames[np.isfinite(midi[frames])]
    centres = at + np.arange(-reach // 2, reach // 2 + 1, 2)
    age_s = (frames - centres[:, None, None]) * step_s  # (centres, 1, frames)
    passed = np.clip(age_s / GLIDE_S[:, None] + 0.5, 0, 1)
    glides = before + (after - before) * 0.5 * (1 - np.cos(np.pi * passed))
    distance = np.abs(glides - midi[frames]).sum(axis=2)
    centre, length = np.unravel_index(int(distance.argmin()), distance.shape)
    return int(centres[centre]), float(GLIDE_S[length])
