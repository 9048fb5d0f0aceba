"""Instruments out of a SoundFont, rendered key by key with FluidSynth: no reverb, no chorus, velocity layers kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hum2guitar.errors import CorpusError
from train.corpus.instruments import in_soundfont
from train.corpus.sampled import RENDER_RATE, Guitar, Sample, Stroke, make_sample

LOWEST, HIGHEST = 40, 86  # E2 to D6
VELOCITIES = (127, 90, 64)  # about 0, -6 and -12 dB by the SoundFont standard's curve
NOTE_S = 5.0
BLOCK = 441  # samples from one movement of pitch wheel and expression to the next
NOT_HERE = "install FluidSynth (Debian: apt install libfluidsynth3 fluid-soundfont-gm) and pip install -e .[train]"


class SoundFont:
    """An open SoundFont. Raises CorpusError where FluidSynth is missing or the file is none."""

    def __init__(self, path: Path) -> None:
        try:
            import fluidsynth
        except ImportError as error:
            raise CorpusError(f"SoundFonts are played by FluidSynth, which is not here; {NOT_HERE}") from error
        if not path.is_file():
            raise CorpusError(f"there is no SoundFont {path}; Debian's fluid-soundfont-gm has FluidR3_GM.sf2")
        self.path = path
        self._synth: Any = fluidsynth.Synth(gain=0.5, samplerate=float(RENDER_RATE))
        self._synth.setting("synth.reverb.active", 0)
        self._synth.setting("synth.chorus.active", 0)
        self._synth.setting("synth.dynamic-sample-loading", 1)  # of one program's samples, when it is chosen
        self._font = self._synth.sfload(str(path))
        if self._font < 0:
            raise CorpusError(f"{path} is not a SoundFont that FluidSynth can read; give an .sf2 or .sf3 file")

    def preset(self, program: int, bank: int = 0) -> str:
        """The name that the font gives to a program. Raises CorpusError for one that it does not have."""
        name = self._synth.sfpreset_name(self._font, bank, program)
        if not name:
            raise CorpusError(f"{self.path.name} has no program {program} in bank {bank}")
        return name.decode() if isinstance(name, bytes) else str(name)

    def play(self, midi: int, velocity: int, seconds: float, program: int, bank: int = 0) -> np.ndarray:
        """(seconds · RENDER_RATE,) float32 — one key held down, both channels averaged."""
        self._synth.program_select(0, self._font, bank, program)
        self._synth.noteon(0, midi, velocity)
        stereo = self._synth.get_samples(int(seconds * RENDER_RATE)).reshape(-1, 2)
        self._synth.all_sounds_off(0)
        self._synth.get_samples(64)
        return (stereo.mean(axis=1) / 32768).astype(np.float32)

    def perform(
        self, strokes: list[Stroke], controls: np.ndarray, program: int, bank: int = 0, *, overlap: bool = True
    ) -> np.ndarray:
        """A melody with key releases: (K · BLOCK,) float32 at ``RENDER_RATE``, both channels averaged.

        controls : (K, 2) — every ``BLOCK`` samples, the bend in semitones (within ±2) and the expression, 0 to 1
        overlap : whether a note may ring on into the next, as strings do and a mouth does not
        """
        events: dict[int, list[tuple[int, int]]] = {}  # by block: (key, velocity), velocity 0 lets the key go
        for stroke, following in zip(strokes, [*strokes[1:], None], strict=True):
            stop_s = stroke.onset_s + stroke.held_s
            if following is not None and not overlap:
                stop_s = min(stop_s, following.onset_s)
            start, stop = (round(time_s * RENDER_RATE / BLOCK) for time_s in (stroke.onset_s, stop_s))
            velocity = round(127 * 10 ** (stroke.gain_db / 40))  # the SoundFont standard's curve
            events.setdefault(max(stop, start + 1), []).insert(0, (round(stroke.midi), 0))
            events.setdefault(start, []).append((round(stroke.midi), max(1, min(127, velocity))))
        self._synth.program_select(0, self._font, bank, program)
        blocks = []
        for n, (bend, expression) in enumerate(controls):
            self._synth.pitch_bend(0, int(np.clip(bend * 4096, -8192, 8191)))
            self._synth.cc(0, 11, round(127 * float(expression)))
            for key, velocity in events.get(n, ()):
                (self._synth.noteon(0, key, velocity) if velocity else self._synth.noteoff(0, key))
            blocks.append(self._synth.get_samples(BLOCK))
        self._synth.all_sounds_off(0)
        self._synth.get_samples(64)
        return (np.concatenate(blocks).reshape(-1, 2).mean(axis=1) / 32768).astype(np.float32)

    def close(self) -> None:
        """Free FluidSynth's memory."""
        self._synth.delete()


def load_guitar(path: Path, program: int, bank: int = 0, licence: str = "not stated") -> Guitar:
    """A program of a SoundFont as a guitar with velocity layers; name and licence from the table where it is known."""
    font = SoundFont(path)
    preset = font.preset(program, bank)
    known = in_soundfont(path.stem, program, bank)
    samples = [sample for midi in range(LOWEST, HIGHEST + 1) for sample in _layers(font, midi, program, bank)]
    font.close()
    if len(samples) < 2:
        raise CorpusError(f"{preset} in {path.name} has no usable notes; choose the --program of a guitar (24 or 25)")
    name = known.name if known else f"{preset}_{path.stem}".lower().replace(" ", "_")
    return Guitar(name, tuple(samples), known.licence if known else licence, f"{preset} of {path.name}")


def _layers(font: SoundFont, midi: int, program: int, bank: int) -> list[Sample]:
    """One key at each velocity; a layer's ``gain_db`` is how far its level lies under the loudest's."""
    played = [font.play(midi, velocity, NOTE_S, program, bank) for velocity in VELOCITIES]
    levels = [np.sqrt((sound[: int(0.4 * RENDER_RATE)] ** 2).mean()) for sound in played]
    found = [
        make_sample(sound, RENDER_RATE, midi, f"{font.path.name}, key {midi}", 20 * float(np.log10(level / levels[0])))
        for sound, level in zip(played, levels, strict=True)
        if level > 0
    ]
    return [sample for sample in found if sample is not None]
