"""The value of one comparison of the lab: its sounds, and its panels of curves, mels and differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from hum2guitar import Config
from hum2guitar.analysis import audio

from . import value

FOLLOWS = "follows"  # the name of the panel that shows the mel of the sound that plays
MOST_MELS = 2  # one below the other; more of them are shown by turns
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

    Where more than ``MOST_MELS`` sounds are compared, one panel shows the mel of the sound that plays. Its name is
    ``FOLLOWS``.

    Parameters
    ----------
    take : a name that no other take has
    result : what was compared
    config : the settings of its mels
    folder : where the files go
    labels : what the sounds and curves are called, by their names; a name without a label stays
    title : makes the title of a panel
    """
    waveforms, sounds, panels = result.sounds(), [], result.panels()
    mels = [panel for panel in panels if panel.kind == "mel"]
    for name, waveform in waveforms.items():
        path = folder / f"{name}.wav"
        audio.save(path, waveform, result.sample_rate)
        sounds.append(value.sound(name, labels.get(name, name), path))
    shown = []
    if len(mels) > MOST_MELS:
        images = [_image(panel, config, folder, labels, of_sound=panel.name) for panel in mels]
        shown = [value.mel_panel(title("mel", FOLLOWS), config, images)]
        panels = [panel for panel in panels if panel.kind != "mel"]
    shown += [_panel(panel, config, folder, labels, title(panel.kind, panel.name)) for panel in panels]
    return {
        "take": take,
        "duration_s": max(map(len, waveforms.values())) / result.sample_rate,
        "sounds": sounds,
        "panels": shown,
    }


def _panel(panel: Any, config: Config, folder: Path, labels: Mapping[str, str], title: str) -> dict[str, Any]:
    if panel.kind == "f0":
        curves = [value.curve(labels.get(name, name), y, None, panel.frame_s) for name, y in panel.curves.items()]
        return value.f0_panel(title, curves, spans=panel.spans, kind="cents" if panel.unit == "cents" else "f0")
    return value.mel_panel(title, config, [_image(panel, config, folder, labels)], kind=panel.kind)


def _image(
    panel: Any, config: Config, folder: Path, labels: Mapping[str, str], of_sound: str | None = None
) -> dict[str, Any]:
    write = value.mel_image if panel.kind == "mel" else value.difference_image
    label = labels.get(panel.name, panel.name)
    return write(folder / f"{panel.kind}-{panel.name}.png", panel.values, config, label, of_sound)
