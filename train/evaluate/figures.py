"""What is measured of one sound: of a guitar recording resynthesised, and of a hum converted.

Every sound comes in at the checkpoint's sample rate and is measured at ``metrics.SAMPLE_RATE``, at which every measure
is defined: ``measurable`` resamples it.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from hum2guitar import metrics
from hum2guitar.analysis import audio
from hum2guitar.metrics import likeness
from hum2guitar.metrics.measured import Measured, in_segments, ratio
from train.evaluate import decay_curve, multi_resolution, note_metrics
from train.evaluate.source import GUITAR, Source

JUDGE = "judge (share guitar)"


class Judge(Protocol):
    """What the evaluation needs of a classifier that tells guitars from other sounds."""

    def share(self, waveform: np.ndarray) -> float:
        """Return the share of the half-seconds of (T,) at 22 050 Hz that are taken for a guitar."""
        ...


def measurable(waveform: np.ndarray, sample_rate: int) -> np.ndarray:
    """Resample a waveform (T,) to ``metrics.SAMPLE_RATE``."""
    return audio.resample(waveform, sample_rate, metrics.SAMPLE_RATE)


def measure(source: Source, waveform: np.ndarray, judge: Judge | None, *, as_hummed: bool) -> dict[str, Measured]:
    """Measure one sound of a recording.

    Parameters
    ----------
    source : the recording
    waveform : (T,) — the sound, at the checkpoint's sample rate
    judge : left out where it is None
    as_hummed : whether the sound has the pitch of the recording, not that of ``source.played``
    """
    sound = measurable(waveform, source.heard.config.sample_rate)
    f0_hz = source.heard.f0_hz if as_hummed else source.played.f0_hz
    found = resynthesis(source, sound) if source.kind == GUITAR else playing(source, sound, as_hummed)
    found |= note_metrics.pitch(sound, source.times_s, f0_hz)
    return found | judged(sound, judge)


def resynthesis(source: Source, sound: np.ndarray) -> dict[str, Measured]:
    """Measure how near a sound (T,) is to the recording of which it is the resynthesis."""
    reference = source.reference
    size, correlation = likeness.delta_mel(reference, sound)
    return {
        "mel_l1 (dB)": likeness.mel_l1(reference, sound),
        "delta-mel ratio": size,
        "delta-mel correlation": correlation,
        **distances(source, sound),
        "mel-cepstral dist. (dB)": likeness.mel_cepstral_distortion(reference, sound),
    }


def distances(source: Source, sound: np.ndarray) -> dict[str, Measured]:
    """Measure the distances between the recording and a sound (T,) that heed levels, both at one loudness."""
    aligned = audio.set_loudness(sound, metrics.SAMPLE_RATE, source.heard.config.loudness_db)
    return {
        "logmag (dB)": likeness.logmag(source.reference, aligned),
        "log-spectral dist. (dB)": likeness.log_spectral_distance(source.reference, aligned),
        "multi-resolution STFT": multi_resolution.multi_resolution_stft(source.reference, aligned),
    }


def playing(source: Source, sound: np.ndarray, as_hummed: bool) -> dict[str, Measured]:
    """Measure how a sound (T,) plays the true notes of a hum."""
    notes = true_notes(source, as_hummed)
    return {
        "note_accuracy": note_metrics.note_accuracy(sound, notes),
        "attacked": note_metrics.attacked(sound, notes),
        **note_metrics.decay(sound, notes, decay_curve.read()),
        "attack time (ms)": note_metrics.attack_time(sound, notes),
        **note_metrics.onsets(sound, notes),
    }


def true_notes(source: Source, as_hummed: bool = False) -> np.ndarray:
    """Return the true notes (K, 3) at the pitch that sounds: as hummed, or transposed as they are played."""
    semitones = 0 if as_hummed else source.played.transpose_semitones
    return source.truth + np.array([0.0, 0.0, semitones])


def judged(sound: np.ndarray, judge: Judge | None) -> dict[str, Measured]:
    """Measure the judge's share over a sound (T,), for each segment of 5 s, counted by the segment's length.

    Segments in which all is silent do not count. Without a judge there is no figure.
    """
    if judge is None:
        return {}
    times_s = np.arange(len(sound)) / metrics.SAMPLE_RATE
    pieces = in_segments(sound, times_s, len(sound) / metrics.SAMPLE_RATE)
    shares = [(judge.share(piece), len(piece)) for piece in pieces]
    rows = tuple(
        np.array([[share * length, length]]) if np.isfinite(share) else np.empty((0, 2)) for share, length in shares
    )
    return {JUDGE: Measured(rows, lambda sums: ratio(*sums.sum(axis=0)))}
