"""Choices: everything that a user can choose. The command line, the page and the API read its fields."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import Field, dataclass, field, fields
from numbers import Integral, Real
from typing import Any

from hum2guitar.analysis.trackers import TRACKERS
from hum2guitar.arrangement.fingering import STRINGS
from hum2guitar.arrangement.quantise import FASTEST_BPM, SLOWEST_BPM
from hum2guitar.arrangement.register import MAX_CAPO, MAX_TRANSPOSE
from hum2guitar.arrangement.tuning import TUNINGS
from hum2guitar.errors import UserError
from hum2guitar.synthesis.controls import ARTICULATIONS
from hum2guitar.synthesis.guitars import ANY
from hum2guitar.synthesis.inversion import INVERSIONS

ANALYSE, ARRANGE, RENDER = "analyse", "arrange", "render"
MAX_ITERATIONS = 1000
MAX_SEED = 2**63 - 1  # the largest int64; torch would take twice as much, numpy any


def _choice(default: Any, step: str, text: str, options: Iterable[str] = ()) -> Any:
    """Make a field with the step that reads it, one line of help, and the table of the possible names."""
    return field(default=default, metadata={"step": step, "help": text, "options": options})


@dataclass(frozen=True)
class Choices:
    """The choices of a user. Every field names the step that reads it (``step_of``).

    The results of earlier steps stay valid when a field changes: another ``guitar`` needs a new ``render``, but no new
    ``arrange`` or ``analyse``.

    Raises
    ------
    UserError
        If a value is not possible. The message names the possible values. The names of guitars depend on the
        checkpoint, so ``Hum2Guitar.check`` checks them.
    """

    tracker: str = _choice("swift", ANALYSE, "the F0 tracker", TRACKERS)
    transpose: int | str = _choice("auto", ARRANGE, "semitones, or auto: the octave that fits a guitar")
    capo: int = _choice(0, ARRANGE, f"1 to {MAX_CAPO}: the fret of a capo, which raises all notes by as many semitones")
    strings: str = _choice("standard", ARRANGE, "the tuning of the open strings, for the tablature", STRINGS)
    tune: str = _choice("off", ARRANGE, "nearest: move notes to semitones; key: to notes of the key", TUNINGS)
    tune_strength: float = _choice(1.0, ARRANGE, "0 to 1: how far each note is moved")
    quantise: float = _choice(0.0, ARRANGE, "0 to 1: how far notes are moved to the beat that fits them; swing stays")
    bpm: float = _choice(0.0, ARRANGE, "50 to 180: beats a minute; 0: those that fit the notes")
    articulation: str = _choice("plucked", ARRANGE, "plucked strings, or the dynamics of the hum", ARTICULATIONS)
    guitar: str = _choice(ANY, RENDER, "steel, nylon, a guitar of the checkpoint, or a mix such as steel:0.7,nylon:0.3")
    inversion: str = _choice("pghi", RENDER, "the method that turns the mel spectrogram into sound", INVERSIONS)
    iterations: int | None = _choice(
        None, RENDER, f"0 to {MAX_ITERATIONS}: iterations of Griffin-Lim (griffin-lim: 32, others: 0)"
    )
    body: float = _choice(0.0, RENDER, "0 to 1: how much of another guitar body and a room is added")
    seed: int = _choice(0, RENDER, "the seed of all random numbers")

    def __post_init__(self) -> None:
        object.__setattr__(self, "transpose", parse_transpose(self.transpose))
        for name, message in (
            ("tracker", "there is no tracker {!r}"),
            ("strings", "there is no tuning of the strings {!r}"),
            ("tune", "there is no tuning {!r}"),
            ("articulation", "there is no articulation {!r}"),
            ("inversion", "there is no inversion {!r}"),
        ):
            value, options = getattr(self, name), options_of(name)
            if not (isinstance(value, str) and value in options):
                raise UserError(f"{message.format(value)}; choose one of {', '.join(options)}")
        self._check_numbers()

    def _check_numbers(self) -> None:
        if not _is_whole(self.capo, 0, MAX_CAPO):
            raise UserError(
                f"a capo at fret {self.capo!r} is not possible; choose a whole number from 0 (none) to {MAX_CAPO}"
            )
        if not _is_number(self.tune_strength, 0, 1):
            raise UserError(f"the tuning strength {self.tune_strength!r} is not possible; choose a number from 0 to 1")
        if not _is_number(self.quantise, 0, 1):
            raise UserError(
                f"the strength of quantising {self.quantise!r} is not possible; choose a number from 0 to 1"
            )
        if not _is_number(self.bpm, SLOWEST_BPM, FASTEST_BPM) and not _is_number(self.bpm, 0, 0):
            raise UserError(
                f"a tempo of {self.bpm!r} beats a minute is not possible; choose a number from {SLOWEST_BPM:.0f} to "
                f"{FASTEST_BPM:.0f}, or 0 for the tempo that fits"
            )
        if self.quantise and self.articulation == "follow":
            raise UserError(
                "notes cannot be moved to the beat in follow, which keeps the recording's level; use plucked"
            )
        if not _is_number(self.body, 0, 1):
            raise UserError(f"the amount of body {self.body!r} is not possible; choose a number from 0 (none) to 1")
        if self.iterations is not None and not _is_whole(self.iterations, 0, MAX_ITERATIONS):
            raise UserError(
                f"{self.iterations!r} Griffin-Lim iterations are not possible; choose a whole number from 0 to "
                f"{MAX_ITERATIONS}"
            )
        if not _is_whole(self.seed, 0, MAX_SEED):
            raise UserError(f"the seed {self.seed!r} is not possible; choose a whole number from 0 to {MAX_SEED}")


def parse_transpose(choice: Any) -> str | int:
    """Parse a transposition.

    Parameters
    ----------
    choice : "auto", or a whole number of semitones as a number or a text

    Returns
    -------
    transpose : "auto" or semitones

    Raises
    ------
    UserError
        If the choice is neither, or more than ``MAX_TRANSPOSE`` semitones.
    """
    if isinstance(choice, str) and choice == "auto":
        return "auto"
    try:
        if isinstance(choice, bool) or not isinstance(choice, (str, Real)):  # int() of an array may be a number
            raise ValueError(choice)
        if isinstance(choice, Real) and not float(choice).is_integer():
            raise ValueError(choice)
        semitones = int(choice if isinstance(choice, str) else float(choice))
    except (TypeError, ValueError, OverflowError):
        raise UserError(
            f"the transposition {choice!r} is neither auto nor a whole number of semitones; choose auto or a number "
            f"from -{MAX_TRANSPOSE} to {MAX_TRANSPOSE}"
        ) from None
    if abs(semitones) > MAX_TRANSPOSE:
        raise UserError(
            f"the transposition {choice!r} is not possible; choose auto or a whole number of semitones "
            f"from -{MAX_TRANSPOSE} to {MAX_TRANSPOSE}"
        )
    return semitones


def field_of(name: str) -> Field[Any]:
    """Find the field of that name."""
    return next(found for found in fields(Choices) if found.name == name)


def options_of(name: str) -> tuple[str, ...]:
    """List the names that a choice can have now; none if it is a number or a free text.

    A program may have added entries to ``TRACKERS`` or ``INVERSIONS``.
    """
    return tuple(field_of(name).metadata["options"])


def step_of(name: str) -> str:
    """Name the first step that reads a choice: "analyse", "arrange" or "render"."""
    step: str = field_of(name).metadata["step"]
    return step


def _is_whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and low <= int(value) <= high


def _is_number(value: object, low: float, high: float) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and low <= value <= high  # type: ignore[operator]
