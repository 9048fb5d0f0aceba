"""Convert the example that the page shows on arrival, and the guitar that the README links to.

    python assets/make_arrival.py

Both depend on the checkpoint that ships: after another one is put there, run this again and commit what it writes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image

ASSETS = Path(__file__).parent
sys.path.insert(0, str(ASSETS.parent))  # the page is no installed package here

from hum2guitar import Choices, Hum2Guitar  # noqa: E402
from hum2guitar.analysis import audio  # noqa: E402
from hum2guitar.hub import sha256_of  # noqa: E402
from hum2guitar.synthesis import checkpoint  # noqa: E402
from page import arrival, layout  # noqa: E402
from page.view import with_files  # noqa: E402
from page.view.take import Take  # noqa: E402

HUM = layout.FIRST_EXAMPLE.name
GUITAR = "ode-to-joy-guitar.mp3"
QUALITY = 80  # of the pictures, as WebP: a tenth of a PNG


def main() -> None:
    """Write the files of the arrival to ``assets/arrival/``, and the guitar beside the hum."""
    converter, choices = Hum2Guitar.from_pretrained(), Choices()
    made = converter.convert(*audio.load(ASSETS / HUM), choices)
    audio.save(ASSETS / GUITAR, made.waveform, made.sample_rate)
    (ASSETS / "arrival").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        take = Take("arrival", Path(folder), converter.config, guitars=("guitar",))
        take.hear(made.heard, Path(HUM))
        take.play(made.played, made.sound.label)
        take.generate(made.sound.mel_db)
        value = with_files(take.sound("guitar", made.sound, Path(GUITAR)), picture)
    sha256 = sha256_of(checkpoint.bundled())
    arrival.save(ASSETS, arrival.Arrival(value, made.summary, made.warnings, sha256))
    print(f"{made.summary}; {sum(file.stat().st_size for file in (ASSETS / 'arrival').iterdir())} bytes")


def picture(file: str | Path) -> str:
    """Write a PNG as WebP to ``assets/arrival/``; a sound stays as it is. Gives the path from ``assets/``."""
    path = Path(file)
    if path.suffix != ".png":
        return str(path)
    named = f"arrival/{path.stem}.webp"
    with Image.open(path) as image:
        image.save(ASSETS / named, quality=QUALITY, method=6)
    return named


if __name__ == "__main__":
    main()
