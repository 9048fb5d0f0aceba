"""Each file is read back: by another library than the one that wrote it, where there is one."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from dataclasses import replace
from pathlib import Path

import av
import guitarpro
import mido
import numpy as np
import pretty_midi
import pytest
import soundfile
from lxml import etree
from sounds import sung, voice

from hum2guitar import Conversion, Hum2Guitar, UserError
from hum2guitar.arrangement.fingering import nearest_semitones
from hum2guitar.export import EXPORTS
from hum2guitar.export.notes import from_json
from hum2guitar.export.tablature import WIDTH
from hum2guitar.note import midi_to_hz

DATA = Path(__file__).parents[1] / "data"
BEAT_S = 0.6
PITCHES = [57, 60, 64, 62, 60, 57, 59, 60]
LENGTHS = [1, 1, 2, 1, 1, 0.5, 0.5, 1]  # beats: two bars
RATE = 16000


@pytest.fixture(scope="module")
def conversion(tiny_converter: Hum2Guitar) -> Conversion:
    starts = 0.6 + BEAT_S * np.cumsum([0, *LENGTHS[:-1]])
    notes = [(t, t + BEAT_S * n - 0.04, m) for t, n, m in zip(starts.tolist(), LENGTHS, PITCHES, strict=True)]
    return tiny_converter.convert(sung(notes, RATE, 5.8), RATE, iterations=1, strings="drop-d", capo=2)


@pytest.fixture(scope="module")
def tiny_converter(tiny) -> Hum2Guitar:
    from untrained import random_generator

    from hum2guitar.synthesis.checkpoint import Checkpoint

    return Hum2Guitar(Checkpoint(random_generator(tiny), tiny, {}))


@pytest.fixture(scope="module")
def expressive(conversion: Conversion) -> Conversion:
    """The same melody; its third note is bent up by a whole tone, and a slide reaches the fourth."""
    frame_s, played = conversion.config.frame_s, conversion.played
    bent = played.notes[2]
    times_s = np.arange(len(played.f0_hz)) * frame_s
    inside = (times_s >= bent.onset_s) & (times_s < bent.offset_s)
    rise = 2 * np.clip((times_s - bent.onset_s - 0.3) / 0.2, 0, 1)
    f0_hz = np.where(inside, midi_to_hz(bent.midi + rise), played.f0_hz).astype(np.float32)
    notes = [*played.notes[:2], replace(bent, offset_s=played.notes[3].onset_s)]
    notes += [replace(played.notes[3], plucked=False), *played.notes[4:]]
    return replace(conversion, played=replace(played, notes=tuple(notes), f0_hz=f0_hz))


def written(name: str, conversion: Conversion, folder: Path, suffix: str = "") -> Path:
    path = folder / f"file{suffix or EXPORTS[name].suffix}"
    EXPORTS[name].check(path)
    EXPORTS[name].save(path, conversion)
    assert [each.name for each in folder.iterdir()] == [path.name]
    return path


def read_midi(path: Path) -> list[tuple[float, float, int, int]]:
    """(onset s, offset s, key, channel) of each note, from the bytes, by the tempo map: not the writer's own times."""
    notes, started, now = [], {}, 0.0
    for message in mido.MidiFile(path):
        now += message.time
        if message.type == "note_on" and message.velocity:
            started[message.channel, message.note] = now
        elif message.type in ("note_on", "note_off"):
            notes.append((started.pop((message.channel, message.note)), now, message.note, message.channel))
    assert not started
    return sorted(notes)


def test_midi_has_the_notes_at_their_times_on_one_channel(conversion: Conversion, tmp_path: Path) -> None:
    notes = read_midi(written("midi", conversion, tmp_path))
    assert (
        [key for _, _, key, _ in notes]
        == [pitch + 2 for pitch in PITCHES]
        == nearest_semitones(conversion.notes).tolist()
    )
    assert {channel for *_, channel in notes} == {0}
    np.testing.assert_allclose([n[0] for n in notes], [n.onset_s for n in conversion.notes], atol=0.001)
    np.testing.assert_allclose([n[1] for n in notes], [n.offset_s for n in conversion.notes], atol=0.001)


@pytest.mark.parametrize("offset", [-0.4, 0.0, 0.3])
def test_midi_is_tuned_to_the_reference_of_the_hum(conversion: Conversion, tmp_path: Path, offset: float) -> None:
    notes = [replace(note, midi=round(note.midi) + offset) for note in conversion.notes]
    path = written("midi", replace(conversion, played=replace(conversion.played, notes=tuple(notes))), tmp_path)
    controls = [(m.control, m.value) for m in mido.MidiFile(path) if m.type == "control_change"]
    (selected, (coarse, fine)) = (controls[:2], [value for _, value in controls[2:4]])
    assert selected == [(101, 0), (100, 1)]  # RPN 1, fine tuning
    tuned = (128 * coarse + fine - 8192) / 8192
    assert tuned == pytest.approx(offset, abs=0.001)
    sounding = [key + tuned for _, _, key, _ in read_midi(path)]
    np.testing.assert_allclose(sounding, [note.midi for note in notes], atol=0.001)


