"""Onsets: spectral flux, evidence of an onset, the perceived onset time, and slides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy
import torch

from hum2guitar import mel
from hum2guitar.analysis import audio
from hum2guitar.config import Config

FLUX_STEP_S = 0.01
FLUX_BANDS, FLUX_LOW_HZ, FLUX_HIGH_HZ, FLUX_N_FFT = 48, 80.0, 8000.0, 1024
FLUX_LAG = 5  # the rise of a band is measured over this many frames
FLUX_RANGE_DB = 50.0  # bands are limited from below to this far under the loud ones, so that noise has no flux
LEVEL_SHARE = 0.65  # dB of evidence for each dB by which the level rises
STEP_LAG, STEP_DB = 8, 0.7  # frames over which a pitch step is measured; dB of evidence for a semitone
EVIDENCE_FREE_DB = 2.6  # subtracted from the evidence: a steady voice has this much
PEAK_REACH = 5  # a peak of the evidence is the maximum over this many frames on both sides
PIECE, PIECE_MARGIN = 4096, 8  # frames computed at a time, and frames added on both sides for the STFT window

AUDIBLE_DB = -15.0  # mel bins are limited from below to this level, 50 dB under a strong pluck, as in the losses
VIBRATO_BINS = 5  # vibrato moves a partial by no more mel bins than this from one frame to the next
FULL_DB = 6.0  # the mean rise of all bins that gives a strength of 1; 1 % of the frames of a guitar reach it

FINE_S, FINE_WINDOW_S = 0.002, 0.02  # step and window of the level from which onset times are measured
UNDER_PEAK_DB = 7.6  # an onset is perceived where the level is this far below its peak; Vos and Rasch: 6 to 15 dB
BACK_S, FORWARD_S = 0.036, 0.09  # the attack is searched this far before and after the start of a note
SMALLEST_RISE_DB = 7.4  # if the level rises by less, it does not change the onset

GLIDE_S = np.arange(0.02, 0.321, 0.01)  # durations that are fitted to a glide
GLIDE_REACH_S = 0.2  # a glide is fitted to the contour this far before and after the onset
SLIDE_S = 0.15  # a glide of at least this duration is a slide; a legato step takes at most 0.12 s
SLIDE_SEMITONES = 0.75  # a smaller interval is not a slide
SLIDE_FLUX_DB = 2.0  # more flux than this is a consonant or a pluck
SLIDE_DIP_DB = 3.0  # a deeper dip of the level is a consonant or a pluck


def hop_length(config: Config) -> int:
    """Count the samples from one frame of the flux to the next, about ``FLUX_STEP_S`` at any sample rate."""
    return round(FLUX_STEP_S * config.sample_rate)


def spectral_flux(waveform: np.ndarray, config: Config) -> np.ndarray:
    """Measure the mean rise of the mel bands over ``FLUX_LAG`` frames.

    A band is compared with the maximum of itself and its two neighbours in the earlier frame, so vibrato causes no
    flux (SuperFlux: Böck and Widmer, "Maximum filter vibrato suppression for onset detection", DAFx 2013).

    Parameters
    ----------
    waveform : (T,) float32 — at ``config.sample_rate``
    config : the settings of the checkpoint

    Returns
    -------
    flux_db : (1 + T // hop,) — dB, with the hop of ``hop_length``; a rise is placed in the middle of its lag
    """
    bands_db = _bands(waveform, config)
    loud_db = audio.loud_value(bands_db.max(axis=0), hop_length(config) / config.sample_rate)
    bands_db = np.maximum(bands_db, loud_db - FLUX_RANGE_DB)
    return _rises(scipy.ndimage.maximum_filter1d(bands_db, 3, axis=0), bands_db).mean(axis=0)


def strength(mel_db: np.ndarray, config: Config) -> np.ndarray:
    """Measure how strongly the sound starts or stops in each frame.

    The strength is the rise of the mel bins from the frame before, less their fall. Both are measured as in
    ``spectral_flux``, but from one frame to the next and without centring. The label of ``follow`` needs the falls too:
    without them the generator generated faint noise where the recording is silent. Only the ``n_base_mels`` lowest
    bins count, so that the strength does not depend on how far up the mel reaches.

    Parameters
    ----------
    mel_db : (M, N) — dB
    config : the settings of the mel spectrogram

    Returns
    -------
    strength : (N,) float32 — -1 (stops) to 1 (starts), 0 in the first frame
    """
    audible_db = np.maximum(mel_db[: config.n_base_mels], AUDIBLE_DB)
    widened_db = scipy.ndimage.maximum_filter1d(audible_db, VIBRATO_BINS, axis=0)
    rise_db = np.maximum(audible_db[:, 1:] - widened_db[:, :-1], 0.0).mean(axis=0)
    fall_db = np.maximum(audible_db[:, :-1] - widened_db[:, 1:], 0.0).mean(axis=0)
    return np.pad(np.clip(rise_db / FULL_DB, 0, 1) - np.clip(fall_db / FULL_DB, 0, 1), (1, 0)).astype(np.float32)


def _rises(earlier_db: np.ndarray, later_db: np.ndarray) -> np.ndarray:
    """Subtract the earlier levels ``FLUX_LAG`` frames before from the later ones: (..., N) dB, 0 where they fall."""
    rises_db = np.zeros(later_db.shape)
    n_rises = later_db.shape[-1] - FLUX_LAG
    if n_rises > 0:
        differences_db = later_db[..., FLUX_LAG:] - earlier_db[..., :-FLUX_LAG]
        rises_db[..., FLUX_LAG // 2 : FLUX_LAG // 2 + n_rises] = np.maximum(differences_db, 0.0)  # centred
    return rises_db


def _bands(waveform: np.ndarray, config: Config) -> np.ndarray:
    """Compute the mel bands (FLUX_BANDS, N) in dB, piece by piece to limit the memory."""
    hop = hop_length(config)
    n_fft = max(FLUX_N_FFT, 1 << (4 * hop - 1).bit_length())  # at least 4 hops at any sample rate
    highest_hz = max(min(FLUX_HIGH_HZ, config.sample_rate / 2), config.f0_max_hz)
    grid = replace(config, n_fft=n_fft, hop_length=hop, n_mels=FLUX_BANDS, fmin_hz=FLUX_LOW_HZ, fmax_hz=highest_hz)
    pieces = []
    for first in range(0, grid.n_frames(len(waveform)), PIECE):
        left = max(0, first - PIECE_MARGIN)
        piece = torch.from_numpy(waveform[left * hop : (first + PIECE + PIECE_MARGIN) * hop])
        bands_db = mel.power_to_mel_db(mel.power_spectrogram(piece, grid), grid)
        pieces.append(bands_db[:, first - left :][:, :PIECE])
    return torch.cat(pieces, dim=1).numpy()


def evidence(flux_db: np.ndarray, level_db: np.ndarray, midi: np.ndarray) -> np.ndarray:
    """Combine flux, level and pitch into the evidence of an onset.

    The rise of the level is added because a hum with few harmonics in a noisy room changes only few bands. The pitch
    step is added up to one semitone.

    Parameters
    ----------
    flux_db : (N,) — dB, from ``spectral_flux``
    level_db : (N,) — dB re any reference
    midi : (N,) — fractional MIDI number, NaN where unvoiced

    Returns
    -------
    evidence_db : (N,) — dB at local maxima, 0 elsewhere
    """
    pitch_step = np.zeros(len(midi))
    if len(midi) > STEP_LAG:
        step = np.abs(midi[STEP_LAG:] - midi[:-STEP_LAG])
        pitch_step[STEP_LAG // 2 : STEP_LAG // 2 + len(step)] = np.nan_to_num(np.minimum(step, 1.0))
    all_db = flux_db + LEVEL_SHARE * _rises(level_db, level_db) + STEP_DB * pitch_step
    highest = scipy.ndimage.maximum_filter1d(all_db, 2 * PEAK_REACH + 1)
    return np.where(all_db == highest, np.maximum(all_db - EVIDENCE_FREE_DB, 0.0), 0.0)


def perceived_onset(fine_db: np.ndarray, start_s: float, earliest_s: float, latest_s: float) -> float:
    """Find the time at which a listener perceives the onset of a note.

    Listeners perceive an onset where the level comes near its peak, later than the sound starts (Vos and Rasch, "The
    perceptual onset of musical tones", Perception & Psychophysics 29, 1981; Gordon, "The perceptual attack time of
    musical tones", JASA 82, 1987). In singing this is the vowel, and not the consonant before it. The onset is the last
    time before the peak of the attack at which the level is ``UNDER_PEAK_DB`` below it, or half of the rise if the rise
    is smaller than twice that. If the level hardly rises (legato), the onset is ``start_s``.

    Parameters
    ----------
    fine_db : (K,) — dB every ``FINE_S``, of the differenced waveform, in which vowels are louder than nasals
    start_s : s, the start of the note in the pitch contour
    earliest_s, latest_s : s, the end of the note before, and of this note

    Returns
    -------
    onset_s : s
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
    """Tell whether the pitch slides from one note to the next.

    It slides if the contour is voiced throughout, if there is no consonant, pluck or dip of the level, and if the glide
    takes longer than a legato step.

    Parameters
    ----------
    midi : (N,) — fractional MIDI number, NaN where unvoiced
    level_db : (N,) — dB re any reference
    flux_db : (N,) — dB, from ``spectral_flux``
    at : the frame at which the second note starts
    before, after : MIDI numbers of the two notes
    step_s : s, from one frame to the next
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
    """Fit a raised-cosine glide to the contour around a frame, with the smallest L1 distance.

    Parameters are those of ``is_slide``.

    Returns
    -------
    centre : the frame in the middle of the glide
    glide_s : s, its duration
    """
    reach = round(GLIDE_REACH_S / step_s)
    frames = np.arange(max(at - reach, 0), min(at + reach + 1, len(midi)))
    frames = frames[np.isfinite(midi[frames])]
    centres = at + np.arange(-reach // 2, reach // 2 + 1, 2)
    from_centre_s = (frames - centres[:, None, None]) * step_s  # (centres, 1, frames)
    progress = np.clip(from_centre_s / GLIDE_S[:, None] + 0.5, 0, 1)
    glides = before + (after - before) * 0.5 * (1 - np.cos(np.pi * progress))
    distance = np.abs(glides - midi[frames]).sum(axis=2)
    centre, duration = np.unravel_index(int(distance.argmin()), distance.shape)
    return int(centres[centre]), float(GLIDE_S[duration])
