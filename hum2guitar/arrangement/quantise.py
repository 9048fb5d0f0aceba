"""The beat: tempo, phase and swing of a melody from its onsets, and notes moved to it.

The grid is the one under which the onsets are most probable. An onset lies at a random beat, at one of the four
sixteenths of it with the probabilities ``SIXTEENTHS``, and off by a normal error; or anywhere at all, with the
probability ``STRAY``. Grids over metrical positions: D. Temperley, Music and Probability, 2007, chapter 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hum2guitar.note import Note

SLOWEST_BPM, FASTEST_BPM = 50.0, 180.0
USUAL_BPM, TEMPO_OCTAVES = 100.0, 0.45  # tempos are log-normal around the one that is tapped most; Moelants 2002
SIXTEENTHS = (0.64, 0.08, 0.2, 0.08)  # how often notes begin at each sixteenth of a beat
SWINGS = (0.5, 0.58, 0.62, 2 / 3)  # where the second eighth lies in a beat, as a share of it
STRAIGHT = 3.0  # a swing must make the onsets this much more probable than straight eighths, as a logarithm
ONSET_SD_S = 0.03  # the error of a hummed onset
STRAY = 0.05
PHASES = 80  # steps of the phase in a beat
STEPS = 4  # sixteenths in a beat


@dataclass(frozen=True)
class Grid:
    """Beats at one tempo.

    Attributes
    ----------
    bpm : beats in a minute
    first_beat_s : s, the beat nearest to the first onset
    swing : where the second eighth lies in a beat, as a share of it: 0.5 is straight, 2/3 are triplets
    """

    bpm: float
    first_beat_s: float
    swing: float = 0.5

    @property
    def beat_s(self) -> float:
        """The duration of a beat in s."""
        return 60 / self.bpm

    def steps(self, seconds: np.ndarray) -> np.ndarray:
        """Convert times in s to sixteenths from the first beat, fractional; a swung eighth is at half a beat."""
        beat, within = np.divmod((np.asarray(seconds) - self.first_beat_s) / self.beat_s, 1)
        return STEPS * (beat + np.interp(within, [0, self.swing, 1], [0, 0.5, 1]))

    def seconds(self, steps: np.ndarray) -> np.ndarray:
        """Convert sixteenths to times in s, the inverse of ``steps``."""
        beat, within = np.divmod(np.asarray(steps) / STEPS, 1)
        return self.first_beat_s + self.beat_s * (beat + np.interp(within, [0, 0.5, 1], [0, self.swing, 1]))


def find_grid(onsets_s: Sequence[float], bpm: float = 0.0) -> Grid:
    """Fit tempo, phase and swing to onsets by exhaustive search.

    Parameters
    ----------
    onsets_s : (K,) s, in order, at least one; with fewer than three the tempo is ``USUAL_BPM``
    bpm : beats a minute where they are known, 0 where they are not
    """
    onsets = np.asarray(onsets_s, dtype=float)
    if bpm:
        tempos = np.array([bpm])
    elif len(onsets) < 3:
        tempos = np.array([USUAL_BPM])
    else:
        tempos = _tempos(float(onsets[-1] - onsets[0]))
    found = [(*_best(_log_likelihood(onsets, tempos, swing)), swing) for swing in SWINGS]
    scores = [score - (STRAIGHT if swing != 0.5 else 0) for score, *_, swing in found]
    _, tempo, phase, swing = found[int(np.argmax(scores))]
    beat_s = 60 / float(tempos[tempo])
    offset_s = beat_s * phase / PHASES
    return Grid(float(tempos[tempo]), float(offset_s + beat_s * np.round((onsets[0] - offset_s) / beat_s)), swing)


def quantise(notes: Sequence[Note], grid: Grid, strength: float, end_s: float = np.inf) -> list[Note]:
    """Move the onsets of notes towards the grid; swing stays, because the grid has it.

    Each onset moves to the nearest sixteenth, by half a sixteenth at most. Where several are nearest to one sixteenth,
    which happens in notes that are faster than sixteenths, only the nearest of them moves, and the others stay. An end
    moves with the onset that follows at the same time, else with its own note. Notes keep their order.

    Parameters
    ----------
    notes : (K,) in order of onset
    grid : from ``find_grid``
    strength : 0 (not moved) to 1 (moved to the grid)
    end_s : s, the end of the sound, to which no onset moves
    """
    onsets = np.array([note.onset_s for note in notes])
    offsets = np.array([note.offset_s for note in notes])
    shifts = strength * (_targets(onsets, grid, end_s) - onsets)
    moved = onsets + shifts
    ends = offsets + shifts
    ends[:-1] = np.where(offsets[:-1] >= onsets[1:] - 1e-6, moved[1:], np.minimum(ends[:-1], moved[1:]))
    return [replace(n, onset_s=float(a), offset_s=float(b)) for n, a, b in zip(notes, moved, ends, strict=True)]


def _targets(onsets_s: np.ndarray, grid: Grid, end_s: float) -> np.ndarray:
    """Find the time in s to which each onset moves: (K,), its own where it finds no sixteenth."""
    steps = grid.steps(onsets_s)
    nearest = np.round(steps)
    by_distance = np.lexsort((np.abs(steps - nearest), nearest))  # from each sixteenth, in order
    sixteenths, first = np.unique(nearest[by_distance], return_index=True)
    found_s = np.maximum(grid.seconds(sixteenths), 0.0)
    inside, targets = found_s < end_s, np.array(onsets_s)
    targets[by_distance[first[inside]]] = found_s[inside]
    return targets


def place(onsets_s: np.ndarray, grid: Grid) -> np.ndarray:
    """Choose sixteenths of a score: (K,) int, for each onset the nearest one, but each later than the one before."""
    nearest = np.round(grid.steps(onsets_s)).astype(int)
    order = np.arange(len(nearest))
    return np.maximum.accumulate(nearest - order) + order


def _tempos(span_s: float) -> np.ndarray:
    """Choose the tempos to try: from the middle of the melody to its ends, neighbours differ by an onset's error."""
    octaves = np.log2(FASTEST_BPM / SLOWEST_BPM)
    finest = np.log2(1 + 2 * ONSET_SD_S / max(span_s, 1.0))
    return np.geomspace(SLOWEST_BPM, FASTEST_BPM, 2 + int(octaves / finest))


