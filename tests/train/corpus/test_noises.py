"""The folder of hand noises: what each file is, how loud it is, and which folders are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from note_samples import RATE

from hum2guitar.errors import CorpusError
from train.corpus.noises import RECORDED, load_hand
from train.synth.guitar import ATTACK_LEVEL_DB


def write_noises(folder: Path, files: dict[str, str], pack: str = "archtop") -> Path:
    """Write clicks of height 0.1 with these names and MIDI numbers, and their manifest."""
    (folder / pack).mkdir()
    lines = ["file,pack,midi,licence,source"]
    for name, midi in files.items():
        click = np.zeros(RATE // 10)
        click[10] = 0.1
        soundfile.write(folder / pack / name, click, RATE, subtype="PCM_24")
        lines.append(f"{pack}/{name},{pack},{midi},CC0 1.0,computed")
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_names_tell_releases_touches_and_knocks_apart(tmp_path: Path) -> None:
    files = {"a2_release_rr1.flac": "45", "a2_release_rr2.flac": "45", "mute_string1_rr1.flac": "", "perc_1.flac": ""}
    hand = load_hand(write_noises(tmp_path, files))
    assert [release.midi for release in hand.releases] == [45, 45]
    assert (len(hand.touches), len(hand.knocks)) == (1, 1)
    assert (hand.guitar, hand.licence) == ("steel_archtop", "CC0 1.0")


def test_noises_keep_their_level_against_the_plucks_of_their_guitar(tmp_path: Path) -> None:
    hand = load_hand(write_noises(tmp_path, {"a2_release_rr1.flac": "45"}))
    plucks_db = RECORDED["archtop"][1]
    peak_db = 20 * np.log10(np.abs(hand.releases[0].waveform).max())
    assert peak_db - ATTACK_LEVEL_DB == pytest.approx(-20 - plucks_db, abs=0.1)


def test_a_folder_that_cannot_be_used_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"there is no .*manifest\.csv; give --noises a folder"):
        load_hand(tmp_path)
    for name, files, pack, said in (
        ("kind", {"scrape.flac": ""}, "archtop", r"scrape\.flac is of no known kind"),
        ("pack", {"a2_release.flac": "45"}, "lute", "lists the packs lute; how loud their guitar was is known for one"),
        ("none", {"perc_1.flac": ""}, "archtop", "lists no releases"),
    ):
        (tmp_path / name).mkdir()
        with pytest.raises(CorpusError, match=said):
            load_hand(write_noises(tmp_path / name, files, pack))
