"""Write a conversion to files: one module and one entry in ``EXPORTS`` for each kind of file."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hum2guitar.errors import UserError

if TYPE_CHECKING:
    from hum2guitar.pipeline import Conversion

    Save = Callable[[str | os.PathLike[str], Conversion], None]


@dataclass(frozen=True)
class Export:
    """A kind of file. Its module is imported when it is first used, because matplotlib takes a second to import.

    Attributes
    ----------
    module : name of the module with ``save(path, conversion)``
    suffixes : suffixes that the file name may have; the first is the usual one
    help : one line for ``--help``
    function : name of the function, where it is not ``save``
    reads_sound : whether it reads more of ``Conversion.sound`` than which guitar it is; the others need no rendering
    """

    module: str
    suffixes: tuple[str, ...]
    help: str
    function: str = "save"
    reads_sound: bool = False

    @property
    def suffix(self) -> str:
        """The usual suffix."""
        return self.suffixes[0]

    @property
    def save(self) -> Save:
        """The function that writes the file atomically. It raises UserError if that fails."""
        save: Save = getattr(importlib.import_module(self.module), self.function)
        return save

    def check(self, path: Path) -> None:
        """Raise UserError if the file cannot be written: its suffix, its folder, or a package that is not installed.

        Call it before the conversion.
        """
        if path.suffix.lower() not in self.suffixes:
            raise UserError(f"cannot write {path.name}; use a name that ends in {' or '.join(self.suffixes)}")
        importlib.import_module(self.module)
        if not path.parent.is_dir():
            raise UserError(f"cannot write {path}; choose a folder that exists")


EXPORTS: dict[str, Export] = {
    "midi": Export("hum2guitar.export.midi", (".mid", ".midi"), "the melody in semitones, a MIDI file"),
    "midi_bends": Export(
        "hum2guitar.export.midi", (".mid", ".midi"), "the melody with its bends, one channel a note", "save_bends"
    ),
    "tab": Export("hum2guitar.export.tablature", (".txt", ".tab"), "a tablature in ASCII"),
    "gp": Export("hum2guitar.export.guitar_pro", (".gp5",), "a Guitar Pro 5 file; it needs the extra guitarpro"),
    "musicxml": Export("hum2guitar.export.musicxml", (".musicxml", ".xml"), "a score with strings and frets"),
    "csv": Export("hum2guitar.export.table", (".csv",), "the notes as a table"),
    "npz": Export("hum2guitar.export.arrays", (".npz",), "every intermediate result as an array", reads_sound=True),
    "figure": Export(
        "hum2guitar.export.figure", (".png", ".svg"), "a picture of the hum and the guitar", reads_sound=True
    ),
    "details": Export("hum2guitar.export.details", (".json",), "notes, choices and timings", reads_sound=True),
    "notes_out": Export("hum2guitar.export.notes", (".json",), "the notes as hummed, to correct and read by --notes"),
    "sound": Export(
        "hum2guitar.export.sound", (".wav", ".flac", ".mp3"), "the guitar once more, with 24 bits", reads_sound=True
    ),
}
