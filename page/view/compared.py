"""The value of one comparison of the lab: its sounds, and its panels of curves, mels and differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from hum2guitar import Config
from hum2guitar.analysis import audio

from . import value

Titles = Callable[[str, str], str]  # kind and name of a panel → what stands above it


class Result(Protocol):
    """What is read of the result of a comparison."""

    @property
    def sample_rate(self) -> int:
        """Hz, of all sounds."""
        ...

    def sounds(self) -> dict[str, np.ndarray]:
        """Waveforms (T,) by name."""
        ...

    def panels(self) -> list[Any]:
        """What can be drawn, from top to bottom: ``kind`` ("f0", "mel", "difference") and ``name``, then ``values``
        (M, N) in dB of a picture, or ``curves`` (N,) by name with ``unit``, ``frame_s`` and ``spans``."""
        ...


def compare(
    take: str, result: Result, config: Config, folder: Path, labels: Mapping[str, str], title: Titles
) -> dict[str, Any]:
    """Write the files of a comparison to a folder, and describe it.

    Parameters
    ----------
    take : a name that no other take has
    result : what was compared
    config : the settings of its mels
    folder : where the files go
    labels : what the sounds and curves are called, by their names; a name without a label stays
    title : makes the title of a panel
    """
    waveforms, sounds = result.sounds(), []
    for name, waveform in waveforms.items():
        path = folder / f"{name}.wav"
        audio.save(path, waveform, result.sample_rate)
        sounds.append(value.sound(name, labels.get(name, name), path))
    return {
        "take": take,
        "duration_s": max(map(len, waveforms.values())) / result.sample_rate,
        "sounds": sounds,
        "panels": [_panel(panel, config, folder, labels, title(panel.kind, panel.name)) for panel in result.panels()],
    }


def _panel(panel: Any, config: Config, folder: Path, labels: Mapping[str, str], title: str) -> dict[str, Any]:
    if panel.kind == "f0":
        curves = [value.curve(labels.get(name, name), y, None, panel.frame_s) for name, y in panel.curves.items()]
        return value.f0_panel(title, curves, spans=panel.spans, kind="cents" if panel.unit == "cents" else "f0")
    write = value.mel_image if panel.kind == "mel" else value.difference_image
    image = write(folder / f"{panel.kind}-{panel.name}.png", panel.values, config, labels.get(panel.name, panel.name))
    return value.mel_panel(title, config, [image], kind=panel.kind)
