"""Which stretches of a recording hold one clean melody, and why the others do not.

Over the two seconds around each frame three figures are taken, of the frames that sound:

- *confidence*: the mean of the tracker's;
- *harmonic share*: of the power up to 5 kHz, what lies on the ridges at k·F0 (the voiced frames' mean);
- *peakedness*: of the power that lies off the ridges, what its strongest twentieth of the bins holds: near 1 where
  that is another note's partials, 0.2 where it is white noise.

Measured on the eight guitar recordings of the evaluation set (six exercises, two solos), on sums of two of them,
on them with noise so many dB under them, and on strummed chords of note samples: percentiles 2, 50 and 98 of the
windows, and the share of the seconds that ``screen`` keeps.

    =================  =============  =============  =============  =====
    recordings         harm. share    peakedness     confidence     kept
    =================  =============  =============  =============  =====
    one guitar         .63  .90  .96  .87  .96  .98  .67  .86  .94   77 %
    two, as loud       .43  .66  .89  .88  .96  .98  .69  .84  .95    0 %
    two, 6 dB apart    .47  .72  .92  .89  .96  .98  .68  .85  .96    0 %
    two, 12 dB apart   .54  .81  .92  .90  .96  .98  .68  .86  .94   16 %
    chords             .47  .56  .81  .99  .99  .99  .36  .59  .69   17 %
    + white, -30 dB    .60  .90  .95  .55  .92  .96  .56  .85  .93   66 %
    + white, -10 dB    .51  .82  .89  .28  .50  .72  .58  .87  .94    0 %
    + pink, -20 dB     .64  .89  .95  .60  .84  .92  .57  .86  .93   66 %
    + pink, -10 dB     .57  .84  .91  .52  .67  .81  .55  .87  .94    0 %
    noise alone        .00  .00  .00  .20  .32  .45  .02  .02  .07    0 %
    =================  =============  =============  =============  =====

Of the six exercises 96 % is kept, of the two solos, where strings ring on, 11 of 44 s. Of three chords on two guitars
one passes, an A minor whose A and E are harmonics of its lowest note. An octave doubled has one F0 and passes (.97),
as it should. The pairs are seven of 28; the shares kept under noise are those of every second recording.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import binary_dilation, uniform_filter1d

from hum2guitar.analysis.f0 import condition, loud_enough, track
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.config import Config

WINDOW_S = 2.0
MIN_CONFIDENCE = 0.6
MIN_HARMONIC_SHARE = 0.75
NOISE_PEAKEDNESS = 0.75  # less peaked than this, what lies off the ridges is noise rather than notes
CLEAN_SHARE = 0.92  # with so little off the ridges, it does not matter what that is
MAX_REST_S = 2.0  # a rest is part of a melody; a longer silence is not
EDGE_S = 0.5  # cut off where a clean stretch meets another: the window is half in either there
MIN_TAKE_S = 5.5  # a segment of 5 s, the frames at its edges, and somewhere to move it
SHARE_HZ = 5000.0
REASONS = ("noise", "polyphony", "silence", "too short")


@dataclass(frozen=True)
class Screened:
    """``stretches``: (first, last) sample of each clean melody; ``left_out_s``: seconds by reason, for the rest."""

    stretches: list[tuple[int, int]]
    left_out_s: dict[str, float]


def screen(waveform: np.ndarray, config: Config) -> Screened:
    """Find the clean stretches of a (T,) waveform at the Config's rate and loudness."""
    faults = fault_of_frames(waveform, config)
    clean = faults == ""
    stretches = []
    for first, last in _runs(clean):
        if (last - first) * config.frame_s >= MIN_TAKE_S:
            stretches.append((first * config.hop_length, min(last * config.hop_length, len(waveform))))
        else:
            faults[first:last] = "too short"
    left_out_s = {reason: float((faults == reason).sum() * config.frame_s) for reason in REASONS}
    return Screened(stretches, {reason: seconds for reason, seconds in left_out_s.items() if seconds})


def fault_of_frames(waveform: np.ndarray, config: Config) -> np.ndarray:
    """(N,) str — "noise", "polyphony" or "silence" for each frame, "" for a clean one."""
    conditioned = condition(waveform, config)
    f0_hz, confidence = track(conditioned, config, load_tracker("swift"))
    share, peakedness = harmonic_share(waveform, f0_hz, config)
    sounding = loud_enough(conditioned, config)
    confidence = _windowed(confidence, sounding, config)
    share = _windowed(share, sounding & np.isfinite(f0_hz), config)
    peakedness = _windowed(peakedness, sounding, config)

    unclear = (confidence < MIN_CONFIDENCE) | (share < MIN_HARMONIC_SHARE)
    noisy = (peakedness < NOISE_PEAKEDNESS) & ((share < CLEAN_SHARE) | unclear)
    silent = np.zeros(len(f0_hz), dtype=bool)
    for first, last in _runs(~sounding):
        silent[first:last] = (last - first) * config.frame_s > MAX_REST_S
    faults = np.select([silent, noisy, unclear], ["silence", "noise", "polyphony"], "")
    edge = round(EDGE_S / config.frame_s)
    for reason in ("noise", "polyphony"):
        reached = binary_dilation(faults == reason, iterations=edge)
        faults = np.where(reached & (faults == ""), reason, faults)
    return faults


def harmonic_share(waveform: np.ndarray, f0_hz: np.ndarray, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """(share, peakedness), each (N,) in 0 to 1; the share is 0 where f0_hz (N,) is NaN.

    A ridge is the main lobe of a Hann window of twice ``n_fft``, for at low E the mel's own covers every bin.
    """
    n_fft = 2 * config.n_fft
    window = torch.hann_window(n_fft)
    spectrum = torch.stft(
        torch.from_numpy(waveform), n_fft, config.hop_length, window=window, pad_mode="constant", return_complex=True
    )
    bin_hz = config.sample_rate / n_fft
    first, last = int(config.f0_min_hz / bin_hz), int(SHARE_HZ / bin_hz)
    power = (spectrum.abs() ** 2).numpy()[first:last]
    hz = np.arange(first, last)[:, None] * bin_hz
    partial = np.maximum(1, np.round(hz / f0_hz)) * f0_hz
    ridge = np.abs(hz - partial) <= 2 * bin_hz  # NaN compares false
    total = power.sum(axis=0) + 1e-9
    rest = np.where(ridge, 0, power)
    strongest = np.sort(rest, axis=0)[-(len(rest) // 20) :]
    return (power - rest).sum(axis=0) / total, strongest.sum(axis=0) / (rest.sum(axis=0) + 1e-9)


def _windowed(values: np.ndarray, counted: np.ndarray, config: Config) -> np.ndarray:
    """The mean over ``WINDOW_S`` of the frames that count; 0 where none does."""
    size = round(WINDOW_S / config.frame_s)
    total = uniform_filter1d(np.where(counted, values, 0).astype(float), size, mode="constant")
    return total / np.maximum(uniform_filter1d(counted.astype(float), size, mode="constant"), 1 / (2 * size))


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """(first, one past the last) of each run of true; mask (N,) bool."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
