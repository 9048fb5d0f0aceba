"""The vocoder: its network, its file, what it learns from, and that a run can be stopped and gone on with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from corpora import TINY, write_corpus
from strings_played import plucks, spectra
from untrained import random_generator

from hum2guitar import CheckpointError, Config, Hum2Guitar, UserError, mel
from hum2guitar.synthesis import checkpoint, inversion
from hum2guitar.synthesis.inversion import pghi, pieces, vocoder
from hum2guitar.synthesis.inversion.vocoder import Design, Loaded, Vocoder
from train.__main__ import main
from train.objective import schedule
from train.vocoder import fit as vocoder_fit
from train.vocoder.fit import Learner, Settings
from train.vocoder.material import KINDS, Material, damaged, inputs, losses

SETTINGS = Settings(steps=4, batch_size=1, width=4, blocks=1)


def stirred(design: Design, seed: int = 0) -> Vocoder:
    """An untrained vocoder that is not the identity."""
    torch.manual_seed(seed)
    network = Vocoder(design).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return network


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A corpus, and a checkpoint whose generator draws for it."""
    folder = tmp_path_factory.mktemp("vocoder")
    checkpoint.save(folder / "tiny.safetensors", random_generator(TINY).state_dict(), TINY, {"commit": "x", "steps": 1})
    return write_corpus(folder), folder / "tiny.safetensors"


def settings(generator: Path) -> Settings:
    return replace(SETTINGS, checkpoint=str(generator))


# --- the network -------------------------------------------------------------------------------------------------


