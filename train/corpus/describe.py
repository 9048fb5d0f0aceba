"""What a corpus holds: hours, pitches, guitars and licences as text, and a page of its segments as a picture."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.signal import find_peaks

from hum2guitar import mel
from hum2guitar.config import Config
from hum2guitar.errors import UserError
from hum2guitar.files import replacing
from hum2guitar.note import NAMES, hz_to_midi
from train.corpus.folder import describe_left_out
from train.corpus.store import TakeInfo, read_header, read_index, read_take
from train.data.augment import Strength
from train.data.dataset import SEGMENT_FRAMES, Segments

N_SEGMENTS = 8
TICKS_HZ = (100, 500, 1000, 2000, 4000, 8000)


def describe(folder: Path) -> str:
    """Hours per split, what was left out, guitars and licences, and minutes at each pitch. Raises CorpusError."""
    takes, header = read_index(folder), read_header(folder)
    lines = [f"made by: {header['command']}", *_splits(takes)]
    left_out = describe_left_out(header.get("left_out", {}))
    if left_out:
        lines.append(left_out)
    minutes = pitch_minutes(folder, takes, Config.from_dict(header["config"]).frame_s)
    return "\n".join([*lines, "", *_guitars(takes), "", *_pitches(minutes)])


def pitch_minutes(folder: Path, takes: list[TakeInfo], frame_s: float) -> np.ndarray:
    """(128,) — minutes of voiced frames at each MIDI number."""
    frames = np.zeros(128)
    for info in takes:
        f0_hz = read_take(folder, info, n_samples=0).f0_hz
        midi = np.rint(hz_to_midi(f0_hz[np.isfinite(f0_hz)])).astype(int)
        frames += np.bincount(midi, minlength=128)[:128]
    return frames * frame_s / 60


def draw_page(folder: Path, n_segments: int = N_SEGMENTS) -> Figure:
    """Label and target mel of the first segments of the training split, side by side, as the generator sees them."""
    config = Config.from_dict(read_header(folder)["config"])
    segments = Segments(folder, "train", config, seed=0, strength=Strength(hum_like=0.0))
    examples = [segments[i] for i in range(n_segments)]
    batch = {name: torch.stack([example[name] for example in examples]) for name in examples[0]}
    label, target = segments.draw(batch)

    page = Figure(figsize=(11, 1 + 1.6 * n_segments), dpi=110, layout="constrained", facecolor="white")
    axes = page.subplots(n_segments, 2, sharex=True, sharey=True, squeeze=False)
    for row, picture, onset, played in zip(axes, label[:, 0], label[:, 1, 0], target[:, 0], strict=True):
        _draw(row[0], picture, config)
        _draw(row[1], played, config)
        struck = find_peaks(onset.numpy())[0] * config.frame_s  # an onset is shared between two frames
        row[0].plot(struck, np.full(len(struck), 0.95 * config.n_mels), "v", color="white", markersize=3)
    axes[0, 0].set_title("label: semantic harmonics, triangles where a string is plucked", fontsize=10, loc="left")
    axes[0, 1].set_title("target: the recording's mel", fontsize=10, loc="left")
    for axis in axes[-1]:
        axis.set_xlabel("time (s)")
    return page


def save_page(path: Path, folder: Path) -> None:
    """Write ``draw_page`` as a PNG, all or nothing. Raises UserError where that cannot be."""
    if path.suffix.lower() != ".png":
        raise UserError(f"cannot draw {path.name}; use a name that ends in .png")
    page = draw_page(folder)
    try:
        with replacing(path) as partial:
            page.savefig(partial, format="png")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error}; choose a folder that exists and is writable") from error


def _splits(takes: list[TakeInfo]) -> list[str]:
    segment_s = 5
    lines = []
    for split in ("train", "validation"):
        seconds = [take.seconds for take in takes if take.split == split]
        whole = sum(int(s // segment_s) for s in seconds)
        lines.append(f"{split:11}{sum(seconds) / 3600:7.2f} h, takes: {len(seconds)}, segments of 5 s: {whole}")
    return lines


def _guitars(takes: list[TakeInfo]) -> list[str]:
    hours: defaultdict[tuple[str, str], float] = defaultdict(float)
    for take in takes:
        hours[take.guitar or "unknown", take.licence] += take.seconds / 3600
    width = max((len(guitar) for guitar, _ in hours), default=0)
    return [f"{guitar:{width}}{value:7.2f} h  {licence}" for (guitar, licence), value in sorted(hours.items())]


def _pitches(minutes: np.ndarray) -> list[str]:
    """One line an octave, one column a semitone."""
    lines = ["minutes at" + "".join(f"{name:>6}" for name in NAMES)]
    for octave, row in enumerate(np.pad(minutes, (0, -len(minutes) % 12)).reshape(-1, 12)):
        if row.any():
            lines.append(f"octave {octave - 1:<3}" + "".join(f"{m:6.1f}" if m else "     ." for m in row))
    return lines


def _draw(axis: Axes, picture: torch.Tensor, config: Config) -> None:
    """(M, N) in [-1, 1] with Hz at the left."""
    extent = (0, SEGMENT_FRAMES * config.frame_s, 0, config.n_mels)
    axis.imshow(picture.numpy(), origin="lower", aspect="auto", cmap="magma", vmin=-1, vmax=1, extent=extent)
    ticks = [hz for hz in TICKS_HZ if hz <= config.fmax_hz]
    rows = np.interp(ticks, mel.mel_frequencies(config), np.arange(config.n_mels))
    axis.set_yticks(rows.tolist(), [str(hz) for hz in ticks], fontsize=7)
    axis.tick_params(labelsize=7)
