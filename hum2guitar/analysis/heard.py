"""Recording → Heard: the first of the three steps of a conversion."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch

from hum2guitar import mel
from hum2guitar.analysis import f0, notes, onsets
from hum2guitar.analysis.audio import loud_value
from hum2guitar.analysis.trackers.tracker import Tracker
from hum2guitar.config import Config
from hum2guitar.errors import AudioError
from hum2guitar.note import Note
from hum2guitar.stages import Report, no_report

LOUD_DB = 20.0  # a frame counts as sound if it lies less than this below the loud ones; see ``audio.loudness``
CLEAR_SHARE = 0.3  # hums, singing and whistling measured .71 to 1.00; noise, or claps, with one soft note .04 to .08
BLOCK_FRAMES = 1024  # 24 s
TONE_SHARE = 0.5  # a recording is one tone if more of its power lies within a semitone of its strongest frequency


@dataclass(frozen=True)
class Heard:
    """The analysis of one recording, as it was hummed: ``N`` frames, ``M`` mel bins.

    Attributes
    ----------
    f0_hz : (N,) float32 — Hz, NaN where unvoiced
    confidence : (N,) float32 — 0 to 1, from the tracker
    energy_db : (N,) float32 — dB, from ``mel.frame_energy_db``
    onset_strength : (N,) float32 — -1 to 1, from ``onsets.strength``
    mel_db : (M, N) float32 — dB
    notes : in order of onset, at the pitch that was hummed
    n_samples : length of the recording in samples at ``config.sample_rate``
    config : the settings of the checkpoint
    warnings : sentences about faults of the recording
    seconds : wall time of each stage in s
    """

    f0_hz: np.ndarray
    confidence: np.ndarray
    energy_db: np.ndarray
    onset_strength: np.ndarray
    mel_db: np.ndarray
    notes: tuple[Note, ...]
    n_samples: int
    config: Config
    warnings: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def duration_s(self) -> float:
        """Length of the recording in s."""
        return self.n_samples / self.config.sample_rate


def analyse(waveform: np.ndarray, config: Config, tracker: Tracker, report: Report = no_report) -> Heard:
    """Analyse a prepared recording.

    Parameters
    ----------
    waveform : (T,) float32 — at ``config.sample_rate``, from ``audio.prepare``
    config : the settings of the checkpoint
    tracker : the F0 tracker
    report : called with the completed share, 0 to 1, from time to time

    Returns
    -------
    heard : without warnings and seconds; it has no notes if no frame is voiced
    """
    grid = f0.analysis_grid(config)
    conditioned = f0.condition(f0.to_grid(waveform, config, grid), grid)
    report(0.2)
    f0_hz, confidence = f0.track(conditioned, grid, tracker)
    report(0.6)
    mel_db, energy_db = mel_and_energy(waveform, config)
    report(0.9)
    return Heard(
        f0_hz=f0_hz,
        confidence=confidence,
        energy_db=energy_db,
        onset_strength=onsets.strength(mel_db, config),
        mel_db=mel_db,
        notes=tuple(notes.segment(conditioned, f0_hz, confidence, grid)),
        n_samples=len(waveform),
        config=config,
    )


def mel_and_energy(waveform: np.ndarray, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Compute the mel spectrogram and the energy of each frame in blocks: the spectrum of ten minutes takes 0.6 GB.

    Parameters
    ----------
    waveform : (T,) float32 — at ``config.sample_rate``
    config : the settings of the mel spectrogram

    Returns
    -------
    mel_db : (M, N) float32 — dB
    energy_db : (N,) float32 — dB, from ``mel.frame_energy_db``
    """
    n_frames, hop = config.n_frames(len(waveform)), config.hop_length
    context = -(-config.n_fft // (2 * hop))  # frames whose windows reach beyond an end of a block
    mel_db = np.empty((config.n_mels, n_frames), dtype=np.float32)
    energy_db = np.empty(n_frames, dtype=np.float32)
    for start in range(0, n_frames, BLOCK_FRAMES):
        stop = min(start + BLOCK_FRAMES, n_frames)
        left = max(0, start - context)
        block = torch.from_numpy(waveform[left * hop : (stop + context) * hop])
        power = mel.power_spectrogram(block, config)[:, start - left : stop - left]
        mel_power = mel.sparse_basis(config)[0] @ power.numpy()  # on a CPU, a sixth of the time of a dense product
        mel_db[:, start:stop] = mel.power_to_db(torch.from_numpy(mel_power), config).numpy()
        energy_db[start:stop] = mel.frame_energy_db(power, config).numpy()
    return mel_db, energy_db


def pitch_warnings(heard: Heard) -> tuple[str, ...]:
    """Warn if little of the sound had a clear pitch.

    Parameters
    ----------
    heard : the result of ``analyse``

    Returns
    -------
    warnings : one sentence if less than ``CLEAR_SHARE`` of the sound is voiced, else none; rests are not sound
    """
    loud = heard.energy_db > loud_value(heard.energy_db, heard.config.frame_s) - LOUD_DB
    share = float(np.isfinite(heard.f0_hz[loud]).mean())
    if share >= CLEAR_SHARE:
        return ()
    return (
        f"only {100 * share:.0f} % of the sound had a clear pitch: this may not be your melody; "
        "hum alone, closer to the microphone",
    )


def nothing_heard(waveform: np.ndarray, config: Config) -> AudioError:
    """Make the error for a recording without notes.

    The message says whether the recording is a tone above or below the range that is searched for F0.

    Parameters
    ----------
    waveform : (T,) float32 — at ``config.sample_rate``, from ``audio.prepare``
    config : the settings of the checkpoint
    """
    power = np.abs(np.fft.rfft(waveform)) ** 2
    hz = np.arange(len(power)) * config.sample_rate / len(waveform)
    strongest_hz = float(hz[power.argmax()])
    share = power[np.abs(hz - strongest_hz) < 0.06 * strongest_hz].sum() / power.sum()
    if share > TONE_SHARE and strongest_hz > 0.97 * config.f0_max_hz:
        return AudioError(
            f"the recording sounds at {strongest_hz:.0f} Hz, and pitch is searched up to {config.f0_max_hz:.0f} Hz; "
            "whistle or hum lower"
        )
    if share > TONE_SHARE and strongest_hz < 1.03 * config.f0_min_hz:
        return AudioError(
            f"the recording sounds at {strongest_hz:.0f} Hz, and pitch is searched from {config.f0_min_hz:.0f} Hz up; "
            "hum higher"
        )
    return AudioError("no pitch was heard in the recording; hum or sing a melody, closer to the microphone")
