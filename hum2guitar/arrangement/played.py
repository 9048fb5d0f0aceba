"""Heard → Played: the second of the three steps of a conversion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from hum2guitar.analysis.heard import Heard
from hum2guitar.arrangement import expression, register, tuning
from hum2guitar.arrangement.corrected import check_notes, corrected_f0, moved_f0
from hum2guitar.arrangement.fingering import STRINGS, Neck, apply_fingering
from hum2guitar.arrangement.legato import apply_legato
from hum2guitar.arrangement.quantise import Grid, find_grid, quantise
from hum2guitar.arrangement.tuning import Tuning
from hum2guitar.choices import Choices
from hum2guitar.config import Config
from hum2guitar.note import Note


@dataclass(frozen=True)
class Followed:
    """The dynamics of the recording, for the articulation ``follow``.

    Attributes
    ----------
    energy_db : (N,) float32 — dB, from ``mel.frame_energy_db``
    onset_strength : (N,) float32 — -1 to 1, from ``onsets.strength``
    mel_db : (M, N) float32 — dB
    """

    energy_db: np.ndarray
    onset_strength: np.ndarray
    mel_db: np.ndarray


@dataclass(frozen=True)
class Played:
    """One recording as the guitar plays it. Rendering reads nothing else of the recording.

    Attributes
    ----------
    notes : in order of onset, at the pitch as played, with string and fret
    hummed : the notes that were arranged, as hummed: those of the analysis, or a user's
    f0_hz : (N,) float32 — Hz, as played, NaN where unvoiced
    n_samples : length of the sound in samples at ``config.sample_rate``
    transpose_semitones : semitones from the hum to the guitar, including the capo
    capo : fret of the capo, 0 for none
    tuning : the tuning of the melody, and how far each note was moved
    neck : the strings and the capo that the fingering is for
    articulation : "plucked" or "follow"
    followed : the dynamics of the recording in ``follow``, None in ``plucked``
    config : the settings of the checkpoint
    bpm : beats a minute, 0 where the user does not know them
    warnings : sentences about notes outside the range of the guitar
    seconds : wall time of each stage in s
    """

    notes: tuple[Note, ...]
    hummed: tuple[Note, ...]
    f0_hz: np.ndarray
    n_samples: int
    transpose_semitones: int
    capo: int
    tuning: Tuning
    neck: Neck
    articulation: str
    followed: Followed | None
    config: Config
    bpm: float = 0.0
    warnings: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)

    @cached_property
    def grid(self) -> Grid:
        """The beat that fits the onsets best; it is fitted when it is first asked for."""
        return find_grid([note.onset_s for note in self.notes], self.bpm)


def arrange(heard: Heard, choices: Choices, notes: Sequence[Note] | None = None) -> Played:
    """Transpose the melody, move it to the beat, tune its notes, set the levels of slides, choose strings and frets.

    Parameters
    ----------
    heard : the analysis, with at least one note
    choices : the choices of the step arrange are read
    notes : as hummed, instead of those of ``heard``: a user's corrections

    Returns
    -------
    played : without seconds

    Raises
    ------
    UserError
        If the notes cannot be played one after the other.
    """
    hummed = heard.notes if notes is None else tuple(notes)
    if notes is not None:
        check_notes(hummed, heard.duration_s)
    timed, hummed_f0_hz = _timed(heard, hummed, choices)
    neck = Neck(STRINGS[choices.strings], int(choices.capo))
    span = neck.lowest_midi - neck.capo, neck.highest_midi
    semitones = register.choose_transposition(choices.transpose, timed, choices.capo, *span)
    transposed = [replace(note, midi=note.midi + semitones) for note in apply_legato(timed)]
    found = tuning.find_tuning(transposed, choices.tune, choices.tune_strength)
    tuned = tuning.apply_tuning(transposed, found)
    frame_s = heard.config.frame_s
    shift = semitones + tuning.shift_curve(transposed, found.shifts, len(heard.f0_hz), frame_s)
    f0_hz = (hummed_f0_hz * 2 ** (shift / 12)).astype(np.float32)
    follow = choices.articulation == "follow"
    return Played(
        notes=tuple(apply_fingering(tuned, expression.find_bends(tuned, f0_hz, frame_s), neck)),
        hummed=hummed,
        f0_hz=f0_hz,
        n_samples=heard.n_samples,
        transpose_semitones=semitones,
        capo=neck.capo,
        tuning=found,
        neck=neck,
        articulation=choices.articulation,
        followed=Followed(heard.energy_db, heard.onset_strength, heard.mel_db) if follow else None,
        config=heard.config,
        bpm=choices.bpm,
        warnings=register.range_warnings(tuned, semitones, choices.capo, *span),
    )


def _timed(heard: Heard, hummed: tuple[Note, ...], choices: Choices) -> tuple[Sequence[Note], np.ndarray]:
    """Move notes and their F0 to the beat, as far as was chosen: notes as hummed, and (N,) Hz."""
    f0_hz = heard.f0_hz if hummed == heard.notes else corrected_f0(heard, hummed)
    if not choices.quantise:
        return hummed, f0_hz
    grid = find_grid([note.onset_s for note in hummed], choices.bpm)
    moved = quantise(hummed, grid, choices.quantise, heard.duration_s)
    return moved, moved_f0(f0_hz, hummed, moved, heard.config.frame_s)
