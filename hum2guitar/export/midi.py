"""Conversion → a standard MIDI file: the melody in semitones, or with its bends on one channel a note."""

from __future__ import annotations

import math
import os
from itertools import pairwise

import mido
import numpy as np

from hum2guitar.arrangement.fingering import nearest_semitones
from hum2guitar.arrangement.played import Played
from hum2guitar.arrangement.tuning import reference_of
from hum2guitar.files import writing
from hum2guitar.note import Note, hz_to_midi
from hum2guitar.pipeline import Conversion

TICKS = 960  # a beat
BAR_BEATS = 4
PROGRAMS = {"nylon": 24, "steel": 25}  # of General MIDI
CHANNELS = tuple(channel for channel in range(16) if channel != 9)  # 9 is percussion
BEND_SEMITONES = 2  # how far the ends of the pitch wheel bend: RPN 0, in its upper 7 bits
VELOCITIES = (30, 120)  # of the softest and of the loudest note
Timed = tuple[int, int, mido.Message]  # tick, order within the tick, message


def save(path: str | os.PathLike[str], conversion: Conversion, bends: bool = False) -> None:
    """Write a MIDI file.

    Parameters
    ----------
    path : the file to write
    conversion : its notes as played are written
    bends : False for a melody of semitones on one channel; True for one channel a note, with the F0 as pitch bend

    Raises
    ------
    UserError
        If the file cannot be written.
    """
    with writing(path) as partial:
        to_midi(conversion, bends).save(partial)


def save_bends(path: str | os.PathLike[str], conversion: Conversion) -> None:
    """Write a MIDI file with bends. Parameters and errors are those of ``save``."""
    save(path, conversion, bends=True)


def to_midi(conversion: Conversion, bends: bool = False) -> mido.MidiFile:
    """Make a MIDI file of a conversion: the notes at their own times, with bars at the fitted beat.

    Semitones are counted from the reference of the hum. Without bends, the channel is tuned to that reference (RPN 1),
    so that the file sounds at the pitch of the guitar.
    """
    played = conversion.played
    beats = _Beats(played)
    channels = CHANNELS if bends else CHANNELS[:1]
    guitar = max(conversion.sound.guitar, key=conversion.sound.guitar.__getitem__, default="steel")
    program = PROGRAMS.get(guitar.partition("_")[0], PROGRAMS["steel"])
    rpn = (0, BEND_SEMITONES << 7) if bends else (1, fine_tuning(reference_of(played.notes)))
    timed: list[Timed] = [(0, 0, m) for channel in channels for m in _set_up(channel, program, *rpn)]
    semitones = nearest_semitones(played.notes).tolist()
    for i, (note, midi) in enumerate(zip(played.notes, semitones, strict=True)):
        channel = channels[i % len(channels)]
        velocity = round(float(np.interp(note.velocity, (0, 1), VELOCITIES)))
        start, stop = beats.tick(note.onset_s), max(beats.tick(note.offset_s), beats.tick(note.onset_s) + 1)
        key = min(max(midi, 0), 127)
        timed.append((start, 2, mido.Message("note_on", note=key, velocity=velocity, channel=channel)))
        timed.append((stop, 0, mido.Message("note_off", note=key, velocity=64, channel=channel)))
        if bends:
            timed += _bend(note, key, channel, played, beats)
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS)
    file.tracks += [beats.track(), _track(timed)]
    return file


class _Beats:
    """Times in ticks. Before the first beat of the grid are whole bars with a tempo of their own: a bar begins on it.

    A first bar of fewer beats would have nearly the same tempo, but MuseScore then gives all bars as many. If the first
    beat of the grid is before the sound, the first bar begins with the sound. What is left of that beat becomes a beat
    with a tempo of its own.
    """

    def __init__(self, played: Played) -> None:
        grid = played.grid
        self.tempo = mido.bpm2tempo(grid.bpm)
        lead_s = grid.first_beat_s
        if lead_s > 0:
            self.lead = BAR_BEATS * max(1, round(lead_s / grid.beat_s / BAR_BEATS))
        else:
            self.lead = math.ceil(-lead_s / grid.beat_s)
            lead_s += self.lead * grid.beat_s
        self.lead_tempo = max(1, round(1e6 * lead_s / self.lead)) if self.lead else self.tempo

    def tick(self, seconds: float) -> int:
        """Convert s to ticks."""
        lead_s = 1e-6 * self.lead * self.lead_tempo
        if seconds < lead_s:
            return round(1e6 * max(seconds, 0.0) / self.lead_tempo * TICKS)
        return round(TICKS * (self.lead + 1e6 * (seconds - lead_s) / self.tempo))

    def track(self) -> mido.MidiTrack:
        """The tempo map: 4/4, what is before the beat of the melody at a tempo of its own, then that of the melody."""
        track = mido.MidiTrack([mido.MetaMessage("time_signature", numerator=BAR_BEATS, denominator=4)])
        if self.lead:
            track.append(mido.MetaMessage("set_tempo", tempo=self.lead_tempo))
        track.append(mido.MetaMessage("set_tempo", tempo=self.tempo, time=self.lead * TICKS))
        return track


def fine_tuning(semitones: float) -> int:
    """Write a distance from A = 440 Hz, less than a semitone, as the value of RPN 1: 0 to 16 383, 8192 for none."""
    return int(np.clip(8192 + np.round(8192 * semitones), 0, 16383))


def _set_up(channel: int, program: int, rpn: int, value: int) -> list[mido.Message]:
    """The first messages of a channel: its instrument, and a registered parameter (RPN) with its value of 14 bits."""
    found = [mido.Message("program_change", program=program, channel=channel)]
    values = ((101, 0), (100, rpn), (6, value >> 7), (38, value & 127), (101, 127), (100, 127))  # the last two end it
    return found + [mido.Message("control_change", control=c, value=v, channel=channel) for c, v in values]


def _bend(note: Note, key: int, channel: int, played: Played, beats: _Beats) -> list[Timed]:
    """The F0 of a note as pitch bends, the first one at its onset; the wheel is centred at its end."""
    frame_s = played.config.frame_s
    first, stop = int(np.ceil(note.onset_s / frame_s)), int(np.ceil(note.offset_s / frame_s))
    midi = hz_to_midi(played.f0_hz[first:stop])
    voiced = np.flatnonzero(np.isfinite(midi))
    held = np.interp(np.arange(max(1, len(midi))), voiced, midi[voiced]) if len(voiced) else np.array([note.midi])
    wheel = np.clip(np.round((held - key) / BEND_SEMITONES * 8192), -8192, 8191).astype(int).tolist()
    ticks = [beats.tick(note.onset_s), *(beats.tick((first + i) * frame_s) for i in range(1, len(wheel)))]
    changes = [(ticks[0], wheel[0])]
    changes += [(tick, new) for (_, old), (tick, new) in pairwise(zip(ticks, wheel, strict=True)) if new != old]
    bends = [(tick, 1, mido.Message("pitchwheel", pitch=pitch, channel=channel)) for tick, pitch in changes]
    return [*bends, (beats.tick(note.offset_s), 0, mido.Message("pitchwheel", pitch=0, channel=channel))]


def _track(timed: list[Timed]) -> mido.MidiTrack:
    """Order messages by time, ends before bends before beginnings, and count each time from the one before."""
    track, now = mido.MidiTrack(), 0
    for tick, _, message in sorted(timed, key=lambda each: each[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    return track
