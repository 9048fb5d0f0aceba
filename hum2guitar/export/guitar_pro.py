"""Conversion → Guitar Pro 5, by PyGuitarPro: notes on strings and frets, with slides, bends, vibrato and capo."""

from __future__ import annotations

import os
from collections.abc import Iterator

from hum2guitar.errors import UserError
from hum2guitar.export.score import Piece, bars_of, events_of
from hum2guitar.files import writing
from hum2guitar.pipeline import Conversion

try:
    import guitarpro as gp
except ModuleNotFoundError as error:
    raise UserError("Guitar Pro files need the package PyGuitarPro; run pip install PyGuitarPro") from error

SEMITONE = 50  # of the values that a bend has in the file; a whole tone is 100
LOUDNESS = (gp.Velocities.piano, gp.Velocities.fortissimo)  # of the softest and of the loudest note
VALUES = {
    16: (1, False),
    12: (2, True),
    8: (2, False),
    6: (4, True),
    4: (4, False),
    3: (8, True),
    2: (8, False),
    1: (16, False),
}


def save(path: str | os.PathLike[str], conversion: Conversion) -> None:
    """Write a Guitar Pro 5 file. Raises UserError if the file cannot be written."""
    song = to_song(conversion)
    with writing(path) as partial, partial.open("wb") as file:
        gp.write(song, file, version=(5, 1, 0))


def to_song(conversion: Conversion) -> gp.Song:
    """Make a song of one track. Notes that the neck does not have become rests."""
    played = conversion.played
    song = gp.Song(title="Hum2Guitar", tempo=round(played.grid.bpm), measureHeaders=[], tracks=[])
    song.tripletFeel = gp.TripletFeel.eighth if played.grid.swing > 0.5 else gp.TripletFeel.none
    track = gp.Track(song, name="Guitar", offset=played.capo, measures=[])
    track.strings = [gp.GuitarString(number, midi) for number, midi in enumerate(played.neck.open_midi, start=1)]
    for number, pieces in enumerate(bars_of(events_of(played)), start=1):
        start = gp.Duration.quarterTime * (1 + 4 * (number - 1))
        header = gp.MeasureHeader(number=number, start=start, tripletFeel=song.tripletFeel)
        song.measureHeaders.append(header)
        measure = gp.Measure(track, header)
        measure.voices[0].beats = list(_beats(pieces, measure.voices[0]))
        track.measures.append(measure)
    song.tracks.append(track)
    return song


def _beats(pieces: list[Piece], voice: gp.Voice) -> Iterator[gp.Beat]:
    for piece in pieces:
        value, dotted = VALUES[piece.length]
        beat = gp.Beat(voice, duration=gp.Duration(value, isDotted=dotted), status=gp.BeatStatus.rest)
        if piece.event is not None and piece.event.note.string is not None:
            beat.status = gp.BeatStatus.normal
            beat.notes = [_note(piece, beat)]
        yield beat


def _note(piece: Piece, beat: gp.Beat) -> gp.Note:
    event = piece.event
    assert event is not None  # nosec B101 # for the type checker
    note = gp.Note(beat, value=event.note.fret, string=event.note.string)
    note.type = gp.NoteType.normal if piece.first else gp.NoteType.tie
    softest, loudest = LOUDNESS
    note.velocity = round(softest + event.note.velocity * (loudest - softest))
    note.effect.vibrato = event.vibrato
    if piece.first and event.bend > 0:  # a string can only be bent upwards
        note.effect.bend = _bend(event.bend)
    if piece.last and event.slides_on:
        note.effect.slides = [gp.SlideType.legatoSlideTo]
    return note


def _bend(semitones: float) -> gp.BendEffect:
    """A bend up to the farthest pitch of the note, in quarter tones."""
    top = max(1, round(2 * semitones))
    points = [gp.BendPoint(0, 0), gp.BendPoint(gp.BendEffect.maxPosition // 2, top), gp.BendPoint(12, top)]
    return gp.BendEffect(type=gp.BendType.bend, value=top * SEMITONE // 2, points=points)
