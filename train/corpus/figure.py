"""What a corpus holds, as a picture: label and mel of a few stretches, with the plucks that were played."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hum2guitar import mel
from hum2guitar.config import Config
from hum2guitar.errors import CorpusError, UserError
from hum2guitar.files import writing
from hum2guitar.synthesis.controls import build_controls
from hum2guitar.synthesis.harmonics import semantic_harmonics
from train.corpus.store import TakeInfo, read_header, read_index, read_take

N_STRETCHES = 8
STRETCH_S = 5.0
TICKS_HZ = (100, 500, 1000, 2000, 4000, 8000)


@dataclass(frozen=True)
class Stretch:
    """Five seconds of a take.

    title : str — the take and its guitar
    label, mel : (M, N) float32 — dB: the semantic harmonics of the notes that were played, and the recording's mel
    plucks_s : (K,) float64 — seconds from the start of the stretch to each pluck
    """

    title: str
    label: np.ndarray
    mel: np.ndarray
    plucks_s: np.ndarray


def save_page(path: Path, folder: Path) -> None:
    """Write ``draw_page`` as a PNG, all or nothing.

    Raises
    ------
    UserError
        The name does not end in .png, the file cannot be written, or the folder holds no usable corpus.
    """
    if path.suffix.lower() != ".png":
        raise UserError(f"cannot draw {path.name}; use a name that ends in .png")
    page = draw_page(folder)
    with writing(path) as partial:
        page.savefig(partial, format="png")


def draw_page(folder: Path, n_stretches: int = N_STRETCHES) -> Figure:
    """Draw label and mel of stretches of the training split side by side.

    Triangles mark the plucks. Raises CorpusError where no take is long enough.
    """
    config = Config.from_dict(read_header(folder)["config"])
    takes = [info for info in read_index(folder) if info.split == "train" and info.seconds >= STRETCH_S]
    if not takes:
        raise CorpusError(f"the corpus {folder} has no take of {STRETCH_S:.0f} s for training; make a larger one")
    chosen = np.random.default_rng(0).permutation(len(takes))[:n_stretches]
    stretches = [read_stretch(folder, takes[i], config) for i in sorted(chosen)]

    page = Figure(figsize=(11, 1 + 1.7 * len(stretches)), dpi=110, layout="constrained", facecolor="white")
    page.suptitle("left: semantic harmonics, triangles where a string is plucked; right: the recording's mel")
    axes = page.subplots(len(stretches), 2, sharex=True, sharey=True, squeeze=False)
    for (left, right), stretch in zip(axes, stretches, strict=True):
        _draw(left, stretch.label, config)
        _draw(right, stretch.mel, config)
        left.plot(
            stretch.plucks_s, np.full(len(stretch.plucks_s), 0.95 * config.n_mels), "v", color="white", markersize=3
        )
        left.set_title(stretch.title, fontsize=8, loc="left")
    for axis in axes[-1]:
        axis.set_xlabel("time (s)")
    return page


def read_stretch(folder: Path, info: TakeInfo, config: Config) -> Stretch:
    """Read the middle ``STRETCH_S`` of a take, and draw the label of the notes that were played in it."""
    n_frames = round(STRETCH_S / config.frame_s)
    start = (config.n_frames(round(info.seconds * config.sample_rate)) - n_frames) // 2
    take = read_take(folder, info, start * config.hop_length, (n_frames - 1) * config.hop_length)
    controls = build_controls(take.f0_hz, take.energy_db, take.onset_strength, take.notes, "plucked", config)
    frames = slice(start, start + n_frames)
    power = mel.power_spectrogram(torch.from_numpy(take.waveform), config)
    plucks_s = np.array([note.onset_s for note in take.notes if note.plucked]) - start * config.frame_s
    return Stretch(
        f"{info.name}: {info.guitar or 'unknown'}",
        semantic_harmonics(controls.f0_hz[frames], controls.level_db[frames], config),
        mel.power_to_mel_db(power, config).numpy(),
        plucks_s[(plucks_s >= 0) & (plucks_s < n_frames * config.frame_s)],
    )


def _draw(axis: Axes, picture: np.ndarray, config: Config) -> None:
    """Draw (M, N) dB with Hz at the left."""
    extent = (0, picture.shape[1] * config.frame_s, 0, config.n_mels)
    floor, ceiling = config.mel_floor_db, config.mel_ceil_db
    axis.imshow(picture, origin="lower", aspect="auto", cmap="magma", extent=extent, vmin=floor, vmax=ceiling)
    ticks = [hz for hz in TICKS_HZ if hz <= config.fmax_hz]
    rows = np.interp(ticks, mel.mel_frequencies(config), np.arange(config.n_mels))
    axis.set_yticks(rows.tolist(), [str(hz) for hz in ticks], fontsize=7)
    axis.tick_params(labelsize=7)
