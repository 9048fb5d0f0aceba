from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from corpora import TINY, read_takes

from hum2guitar import mel
from hum2guitar.errors import CorpusError, UserError
from train.__main__ import build_parser
from train.data.augment import AugmentationConfig
from train.data.dataset import SEGMENT_FRAMES, Segments, notes_within
from train.run.cli import config_of, settings_of


def test_a_segment_holds_five_seconds_of_target_beside_its_label(corpus: Path) -> None:
    segments = Segments(corpus, "train", TINY, seed=0)
    example = {name: tensor[None] for name, tensor in segments[3].items()}
    label, target = segments.draw(example)
    assert label.shape == (1, 3, 64, SEGMENT_FRAMES)
    assert target.shape == (1, 1, 64, SEGMENT_FRAMES)
    assert SEGMENT_FRAMES * TINY.frame_s == pytest.approx(5, abs=0.03)


def test_the_target_is_the_mel_of_the_recording_untouched(corpus: Path) -> None:
    """The mel of a crop equals the same frames of the whole take's mel, hum-like label or not."""
    augmentation = AugmentationConfig(hum_like=1.0)
    segments = Segments(corpus, "train", TINY, seed=0, augmentation=augmentation)
    example = segments[5]
    _, target = segments.draw({name: tensor[None] for name, tensor in example.items()})
    matches = []
    for take in read_takes(corpus, "train", TINY):
        power = mel.power_spectrogram(torch.from_numpy(take.waveform), TINY)
        whole = mel.normalise(mel.power_to_mel_db(power, TINY), TINY)
        windows = whole.unfold(1, SEGMENT_FRAMES, 1).movedim(1, 0)
        matches.append((windows - target[0, 0]).abs().amax(dim=(1, 2)).min().item())
    assert min(matches) < 1e-3


def test_segments_are_drawn_from_seed_and_number(corpus: Path) -> None:
    a, b, other = (Segments(corpus, "train", TINY, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(a[9]["waveform"], b[9]["waveform"])
    assert torch.equal(a[9]["condition"], b[9]["condition"])
    assert not torch.equal(a[9]["waveform"], a[10]["waveform"])
    assert not torch.equal(a[9]["waveform"], other[9]["waveform"])


def test_label_and_target_show_the_same_notes_at_the_same_time(corpus: Path) -> None:
    """Where the label has a pluck, the target's energy rises: their frames are aligned."""
    segments = Segments(corpus, "train", TINY, seed=0, augmentation=AugmentationConfig(hum_like=0))
    rises, anywhere = [], []
    for i in range(12):
        label, target = segments.draw({name: tensor[None] for name, tensor in segments[i].items()})
        level = target[0, 0].mean(dim=0)
        change = (level[2:] - level[:-2]).numpy()  # centred on frames 1 to N - 2
        plucked = label[0, 1, 0, 1:-1].numpy() > 0.4
        rises += list(change[plucked])
        anywhere += list(change)
    assert np.mean(rises) > np.mean(anywhere) + 4 * np.std(anywhere) / np.sqrt(len(rises))
    assert np.mean(rises) > 0.05


def test_a_guitar_kept_to_follow_is_never_plucked_and_has_no_name(corpus: Path, tmp_path: Path) -> None:
    options = build_parser().parse_args(
        ["fit", "--corpus", str(corpus), "--out", str(tmp_path), "--follow-only", "steel", "--unknown-guitar", "0"]
    )
    config, settings = config_of(options), settings_of(options)
    assert config.guitars == ("nylon",)
    config = replace(TINY, guitars=config.guitars)
    segments = Segments(
        corpus, "train", config, seed=0, augmentation=settings.augmentation, follow_only=settings.follow_only
    )  # fmt: skip
    told = {tuple(segments[i]["condition"].tolist()) for i in range(40)}
    assert told == {(0, 1, 1), (1, 0, 0), (1, 0, 1)}  # nylon or unknown, and follow
    options.follow_only = ["harp"]
    with pytest.raises(UserError, match="--follow-only names 'harp'; the corpus has nylon, steel"):
        config_of(options)


def test_takes_whose_strings_ring_on_teach_follow_alone(corpus: Path, tmp_path: Path) -> None:
    lines = (corpus / "takes.jsonl").read_text().splitlines()
    (tmp_path / "takes.jsonl").write_text("\n".join(json.dumps(json.loads(line) | {"rings": True}) for line in lines))
    (tmp_path / "corpus.json").write_text((corpus / "corpus.json").read_text())
    (tmp_path / "takes").symlink_to(corpus / "takes")
    for folder, shares in ((tmp_path, {1.0}), (corpus, {0.0, 1.0})):
        segments = Segments(folder, "train", TINY, seed=0)
        assert {segments[i]["condition"][-1].item() for i in range(20)} == shares


def test_a_corpus_without_five_seconds_is_refused(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "takes.jsonl").write_text("")
    described = json.loads((corpus / "corpus.json").read_text())
    (tmp_path / "corpus.json").write_text(json.dumps({**described, "takes": 0}))
    with pytest.raises(CorpusError, match="no train take of 5 s"):
        Segments(tmp_path, "train", TINY, seed=0)


def test_notes_within_a_stretch_are_timed_from_its_start(corpus: Path) -> None:
    take = next(read_takes(corpus, "train", TINY))
    inside = notes_within(take.notes, 5.0, 5.0)
    assert all(note.offset_s > 0 and note.onset_s < 5 for note in inside)
    assert {round(note.onset_s + 5, 6) for note in inside} <= {round(note.onset_s, 6) for note in take.notes}


def test_a_share_of_the_segments_does_not_say_its_guitar(corpus: Path) -> None:
    """The condition's column of "unknown" comes after the guitars, two here."""

    def share(augmentation: AugmentationConfig) -> float:
        segments = Segments(corpus, "train", TINY, seed=0, augmentation=augmentation)
        return float(np.mean([segments[i]["condition"][2].item() for i in range(60)]))

    assert 0.2 < share(AugmentationConfig()) < 0.6
    assert share(AugmentationConfig(unknown_guitar=0)) == 0
    assert share(AugmentationConfig(unknown_guitar=1)) == 1
