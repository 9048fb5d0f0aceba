"""Makes the picture and the sounds of docs/method.md, from one hum: python -m docs.one_hum.make FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

from hum2guitar import Choices, Hum2Guitar
from hum2guitar.analysis import audio
from hum2guitar.export import EXPORTS
from hum2guitar.mel import denormalise
from hum2guitar.synthesis.inversion import INVERSIONS

HUM = Path(__file__).parents[2] / "assets" / "ode-to-joy-low-voice.flac"


def make(folder: Path) -> None:
    """Write ``stages.png``, ``label.mp3`` (what the generator reads, inverted as a mel) and ``griffin-lim.mp3``."""
    converter = Hum2Guitar.from_pretrained()
    conversion = converter.convert(*audio.load(HUM))
    EXPORTS["figure"].save(folder / "stages.png", conversion)
    heard, played, sound, config = conversion.heard, conversion.played, conversion.sound, conversion.config
    harmonics_db = denormalise(sound.label[0], config)
    label = INVERSIONS["griffin-lim"].invert(harmonics_db, played.f0_hz, heard.n_samples, config)
    classic = converter.render(played, Choices(inversion="griffin-lim")).waveform
    audio.save(folder / "label.mp3", label, config.sample_rate)
    audio.save(folder / "griffin-lim.mp3", classic, config.sample_rate)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