def _log_likelihood(onsets: np.ndarray, tempos: np.ndarray, swing: float) -> np.ndarray:
    """Compute the logarithm of the probability of the onsets, and of the tempo: (tempos, PHASES).

    For each tempo, the histogram of the onsets over a beat is correlated with the logarithm of their density.
    """
    beats_s = 60 / tempos[:, None]
    bins = np.round(onsets / beats_s * PHASES).astype(int) % PHASES + PHASES * np.arange(len(tempos))[:, None]
    histogram = np.bincount(bins.ravel(), minlength=len(tempos) * PHASES).reshape(len(tempos), PHASES)
    density = np.zeros(histogram.shape)  # over that of a stray onset
    for share, position in zip(SIXTEENTHS, (0.0, swing / 2, swing, (1 + swing) / 2), strict=True):
        away = np.arange(PHASES) / PHASES - position
        away_sd = (away - np.round(away)) * (beats_s / ONSET_SD_S)
        density += share / (np.sqrt(2 * np.pi) * ONSET_SD_S) * np.exp(-0.5 * away_sd**2)
    weights = np.log(STRAY + (1 - STRAY) * beats_s * density)
    fits = np.fft.irfft(np.fft.rfft(histogram) * np.conj(np.fft.rfft(weights)), PHASES)
    return fits - 0.5 * (np.log2(tempos[:, None] / USUAL_BPM) / TEMPO_OCTAVES) ** 2


def _best(scores: np.ndarray) -> tuple[float, int, int]:
    """Find the highest score, and its row and column."""
    row, column = np.unravel_index(int(scores.argmax()), scores.shape)
    return float(scores[row, column]), int(row), int(column)
