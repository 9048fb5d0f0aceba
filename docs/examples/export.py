"""Adds a kind of file, and is a program that writes it: python -m docs.examples.export hum.wav guitar.wav hum.ly."""

import os
import sys

from hum2guitar.__main__ import main
from hum2guitar.export import EXPORTS, Export
from hum2guitar.files import writing
from hum2guitar.pipeline import Conversion

NAMES = ["c", "cis", "d", "dis", "e", "f", "fis", "g", "gis", "a", "ais", "b"]


def save(path: str | os.PathLike[str], conversion: Conversion) -> None:
    """Write the pitches as notes of LilyPond."""
    pitches = [round(note.midi) for note in conversion.notes]
    names = [NAMES[midi % 12] + "'" * (midi // 12 - 4) + "," * (4 - midi // 12) for midi in pitches]
    with writing(path) as partial:
        partial.write_text("{ " + " ".join(names) + " }\n", encoding="utf-8")


EXPORTS["ly"] = Export(__name__, (".ly",), "the pitches as notes of LilyPond")
if __name__ == "__main__":
    *recordings, written = sys.argv[1:]
    sys.exit(main([*recordings, "--ly", written]))
