"""Notes as sound, by FluidSynth with its default settings, at 44.1 kHz."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cases.case import AbsentError

RATE = 44100
STEEL = 25  # of General MIDI


class Case:
    """Play notes on the steel guitar of a SoundFont.

    Parameters
    ----------
    notes : onset and offset in s, MIDI number and amplitude, 0 to 1, of each
    soundfont : an .sf2 file
    seconds : length of the sound
    """

    def __init__(self, notes: list[list[float]], soundfont: str, seconds: float) -> None:
        try:
            import fluidsynth
        except ImportError as error:
            raise AbsentError("FluidSynth is not installed (Debian: apt install libfluidsynth3)") from error
        if not Path(soundfont).is_file():
            raise AbsentError(f"there is no SoundFont {Path(soundfont).name} (Debian: apt install fluid-soundfont-gm)")
        self._synth: Any = fluidsynth.Synth(samplerate=float(RATE))
        self._synth.program_select(0, self._synth.sfload(soundfont), 0, STEEL)
        self._end, self._events = round(seconds * RATE), []
        for onset_s, offset_s, midi, amplitude in notes:
            velocity = max(1, round(127 * amplitude))
            self._events += [(round(onset_s * RATE), int(midi), velocity), (round(offset_s * RATE), int(midi), 0)]
        self._events.sort()

    def run(self) -> dict[str, float]:
        """As ``case.Case.run``."""
        start, now, pieces = time.perf_counter(), 0, []
        for at, midi, velocity in self._events:
            pieces.append(self._synth.get_samples(at - now))
            now = at
            self._synth.noteon(0, midi, velocity)  # velocity 0 ends it
        pieces.append(self._synth.get_samples(max(0, self._end - now)))
        self._sound = np.concatenate(pieces).reshape(-1, 2)
        return {"sound": time.perf_counter() - start}

    def facts(self) -> dict[str, Any]:
        """As ``case.Case.facts``: nothing."""
        return {}
