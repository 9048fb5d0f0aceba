"""The F0 of one recording by two trackers: both curves, the cents between them, and where they disagree."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from hum2guitar.analysis import f0
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.comparison.clip import Clip, clip_of, read, rounded
from hum2guitar.comparison.shown import F0, Curves, Panel, audible
from hum2guitar.config import Config
from hum2guitar.errors import AudioError, UserError
from hum2guitar.stages import Progress

RECORDING = "recording"
NEAR_CENTS = 50.0  # two pitches that are nearer than that agree, as for the raw pitch accuracy of mir_eval


@dataclass(frozen=True)
class Trackers:
    """Two F0 curves of one recording.

    Attributes
    ----------
    recording : the recording
    f0_hz : (N,) float32 by tracker, the first one first — Hz, NaN where unvoiced
    seconds : wall time of each tracker in s
    """

    recording: Clip
    f0_hz: dict[str, np.ndarray]
    seconds: dict[str, float]

    @property
    def sample_rate(self) -> int:
        """The sample rate of the recording in Hz."""
        return self.recording.config.sample_rate

    @property
    def cents(self) -> np.ndarray:
        """How much higher the second F0 is than the first: (N,) float32 — cents, NaN where one of them is unvoiced."""
        first_hz, second_hz = self.f0_hz.values()
        cents: np.ndarray = 1200 * np.log2(second_hz / first_hz)
        return cents

    @property
    def voiced(self) -> np.ndarray:
        """Where at least one of them hears a pitch: (N,) bool."""
        return np.any([np.isfinite(f0_hz) for f0_hz in self.f0_hz.values()], axis=0)

    @property
    def disagree(self) -> np.ndarray:
        """Where the pitches are more than ``NEAR_CENTS`` apart, or only one hears a pitch: (N,) bool."""
        return self.voiced & ~(np.abs(self.cents) <= NEAR_CENTS)

    def sounds(self) -> dict[str, np.ndarray]:
        """As ``shown.Result``: "recording"."""
        return audible({RECORDING: self.recording})

    def panels(self) -> list[Panel]:
        """As ``shown.Result``: both F0 curves, and the cents between them, marked where they disagree."""
        frame_s = self.recording.config.frame_s
        marked = spans(self.disagree, frame_s)
        return [
            Curves(F0, "f0", "Hz", self.f0_hz, frame_s, marked),
            Curves(F0, "cents", "cents", {"cents": self.cents}, frame_s, marked),
        ]

    def numbers(self) -> dict[str, Any]:
        """As ``shown.Result``: shares of the frames in which at least one tracker hears a pitch, and where it is.

        ``octave_share`` are the frames in which they are one or more octaves apart, within ``NEAR_CENTS``;
        ``disagreements`` are lists of start and end in s.
        """
        cents = np.abs(self.cents)
        both = np.isfinite(cents)
        octaves = (cents > 600) & (np.abs((cents + 600) % 1200 - 600) <= NEAR_CENTS)
        shares = {
            "disagree_share": self.disagree,
            "octave_share": octaves,
            "one_unvoiced_share": self.voiced & ~both,
        }
        return {
            "trackers": list(self.f0_hz),
            **{name: round(float(frames.sum() / self.voiced.sum()), 3) for name, frames in shares.items()},
            "median_cents": rounded(float(np.median(cents[both]))) if both.any() else None,
            "disagreements": spans(self.disagree, self.recording.config.frame_s),
            "seconds": {name: round(seconds, 3) for name, seconds in self.seconds.items()},
        }


def compare_trackers(
    waveform: np.ndarray,
    sample_rate: int,
    config: Config,
    first: str = "swift",
    second: str = "pyin",
    *,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Trackers:
    """Track the F0 of a recording twice.

    Parameters
    ----------
    waveform : (T,) or (T, channels) — any PCM or float dtype, 0.5 s to 2 min
    sample_rate : Hz
    config : its frames, and the range that is searched
    first, second : names of two trackers
    device : where CREPE runs
    progress : called with the completed share, 0 to 1, and the name of the stage

    Raises
    ------
    AudioError
        If the recording cannot be used, or if neither tracker hears a pitch.
    UserError
        If there is no such tracker, or if both are the same.
    """
    if first == second:
        raise UserError(f"both trackers are {first}; choose two different ones")
    report = progress or (lambda share, stage: None)
    report(0.0, "reading")
    trackers = {name: load_tracker(name, device) for name in (first, second)}
    recording = read(waveform, sample_rate, config)
    grid = f0.analysis_grid(config)
    conditioned = f0.condition(f0.to_grid(recording, config, grid), grid)
    f0_hz, seconds = {}, {}
    for share, (name, tracker) in zip((0.1, 0.5), trackers.items(), strict=True):
        report(share, "f0")
        start = time.perf_counter()
        f0_hz[name], _ = f0.track(conditioned, grid, tracker)
        seconds[name] = time.perf_counter() - start
    if not np.isfinite(list(f0_hz.values())).any():
        raise AudioError(f"neither {first} nor {second} heard a pitch in the recording; choose one with a melody")
    return Trackers(clip_of(recording, config), f0_hz, seconds)


def spans(frames: np.ndarray, frame_s: float) -> list[list[float]]:
    """List where marked frames (N,) bool begin and end: [start, end] in s of each run of them."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], frames, [False]]).astype(int)))
    return [[round(float(edge * frame_s), 3) for edge in run] for run in edges.reshape(-1, 2)]
