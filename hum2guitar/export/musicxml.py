"""Conversion → MusicXML 4: the notes on the fitted beat, with string and fret as technical marks."""

from __future__ import annotations

import os
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring  # nosec B405 # XML is written, none is read

from hum2guitar.arrangement.played import Played
from hum2guitar.arrangement.quantise import STEPS
from hum2guitar.arrangement.tuning import Key
from hum2guitar.export.score import Event, Piece, bars_of, events_of
from hum2guitar.files import writing
from hum2guitar.pipeline import Conversion

DOCTYPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 '
    'Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">\n'
)
TYPES = {  # sixteenths → the note head, and whether it is dotted
    16: ("whole", False),
    12: ("half", True),
    8: ("half", False),
    6: ("quarter", True),
    4: ("quarter", False),
    3: ("eighth", True),
    2: ("eighth", False),
    1: ("16th", False),
}
SHARP = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLAT = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
ALTER = {"#": 1, "b": -1}


def save(path: str | os.PathLike[str], conversion: Conversion) -> None:
    """Write the score. Raises UserError if the file cannot be written."""
    text = DOCTYPE + write(conversion.played)
    with writing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write(played: Played) -> str:
    """Write the notes as the element ``score-partwise`` of MusicXML."""
    score = Element("score-partwise", version="4.0")
    _add(_add(score, "work"), "work-title", "Hum2Guitar")
    part = _add(_add(score, "part-list"), "score-part", id="P1")
    _add(part, "part-name", "Guitar")
    bars = _add(score, "part", id="P1")
    fifths = fifths_of(played.tuning.key)
    for number, pieces in enumerate(bars_of(events_of(played)), start=1):
        bar = _add(bars, "measure", number=number)
        if number == 1:
            _attributes(bar, played, fifths)
            _tempo(bar, played.grid.bpm)
        for piece in pieces:
            _note(bar, piece, FLAT if fifths < 0 else SHARP)
    indent(score)
    return tostring(score, encoding="unicode") + "\n"


def fifths_of(key: Key) -> int:
    """Count the sharps of a key, -5 to 6; flats are negative."""
    major = key.tonic + (3 if key.mode == "minor" else 0)
    return (7 * major + 5) % 12 - 5


def _add(parent: Element, name: str, text: object = None, **attributes: Any) -> Element:
    child = SubElement(parent, name, {key: str(value) for key, value in attributes.items()})
    if text is not None:
        child.text = str(text)
    return child


def _pitch(parent: Element, midi: int, names: tuple[str, ...], prefix: str = "") -> None:
    name = names[midi % 12]
    _add(parent, f"{prefix}step", name[0])
    if name[1:]:
        _add(parent, f"{prefix}alter", ALTER[name[1:]])
    _add(parent, f"{prefix}octave", min(max(midi // 12 - 1, 0), 9))  # the format has no other octaves


def _attributes(bar: Element, played: Played, fifths: int) -> None:
    attributes = _add(bar, "attributes")
    _add(attributes, "divisions", STEPS)
    key = _add(attributes, "key")
    _add(key, "fifths", fifths)
    _add(key, "mode", played.tuning.key.mode)
    time = _add(attributes, "time")
    _add(time, "beats", 4)
    _add(time, "beat-type", 4)
    clef = _add(attributes, "clef")
    _add(clef, "sign", "G")
    _add(clef, "line", 2)
    _add(clef, "clef-octave-change", -1)
    details = _add(attributes, "staff-details")
    for line, midi in enumerate(reversed(played.neck.open_midi), start=1):  # line 1 is the lowest
        _pitch(_add(details, "staff-tuning", line=line), midi, SHARP, "tuning-")
    if played.capo:
        _add(details, "capo", played.capo)


def _tempo(bar: Element, bpm: float) -> None:
    direction = _add(bar, "direction", placement="above")
    metronome = _add(_add(direction, "direction-type"), "metronome")
    _add(metronome, "beat-unit", "quarter")
    _add(metronome, "per-minute", round(bpm))
    _add(direction, "sound", tempo=round(bpm, 2))


def _note(bar: Element, piece: Piece, names: tuple[str, ...]) -> None:
    """Write a piece of a note, or of a rest. The order of the elements is that of the schema."""
    note, event = _add(bar, "note"), piece.event
    if event is None:
        _add(note, "rest")
    else:
        _pitch(_add(note, "pitch"), event.midi, names)
    _add(note, "duration", piece.length)
    ties = [] if event is None else [kind for kind, cut in (("stop", piece.first), ("start", piece.last)) if not cut]
    for kind in ties:
        _add(note, "tie", type=kind)
    _add(note, "voice", 1)
    name, dotted = TYPES[piece.length]
    _add(note, "type", name)
    if dotted:
        _add(note, "dot")
    if event is not None:
        _notations(note, event, piece, ties)


def _notations(note: Element, event: Event, piece: Piece, ties: list[str]) -> None:
    notations = Element("notations")
    for kind in ties:
        _add(notations, "tied", type=kind)
    if piece.first and event.slide:
        _add(notations, "slide", type="stop", number=1)
    if piece.last and event.slides_on:
        _add(notations, "slide", type="start", number=1)
    if piece.first and event.vibrato:
        ornaments = _add(notations, "ornaments")
        _add(ornaments, "wavy-line", type="start")
        _add(ornaments, "wavy-line", type="stop")
    if piece.first and event.note.string is not None:
        technical = _add(notations, "technical")
        _add(technical, "string", event.note.string)
        _add(technical, "fret", event.note.fret)
        if event.bend > 0:
            _add(_add(technical, "bend"), "bend-alter", round(2 * event.bend) / 2)
    if len(notations):
        note.append(notations)
