"""The command line as a process: what a user types, what comes back, and what is left on disk."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import random_generator
from faults import closed
from sounds import sung

from hum2guitar import Config
from hum2guitar.__main__ import main
from hum2guitar.batch.record import FILE_NAME
from hum2guitar.export import EXPORTS
from hum2guitar.synthesis import checkpoint

MELODY = [(0.2, 0.8, 57.0), (0.9, 1.5, 60.0), (1.6, 2.4, 64.0)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tiny: Config) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    checkpoint.save(folder / "tiny.safetensors", random_generator(tiny).state_dict(), tiny, {})
    for name in ("a", "b"):
        soundfile.write(folder / f"{name}.flac", sung(MELODY, 44100, 2.6), 44100)
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hum2guitar", *arguments, "--checkpoint", str(folder / "tiny.safetensors")]
    return subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[1])


def test_a_hum_is_converted_to_a_guitar_of_the_same_length_and_a_picture(folder: Path, tmp_path: Path) -> None:
    done = run(folder, str(folder / "a.flac"), str(tmp_path / "out.wav"), "--figure", str(tmp_path / "out.png"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 notes, A3 to E4, at the pitch of the hum" in done.stdout
    info = soundfile.info(tmp_path / "out.wav")
    assert info.duration == pytest.approx(2.6, abs=0.01)
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.png", "out.wav"]


def test_every_export_has_a_flag(folder: Path, tmp_path: Path) -> None:
    flags = {"--" + name.replace("_", "-"): tmp_path / f"{name}{export.suffix}" for name, export in EXPORTS.items()}
    words = [str(word) for pair in flags.items() for word in pair]
    common = ["--checkpoint", str(folder / "tiny.safetensors"), "--quiet", "--iterations", "0", "--strings", "dadgad"]
    assert main([str(folder / "a.flac"), str(tmp_path / "out.wav"), *words, *common]) == 0
    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "out.wav", *flags.values()])
    assert "Tuning D A D G A D" in flags["--tab"].read_text(encoding="utf-8")


def test_corrected_notes_are_played(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = ["--checkpoint", str(folder / "tiny.safetensors"), "--iterations", "0"]
    hum, file = str(folder / "a.flac"), tmp_path / "notes.json"
    assert main([hum, str(tmp_path / "heard.wav"), "--notes-out", str(file), *common]) == 0
    notes = json.loads(file.read_text())
    notes["notes"] = [note | {"midi": note["midi"] + 2} for note in notes["notes"][:2]]
    file.write_text(json.dumps(notes))
    capsys.readouterr()
    assert main([hum, str(tmp_path / "corrected.wav"), "--notes", str(file), *common]) == 0
    assert "2 notes, B3 to D4" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["absent.wav", "OUT/o.wav"], "there is no file absent.wav"),
        (["FOLDER/a.flac", "OUT/o.xyz"], "use a name that ends in .wav"),
        (["FOLDER/a.flac", "OUT/nowhere/o.wav"], "choose a folder that exists"),
        (["FOLDER/a.flac", "FOLDER/b.flac", "OUT/o.wav"], "is not a folder"),
        (["FOLDER/a.flac", "OUT/o.wav", "--guitar", "banjo"], "choose one of: any, nylon, steel"),
        (["FOLDER/a.flac", "OUT/o.wav", "--guitar", "steel:x,nylon"], "write steel:0.7"),
        (["FOLDER/a.flac", "OUT/o.wav", "--capo", "12"], "from 0 (none) to 11"),
        (["FOLDER/a.flac", "OUT/o.wav", "--capo", "low"], "invalid int value: 'low'"),
        (["FOLDER/a.flac", "OUT/o.wav", "--tune", "just"], "invalid choice: 'just'"),
        (["FOLDER/a.flac", "OUT/o.wav", "--tune-strength", "2"], "from 0 to 1"),
        (["FOLDER/a.flac", "OUT/o.wav", "--strings", "open-z"], "invalid choice: 'open-z'"),
        (["FOLDER/a.flac", "OUT/o.wav", "--midi", "OUT/f.wav"], "use a name that ends in .mid"),
        (["FOLDER/a.flac", "OUT/o.wav", "--quantise", "2"], "from 0 to 1"),
        (["FOLDER/a.flac", "OUT/o.wav", "--bpm", "20"], "from 50 to 180"),
        (["FOLDER/a.flac", "OUT/o.wav", "--quantise", "1", "--articulation", "follow"], "use plucked"),
        (["FOLDER/a.flac", "OUT/o.wav", "--notes", "OUT/absent.json"], "name a file that --notes-out wrote"),
        (["FOLDER/a.flac", "FOLDER/b.flac", "OUT", "--notes", "OUT/n.json"], "one recording at a time"),
        (["FOLDER/a.flac", "OUT/o.wav", "--body", "2"], "from 0 (none) to 1"),
        (["FOLDER/a.flac", "OUT/o.wav", "--transpose", "99"], "semitones from -36 to 36"),
        (["FOLDER/a.flac", "OUT/o.wav", "--iterations", "-1"], "0 to 1000"),
        (["FOLDER/a.flac", "OUT/o.wav", "--device", "abacus"], "use cpu"),
        (["FOLDER/a.flac", "OUT/o.wav", "--transpose", "high"], "neither auto nor a whole number"),
        (["FOLDER/a.flac", "OUT/o.wav", "--tracker", "ear"], "invalid choice: 'ear'"),
        (["FOLDER/a.flac", "OUT/o.wav", "--inversion", "wavenet"], "invalid choice: 'wavenet'"),
        (["FOLDER/a.flac", "OUT/o.wav", "--inversion", "vocoder"], "the vocoder was trained on mels with"),
        (["FOLDER/a.flac"], "required"),
        (["OUT", "OUT/o.wav"], "there is no recording in OUT"),
        (["FOLDER/a.flac", "FOLDER/a.flac"], "would overwrite the recording"),
        (["FOLDER/a.flac", "OUT/o.wav", "--sound", "FOLDER/a.flac"], "a.flac, which is a recording; choose another"),
        (["FOLDER/a.flac", "OUT/o.wav", "--sound", "OUT/o.wav"], "--sound would overwrite OUT/o.wav, which "),
        (
            ["FOLDER/a.flac", "OUT/o.wav", "--notes", "OUT/n.json", "--notes-out", "OUT/n.json"],
            "--notes-out would overwrite OUT/n.json, which --notes reads; choose another name",
        ),
        (
            ["FOLDER/a.flac", "OUT/o.wav", "--csv", "OUT/n.csv", "--summary", "OUT/n.csv"],
            "--summary would overwrite OUT/n.csv, which --csv writes too; choose another name",
        ),
        (["FOLDER/a.flac", "OUT/o.wav", "--figure", "OUT/f.jpg"], "use a name that ends in .png"),
        (
            ["FOLDER/a.flac", "OUT/o.wav", "--figure", "OUT/nowhere/f.png"],
            "f.png; choose a folder that exists",
        ),
        (["convert", "FOLDER/a.flac", "OUT/o.xyz"], "use a name that ends in .wav"),
        (["FOLDER/*.aiff", "OUT"], "there is no file that fits"),
        (["FOLDER", "OUT", "--jobs", "0"], "--jobs is 0; it must be at least 1"),
        (["FOLDER", "OUT", "--jobs", "2", "--device", "cuda"], "leave --device out"),
        (["FOLDER", "OUT", "--jobs", "2", "--cluster", "auto"], "leave it out where --cluster is given"),
        (["FOLDER/a.flac", "OUT/o.wav", "--resume"], "--resume is for the guitars of a folder"),
        (["FOLDER/a.flac", "OUT", "--resume", "--csv", "OUT/n.csv"], "and no other files to write"),
        (["FOLDER", "OUT", "--summary", "OUT/s.txt"], "use a name that ends in .csv or .json"),
        (["FOLDER/a.flac", "FOLDER/b.flac", "OUT", "--figure", "OUT/f.png"], "--figure takes one file"),
        (["FOLDER/a.flac", "OUT/o.wav", "--device", "meta"], "use cpu"),
        (["x" * 300 + ".wav", "OUT/o.wav"], "File name too long"),
        (["FOLDER/a.flac", "OUT/" + "x" * 300 + ".wav"], "File name too long"),
        (["FOLDER/a.flac", "OUT/" + "x" * 300 + "/o.wav"], "File name too long"),
        (
            ["/proc/self/fd/no\x1b[31m\udce9.wav", "OUT/o.wav"],
            r"there is no file that fits /proc/self/fd/no\x1b[31m\udce9.wav;",
        ),
        (["FOLDER/a.flac", "OUT/o.wav", "--tracker", "\x1b[2J" + "x" * 5000], r"invalid choice: '\x1b[2Jxxx"),
    ],
)
def test_a_user_error_is_one_sentence_with_exit_code_2_and_no_file(
    folder: Path, tmp_path: Path, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"FOLDER": str(folder), "OUT": str(tmp_path)}
    real = [a.replace("FOLDER", places["FOLDER"]).replace("OUT", places["OUT"]) for a in arguments]
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    try:
        code = main([*real, "--checkpoint", str(folder / "tiny.safetensors")])
    except SystemExit as exit_:  # argparse's own way out
        code = int(exit_.code or 0)
    printed = capsys.readouterr()
    assert code == 2
    assert sentence.replace("OUT", places["OUT"]) in printed.err
    assert printed.err.startswith("hum2guitar: ")
    assert printed.err.count("\n") == 1
    assert printed.out == ""
    assert list(tmp_path.iterdir()) == []
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_link_that_leads_to_itself_is_one_sentence(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for words in ([str(loop), str(tmp_path / "o.wav")], [str(folder / "a.flac"), str(loop / "o.wav")]):
        assert main([*words, "--checkpoint", str(folder / "tiny.safetensors")]) == 2
        printed = capsys.readouterr()
        assert printed.err.startswith("hum2guitar: ")
        assert (printed.err.count("\n"), printed.out) == (1, "")


def test_a_folder_that_cannot_be_searched_is_one_sentence(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shut = tmp_path / "shut"
    shut.mkdir()
    for words in ([str(shut / "a.flac"), "o.wav"], [str(folder / "a.flac"), str(shut / "o.wav")]):
        with closed(shut):
            assert main([*words, "--checkpoint", str(folder / "tiny.safetensors")]) == 2
        printed = capsys.readouterr()
        assert printed.err.startswith("hum2guitar: ")
        assert (printed.err.count("\n"), printed.out) == (1, "")


def test_names_that_are_not_utf_8_and_nearly_too_long_are_read_and_written(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hum, guitar = (tmp_path / os.fsdecode(b"caf\xe9" + b"x" * 243 + suffix) for suffix in (b".flac", b".wav"))
    shutil.copyfile(folder / "a.flac", hum)
    assert main([str(hum), str(guitar), "--checkpoint", str(folder / "tiny.safetensors"), "--iterations", "0"]) == 0
    assert sorted(tmp_path.iterdir()) == sorted([hum, guitar])
    assert r"caf\udce9xxx" in capsys.readouterr().out


def test_a_recording_with_the_name_of_a_temporary_file_is_kept(folder: Path, tmp_path: Path) -> None:
    shutil.copyfile(folder / "a.flac", tmp_path / "g.wav.partial")
    words = [str(tmp_path / "g.wav.partial"), str(tmp_path / "g.wav"), "--checkpoint", str(folder / "tiny.safetensors")]
    assert main([*words, "--iterations", "0"]) == 0
    assert (tmp_path / "g.wav.partial").read_bytes() == (folder / "a.flac").read_bytes()


def test_a_silent_recording_is_refused_with_its_name(folder: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silence.wav", np.zeros(16000), 16000)
    done = run(folder, str(tmp_path / "silence.wav"), str(tmp_path / "out.wav"))
    assert done.returncode == 2
    assert done.stderr.startswith("hum2guitar: silence.wav: the recording is silent")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out.wav").exists()


def test_several_hums_are_converted_to_a_folder(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hums = [str(folder / "a.flac"), str(folder / "b.flac")]
    assert main([*hums, str(tmp_path), "--checkpoint", str(folder / "tiny.safetensors"), "--quiet"]) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == [FILE_NAME, "a.wav", "b.wav"]
    assert capsys.readouterr().out == ""


def test_recordings_after_an_unusable_one_are_converted(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(tmp_path / "silence.flac", np.zeros(16000), 16000)
    (tmp_path / "out").mkdir()
    hums = [str(folder / "a.flac"), str(tmp_path / "silence.flac"), str(folder / "b.flac")]
    code = main([*hums, str(tmp_path / "out"), "--checkpoint", str(folder / "tiny.safetensors"), "--quiet"])
    assert code == 1
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [FILE_NAME, "a.wav", "b.wav"]
    printed = capsys.readouterr()
    assert printed.err.startswith("hum2guitar: silence.flac: the recording is silent")
    assert printed.err.count("\n") == 1


def test_several_recordings_that_all_fail_give_exit_code_1(folder: Path, tmp_path: Path) -> None:
    hums = [str(tmp_path / f"{name}.flac") for name in ("a", "b")]
    for hum in hums:
        soundfile.write(hum, np.zeros(16000), 16000)
    (tmp_path / "out").mkdir()
    assert main([*hums, str(tmp_path / "out"), "--checkpoint", str(folder / "tiny.safetensors")]) == 1
    assert list((tmp_path / "out").iterdir()) == []


def test_the_subcommand_convert_equals_the_bare_form(folder: Path, tmp_path: Path) -> None:
    common = ["--checkpoint", str(folder / "tiny.safetensors"), "--quiet", "--iterations", "0"]
    assert main(["convert", str(folder / "a.flac"), str(tmp_path / "one.wav"), *common]) == 0
    assert main([str(folder / "a.flac"), str(tmp_path / "other.wav"), *common]) == 0
    assert (tmp_path / "one.wav").read_bytes() == (tmp_path / "other.wav").read_bytes()


def test_capo_tuning_mix_and_body_change_the_sound(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["--checkpoint", str(folder / "tiny.safetensors"), "--iterations", "2"]
    plain = str(tmp_path / "plain.wav")
    assert main([str(folder / "a.flac"), plain, *common]) == 0
    for choice in (["--capo", "2"], ["--guitar", "steel:0.7,nylon:0.3"], ["--body", "0.5"]):
        other = str(tmp_path / "other.wav")
        assert main([str(folder / "a.flac"), other, *common, *choice]) == 0
        assert not np.allclose(soundfile.read(plain)[0], soundfile.read(other)[0], atol=1e-3)
    capsys.readouterr()
    tuned = ["--tune", "key", "--tune-strength", "0.8", "--capo", "2"]
    assert main([str(folder / "a.flac"), plain, *common, *tuned]) == 0
    assert "3 notes, B3 to F♯4, at the pitch of the hum, capo at fret 2, tuned to B minor" in capsys.readouterr().out


def test_transposition_and_seed_change_the_sound(folder: Path, tmp_path: Path) -> None:
    common = ["--checkpoint", str(folder / "tiny.safetensors"), "--quiet", "--inversion", "griffin-lim"]
    for name, choice in (("0", []), ("again", []), ("up", ["--transpose", "7"]), ("seed", ["--seed", "5"])):
        assert main([str(folder / "a.flac"), str(tmp_path / f"{name}.wav"), *common, *choice]) == 0
    sounds = {path.stem: soundfile.read(path)[0] for path in tmp_path.iterdir()}
    assert np.array_equal(sounds["0"], sounds["again"])
    assert not np.allclose(sounds["0"], sounds["up"], atol=1e-3)
    assert not np.allclose(sounds["0"], sounds["seed"], atol=1e-3)
