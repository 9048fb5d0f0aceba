from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from corpora import SETTINGS, TINY
from untrained import random_generator

from hum2guitar import Config, mel
from hum2guitar.config import PRESETS
from hum2guitar.errors import CheckpointError, UserError
from hum2guitar.mel_scale import hz_to_mel, mel_to_hz
from hum2guitar.note import Note, hz_to_midi
from hum2guitar.synthesis import checkpoint, generator, samplers
from hum2guitar.synthesis.condition import build_condition
from hum2guitar.synthesis.controls import pluck_controls
from hum2guitar.synthesis.harmonics import draw_label
from train.objective.adversarial import AdversarialWeights
from train.run.export import export
from train.run.fit import fit
from train.run.trainer import Trainer
from train.run.warm_start import adapt, warm_start


def drawn(
    network: generator.Generator, config: Config, guitar: str | None, articulation: str = "follow"
) -> torch.Tensor:
    label = torch.rand(1, len(config.label_channels), config.n_mels, 8, generator=torch.Generator().manual_seed(0))
    condition = torch.from_numpy(build_condition(guitar, articulation, config))[None]
    with torch.no_grad():
        return network(label, condition)


def test_known_guitars_keep_their_sound_and_a_new_one_begins_as_no_guitar_in_particular(tiny: Config) -> None:
    before = random_generator(tiny)
    wider = replace(tiny, guitars=("banjo", "nylon", "steel"))
    after = generator.build(wider).eval()
    after.load_state_dict(adapt(before.state_dict(), tiny, wider))
    for guitar in ("nylon", "steel", None):
        for articulation in ("follow", "plucked"):
            torch.testing.assert_close(
                drawn(after, wider, guitar, articulation), drawn(before, tiny, guitar, articulation)
            )
    torch.testing.assert_close(drawn(after, wider, "banjo"), drawn(before, tiny, None))
    assert not torch.allclose(drawn(after, wider, "banjo"), drawn(before, tiny, "steel"))


def test_a_wider_and_deeper_generator_begins_as_the_same_function_and_can_use_what_is_new(tiny: Config) -> None:
    before = random_generator(tiny)
    larger = replace(
        tiny,
        guitars=("banjo", *tiny.guitars),
        global_width=tiny.global_width + 3,
        global_blocks=tiny.global_blocks + 1,
        local_width=2 * tiny.local_width,
        local_blocks=tiny.local_blocks + 1,
    )
    after = generator.build(larger)
    after.load_state_dict(adapt(before.state_dict(), tiny, larger))
    for guitar in (*tiny.guitars, None):
        torch.testing.assert_close(drawn(after, larger, guitar), drawn(before, tiny, guitar))

    condition = torch.from_numpy(build_condition(None, "plucked", larger))[None]
    after(torch.rand(1, 3, larger.n_mels, 8), condition).square().mean().backward()
    head = after.head.weight.grad
    assert (head[:, tiny.local_width :].abs().amax(dim=(0, 2, 3)) > 0).all()


def test_a_network_begins_with_the_same_levels_in_another_range(tiny: Config) -> None:
    before, wanted = random_generator(tiny), replace(tiny, mel_floor_db=-60.0, mel_ceil_db=50.0)
    after = generator.build(wanted).eval()
    after.load_state_dict(adapt(before.state_dict(), tiny, wanted))
    levels_db = torch.rand(1, 1, tiny.n_mels, 64, generator=torch.Generator().manual_seed(0)) * 80 - 40
    others = torch.rand(1, len(tiny.label_channels) - 1, tiny.n_mels, 64)
    condition = torch.from_numpy(build_condition("steel", "plucked", tiny))[None]
    found = []
    for network, config in ((before, tiny), (after, wanted)):
        with torch.no_grad():
            mel_of_label = network(torch.cat([mel.normalise(levels_db, config), others], 1), condition)
        half_db = (config.mel_ceil_db - config.mel_floor_db) / 2
        found.append((mel_of_label + 1) * half_db + config.mel_floor_db)
    middle = (..., slice(16, -16), slice(28, -28))  # the zeros around an image mean other levels
    torch.testing.assert_close(found[1][middle], found[0][middle], rtol=0, atol=0.1)
    assert found[0][middle].std() > 1


def test_a_generator_does_not_shrink(tiny: Config) -> None:
    with pytest.raises(CheckpointError, match="can grow but not shrink"):
        adapt(random_generator(tiny).state_dict(), tiny, replace(tiny, global_width=tiny.global_width - 1))


def test_another_network_is_refused_with_the_preset_that_fits(tiny: Config) -> None:
    trained, wanted = replace(PRESETS["medium"], guitars=("nylon",)), replace(PRESETS["original"], guitars=("nylon",))
    with pytest.raises(CheckpointError, match=r"has another configuration; use --preset medium$"):
        adapt({}, trained, wanted)
    with pytest.raises(CheckpointError, match=r"use --preset small --global-width 8 .*--local-blocks \d$"):
        adapt({}, replace(trained, global_width=8), wanted)
    with pytest.raises(CheckpointError, match="another configuration; no preset has it"):
        adapt({}, tiny, replace(tiny, harmonic_decay_db_per_khz=4.0))