def test_untrained_it_is_phase_gradient_heap_integration(default: Config) -> None:
    waveform, f0_hz = plucks(default, 0.6)
    _, magnitude = spectra(waveform, default)
    design = Design(default, width=4, blocks=1)
    better, *steps = vocoder.correct(Loaded(Vocoder(design).eval(), design, {}), magnitude, f0_hz)
    np.testing.assert_array_equal(better, magnitude)
    for found, expected in zip(steps, pghi.phase_steps(magnitude, default), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_in_pieces_it_sounds_as_it_does_as_a_whole(default: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    waveform, f0_hz = plucks(default, 3.0)
    mel_db, _ = spectra(waveform, default)
    design = Design(default, width=4, blocks=2)
    monkeypatch.setattr(vocoder, "load", lambda path: Loaded(stirred(design), design, {}))
    whole = vocoder.invert(mel_db, f0_hz, len(waveform), default)
    monkeypatch.setattr(pieces, "SEGMENT_FRAMES", 64)
    in_pieces = vocoder.invert(mel_db, f0_hz, len(waveform), default)
    one, other = (spectra(sound, default)[0] for sound in (whole, in_pieces))
    audible = one > one.max() - 40
    assert np.abs(one - other)[audible].mean() < 1


def test_the_same_mel_gives_the_same_sound(default: Config) -> None:
    waveform, f0_hz = plucks(default, 0.6)
    mel_db, _ = spectra(waveform, default)
    one, same = (vocoder.invert(mel_db, f0_hz, len(waveform), default) for _ in range(2))
    np.testing.assert_array_equal(one, same)


def test_what_it_hears_lies_between_minus_one_and_one(default: Config) -> None:
    waveform, f0_hz = plucks(default, 0.6)
    f0_hz[:5] = np.nan
    heard = vocoder.hear(spectra(waveform, default)[1], f0_hz, default)
    assert heard.shape == (4, default.n_bins, len(f0_hz))
    assert np.isfinite(heard).all()
    assert np.abs(heard).max() <= 1.2
    assert not heard[1:, :, :5].any()
    k = round(3 * 146.83 * default.n_fft / default.sample_rate)
    assert heard[2, k, 10] > 0.7


# --- its file ----------------------------------------------------------------------------------------------------


def test_the_vocoder_that_ships_is_small_says_where_it_comes_from_and_fits_the_checkpoint() -> None:
    assert vocoder.bundled().stat().st_size < 10_000_000
    loaded = vocoder.load(vocoder.bundled())
    assert {"commit", "corpus", "settings", "steps", "licences", "generator"} <= set(loaded.provenance)
    assert vocoder.unfit(checkpoint.load(checkpoint.bundled()).config) is None


def test_a_file_of_another_kind_is_refused_in_one_sentence(tmp_path: Path, tiny: Config) -> None:
    path = tmp_path / "tiny.safetensors"
    checkpoint.save(path, random_generator(tiny).state_dict(), tiny, {})
    with pytest.raises(CheckpointError, match="is not a hum2guitar vocoder; export one with python -m train vocoder"):
        vocoder.load(path)
    with pytest.raises(CheckpointError, match="is not a hum2guitar checkpoint"):
        checkpoint.load(vocoder.bundled())


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    content = bytearray(vocoder.bundled().read_bytes())
    content[-1] ^= 1
    (tmp_path / "v.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"the vocoder v\.safetensors was altered"):
        vocoder.load(tmp_path / "v.safetensors")


def test_a_design_that_does_not_hold_together_is_refused() -> None:
    with pytest.raises(CheckpointError, match="design does not hold together"):
        Design.from_dict({"width": 4})


def test_mels_that_it_did_not_learn_from_are_refused(converter: Hum2Guitar) -> None:
    with pytest.raises(UserError, match=r"trained on mels with sample_rate 22050, .* 16000; choose another inversion"):
        converter.convert(np.zeros(16000), 16000, inversion="vocoder")


def test_where_it_did_not_learn_pghi_plays_beside_griffin_lim(default: Config, tiny: Config) -> None:
    assert inversion.most_natural(default) == "vocoder"
    assert inversion.most_natural(tiny) == "pghi"


def test_it_is_loaded_only_where_it_is_asked_for(tiny: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> Loaded:
        raise AssertionError(path)

    monkeypatch.setattr(vocoder, "load", refuse)
    for name in ("griffin-lim", "pghi"):
        inversion.INVERSIONS[name].invert(np.zeros((tiny.n_mels, 3)), np.full(3, 220.0), 600, tiny)


# --- learning ----------------------------------------------------------------------------------------------------


def test_a_segment_is_the_same_every_time_and_has_each_kind_of_mel(material: tuple[Path, Path]) -> None:
    corpus, generator = material
    converter = Hum2Guitar.from_pretrained(generator)
    levels = {}
    for kind in KINDS:
        one, same = (Material(corpus, "train", converter, 0, {kind: 1.0})[2] for _ in range(2))
        assert all(torch.equal(one[name], same[name]) for name in one)
        assert one["base_time"].shape == (TINY.n_bins, one["target"].shape[1] - 1)
        levels[kind] = one["base_db"]
    assert not torch.equal(levels["real"], levels["damaged"])
    assert not torch.equal(levels["real"], levels["generated"])


def test_damage_leaves_the_mel_within_its_range(default: Config, rng: np.random.Generator) -> None:
    mel_db, _ = spectra(plucks(default, 0.6)[0], default)
    worse = damaged(mel_db, default, rng)
    assert worse.min() >= default.mel_floor_db
    assert 0.5 < np.abs(worse - mel_db).mean() < 25


def a_batch(config: Config) -> dict[str, torch.Tensor]:
    waveform, f0_hz = plucks(config, 0.6)
    mel_db, _ = spectra(waveform, config)
    target = mel.stft(torch.from_numpy(waveform), config)
    return {name: x[None] for name, x in (inputs(mel_db, f0_hz, config) | {"target": target}).items()}


def test_where_each_partials_phase_began_does_not_matter(default: Config) -> None:
    batch, network = a_batch(default), stirred(Design(default, 4, 1))
    turned = batch | {"target": batch["target"] * torch.exp(torch.tensor(1.3j))}
    for name, value in losses(network, batch, default).items():
        torch.testing.assert_close(losses(network, turned, default)[name], value, rtol=1e-3, atol=1e-5)


def test_the_true_magnitude_and_its_true_steps_cost_nothing(default: Config) -> None:
    batch = a_batch(default)
    spectrum = batch["target"]
    angle = spectrum.angle()
    advance = 2 * torch.pi * torch.arange(default.n_bins)[:, None] * default.hop_length / default.n_fft
    exact = batch | {
        "base_db": 20 * torch.log10(spectrum.abs().clamp_min(1e-5)),
        "base_time": angle.diff(dim=2) - advance,
        "base_frequency": angle.diff(dim=1) + torch.pi,
    }
    found = losses(Vocoder(Design(default, 4, 1)), exact, default)
    assert all(value < 0.01 for value in found.values())


def test_steps_lower_the_loss_of_a_batch(default: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "WARM_UP", 1)
    learner = Learner(default, replace(SETTINGS, steps=50, learning_rate=1e-2, width=8))
    batch = a_batch(default)
    totals = [learner.train_step(batch)["total"] for _ in range(16)]
    assert totals[-1] < 0.95 * totals[0]


def test_a_resumed_run_is_an_uninterrupted_one(material: tuple[Path, Path], tmp_path: Path) -> None:
    corpus, generator = material
    vocoder_fit.fit(corpus, tmp_path / "whole", settings(generator))
    interrupt_after(2, corpus, tmp_path / "halves", settings(generator))
    figures = vocoder_fit.resume(tmp_path / "halves")
    assert set(figures) == set(KINDS)
    assert all(np.isfinite(value) for values in figures.values() for value in values.values())
    states = [torch.load(tmp_path / name / "state.pt", weights_only=True) for name in ("whole", "halves")]
    assert states[0]["step"] == states[1]["step"] == SETTINGS.steps
    for network in ("network", "average"):
        for name, value in states[0][network].items():
            torch.testing.assert_close(states[1][network][name], value, rtol=0, atol=0)


def interrupt_after(steps: int, corpus: Path, out: Path, told: Settings) -> None:
    """A run that was stopped: the state of ``steps`` steps in the folder of a run of more."""
    out.mkdir()
    converter = Hum2Guitar.from_pretrained(told.checkpoint)
    learner, data = Learner(converter.config, told), Material(corpus, "train", converter, told.seed)
    vocoder_fit.describe(out, corpus, learner, converter)
    for step in range(steps):
        learner.train_step(data.batch(step * told.batch_size, told.batch_size))
    vocoder_fit.save(out, learner)


def test_a_run_becomes_a_file_that_inverts(material: tuple[Path, Path], tmp_path: Path) -> None:
    corpus, generator = material
    options = ["--steps", "1", "--batch-size", "1", "--width", "4", "--blocks", "1", "--checkpoint", str(generator)]
    assert main(["vocoder", "fit", "--corpus", str(corpus), "--out", str(tmp_path / "run"), *options]) == 0
    assert main(["vocoder", "export", "--run", str(tmp_path / "run"), "--out", str(tmp_path / "v.safetensors")]) == 0
    loaded = vocoder.load(tmp_path / "v.safetensors")
    assert loaded.provenance["steps"] == 1
    assert main(["vocoder", "fit", "--resume", "--out", str(tmp_path / "run"), "--steps", "2"]) == 0
    assert torch.load(tmp_path / "run" / "state.pt", weights_only=True)["step"] == 2
    described = (tmp_path / "run" / "run.json").read_text()
    assert main(["vocoder", "fit", "--resume", "--out", str(tmp_path / "run"), "--steps", "1"]) == 2
    assert main(["export", "--run", str(tmp_path / "run"), "--out", str(tmp_path / "g.safetensors")]) == 2
    assert (tmp_path / "run" / "run.json").read_text() == described
    assert loaded.provenance["generator"] == {"commit": "x", "steps": 1}
    assert loaded.design == Design(TINY, 4, 1)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fit", "--out", "OUT/new"], "name a corpus with --corpus"),
        (["fit", "--out", "OUT/none", "--resume"], "there is no run in"),
        (["fit", "--corpus", "OUT", "--out", "OUT/taken"], "holds a run already"),
        (["export", "--run", "OUT/none", "--out", "OUT/v.safetensors"], "there is no run in"),
        (
            ["fit", "--corpus", "OUT", "--out", "OUT/new", "--batch-size", "0"],
            "--batch-size is 0; it must be",
        ),
        (["fit", "--corpus", "OUT", "--out", "OUT/new", "--learning-rate", "nan"], "--learning-rate is nan"),
    ],
)
def test_what_cannot_be_trained_is_said_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "state.pt").touch()
    assert main(["vocoder", *(argument.replace("OUT", str(tmp_path)) for argument in arguments)]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
