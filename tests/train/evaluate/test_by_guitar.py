"""Each guitar of a checkpoint beside its own takes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from corpora import TINY
from untrained import random_generator

from hum2guitar import Hum2Guitar, Played
from hum2guitar.errors import CorpusError
from hum2guitar.synthesis.checkpoint import Checkpoint
from train.corpus.store import read_split, read_take
from train.evaluate import by_guitar, tables
from train.evaluate.by_guitar import HUMS, OWN, SAME, compare, differences
from train.evaluate.plucks import measure
from train.synth import hummer, singer


@pytest.fixture(scope="module")
def untrained() -> Hum2Guitar:
    return Hum2Guitar(Checkpoint(random_generator(TINY), TINY, {}))


@pytest.fixture(scope="module")
def hum(untrained: Hum2Guitar) -> Played:
    return untrained.arrange(untrained.analyse(hummer.hums(1, 4.0, 1)[0].waveform, singer.RATE))


def marked(corpus: Path, folder: Path, *, rings: bool) -> Path:
    """The corpus again, with takes that all ring or do not."""
    folder.mkdir()
    (folder / "takes").symlink_to(corpus / "takes")
    (folder / "corpus.json").write_text((corpus / "corpus.json").read_text())
    lines = (corpus / "takes.jsonl").read_text().splitlines()
    (folder / "takes.jsonl").write_text("\n".join(json.dumps(json.loads(line) | {"rings": rings}) for line in lines))
    return folder


def test_every_guitar_is_measured_beside_its_takes(
    corpus: Path, untrained: Hum2Guitar, hum: Played, tmp_path: Path
) -> None:
    corpus = marked(corpus, tmp_path / "damped", rings=False)
    found = compare(untrained, corpus, [hum])
    assert list(found) == list(TINY.guitars)
    having = {info.guitar for info in read_split(corpus, "validation", TINY)}
    for guitar, rows in found.items():
        assert list(rows) == ([OWN, SAME, HUMS] if guitar in having else [HUMS])
    info = next(info for info in read_split(corpus, "validation", TINY))
    own = measure(read_take(corpus, info).waveform, TINY.sample_rate)["5–10 kHz, 10 ms"]
    assert found[str(info.guitar)][OWN]["5–10 kHz, 10 ms"]["notes"] >= sum(map(len, own.segments)) > 0
    text = tables.render({"guitars": found}, "guitars")
    assert f"{info.guitar}, {SAME}" in text


def test_takes_in_which_strings_ring_on_are_not_compared(
    corpus: Path, untrained: Hum2Guitar, hum: Played, tmp_path: Path
) -> None:
    found = compare(untrained, marked(corpus, tmp_path / "ringing", rings=True), [hum])
    assert all(list(rows) == [HUMS] for rows in found.values())


def test_a_guitar_that_plays_its_own_takes_has_no_distance_from_them() -> None:
    names = [f"{band}, {ms} ms" for band in by_guitar.BANDS_HZ for ms in (10, 40, 100)]
    own = {name: {"figure": -30.0} for name in names}
    dull = {name: {"figure": -36.0} for name in names}
    assert set(differences({OWN: own, SAME: own}).values()) == {0.0}
    far = differences({OWN: own, SAME: dull})
    assert far == {f"{band}, {ms} ms": -6 for band in by_guitar.BANDS_HZ for ms in (10, 40)}
    assert differences({HUMS: dull}) == {}
    nothing = {name: {"figure": None} for name in names}
    assert differences({OWN: own, SAME: nothing}) == {}


def test_without_a_corpus_the_hums_alone_are_played(untrained: Hum2Guitar, hum: Played) -> None:
    found = compare(untrained, None, [hum])
    assert all(list(rows) == [HUMS] for rows in found.values())
    assert compare(untrained, None, []) == {}


def test_a_corpus_of_another_grid_is_refused(corpus: Path, untrained: Hum2Guitar) -> None:
    config = replace(TINY, n_fft=1024, hop_length=256)
    other = Hum2Guitar(Checkpoint(random_generator(config), config, {}))
    with pytest.raises(CorpusError, match="the configuration says"):
        compare(other, corpus, [])
