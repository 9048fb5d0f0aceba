"""Played → a score: notes and rests in bars of 4/4, in sixteenths of the fitted beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hum2guitar.arrangement import expression
from hum2guitar.arrangement.fingering import nearest_semitones
from hum2guitar.arrangement.played import Played
from hum2guitar.arrangement.quantise import STEPS, place
from hum2guitar.note import Note

BAR = 4 * STEPS  # sixteenths
SHORTEST_REST = 2  # a shorter gap between two notes is a matter of articulation, and no rest
LENGTHS = (16, 12, 8, 6, 4, 3, 2, 1)  # sixteenths that one note head can last


@dataclass(frozen=True)
class Event:
    """One note of a score.

    Attributes
    ----------
    start : sixteenths from the first bar
    length : sixteenths
    midi : MIDI number of the semitone
    note : as played, with string and fret
    bend : semitones, how far F0 goes from the pitch; 0 for a note that is not bent
    vibrato : whether it has vibrato
    slide : semitones of the slide that reaches it; 0 for a note that is plucked
    slides_on : whether the next note is reached by a slide from this one
    """

    start: int
    length: int
    midi: int
    note: Note
    bend: float = 0.0
    vibrato: bool = False
    slide: int = 0
    slides_on: bool = False


@dataclass(frozen=True)
class Piece:
    """A part of a note, or of a rest, that one head can show: ``length`` sixteenths from ``start`` in its bar.

    Attributes
    ----------
    event : None for a rest
    first, last : whether the note begins with this piece, and ends with it
    """

    start: int
    length: int
    event: Event | None
    first: bool = True
    last: bool = True


def events_of(played: Played) -> list[Event]:
    """Set the notes on the fitted grid. The first bar begins with the beat of the first note."""
    notes, frame_s = played.notes, played.config.frame_s
    starts = place(np.array([note.onset_s for note in notes]), played.grid)
    ends = np.round(played.grid.steps(np.array([note.offset_s for note in notes]))).astype(int)
    first_beat = STEPS * (starts[0] // STEPS)
    starts, ends = starts - first_beat, ends - first_beat
    after = np.append(starts[1:], ends[-1] + BAR)
    ends = np.where(after - ends < SHORTEST_REST, after, np.maximum(ends, starts + 1))
    bent, vibrato = (find(notes, played.f0_hz, frame_s) for find in (expression.find_bends, expression.find_vibrato))
    midi = nearest_semitones(notes).tolist()
    slides = [0 if note.plucked else midi[i] - midi[i - 1] for i, note in enumerate(notes)]
    return [
        Event(
            start=int(starts[i]),
            length=int(ends[i] - starts[i]),
            midi=midi[i],
            note=notes[i],
            bend=_farthest(notes[i], played) if bent[i] else 0.0,
            vibrato=bool(vibrato[i]),
            slide=slides[i],
            slides_on=i + 1 < len(notes) and not notes[i + 1].plucked,
        )
        for i in range(len(notes))
    ]


def _farthest(note: Note, played: Played) -> float:
    away = expression.deviation(note, played.f0_hz, played.config.frame_s)
    return float(away[np.abs(away).argmax()])


def bars_of(events: list[Event]) -> list[list[Piece]]:
    """Cut notes and rests at the bar lines, and into lengths that a note head can show; each bar is full."""
    pieces, now = [], 0
    for event in events:
        pieces += _cut(now, event.start, None) + _cut(event.start, event.start + event.length, event)
        now = event.start + event.length
    pieces += _cut(now, -(-now // BAR) * BAR, None)
    bars: list[list[Piece]] = [[] for _ in range(-(-now // BAR))]
    for at, piece in pieces:
        bars[at // BAR].append(piece)
    return bars


def _cut(start: int, stop: int, event: Event | None) -> list[tuple[int, Piece]]:
    """Cut a note or a rest: the sixteenth at which each piece begins, and the piece."""
    pieces, now = [], start
    while now < stop:
        room = min(stop, (now // BAR + 1) * BAR) - now
        length = next(length for length in LENGTHS if length <= room)
        pieces.append((now, Piece(now % BAR, length, event, now == start, now + length == stop)))
        now += length
    return pieces