@pytest.mark.parametrize("name", ["midi", "midi_bends"])
def test_another_library_reads_the_notes_of_midi(name: str, expressive: Conversion, tmp_path: Path) -> None:
    read = pretty_midi.PrettyMIDI(str(written(name, expressive, tmp_path)))
    notes = sorted((note for part in read.instruments for note in part.notes), key=lambda note: note.start)
    np.testing.assert_allclose([n.start for n in notes], [n.onset_s for n in expressive.notes], atol=0.002)
    np.testing.assert_allclose([n.pitch for n in notes], [n.midi for n in expressive.notes], atol=0.51)


def test_the_bars_of_midi_begin_on_the_beat(conversion: Conversion, tmp_path: Path) -> None:
    file = mido.MidiFile(written("midi", conversion, tmp_path))
    (tempo_track, *_) = file.tracks
    signatures = [(m.numerator, m.denominator) for m in tempo_track if m.type == "time_signature"]
    assert signatures == [(4, 4)]  # with another one before it, MuseScore reads all bars as that one
    tempos = [message.tempo for message in tempo_track if message.type == "set_tempo"]
    assert mido.tempo2bpm(tempos[-1]) == pytest.approx(60 / BEAT_S, rel=0.02)
    first = next(message for message in file.tracks[1] if message.type == "note_on")
    ticks = sum(m.time for m in file.tracks[1][: file.tracks[1].index(first) + 1])
    assert ticks % file.ticks_per_beat == pytest.approx(0, abs=80) or ticks % file.ticks_per_beat > 880


def test_the_beats_of_midi_are_those_of_the_melody_where_the_first_one_is_before_the_sound(
    conversion: Conversion, tmp_path: Path
) -> None:
    onsets = [0.05, *(0.4 + BEAT_S * beat for beat in range(7))]
    notes = [replace(n, onset_s=t, offset_s=t + 0.2) for n, t in zip(conversion.notes, onsets, strict=True)]
    moved = replace(conversion, played=replace(conversion.played, notes=tuple(notes)))
    assert -BEAT_S / 2 < moved.played.grid.first_beat_s < 0
    path = written("midi", moved, tmp_path)
    np.testing.assert_allclose([onset for onset, *_ in read_midi(path)], onsets, atol=0.002)
    file = mido.MidiFile(path)
    ticks = np.cumsum([message.time for message in file.tracks[1]])
    starts = [t for t, message in zip(ticks.tolist(), file.tracks[1], strict=True) if message.type == "note_on"]
    np.testing.assert_allclose(np.array(starts[1:]) / file.ticks_per_beat, np.arange(1, 8), atol=0.05)


def test_midi_with_bends_sounds_at_the_f0(expressive: Conversion, tmp_path: Path) -> None:
    path = written("midi_bends", expressive, tmp_path)
    notes = read_midi(path)
    channels = [channel for *_, channel in notes]
    assert len(set(channels)) == len(notes)
    assert 9 not in channels
    now, wheel, pitch, ranges, heard = 0.0, dict.fromkeys(range(16), 0), 0, {}, []
    for message in mido.MidiFile(path):
        now += message.time
        if message.type == "control_change" and message.control == 6:
            ranges[message.channel] = message.value
        if message.type == "pitchwheel":
            assert message.channel in ranges  # RPN 0 comes first
            wheel[message.channel] = message.pitch
        if message.type == "note_on":
            pitch, channel = message.note, message.channel
        heard.append((now, pitch + 2 * wheel[channel] / 8192 if pitch else 0))
    assert set(ranges.values()) == {2}
    assert set(wheel.values()) == {0}  # reset at the end of each note
    bent = expressive.notes[2]
    top = [midi for t, midi in heard if bent.onset_s + 0.6 < t < bent.offset_s - 0.05] or [
        [midi for t, midi in heard if t < bent.offset_s - 0.05][-1]
    ]
    assert top[-1] == pytest.approx(bent.midi + 2, abs=0.05)


def read_tab(text: str) -> list[tuple[int, int]]:
    """(string, fret) of each note in order of time."""
    found, offset = [], 0
    for system in text.split("\n\n")[1:]:
        lines = system.splitlines()
        assert len(lines) == 6
        assert len({len(line) for line in lines}) == 1
        for string, line in enumerate(lines, start=1):
            column = 0
            while column < len(line):
                if line[column].isdigit():
                    digits = line[column : column + 2] if line[column + 1].isdigit() else line[column]
                    found.append((offset + column, string, int(digits)))
                    column += len(digits)
                column += 1
        offset += len(lines[0])
    return [(string, fret) for _, string, fret in sorted(found)]


