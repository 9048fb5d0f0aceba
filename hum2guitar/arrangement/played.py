"""Heard → Played: which notes the guitar plays, and along which pitch curve."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from hum2guitar.analysis.heard import Heard
from hum2guitar.arrangement import register, tuning
from hum2guitar.arrangement.legato import apply_legato
from hum2guitar.arrangement.tuning import Tuning
from hum2guitar.choices import Choices
from hum2guitar.config import Config
from hum2guitar.note import Note


@dataclass(frozen=True)
class Followed:
    """The recording's own dynamics, which the articulation ``follow`` keeps.

    Attributes
    ----------
    energy_db : (N,) float32 — dB
    onset_strength : (N,) float32 — -1 to 1
    mel_db : (M, N) float32 — dB
    """

    energy_db: np.ndarray
    onset_strength: np.ndarray
    mel_db: np.ndarray


@dataclass(frozen=True)
class Played:
    """One recording as the guitar plays it: all that rendering reads.

    Attributes
    ----------
    notes : in order of onset, at the pitch that sounds
    f0_hz : (N,) float32 — Hz, the pitch curve that sounds, NaN where unvoiced
    n_samples : length of the sound in samples at ``config.sample_rate``
    transpose_semitones : by how much the hum was moved, the capo's share included
    capo : its fret, 0 for none
    tuning : what was heard of the melody's tuning, and what was done about it
    articulation : "plucked" or "follow"
    followed : the recording's dynamics in ``follow``, None in ``plucked``
    config : the settings of the checkpoint
    warnings : sentences about notes that a guitar does not have
    seconds : wall time by stage
    """

    notes: tuple[Note, ...]
    f0_hz: np.ndarray
    n_samples: int
    transpose_semitones: int
    capo: int
    tuning: Tuning
    articulation: str
    followed: Followed | None
    config: Config
    warnings: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)


def arrange(heard: Heard, choices: Choices) -> Played:
    """Choose the octave, tune the notes, and join those that a slide reaches.

    ``heard`` must have at least one note.
    """
    semitones = register.choose_transposition(choices.transpose, heard.notes, choices.capo)
    fingered = [replace(note, midi=note.midi + semitones) for note in apply_legato(heard.notes)]
    in_tune = tuning.tune(fingered, choices.tune, choices.tune_strength)
    notes = tuning.tuned(fingered, in_tune)
    frame_s = heard.config.frame_s
    moved = semitones + tuning.shift_curve(fingered, in_tune.shifts, len(heard.f0_hz), frame_s)
    follow = choices.articulation == "follow"
    return Played(
        notes=tuple(notes),
        f0_hz=(heard.f0_hz * 2 ** (moved / 12)).astype(np.float32),
        n_samples=heard.n_samples,
        transpose_semitones=semitones,
        capo=int(choices.capo),
        tuning=in_tune,
        articulation=choices.articulation,
        followed=Followed(heard.energy_db, heard.onset_strength, heard.mel_db) if follow else None,
        config=heard.config,
        warnings=register.range_warnings(notes, semitones, choices.capo),
    )
