"""From a corpus to a checkpoint that converts a hum: the real code on networks of a few hundred weights."""

from __future__ import annotations

import copy
import json
import os
import signal
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from corpora import SETTINGS, TINY, write_corpus
from torch.utils.tensorboard import SummaryWriter

from hum2guitar import Hum2Guitar, mel
from hum2guitar.config import PRESETS
from hum2guitar.errors import CheckpointError, CorpusError, UserError
from hum2guitar.synthesis import checkpoint, generator
from train.__main__ import build_parser, main
from train.corpus.store import read_takes
from train.data import feed as feeding
from train.data.augment import Strength
from train.data.dataset import SEGMENT_FRAMES, Onward, Segments, notes_within
from train.data.feed import Feed, shares
from train.objective.discriminator import MultiScaleDiscriminator
from train.objective.losses import (
    LossWeights,
    adversarial_loss,
    feature_matching_loss,
    gradient_penalty,
    l1_loss,
    motion_loss,
)
from train.run import loop, stages
from train.run.cli import config_of, machine_of, settings_of
from train.run.divergence import DivergedError, Watch
from train.run.export import export
from train.run.trainer import Machine, Settings, Trainer
from train.run.validation import concordance, figures, validate


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus"))


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
    strength = Strength(hum_like=1.0)
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
    segments = Segments(corpus, "train", TINY, seed=0, strength=Strength(hum_like=0))
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
    segments = Segments(
        corpus, "train", config, seed=0, strength=settings.strength, follow_only=settings.follow_only
    )  # fmt: skip
    told = {tuple(segments[i]["condition"].tolist()) for i in range(40)}
    assert told == {(0, 1, 1), (1, 0, 0), (1, 0, 1)}  # nylon or unknown, and follow
    options.follow_only = ["harp"]
    with pytest.raises(UserError, match="--follow-only names 'harp'; the corpus has nylon, steel"):
        config_of(options)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--seed", "-1"], "--seed is -1; it must be at least 0"),
        (["--batch-size", "0"], "--batch-size is 0; it must be at least 1"),
        (["--learning-rate", "nan"], "--learning-rate is nan; it must be a number above 0"),
        (["--global-blocks", "-1"], "global_blocks is -1; it must be at least 1"),
    ],
)
def test_a_number_that_no_run_can_have_is_refused_before_a_folder_is_made(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: list[str], said: str
) -> None:
    assert main(["fit", "--corpus", str(corpus), "--out", str(tmp_path / "run"), *option]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


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


def one_batch(corpus: Path) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    segments = Segments(corpus, "train", TINY, seed=0)
    example = {name: torch.stack([segments[i][name] for i in (0, 1)]) for name in segments[0]}
    return *segments.draw(example), example["condition"]


def test_only_what_a_stage_names_learns(corpus: Path) -> None:
    trainer = Trainer(TINY, SETTINGS)
    label, target, condition = one_batch(corpus)
    for step, expected in ((0, {True}), (4, {False}), (6, {True, False})):
        trainer.step = step
        before = {name: p.clone() for name, p in trainer.generator.named_parameters()}
        report = trainer.train_step(label, target, condition)
        changed = {
            n.startswith("global_generator.") for n, p in trainer.generator.named_parameters() if (p != before[n]).any()
        }
        assert changed == expected
        assert ("discriminator" in report) == (step == 6)


def test_the_loss_of_a_real_run_falls(corpus: Path, tmp_path: Path) -> None:
    history: list[dict[str, float]] = []
    settings = replace(SETTINGS, steps=60, learning_rate=1e-2)
    loop.fit(corpus, tmp_path / "run", TINY, settings, on_step=lambda step, report: history.append(report))
    losses = {"l1", "motion", "adversarial", "feature_matching", "generator", "discriminator"}
    assert set(history[-1]) == losses | {"gradient_norm", "discriminator_norm"}
    trainer = Trainer(TINY, replace(settings, steps=60))
    trainer.step = 60
    unseen = Segments(corpus, "validation", TINY, seed=1)
    with SummaryWriter(str(tmp_path / "log")) as board:
        before_db = validate(trainer, unseen, board)["l1_db"]
        trainer.load_state(torch.load(tmp_path / "run" / "state.pt", weights_only=True))
        after_db = validate(trainer, unseen, board)["l1_db"]
    assert after_db < before_db - 3


def test_a_resumed_run_equals_an_uninterrupted_one(corpus: Path, run: Path, tmp_path: Path) -> None:
    def interrupt(step: int, report: dict[str, float]) -> None:
        if step == 7:  # in the joint stage: the discriminator's state counts too
            os.kill(os.getpid(), signal.SIGINT)

    out = tmp_path / "run"
    loop.fit(corpus, out, TINY, SETTINGS, on_step=interrupt)
    assert torch.load(out / "state.pt", weights_only=True)["step"] == 7
    loop.resume(out)
    resumed, whole = weights(out), weights(run)
    assert all(torch.equal(resumed[name], whole[name]) for name in whole)


def test_a_run_is_neither_overwritten_nor_resumed_out_of_nothing(corpus: Path, run: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="go on with --resume"):
        loop.fit(corpus, run, TINY, SETTINGS)
    with pytest.raises(UserError, match="no run to resume"):
        loop.resume(tmp_path)


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_last_good_state(corpus: Path, tmp_path: Path) -> None:
    """The bad step touches no weight, and nothing later than the last save replaces what was saved."""
    out = tmp_path / "run"
    seen: list[int] = []
    settings = replace(SETTINGS, learning_rate=1e30, joint_only=True)
    with pytest.raises(DivergedError, match=r"diverged at step \d+ \(.* is (nan|inf)\); .*keeps the state of step 0: "):
        loop.fit(corpus, out, TINY, settings, on_step=lambda step, report: seen.append(step))
    state = torch.load(out / "state.pt", weights_only=True)
    assert state["step"] == 0
    assert all(weight.isfinite().all() for weight in state["generator"].values())
    assert not list(out.glob("*.partial"))


def test_a_step_whose_loss_is_no_number_changes_no_weight(corpus: Path) -> None:
    trainer = Trainer(TINY, replace(SETTINGS, joint_only=True))
    label, target, condition = one_batch(corpus)
    trainer.train_step(label, target, condition)
    before = copy.deepcopy(trainer.state())
    target[0, 0, 5, 5] = float("nan")
    with pytest.raises(DivergedError, match="diverged at step 1"):
        trainer.train_step(label, target, condition)
    assert trainer.step == 1
    for name in ("generator", "discriminator", "average"):
        assert all(
            torch.equal(weight, before[name][key]) for key, weight in getattr(trainer, name).state_dict().items()
        )
    for name in ("optimiser", "discriminator_optimiser"):
        after = getattr(trainer, name).state_dict()["state"]
        assert all(torch.equal(after[i]["exp_avg"], before[name]["state"][i]["exp_avg"]) for i in after)


def test_an_exploding_loss_stops_the_run_before_its_weights_are_saved(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saved after every step as long as all is well; the loss leaps at step 30."""
    honest = Trainer.train_step

    def leaping(trainer: Trainer, *images: torch.Tensor) -> dict[str, float]:
        report = honest(trainer, *images)
        return report | {"generator": report["generator"] * (1000 if trainer.step > 30 else 1)}

    monkeypatch.setattr(Trainer, "train_step", leaping)
    settings = replace(SETTINGS, steps=90, save_minutes=0, joint_only=True)
    with pytest.raises(DivergedError, match=r"diverged at step 50 .* over 10 times its usual .*the state of step 30: "):
        loop.fit(corpus, tmp_path / "run", TINY, settings)
    assert torch.load(tmp_path / "run" / "state.pt", weights_only=True)["step"] == 30


def test_one_bad_batch_and_another_stage_are_no_explosion() -> None:
    watch = Watch()
    for step in range(200):
        watch.see(1000.0 if step % 19 == 18 else 1.0, "global", step)
        assert watch.healthy == (step % 19 != 18 or step < 20)
    for step in range(200):
        watch.see(1000.0, "joint", step)
        assert watch.healthy


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
    trainer = Trainer(TINY, SETTINGS)
    trainer.warm_start(tmp_path / "c.safetensors")
    loaded = checkpoint.load(tmp_path / "c.safetensors").generator.state_dict()
    assert all(torch.equal(value, loaded[name]) for name, value in trainer.generator.state_dict().items())
    settings = replace(SETTINGS, steps=1, joint_only=True)
    loop.fit(corpus, tmp_path / "second", TINY, settings, warm_start=tmp_path / "c.safetensors")
    assert export(tmp_path / "second", tmp_path / "d.safetensors")["began_from"]["steps"] == 12
    other = Trainer(replace(TINY, mel_floor_db=-50.0), SETTINGS)
    with pytest.raises(CheckpointError, match="another configuration"):
        other.warm_start(tmp_path / "c.safetensors")


def test_a_warm_start_from_a_run_takes_its_discriminator_too(run: Path, corpus: Path, tmp_path: Path) -> None:
    state = torch.load(run / "state.pt", weights_only=True)
    trainer = Trainer(TINY, replace(SETTINGS, seed=5))
    assert trainer.warm_start(run)["steps"] == 12
    for network, saved in ((trainer.generator, "average"), (trainer.discriminator, "discriminator")):
        assert all(torch.equal(weight, state[saved][name]) for name, weight in network.state_dict().items())
    with pytest.raises(CheckpointError, match="another choice of --spectral-norm"):
        Trainer(TINY, replace(SETTINGS, spectral_norm=True)).warm_start(run)
    with pytest.raises(UserError, match="there is no run in"):
        trainer.warm_start(tmp_path)


def test_a_resumed_run_knows_its_corpus_and_takes_no_other(run: Path, corpus: Path, tmp_path: Path) -> None:
    assert loop.read_run(run)[0] == corpus
    loop.resume(run, corpus=corpus / ".." / corpus.name)
    with pytest.raises(UserError, match=r"learns from .*, not from .*; leave --corpus out"):
        loop.resume(run, corpus=tmp_path)


def test_a_run_without_a_corpus_or_on_an_absent_device_is_told_so(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", "--out", str(tmp_path / "run")]) == 2
    assert "name a corpus with --corpus" in capsys.readouterr().err
    assert main(["fit", "--out", str(tmp_path / "run"), "--corpus", str(corpus), "--global-width", "0"]) == 2
    assert "global_width is 0; it must be at least 1" in capsys.readouterr().err
    if not torch.cuda.is_available():
        assert main(["fit", "--out", str(tmp_path / "run"), "--corpus", str(corpus), "--device", "cuda"]) == 2
        assert capsys.readouterr().err == "train: there is no device 'cuda' here; use --device cpu\n"
    assert main(["fit", "--out", str(tmp_path / "run"), "--corpus", str(corpus), "--device", "abacus"]) == 2
    assert "there is no device 'abacus' here" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_every_choice_on_the_command_line_reaches_the_run(corpus: Path) -> None:
    words = "fit --out o --global-width 8 --motion 3 --hum-like 0.9 --r1 2 --spectral-norm --steps 7 --batch-size 6"
    options = build_parser().parse_args([*words.split(), "--corpus", str(corpus)])
    settings = settings_of(options)
    assert settings == Settings(
        steps=7,
        batch_size=6,
        r1=2.0,
        spectral_norm=True,
        weights=LossWeights(motion=3.0),
        strength=Strength(hum_like=0.9),
    )
    assert config_of(options) == replace(PRESETS["small"], global_width=8, guitars=("nylon", "steel"))
    plain = build_parser().parse_args(["fit", "--out", "o"])
    assert settings_of(plain) == Settings()
    assert machine_of(plain) == Machine()


def test_settings_are_saved_beside_the_state(run: Path) -> None:
    described = json.loads((run / "run.json").read_text())
    assert described["settings"] == asdict(SETTINGS) | {"follow_only": []}
    assert described["config"]["guitars"] == ["nylon", "steel"]
    assert loop.read_run(run)[1:] == (TINY, SETTINGS)


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
    assert l1_loss(ones, zeros, ones) == 1
    assert motion_loss(ones, zeros, ones) == 0
    assert motion_loss(ramp, zeros, ones) == 1
    scores = [[ones, 0.25 * ones], [zeros, 0.5 * ones]]
    assert adversarial_loss(scores, real=True).item() == pytest.approx(0.75**2 + 0.5**2)
    assert adversarial_loss(scores, real=False).item() == pytest.approx(0.25**2 + 0.5**2)
    other = [[zeros, 9 * ones], [zeros, 9 * ones]]
    assert feature_matching_loss(scores, other).item() == pytest.approx(0.5)  # the scores themselves do not count


def test_the_gradient_penalty_is_the_squared_slope_of_the_scores() -> None:
    """Scores that are a times the mel, at two scales, slope by 2 a everywhere."""

    class Scaled(MultiScaleDiscriminator):
        def __init__(self) -> None:
            super().__init__(width=4)
            self.a = torch.nn.Parameter(torch.tensor(3.0))

        def forward(self, label: torch.Tensor, mel: torch.Tensor) -> list[list[torch.Tensor]]:
            return [[self.a * mel], [self.a * mel]]

    scaled = Scaled()
    penalty = gradient_penalty(scaled, torch.zeros(2, 3, 8, 5), torch.randn(2, 1, 8, 5))
    assert penalty.item() == pytest.approx(36)
    penalty.backward()
    assert scaled.a.grad is not None
    assert scaled.a.grad.item() == pytest.approx(24)


def test_the_gradient_penalty_acts_every_sixteenth_step(corpus: Path) -> None:
    batch = one_batch(corpus)
    plain, penalised = (Trainer(TINY, replace(SETTINGS, joint_only=True, r1=r1)) for r1 in (0.0, 100.0))
    for step, acts in ((0, True), (1, False), (15, False), (16, True)):
        for trainer in (plain, penalised):
            trainer.step = step
        penalised.discriminator.load_state_dict(plain.discriminator.state_dict())
        penalised.generator.load_state_dict(plain.generator.state_dict())
        a, b = plain.train_step(*batch), penalised.train_step(*batch)
        assert (b["discriminator"] > a["discriminator"] * 1.0001) == acts


def test_spectral_norm_bounds_every_convolution_and_is_resumed() -> None:
    torch.manual_seed(0)
    discriminator = MultiScaleDiscriminator(width=4, spectral_norm=True)
    for parameter in discriminator.parameters():
        parameter.data.mul_(50)
    for _ in range(30):  # one power iteration a pass
        discriminator(torch.zeros(1, 3, 64, 40), torch.zeros(1, 1, 64, 40))
    convolutions = [m for m in discriminator.modules() if isinstance(m, torch.nn.Conv2d)]
    norms = [torch.linalg.matrix_norm(m.weight.flatten(1), ord=2).item() for m in convolutions]
    assert norms == pytest.approx([1.0] * 8, rel=0.05)
    again = MultiScaleDiscriminator(width=4, spectral_norm=True)
    again.load_state_dict(discriminator.state_dict())
    again.eval(), discriminator.eval()
    assert torch.equal(again.scales[0].score.weight, discriminator.scales[0].score.weight)


def test_concordance_is_lowered_by_blur_and_by_noise() -> None:
    generator_ = torch.Generator().manual_seed(0)
    a, noise = torch.randn(2, 10000, generator=generator_)
    assert concordance(a, a) == pytest.approx(1)
    assert concordance(a, 0.5 * a) == pytest.approx(0.8, abs=0.01)  # 2 · 0.5 / (1 + 0.25), though they correlate fully
    assert concordance(a, noise) == pytest.approx(0, abs=0.03)
    assert concordance(a, a + noise) == pytest.approx(2 / 3, abs=0.03)


def test_validation_figures_look_at_the_cells_near_the_maximum() -> None:
    torch.manual_seed(0)
    target = torch.full((1, 1, 64, 20), -1.0)
    target[..., :8, :] = 0.6 + 0.02 * torch.randn(8, 20)  # 72 dB above the rest
    assert figures(target, target, TINY) == {
        "l1_db": 0, "mel_l1_db": 0, "motion_concordance": pytest.approx(1), "score_db": pytest.approx(0, abs=1e-4)
    }  # fmt: skip
    drawn = target.clone()
    drawn[..., :8, :] -= 0.1  # 4.5 dB
    drawn[..., 8:, :] += 0.1  # out of sight
    result = figures(drawn, target, TINY)
    assert result["mel_l1_db"] == pytest.approx(4.5, abs=1e-3)
    assert result["l1_db"] == pytest.approx(4.5, abs=1e-3)
    assert result["motion_concordance"] == pytest.approx(1)
    drawn[..., :8, 1:] = drawn[..., :8, :-1].clone()  # a frame late: independent noise
    late = figures(drawn, target, TINY)
    assert late["motion_concordance"] < 0
    assert late["score_db"] == pytest.approx(late["mel_l1_db"] + 5 * (1 - late["motion_concordance"]), abs=1e-4)


@pytest.mark.parametrize(("making_s", "learning_s", "share"), [(0.1, 0.1, 2 / 3), (0.02, 0.36, 0.1), (0.1, 0, 1)])
def test_the_feed_counts_what_it_waits(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, making_s: float, learning_s: float, share: float
) -> None:
    """By a clock that only two things move: making an example, two a batch, and learning from the batch."""
    now_s = 0.0

    def passes(seconds: float) -> None:
        nonlocal now_s
        now_s += seconds

    class Slow(Segments):
        def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
            passes(making_s)
            return super().__getitem__(index)

    monkeypatch.setattr(feeding.time, "monotonic", lambda: now_s)
    feed = Feed(Slow(corpus, "train", TINY, seed=0), Machine().accelerator(), shares(0, 3, 2, 0, 1))
    for _ in feed:
        passes(learning_s)
    assert feed.waiting == pytest.approx(share, abs=1e-6)
    feed.restart_clock()
    assert feed.waiting == 0


def test_the_coarse_network_learns_half_the_rows() -> None:
    network = generator.build(TINY)
    label, condition = torch.zeros(1, 3, 64, 9), torch.zeros(1, 4)
    assert network.coarse(label, condition).shape == (1, 1, 32, 9)


def test_a_run_of_a_version_with_other_settings_is_refused_by_what_it_was_told(run: Path, tmp_path: Path) -> None:
    described = json.loads((run / "run.json").read_text())
    described["settings"]["strength"]["heard"] = 0.5
    (tmp_path / "run.json").write_text(json.dumps(described))
    with pytest.raises(UserError, match=r"is another version's .*'heard'.*begin a new run from it with --warm-start"):
        loop.read_run(tmp_path)
