"""Convert one recording to files: what every process of a batch does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hum2guitar.analysis import audio
from hum2guitar.choices import Choices
from hum2guitar.command_line import explain
from hum2guitar.export import EXPORTS
from hum2guitar.hub import sha256_of
from hum2guitar.note import Note
from hum2guitar.pipeline import Hum2Guitar

CONVERTED, KEPT, FAILED = "converted", "kept", "failed"


@dataclass(frozen=True)
class Task:
    """One recording to convert.

    Attributes
    ----------
    source : the recording
    written : the file to write, which may be moved afterwards
    target : where the file is in the end
    """

    source: Path
    written: Path
    target: Path


@dataclass(frozen=True)
class Outcome:
    """What became of a recording; a row of the summary.

    Attributes
    ----------
    recording, guitar : the two files
    status : ``CONVERTED``, ``KEPT`` if it was converted earlier, or ``FAILED``
    message : the notes in a few words, or why it failed
    warnings : one sentence each
    seconds : s, what the conversion took
    sha256 : of the recording, in hex; empty if it failed or was not asked for
    """

    recording: str
    guitar: str
    status: str
    message: str
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    sha256: str = ""


@dataclass(frozen=True)
class Converting:
    """A conversion that only waits for a recording. It can be pickled.

    Attributes
    ----------
    converter : has the weights
    choices : the choices of the user
    notes : as hummed, instead of those that are heard; None for those
    exports : other files to write, by the name of their entry in ``EXPORTS``
    hashed : whether an outcome says the SHA-256 of its recording
    """

    converter: Hum2Guitar
    choices: Choices
    notes: tuple[Note, ...] | None = None
    exports: Mapping[str, Path] = field(default_factory=dict)
    hashed: bool = True

    def __call__(self, task: Task) -> Outcome:
        """Convert a recording and write its files. What ``explain`` explains makes the outcome ``FAILED``."""
        try:
            conversion = self.converter.convert(*audio.load(task.source), self.choices, notes=self.notes)
            audio.save(task.written, conversion.waveform, conversion.sample_rate)
            for name, path in self.exports.items():
                EXPORTS[name].save(path, conversion)
            sha256 = sha256_of(task.source) if self.hashed else ""
        except Exception as error:
            sentence = explain(error)
            if sentence is None:
                raise
            return failed(task, sentence)
        return Outcome(
            str(task.source),
            str(task.target),
            CONVERTED,
            conversion.summary,
            tuple(conversion.warnings),
            round(sum(conversion.seconds.values()), 3),
            sha256,
        )


def failed(task: Task, reason: str) -> Outcome:
    """Describe a recording that could not be converted."""
    return Outcome(str(task.source), str(task.target), FAILED, reason)