def test_a_warm_start_says_which_guitars_are_kept_new_and_forgotten(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warm_start(Trainer(replace(TINY, guitars=("banjo", "steel")), SETTINGS), run)
    assert capsys.readouterr().out == (
        "guitars kept: steel; new: banjo; dropped, because the corpus has no take of them: nylon\n"
    )


def test_a_warm_start_begins_from_the_checkpoint(run: Path, corpus: Path, tmp_path: Path) -> None:
    export(run, tmp_path / "c.safetensors")
    trainer = Trainer(TINY, SETTINGS)
    warm_start(trainer, tmp_path / "c.safetensors")
    loaded = checkpoint.load(tmp_path / "c.safetensors").generator.state_dict()
    assert all(torch.equal(value, loaded[name]) for name, value in trainer.generator.state_dict().items())
    settings = replace(SETTINGS, steps=1, joint_only=True)
    fit(corpus, tmp_path / "second", TINY, settings, begin_from=tmp_path / "c.safetensors")
    assert export(tmp_path / "second", tmp_path / "d.safetensors")["began_from"]["steps"] == 12
    other = Trainer(replace(TINY, harmonic_decay_db_per_khz=4.0), SETTINGS)
    with pytest.raises(CheckpointError, match="another configuration"):
        warm_start(other, tmp_path / "c.safetensors")


def test_a_warm_start_from_a_run_takes_its_discriminator_too(run: Path, corpus: Path, tmp_path: Path) -> None:
    state = torch.load(run / "state.pt", weights_only=True)
    trainer = Trainer(TINY, replace(SETTINGS, seed=5))
    assert warm_start(trainer, run)["steps"] == 12
    for network, saved in (("generator", state["average"]), ("discriminator", state["discriminator"]["network"])):
        found = trainer.learners[network].network.state_dict()
        assert all(torch.equal(weight, saved[name]) for name, weight in found.items())
    with pytest.raises(CheckpointError, match="another choice of --spectral-norm"):
        warm_start(Trainer(TINY, replace(SETTINGS, weights=AdversarialWeights(spectral_norm=True))), run)
    with pytest.raises(UserError, match="there is no run in"):
        warm_start(trainer, tmp_path)


# --- the full band ------------------------------------------------------------------------------------------------


def full_band(narrow: Config) -> Config:
    """The same frames and STFT bins at twice the sample rate, with an eighth more mel bins and one more channel."""
    n_mels = narrow.n_mels * 9 // 8
    highest_mel = hz_to_mel(narrow.fmax_hz) * (n_mels + 1) / (narrow.n_mels + 1)
    return replace(
        narrow,
        sample_rate=2 * narrow.sample_rate,
        n_fft=2 * narrow.n_fft,
        hop_length=2 * narrow.hop_length,
        n_mels=n_mels,
        fmax_hz=float(mel_to_hz(np.array(highest_mel))),
        label_channels=(*narrow.label_channels, "upper partials"),
    )


@pytest.mark.parametrize("sampler", ["direct", "flow"])
def test_a_generator_of_the_full_band_begins_with_the_same_lower_rows_and_reads_the_new_channel(sampler: str) -> None:
    narrow = replace(TINY, n_mels=256, sampler=sampler)
    before, wide = random_generator(narrow), full_band(replace(narrow, global_width=6, guitars=("banjo", "steel")))
    after = generator.build(wide)
    after.load_state_dict(adapt(before.state_dict(), narrow, wide))
    n_channels = len(wide.label_channels) + samplers.of(wide).extra_channels
    label = torch.rand(1, n_channels, wide.n_mels, 8, generator=torch.Generator().manual_seed(0))
    known = [i for i in range(n_channels) if i != len(narrow.label_channels)]
    conditions = (torch.from_numpy(build_condition("steel", "plucked", config))[None] for config in (narrow, wide))
    old_condition, new_condition = conditions
    generated = after(label, new_condition)
    with torch.no_grad():
        expected = before(label[:, known, : narrow.n_mels], old_condition)
    far = narrow.n_mels // 2  # the rows below see nothing of the upper edge
    torch.testing.assert_close(generated[:, :, :far], expected[:, :, :far], rtol=0, atol=1e-5)

    generated.square().mean().backward()
    gradient = after.stem.weight.grad[:, 2 * len(narrow.label_channels) : 2 * len(wide.label_channels)]
    assert (gradient.abs().amax(dim=(0, 2, 3)) > 0).all()


@torch.no_grad()
def test_weights_of_the_first_grid_begin_a_preset_and_generate_the_same_below_3_khz() -> None:
    wide = replace(PRESETS["medium"], guitars=("nylon",), mel_floor_db=Config().mel_floor_db)
    sizes = {name: getattr(wide, name) for name in ("global_width", "global_blocks", "local_width", "local_blocks")}
    narrow = replace(Config(), guitars=("nylon",), **sizes)
    before, after = random_generator(narrow), generator.build(wide).eval()
    after.load_state_dict(adapt(before.state_dict(), narrow, wide))
    f0_hz = np.repeat(np.array([110, 330, 247, 196], np.float32), 10)
    notes = [Note(0.23 * i, 0.23 * (i + 1), float(hz_to_midi(f0_hz[10 * i])), 0.8) for i in range(4)]
    images = []
    for config, generate in ((narrow, before), (wide, after)):
        label = torch.from_numpy(draw_label(pluck_controls(f0_hz, notes, config), config))[None]
        generated = generate(label, torch.from_numpy(build_condition(None, "plucked", config))[None])
        images.append(mel.denormalise(generated, config)[0, 0].numpy())
    narrow_db, wide_db = images
    below = mel.mel_frequencies(narrow) < 3000
    assert narrow_db[below].std() > 1  # random weights make something of the label
    np.testing.assert_allclose(wide_db[: len(below)][below], narrow_db[below], atol=0.001)


def test_a_grid_that_does_not_go_on_the_known_rows_is_refused() -> None:
    narrow = replace(PRESETS["medium"], guitars=("nylon",))
    for change in ({"fmax_hz": 20000.0}, {"hop_length": 512}, {"n_mels": 512}):
        with pytest.raises(CheckpointError, match=r"has another configuration; use --preset medium$"):
            adapt({}, narrow, replace(narrow, **change))
