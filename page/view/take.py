"""The value of one take, part by part, as each is ready."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hum2guitar import Config, Heard, Played, Sound, mel
from hum2guitar.analysis import audio

from . import texts, value

LABEL = 0  # the channel of the label that is shown: the semantic harmonics
PANELS = ("hum_mel", "label", "guitar_mel")  # below F0, and empty at first
GUITARS = ("guitar", "other")  # ids of the sounds whose mel the last panel shows


class Take:
    """Builds the value of a view. Each method adds a part and returns the whole value so far.

    Parameters
    ----------
    name : a name that no other take has
    folder : where its pictures are written; the folder must last until Gradio has the value
    config : the settings of the checkpoint
    guitars : ids of the guitar's sounds to come, of ``GUITARS``; the first is chosen as soon as it is there
    """

    def __init__(self, name: str, folder: Path, config: Config, guitars: tuple[str, ...] = GUITARS) -> None:
        self._name, self._folder, self._config = name, folder, config
        self._first = guitars[0]
        self._sounds = {each: value.sound(each, texts.TAKE[each], None) for each in ("hum", *guitars)}
        self._images: list[dict[str, Any]] = []
        self._generated_db: np.ndarray | None = None
        self._duration_s = 0.0
        self._notes: list[dict[str, Any]] = []
        self._tab: dict[str, Any] | None = None
        self._panels = {
            name: value.mel_panel(texts.TAKE[name], config, []) for name in ("hum_mel", "label", "guitar_mel")
        }

    def value(self) -> dict[str, Any]:
        """The value so far."""
        return {
            "take": self._name,
            "duration_s": self._duration_s,
            "sounds": list(self._sounds.values()),
            "starts_with": self._first,
            "panels": list(self._panels.values()),
            "tab": self._tab,
            "notes": self._notes,
        }

    def hear(self, heard: Heard, recording: Path | Mapping[str, Any]) -> dict[str, Any]:
        """Add the analysis, and the recording: a file that every browser can play, or one that Gradio serves."""
        config = self._config
        self._duration_s = heard.duration_s
        curve = value.curve("F0", heard.f0_hz, heard.confidence, config.frame_s)
        image = value.mel_image(self._folder / "hum-mel.png", heard.mel_db, config, texts.TAKE["hum"])
        # F0 stands above the mel that it was found in
        f0 = value.f0_panel(texts.TAKE["f0"], [curve], heard.notes) | {"editable": True}
        self._panels = {"f0": f0, **self._panels}
        self._panels["hum_mel"] = value.mel_panel(texts.TAKE["hum_mel"], config, [image], overlay=True)
        self._sounds["hum"] = value.sound("hum", texts.TAKE["hum"], recording, download=False)
        return self.value()

    def play(self, played: Played, label: np.ndarray) -> dict[str, Any]:
        """Add the notes as played, and the label (C, M, N) that the generator reads."""
        ridges_db = mel.denormalise(label[LABEL], self._config)
        image = value.mel_image(self._folder / "label.png", ridges_db, self._config, texts.TAKE["label"])
        plucks = [note.onset_s for note in played.notes if note.plucked]
        self._panels["label"] = value.mel_panel(texts.TAKE["label"], self._config, [image], plucks=plucks)
        self._panels["f0"] = self._panels["f0"] | {"edited": value.notes(played.hummed)}
        self._notes = value.notes(played.notes)
        self._tab = value.tab(texts.TAKE["tab"], played)
        return self.value()

    def generate(self, mel_db: np.ndarray) -> dict[str, Any]:
        """Add the mel (M, N) in dB that the network generated."""
        self._generated_db = mel_db
        return self._show(
            value.mel_image(self._folder / "generated.png", mel_db, self._config, texts.TAKE["generated"])
        )

    def sound(self, name: str, sound: Sound, file: Path) -> dict[str, Any]:
        """Add a sound of the guitar under its id, as a file, and its own mel; ``generate`` comes first."""
        if self._generated_db is None:
            raise ValueError("the generated mel comes before the sounds; call generate first")
        label = texts.TAKE[name]
        self._sounds[name] = value.sound(name, label, file)
        own_db = mel_of(sound, self._generated_db, self._config)
        return self._show(value.mel_image(self._folder / f"{name}-mel.png", own_db, self._config, label, of_sound=name))

    def _show(self, image: dict[str, Any]) -> dict[str, Any]:
        self._images.append(image)
        self._panels["guitar_mel"] = value.mel_panel(texts.TAKE["guitar_mel"], self._config, self._images)
        return self.value()


def mel_of(sound: Sound, generated_db: np.ndarray, config: Config) -> np.ndarray:
    """Take the mel of a sound at the level of the mel that it was made of: (M, N) dB.

    The sound was given the loudness of the output, which says nothing about the inversion.
    """
    waveform = audio.resample(sound.waveform, sound.sample_rate, config.sample_rate)
    power = mel.power_spectrogram(torch.from_numpy(waveform), config)
    gain_db = _energy_db(generated_db) - _energy_db(mel.power_to_mel_db(power, config).numpy())
    return mel.power_to_mel_db(power * 10 ** (gain_db / 10), config).numpy()


def _energy_db(mel_db: np.ndarray) -> float:
    return float(10 * np.log10((10 ** (mel_db / 10)).sum()))
