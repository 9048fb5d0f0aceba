"""SoundFonts, played by FluidSynth without reverb and chorus, and guitars made of their keys and velocities."""

from __future__ import annotations

from ctypes import c_int, c_void_p
from pathlib import Path
from typing import Any

import numpy as np

from hum2guitar.errors import CorpusError
from train.corpus.instruments import PACKAGES, in_soundfont
from train.corpus.samples import make_sample
from train.synth.guitar import RENDER_RATE, Guitar, Sample
from train.synth.melody import Stroke

LOWEST, HIGHEST = 40, 86  # E2 to D6
VELOCITIES = (127, 90, 64)  # about 0, -6 and -12 dB by the SoundFont standard's curve
NOTE_S = 5.0
LOG_LEVELS = 5  # of FluidSynth: panic to debug
BLOCK = 441  # samples; pitch wheel and expression change once a block
NOT_HERE = "install FluidSynth (Debian: apt install libfluidsynth3 fluid-soundfont-gm) and pip install -e .[train]"


class SoundFont:
    """An open SoundFont. Raises CorpusError where FluidSynth is missing or the file is no SoundFont."""

    def __init__(self, path: Path) -> None:
        try:
            import fluidsynth
        except ImportError as error:
            raise CorpusError(f"SoundFonts are played by FluidSynth, which is not here; {NOT_HERE}") from error
        if not path.is_file():
            package = PACKAGES.get(path.stem)
            where = f"install it (Debian: apt install {package})" if package else "give the path of an .sf2 file"
            raise CorpusError(f"there is no SoundFont {path}; {where}")
        with path.open("rb") as file:
            header = file.read(12)
        if header[8:] != b"sfbk":  # FluidSynth's own libraries would print lines of theirs about it
            raise CorpusError(f"{path} is not a SoundFont; give an .sf2 or .sf3 file")
        self.path = path
        self._synth: Any = fluidsynth.Synth(gain=0.5, samplerate=float(RENDER_RATE))
        self._synth.setting("synth.reverb.active", 0)
        self._synth.setting("synth.chorus.active", 0)
        self._synth.setting("synth.dynamic-sample-loading", 1)  # of one program's samples, when it is chosen
        _silence_log(fluidsynth)
        self._font = self._synth.sfload(str(path))
        if self._font < 0:
            raise CorpusError(f"FluidSynth cannot read the SoundFont {path}; get the file again, or use another")

    def preset(self, program: int, bank: int = 0) -> str:
        """Return the name of a program. Raises CorpusError where the font does not have it."""
        name = self._synth.sfpreset_name(self._font, bank, program)
        if not name:
            raise CorpusError(f"{self.path.name} has no program {program} in bank {bank}")
        return name.decode() if isinstance(name, bytes) else str(name)

    def play(self, midi: int, velocity: int, seconds: float, program: int, bank: int = 0) -> np.ndarray:
        """Hold one key down; returns (seconds · RENDER_RATE,) float32, the mean of both channels."""
        self._synth.program_select(0, self._font, bank, program)
        self._synth.noteon(0, midi, velocity)
        stereo = self._synth.get_samples(int(seconds * RENDER_RATE)).reshape(-1, 2)
        self._synth.all_sounds_off(0)
        self._synth.get_samples(64)
        return (stereo.mean(axis=1) / 32768).astype(np.float32)

    def perform(
        self, strokes: list[Stroke], controls: np.ndarray, program: int, bank: int = 0, *, overlap: bool = True
    ) -> np.ndarray:
        """Play a melody.

        Parameters
        ----------
        strokes : their pitches are rounded to keys; slides and bends are in ``controls``
        controls : (K, 2) — once a block, the bend in semitones (within ±2) and the expression, 0 to 1
        overlap : whether a note may ring on into the next, as strings do and a mouth does not

        Returns
        -------
        (K · BLOCK,) float32 — at ``RENDER_RATE``, the mean of both channels
        """
        events = _key_events(strokes, overlap)
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


def _silence_log(fluidsynth: Any) -> None:
    """Keep FluidSynth from printing: what matters of its errors is said by ours."""
    set_log_function = fluidsynth.cfunc(
        "fluid_set_log_function", c_void_p, ("level", c_int, 1), ("function", c_void_p, 1), ("data", c_void_p, 1)
    )
    for level in range(LOG_LEVELS):
        set_log_function(level, None, None)


def _key_events(strokes: list[Stroke], overlap: bool) -> dict[int, list[tuple[int, int]]]:
    """Return (key, velocity) of the events in each block; velocity 0 releases the key."""
    events: dict[int, list[tuple[int, int]]] = {}
    for stroke, following in zip(strokes, [*strokes[1:], None], strict=True):
        stop_s = stroke.onset_s + stroke.held_s
        if following is not None and not overlap:
            stop_s = min(stop_s, following.onset_s)
        start, stop = (round(time_s * RENDER_RATE / BLOCK) for time_s in (stroke.onset_s, stop_s))
        velocity = round(127 * 10 ** (stroke.gain_db / 40))  # the SoundFont standard's curve
        events.setdefault(max(stop, start + 1), []).insert(0, (round(stroke.midi), 0))
        events.setdefault(start, []).append((round(stroke.midi), max(1, min(127, velocity))))
    return events


def load_guitar(path: Path, program: int, bank: int = 0, licence: str = "not stated") -> Guitar:
    """Make a guitar with velocity layers of a program of a SoundFont.

    Name and licence are those of the table of instruments where the program is in it; ``licence`` is for any other.
    Raises CorpusError where the font cannot be read, or lacks the program or usable notes.
    """
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
    """Return one key at each velocity; a layer's ``gain_db`` is its level below that of the loudest layer."""
    played = [font.play(midi, velocity, NOTE_S, program, bank) for velocity in VELOCITIES]
    levels = [np.sqrt((sound[: int(0.4 * RENDER_RATE)] ** 2).mean()) for sound in played]
    found = [
        make_sample(sound, RENDER_RATE, midi, f"{font.path.name}, key {midi}", 20 * float(np.log10(level / levels[0])))
        for sound, level in zip(played, levels, strict=True)
        if level > 0
    ]
    return [sample for sample in found if sample is not None]
