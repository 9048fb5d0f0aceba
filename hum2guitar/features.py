"""The functions that training and inference both call, so that they cannot drift apart."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from . import f0 as f0_module
from . import mel, notes, onsets
from .config import Config
from .harmonics import MAX_AGE_S, Controls
from .notes import VELOCITY_SPAN_DB, Note, level_of, midi_to_hz

ARTICULATIONS = ("plucked", "follow")
PLUCK_LEVEL_DB = 35.0  # level of a note plucked with velocity 1, at the Config's loudness
LONGEST_SLUR_S = 2.0  # from the pluck; a string that slides on for longer has died away, and is plucked anew
SLUR_DROP_DB = (3.0, 7.0)  # by how much less a note that the left hand reaches sounds than the pluck before


@dataclass(frozen=True)
class Features:
    """One recording: F0, confidence and onset strength (N,), frame energy (N,) dB, mel (M, N) dB, and its notes."""

    f0_hz: np.ndarray
    confidence: np.ndarray
    energy_db: np.ndarray
    onset_strength: np.ndarray
    mel_db: np.ndarray
    notes: list[Note]


def analyse(waveform: np.ndarray, config: Config, tracker: f0_module.Tracker) -> Features:
    """Everything the label and the pictures need of a (T,) waveform that ``audio.prepare`` made."""
    conditioned = f0_module.condition(waveform, config)
    f0_hz, confidence = f0_module.track(conditioned, config, tracker)
    power = mel.power_spectrogram(torch.from_numpy(waveform), config)
    mel_db = mel.power_to_mel_db(power, config).numpy()
    return Features(
        f0_hz=f0_hz,
        confidence=confidence,
        energy_db=mel.frame_energy_db(power, config).numpy(),
        onset_strength=onsets.strength(mel_db),
        mel_db=mel_db,
        notes=notes.segment(conditioned, f0_hz, confidence, config),
    )


def controls(
    f0_hz: np.ndarray,
    energy_db: np.ndarray,
    onset_strength: np.ndarray,
    played: list[Note],
    articulation: str,
    config: Config,
) -> Controls:
    """The curves that the label is drawn from.

    In ``follow`` the level is the recording's own, frame by frame, as in the original, and so are the attacks. In
    ``plucked`` the level is one per note, by its velocity, each note is plucked once, and the pitch holds through
    gaps inside a note: how a string sounds after the pluck is for the network to say. The network is told which of
    the two it sees.

    f0_hz : (N,) Hz, NaN where unvoiced; energy_db : (N,) dB; onset_strength : (N,) as ``onsets.strength`` has it;
    played : notes in order of onset.
    """
    if articulation not in ARTICULATIONS:
        raise ValueError(f"articulation is {articulation!r}; known are {', '.join(ARTICULATIONS)}")
    n_frames = len(f0_hz)
    onset, age_s = pluck_curves(played, n_frames, config)
    if articulation == "follow":
        return Controls(f0_hz.astype(np.float32), energy_db.astype(np.float32), onset_strength, age_s)
    note_f0 = np.full(n_frames, np.nan, dtype=np.float32)
    level_db = np.full(n_frames, config.mel_floor_db, dtype=np.float32)
    frames_s = np.arange(n_frames) * config.frame_s
    for note in played:
        inside = (frames_s >= note.onset_s) & (frames_s < note.offset_s)
        note_f0[inside] = hold_pitch(f0_hz[inside], note.midi)
        level_db[inside] = PLUCK_LEVEL_DB + level_of(note.velocity)
    return Controls(note_f0, level_db, onset, age_s)


def hold_pitch(f0_hz: np.ndarray, midi: float) -> np.ndarray:
    """Fill a note's unvoiced frames from their neighbours, or from the note's own pitch where none is voiced."""
    voiced = np.flatnonzero(np.isfinite(f0_hz))
    if len(voiced) == 0:
        return np.full_like(f0_hz, midi_to_hz(midi))
    return np.interp(np.arange(len(f0_hz)), voiced, f0_hz[voiced]).astype(np.float32)


def slurred(heard: list[Note]) -> list[Note]:
    """Notes as hummed → as a left hand plays them, which is how the corpus has them (``sampled.compose``).

    A note reached by a slide keeps the string of the note before it sounding: that one lasts until the slide, and
    the slide's level lies ``SLUR_DROP_DB`` under the pluck's, wherever in that range the hum has it; in trials the
    string's decay then went on through the slide, where a level equal to the pluck's made it swell. A slide that
    begins the melody is plucked, and so is one that comes ``LONGEST_SLUR_S`` after the last pluck.
    """
    played: list[Note] = []
    pluck, plucked_s = 0.0, 0.0
    for note in heard:
        if note.plucked or not played or note.onset_s - plucked_s > LONGEST_SLUR_S:
            pluck, plucked_s = note.velocity, note.onset_s
            played.append(replace(note, plucked=True))
            continue
        loudest, softest = (max(0.0, pluck - drop_db / VELOCITY_SPAN_DB) for drop_db in SLUR_DROP_DB)
        played[-1] = replace(played[-1], offset_s=note.onset_s)
        played.append(replace(note, velocity=min(max(note.velocity, softest), loudest)))
    return played


def pluck_curves(played: list[Note], n_frames: int, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """(onset, age_s), each (N,) float32.

    A pluck between two frames is shared between them in proportion, so its instant is known to much less than a
    frame; its height runs from 0.25 (velocity 0) to 1, for even the softest pluck is one.
    """
    onset = np.zeros(n_frames + 1, dtype=np.float32)
    frames_s = np.arange(n_frames) * config.frame_s
    age_s = np.full(n_frames, MAX_AGE_S, dtype=np.float32)
    for note in played:
        if not note.plucked:
            continue
        age_s = np.where(frames_s >= note.onset_s, np.minimum(frames_s - note.onset_s, MAX_AGE_S), age_s)
        frame, between = divmod(note.onset_s / config.frame_s, 1)
        if 0 <= frame < n_frames:
            height = 0.25 + 0.75 * note.velocity
            pair = onset[int(frame) : int(frame) + 2]
            pair[:] = np.maximum(pair, [height * (1 - between), height * between])
    return onset[:n_frames], age_s.astype(np.float32)
