"""From a corpus to a checkpoint that converts a hum: the real code on networks of a few hundred weights."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from strings import write_samples
from torch.utils.tensorboard import SummaryWriter

from hum2guitar import Hum2Guitar, checkpoint, generator, mel
from hum2guitar.config import SMALL
from hum2guitar.errors import CheckpointError, CorpusError, UserError
from train import loop, stages
from train.corpus import sampled
from train.corpus.store import read_takes
from train.dataset import SEGMENT_FRAMES, Onward, Segments, notes_within
from train.discriminator import MultiScaleDiscriminator
from train.export import export
from train.losses import adversarial_loss, feature_matching_loss, l1_loss, motion_loss

TINY = replace(
    SMALL, n_mels=64, global_width=4, global_blocks=1, local_width=4, local_blocks=1, guitars=("nylon", "steel")
)
SETTINGS = loop.Settings(steps=12, batch_size=2, learning_rate=3e-3, save_minutes=60, log_steps=4)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    notes = write_samples(folder / "notes", {"steel": range(52, 60), "nylon": range(55, 63)})
    sampled.build(notes, 80 / 3600, folder / "corpus", TINY, seed=1, processes=1, command="test")
    return folder / "corpus"


@pytest.fixture(scope="module")
def run(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "whole"
    loop.fit(corpus, out, TINY, SETTINGS)
    return out


def weights(run: Path) -> dict[str, torch.Tensor]:
    return torch.load(run / "state.pt", weights_only=True)["average"]


def test_a_segment_holds_five_seconds_of_target_beside_its_label(corpus: Path) -> None:
    segments = Segments(corpus, "train", TINY, seed=0)
    example = {name: tensor[None] for name, tensor in segments[3].items()}
    label, target = segments.draw(example)
    assert label.shape == (1, 3, 64, SEGMENT_FRAMES)
    assert target.shape == (1, 1, 64, SEGMENT_FRAMES)
    assert SEGMENT_FRAMES * TINY.frame_s == pytest.approx(5, abs=0.03)


def test_the_target_is_the_mel_of_the_recording_untouched(corpus: Path) -> None:
    """The mel of a crop equals the same frames of the whole take's mel, hum-like label or not."""
    strength = loop.Strength(hum_like=1.0)
    segments = Segments(corpus, "train", TINY, seed=0, strength=strength)
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
    segments = Segments(corpus, "train", TINY, seed=0, strength=loop.Strength(hum_like=0))
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


def test_a_corpus_without_five_seconds_is_refused(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "takes.jsonl").write_text("")
    (tmp_path / "corpus.json").write_text((corpus / "corpus.json").read_text())
    with pytest.raises(CorpusError, match="no train take of 5 s"):
        Segments(tmp_path, "train", TINY, seed=0)


def test_notes_within_a_stretch_are_timed_from_its_start(corpus: Path) -> None:
    take = next(read_takes(corpus, "train", TINY))
    inside = notes_within(take.notes, 5.0, 5.0)
    assert all(note.offset_s > 0 and note.onset_s < 5 for note in inside)
    assert {round(note.onset_s + 5, 6) for note in inside} <= {round(note.onset_s, 6) for note in take.notes}


def test_resuming_asks_for_the_segments_that_were_next() -> None:
    assert [*Onward(0, 4), *Onward(4, 8)] == list(Onward(0, 8))


def test_stages_are_global_then_local_then_joint() -> None:
    planned = stages.plan(12)
    assert [(s.name, s.steps) for s in planned] == [("global", 4), ("local", 2), ("joint", 6)]
    assert [stages.stage_at(planned, step).name for step in (0, 3, 4, 5, 6, 11, 99)] == [
        "global", "global", "local", "local", "joint", "joint", "joint"
    ]  # fmt: skip


def test_a_warm_start_is_joint_from_its_first_step() -> None:
    assert [(s.name, s.steps) for s in stages.plan(12, joint_only=True)] == [("joint", 12)]


def test_only_what_a_stage_names_learns(corpus: Path) -> None:
    trainer = loop.Trainer(TINY, SETTINGS, torch.device("cpu"))
    segments = Segments(corpus, "train", TINY, seed=0)
    example = {name: torch.stack([segments[i][name] for i in (0, 1)]) for name in segments[0]}
    label, target = segments.draw(example)
    for step, expected in ((0, {True}), (4, {False}), (6, {True, False})):
        trainer.step = step
        before = {name: p.clone() for name, p in trainer.generator.named_parameters()}
        report = trainer.train_step(label, target, example["condition"])
        changed = {
            n.startswith("global_generator.") for n, p in trainer.generator.named_parameters() if (p != before[n]).any()
        }
        assert changed == expected
        assert ("discriminator" in report) == (step == 6)


def test_the_loss_of_a_real_run_falls(corpus: Path, tmp_path: Path) -> None:
    history: list[dict[str, float]] = []
    settings = replace(SETTINGS, steps=60, learning_rate=1e-2)
    loop.fit(corpus, tmp_path / "run", TINY, settings, on_step=lambda step, report: history.append(report))
    assert set(history[-1]) == {"l1", "motion", "adversarial", "feature_matching", "generator", "discriminator"}
    trainer = loop.Trainer(TINY, replace(settings, steps=60), torch.device("cpu"))
    trainer.step = 60
    unseen = Segments(corpus, "validation", TINY, seed=1)
    with SummaryWriter(str(tmp_path / "log")) as board:
        before_db = loop.validate(board, trainer, unseen)
        trainer.load_state(torch.load(tmp_path / "run" / "state.pt", weights_only=True))
        after_db = loop.validate(board, trainer, unseen)
    assert after_db < before_db - 3