def test_the_tablature_has_every_note_and_is_80_columns_wide(expressive: Conversion, tmp_path: Path) -> None:
    text = written("tab", expressive, tmp_path).read_text(encoding="utf-8")
    assert read_tab(text) == [(note.string, note.fret) for note in expressive.notes]
    assert all(len(line) <= WIDTH == 80 for line in text.splitlines())
    assert "Tuning D A D G B E, capo at fret 2" in text
    assert "100 beats a minute" in text
    bent, slid = expressive.notes[2], expressive.notes[3]
    assert f"-{bent.fret}b" in text
    assert f"\\{slid.fret}-" in text


def gp_notes(song: guitarpro.Song) -> list[guitarpro.Note]:
    return [note for bar in song.tracks[0].measures for beat in bar.voices[0].beats for note in beat.notes]


def test_guitar_pro_has_strings_frets_rhythm_slides_bends_capo_and_tuning(
    expressive: Conversion, tmp_path: Path
) -> None:
    song = guitarpro.parse(written("gp", expressive, tmp_path))
    (track,) = song.tracks
    assert track.offset == 2
    assert [string.value for string in track.strings] == [64, 59, 55, 50, 45, 38]
    assert song.tempo == pytest.approx(60 / BEAT_S, abs=2)
    heads = [note for note in gp_notes(song) if note.type == guitarpro.NoteType.normal]
    assert [(note.string, note.value) for note in heads] == [(note.string, note.fret) for note in expressive.notes]
    assert [note.realValue + track.offset for note in heads] == [pitch + 2 for pitch in PITCHES]
    assert [i for i, note in enumerate(heads) if note.effect.slides] == [2]
    (bend,) = [note.effect.bend for note in heads if note.effect.bend]
    assert bend.value == 100  # a whole tone
    lengths = [beat.duration.time / 960 for bar in track.measures for beat in bar.voices[0].beats if beat.notes]
    assert lengths == LENGTHS


def test_without_pyguitarpro_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "guitarpro", None)
    monkeypatch.delitem(sys.modules, "hum2guitar.export.guitar_pro", raising=False)
    with pytest.raises(UserError, match="pip install PyGuitarPro"):
        EXPORTS["gp"].check(tmp_path / "song.gp5")


class Schemas(etree.Resolver):
    """The schemas that the one of MusicXML imports, without the network."""

    def resolve(self, url: str, _: object, context: object) -> object:
        if url.endswith("xlink.xsd"):
            return self.resolve_string(gzip.decompress((DATA / "xlink.xsd.gz").read_bytes()), context)
        lang = '<attribute name="lang" type="string"/><attribute name="space" type="string"/>'
        namespace = 'targetNamespace="http://www.w3.org/XML/1998/namespace"'
        return self.resolve_string(
            f'<schema xmlns="http://www.w3.org/2001/XMLSchema" {namespace}>{lang}</schema>', context
        )


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    parser = etree.XMLParser()
    parser.resolvers.add(Schemas())
    return etree.XMLSchema(etree.fromstring(gzip.decompress((DATA / "musicxml-4.0.xsd.gz").read_bytes()), parser))


def read_score(conversion: Conversion, folder: Path) -> etree._ElementTree:
    parser = etree.XMLParser(load_dtd=False, no_network=True)
    return etree.parse(written("musicxml", conversion, folder), parser)


@pytest.mark.parametrize("semitones", [-60, 70])
def test_musicxml_is_valid_where_no_guitar_plays(
    conversion: Conversion, tmp_path: Path, schema: etree.XMLSchema, semitones: int
) -> None:
    """The format has the octaves 0 to 9."""
    notes = tuple(replace(note, midi=note.midi + semitones) for note in conversion.notes)
    far = replace(conversion, played=replace(conversion.played, notes=notes))
    schema.assertValid(read_score(far, tmp_path))


def test_musicxml_is_valid_and_has_strings_frets_and_full_bars(
    expressive: Conversion, tmp_path: Path, schema: etree.XMLSchema
) -> None:
    score = read_score(expressive, tmp_path)
    schema.assertValid(score)
    for bar in score.iterfind(".//measure"):
        assert sum(int(each.text) for each in bar.iterfind("note/duration")) == 16
    heads = [note for note in score.iterfind(".//note") if note.find("rest") is None]
    marks = [tuple(int(note.findtext(f"notations/technical/{name}")) for name in ("string", "fret")) for note in heads]
    assert marks == [(note.string, note.fret) for note in expressive.notes]
    assert [int(note.findtext("duration")) / 4 for note in heads] == LENGTHS
    steps = dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))
    sounding = [
        12 * (int(n.findtext("pitch/octave")) + 1)
        + steps[n.findtext("pitch/step")]
        + int(n.findtext("pitch/alter") or 0)
        for n in heads
    ]
    assert sounding == [pitch + 2 for pitch in PITCHES]
    assert [slide.get("type") for slide in score.iterfind(".//slide")] == ["start", "stop"]
    assert score.findtext(".//bend-alter") == "2.0"
    assert score.findtext(".//capo") == "2"
    assert float(score.find(".//sound").get("tempo")) == pytest.approx(100, rel=0.02)