def test_a_resumed_run_equals_an_uninterrupted_one(corpus: Path, run: Path, tmp_path: Path) -> None:
    def interrupt(step: int, report: dict[str, float]) -> None:
        if step == 7:  # in the joint stage: the discriminator's state counts too
            os.kill(os.getpid(), signal.SIGINT)

    out = tmp_path / "run"
    loop.fit(corpus, out, TINY, SETTINGS, on_step=interrupt)
    assert torch.load(out / "state.pt", weights_only=True)["step"] == 7
    loop.fit(corpus, out, TINY, SETTINGS, resume=True)
    resumed, whole = weights(out), weights(run)
    assert all(torch.equal(resumed[name], whole[name]) for name in whole)


def test_a_run_is_neither_overwritten_nor_resumed_out_of_nothing(corpus: Path, run: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="go on with --resume"):
        loop.fit(corpus, run, TINY, SETTINGS)
    with pytest.raises(UserError, match="no run to resume"):
        loop.fit(corpus, tmp_path, TINY, SETTINGS, resume=True)


def test_divergence_stops_with_a_sentence(corpus: Path, tmp_path: Path) -> None:
    settings = replace(SETTINGS, learning_rate=1e9)
    with pytest.raises(UserError, match=r"diverged at step \d+"):
        loop.fit(corpus, tmp_path / "run", TINY, settings)


def test_an_exported_checkpoint_converts_a_hum_and_says_where_it_came_from(run: Path, tmp_path: Path) -> None:
    provenance = export(run, tmp_path / "c.safetensors")
    assert provenance["steps"] == 12
    assert provenance["corpus"] == "test"
    assert provenance["licences"] == ["nylon: CC0 1.0", "steel: CC0 1.0"]
    converter = Hum2Guitar.from_pretrained(tmp_path / "c.safetensors")
    assert converter.provenance == json.loads(json.dumps(provenance))
    t = np.arange(22050) / 22050
    hum = sum(np.sin(2 * np.pi * 220 * k * t) / k for k in range(1, 6))
    assert converter.convert(hum, 22050, guitar="steel").waveform.shape == (22050,)


def test_a_warm_start_begins_from_the_checkpoint(run: Path, corpus: Path, tmp_path: Path) -> None:
    export(run, tmp_path / "c.safetensors")
    trainer = loop.Trainer(TINY, SETTINGS, torch.device("cpu"))
    trainer.warm_start(tmp_path / "c.safetensors")
    loaded = checkpoint.load(tmp_path / "c.safetensors").generator.state_dict()
    assert all(torch.equal(value, loaded[name]) for name, value in trainer.generator.state_dict().items())
    settings = replace(SETTINGS, steps=1, joint_only=True)
    loop.fit(corpus, tmp_path / "second", TINY, settings, warm_start=tmp_path / "c.safetensors")
    assert export(tmp_path / "second", tmp_path / "d.safetensors")["began_from"]["steps"] == 12
    other = loop.Trainer(replace(TINY, local_width=8), SETTINGS, torch.device("cpu"))
    with pytest.raises(CheckpointError, match="another configuration"):
        other.warm_start(tmp_path / "c.safetensors")


def test_settings_are_saved_beside_the_state(run: Path) -> None:
    described = json.loads((run / "run.json").read_text())
    assert described["settings"] == asdict(SETTINGS)
    assert described["config"]["guitars"] == ["nylon", "steel"]
    assert loop.read_run(run) == (TINY, SETTINGS)


def test_exporting_nothing_says_how_to_train(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="python -m train fit"):
        export(tmp_path, tmp_path / "c.safetensors")


def test_a_discriminator_sees_label_and_mel_at_two_scales() -> None:
    torch.manual_seed(0)
    discriminator = MultiScaleDiscriminator(width=4)
    label, drawn = torch.randn(2, 3, 64, 40), torch.randn(2, 1, 64, 40)
    scores = discriminator(label, drawn)
    assert [len(scale) for scale in scores] == [4, 4]
    assert scores[0][-1].shape == (2, 1, 8, 5)
    assert scores[1][-1].shape == (2, 1, 4, 5)
    changed_label = discriminator(label + 1, drawn)
    changed_mel = discriminator(label, drawn + torch.randn_like(drawn))
    for changed in (changed_label, changed_mel):
        assert not torch.allclose(changed[0][-1], scores[0][-1], atol=1e-3)


def test_losses_are_what_their_definitions_say() -> None:
    ones, zeros = torch.ones(1, 1, 4, 5), torch.zeros(1, 1, 4, 5)
    ramp = torch.arange(5.0).expand(1, 1, 4, 5)
    assert l1_loss(ones, zeros) == 1
    assert motion_loss(ones, zeros) == 0
    assert motion_loss(ramp, zeros) == 1
    scores = [[ones, 0.25 * ones], [zeros, 0.5 * ones]]
    assert adversarial_loss(scores, real=True).item() == pytest.approx(0.75**2 + 0.5**2)
    assert adversarial_loss(scores, real=False).item() == pytest.approx(0.25**2 + 0.5**2)
    other = [[zeros, 9 * ones], [zeros, 9 * ones]]
    assert feature_matching_loss(scores, other).item() == pytest.approx(0.5)  # the scores themselves do not count


def test_the_coarse_network_learns_half_the_rows() -> None:
    network = generator.build(TINY)
    label, condition = torch.zeros(1, 3, 64, 9), torch.zeros(1, 4)
    assert network.coarse(label, condition).shape == (1, 1, 32, 9)