def test_the_table_has_a_row_for_each_note(conversion: Conversion, tmp_path: Path) -> None:
    path = written("csv", conversion, tmp_path)
    table = np.genfromtxt(path, delimiter=",", names=True, dtype=None, encoding="utf-8")
    np.testing.assert_allclose(table["onset_s"], [note.onset_s for note in conversion.notes], atol=5e-4)
    assert table["fret"].tolist() == [note.fret for note in conversion.notes]
    with path.open(encoding="utf-8", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == [note.name for note in conversion.notes]


def test_the_arrays_are_those_of_the_conversion(conversion: Conversion, tmp_path: Path) -> None:
    with np.load(written("npz", conversion, tmp_path), allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["waveform"], conversion.waveform)
        np.testing.assert_array_equal(arrays["label"], conversion.sound.label)
        np.testing.assert_array_equal(arrays["f0_hz"], conversion.played.f0_hz)
        assert arrays["notes"].shape == (len(PITCHES), 7)
        assert np.isnan(arrays["hum_notes"][:, 5:]).all()
        assert arrays["mel_hz"].shape == (conversion.config.n_mels,)
        assert arrays["hum_mel_db"].shape[1] * arrays["frame_s"] == pytest.approx(5.8, abs=0.05)


def test_the_details_have_the_notes_as_hummed_in_the_form_in_which_they_are_read(
    expressive: Conversion, tmp_path: Path
) -> None:
    details = json.loads(written("details", expressive, tmp_path).read_text(encoding="utf-8"))
    assert from_json(json.dumps({"notes": details["hummed"]})) == expressive.played.hummed
    assert [note["fret"] for note in details["notes"]] == [note.fret for note in expressive.notes]
    assert details["bpm"] == pytest.approx(60 / BEAT_S, rel=0.02)


@pytest.mark.parametrize(("suffix", "subtype"), [(".wav", "PCM_24"), (".flac", "PCM_24"), (".mp3", "MPEG_LAYER_III")])
def test_the_sound_has_24_bits_and_the_rate_of_the_model(
    conversion: Conversion, tmp_path: Path, suffix: str, subtype: str
) -> None:
    path = written("sound", conversion, tmp_path, suffix)
    info = soundfile.info(path)
    assert (info.samplerate, info.subtype) == (conversion.sample_rate, subtype)
    with av.open(path) as file:
        blocks = [block.to_ndarray() for block in file.decode(audio=0)]
    assert sum(block.shape[-1] for block in blocks) == pytest.approx(len(conversion.waveform), abs=2400)
    if subtype == "PCM_24":
        np.testing.assert_allclose(soundfile.read(path)[0], conversion.waveform, atol=2**-23)


def test_a_figure_can_be_an_svg(conversion: Conversion, tmp_path: Path) -> None:
    drawn = etree.parse(written("figure", conversion, tmp_path, ".svg"))
    assert etree.QName(drawn.getroot()).localname == "svg"


@pytest.mark.parametrize("name", EXPORTS)
def test_a_wrong_suffix_or_folder_is_refused_before_the_conversion(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"use a name that ends in \."):
        EXPORTS[name].check(tmp_path / "file.xyz")
    with pytest.raises(UserError, match="choose a folder that exists"):
        EXPORTS[name].check(tmp_path / "nowhere" / f"file{EXPORTS[name].suffix}")


@pytest.mark.parametrize("name", EXPORTS)
def test_a_folder_that_vanished_is_a_sentence(name: str, conversion: Conversion, tmp_path: Path) -> None:
    if name == "figure":  # its own test has it, and it takes a second
        return
    with pytest.raises(UserError, match="choose a folder that exists"):
        EXPORTS[name].save(tmp_path / "nowhere" / f"file{EXPORTS[name].suffix}", conversion)


def test_a_melody_without_a_place_on_the_neck_is_written_all_the_same(
    tiny_converter: Hum2Guitar, tmp_path: Path
) -> None:
    high = tiny_converter.convert(voice(440.0, RATE, 1.0), RATE, iterations=1, transpose=36)
    assert {note.string for note in high.notes} == {None}
    for name in ("midi", "midi_bends", "tab", "gp", "musicxml", "csv", "npz"):
        EXPORTS[name].save(tmp_path / name, high)
        assert (tmp_path / name).stat().st_size > 0
