from __future__ import annotations

import dataclasses
import json
import pickle
from pathlib import Path

import huggingface_hub
import numpy as np
import pytest
import torch
from faults import disk_for
from huggingface_hub.errors import LocalEntryNotFoundError, RepositoryNotFoundError
from safetensors import safe_open
from safetensors.torch import save_file
from sounds import sung
from untrained import random_generator

from hum2guitar import CheckpointError, Hum2Guitar, hub
from hum2guitar.synthesis import checkpoint
from hum2guitar.synthesis.generate import generate

PROVENANCE = {"commit": "abc123", "steps": 3, "seed": 0}


@pytest.fixture
def saved(tmp_path, tiny) -> Path:
    path = tmp_path / "tiny.safetensors"
    checkpoint.save(path, random_generator(tiny).state_dict(), tiny, PROVENANCE)
    return path


def parts(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118 (not a dict)


def sign(path: Path, weights: dict[str, torch.Tensor], metadata: dict[str, str]) -> None:
    """Write a checkpoint whose digest is right, whatever else is wrong with it."""
    metadata = {**metadata, "sha256": checkpoint.digest(weights, metadata)}
    save_file(weights, path, metadata=metadata)


# --- there and back ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("architecture", ["strided", "original"])
def test_what_is_saved_generates_the_same_when_loaded(tmp_path, tiny, architecture):
    config = dataclasses.replace(tiny, architecture=architecture, global_width=4, local_width=2)
    network = random_generator(config).half().float()  # what float16 keeps of it
    checkpoint.save(tmp_path / "a.safetensors", network.state_dict(), config, PROVENANCE)
    loaded = checkpoint.load(tmp_path / "a.safetensors")
    assert loaded.config == config
    assert loaded.provenance == PROVENANCE
    assert not loaded.generator.training
    assert {parameter.dtype for parameter in loaded.generator.parameters()} == {torch.float32}
    inputs = torch.rand(1, len(config.label_channels), config.n_mels, 9), torch.rand(1, len(config.guitars) + 2)
    with torch.inference_mode():
        torch.testing.assert_close(loaded.generator(*inputs), network(*inputs), rtol=0, atol=0)


def test_a_checkpoint_of_22_khz_from_before_the_full_band_loads_and_converts_as_it_did(tmp_path, default):
    path, sizes = tmp_path / "a.safetensors", ("global_width", "global_blocks", "local_width", "local_blocks")
    config = dataclasses.replace(default, guitars=("nylon", "steel"), **dict.fromkeys(sizes, 2))
    network = random_generator(config).half().float()
    checkpoint.save(path, network.state_dict(), config, PROVENANCE)
    weights, metadata = parts(path)
    added_since = ("label_channels", "sampler", "noise_scale", "default_guitar")
    fields = {name: value for name, value in json.loads(metadata["config"]).items() if name not in added_since}
    sign(path, weights, {**metadata, "config": json.dumps(fields)})

    hum = sung([(0.1, 0.4, 57.0), (0.5, 0.9, 61.0)], 44100, 1.0)
    loaded, same = Hum2Guitar.from_pretrained(path), Hum2Guitar(checkpoint.Checkpoint(network, config, {}))
    found, expected = (converter.convert(hum, 44100, iterations=2) for converter in (loaded, same))
    assert (found.sample_rate, found.waveform.shape, found.sound.label.shape[:2]) == (22050, (22050,), (3, 512))
    assert [note.name for note in found.notes] == ["A3", "C♯4"]
    assert np.abs(found.waveform).max() > 0.01
    np.testing.assert_array_equal(found.waveform, expected.waveform)


def test_the_file_holds_two_bytes_a_parameter(saved, tiny):
    n_parameters = sum(parameter.numel() for parameter in random_generator(tiny).parameters())
    assert 2 * n_parameters < saved.stat().st_size < 2 * n_parameters + 8192


def test_a_checkpoint_may_be_read_by_whoever_may_read_a_new_file(saved):
    (saved.parent / "new").touch()
    assert saved.stat().st_mode == (saved.parent / "new").stat().st_mode


def test_saving_makes_the_folder_and_leaves_nothing_beside_the_file(tmp_path, tiny):
    checkpoint.save(tmp_path / "a" / "b.safetensors", random_generator(tiny).state_dict(), tiny, {})
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.safetensors"]


def test_a_failed_save_keeps_the_old_checkpoint(saved, tiny):
    before = saved.read_bytes()
    with disk_for(len(before) // 2), pytest.raises(CheckpointError, match=r"cannot write .*; free some space"):
        checkpoint.save(saved, random_generator(tiny, seed=1).state_dict(), tiny, PROVENANCE)
    assert saved.read_bytes() == before
    assert list(saved.parent.glob("*.partial")) == []


# --- damage ------------------------------------------------------------------------------------------------------


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"there is no checkpoint .*lost\.safetensors; check the name"):
        checkpoint.load(tmp_path / "lost.safetensors")


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.05, 0.5, 0.99])
def test_a_truncated_checkpoint_is_damaged(saved, kept):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(
        CheckpointError, match=r"tiny\.safetensors is damaged or cut short .*; download or export it again"
    ):
        checkpoint.load(saved)


def test_no_altered_byte_goes_unnoticed(saved):
    content, rng = saved.read_bytes(), np.random.default_rng(0)
    whole = checkpoint.load(saved)
    header = 8 + int.from_bytes(content[:8], "little")
    # every byte of the header is a field, a name or a number; of the weights a few hundred will do
    places = [*range(0, header, 7), *rng.integers(header, len(content), 200)]
    for place in places:
        altered = bytearray(content)
        altered[place] ^= 1 << int(rng.integers(8))
        saved.write_bytes(altered)
        try:
            loaded = checkpoint.load(saved)
        except CheckpointError:
            continue
        # the spaces that pad the header mean nothing
        assert (loaded.config, loaded.provenance) == (whole.config, whole.provenance), place
        for name, tensor in whole.generator.state_dict().items():
            assert torch.equal(loaded.generator.state_dict()[name], tensor), (place, name)


def test_an_altered_weight_is_said_to_be_altered(saved):
    content = bytearray(saved.read_bytes())
    content[-1] ^= 1
    saved.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"tiny\.safetensors was altered after it was written"):
        checkpoint.load(saved)


def test_an_altered_configuration_is_said_to_be_altered(saved):
    content = saved.read_bytes()
    assert content.count(b"16000") == 1
    saved.write_bytes(content.replace(b"16000", b"48000"))
    with pytest.raises(CheckpointError, match="was altered after it was written"):
        checkpoint.load(saved)


def test_weights_of_another_kind_of_number_are_refused(saved):
    # the same bytes read as integers: nothing that a digest of the bytes would see
    content = saved.read_bytes()
    saved.write_bytes(content.replace(b'"F16"', b'"I16"', 1))
    with pytest.raises(CheckpointError, match=r"is stored as torch\.int16, not as float16"):
        checkpoint.load(saved)


@pytest.mark.parametrize("key", ["config", "provenance"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, r"the checkpoint tiny\.safetensors has no readable"),
        ("{'n_mels': 64}", r"has no readable \w+ \(.*\); download or export it again"),
        ("", "has no readable"),
        ("[64]", r"the \w+ of the checkpoint tiny\.safetensors is no set of named values"),
        ("null", "is no set of named values"),
        ("[" * 100_000, "has no readable"),
        ('{"steps": ' + "9" * 5000 + "}", "has no readable"),
    ],
)
def test_metadata_that_cannot_be_read_is_a_sentence(saved, key, text, said):
    weights, metadata = parts(saved)
    del metadata[key]
    sign(saved, weights, metadata if text is None else {**metadata, key: text})
    with pytest.raises(CheckpointError, match=said):
        checkpoint.load(saved)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_weight_that_is_not_finite_is_named_and_refused(saved, value):
    weights, metadata = parts(saved)
    weights["head.bias"][1] = value
    sign(saved, weights, metadata)
    with pytest.raises(CheckpointError, match=r"the weight 'head\.bias' of the checkpoint .* is not finite"):
        checkpoint.load(saved)


def test_a_network_whose_output_overflows_gives_a_sentence_and_no_mel(tiny):
    network = random_generator(tiny)
    for parameter in network.parameters():
        torch.nn.init.constant_(parameter, 1e30)
    label, condition = (
        np.ones((len(tiny.label_channels), tiny.n_mels, 9), np.float32),
        np.ones(len(tiny.guitars) + 2, np.float32),
    )
    with pytest.raises(CheckpointError, match="generates values that are not finite; use another checkpoint"):
        generate(network, label, condition, tiny)


@pytest.mark.parametrize("value", [float("nan"), 70000.0])
def test_a_weight_that_float16_cannot_hold_is_not_saved(tmp_path, tiny, value):
    weights = random_generator(tiny).state_dict()
    weights["head.bias"][0] = value
    with pytest.raises(CheckpointError, match=r"the weight 'head\.bias' has values that are not finite as float16"):
        checkpoint.save(tmp_path / "a.safetensors", weights, tiny, {})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"architecture": "paper"}, "the architecture paper is no longer there"),
        ({"architecture": 3}, "architecture is 3; it must be a name"),
        ({"sampler": "tarot"}, "the sampler 'tarot' is not known"),
        ({"architecture": "original", "sampler": "flow"}, "cannot be built: the sampler flow"),
        ({"n_mels": 100}, "does not hold together"),
        ({"n_mels": 10**9}, "n_mels is 1e\\+09; it must be from 1 to 4096"),
        ({"guitars": ["\ud800"]}, "use printable characters"),
        (
            {"local_width": 1024, "global_width": 1024},
            "its configuration needs",
        ),
    ],
)
def test_a_config_that_this_version_cannot_build_is_a_sentence(saved, change, said):
    weights, metadata = parts(saved)
    sign(saved, weights, {**metadata, "config": json.dumps({**json.loads(metadata["config"]), **change})})
    with pytest.raises(CheckpointError, match=said):
        checkpoint.load(saved)


def test_a_field_of_another_version_is_refused_by_name(saved):
    weights, metadata = parts(saved)
    metadata["config"] = json.dumps({**json.loads(metadata["config"]), "flux": 1.21})
    sign(saved, weights, metadata)
    with pytest.raises(CheckpointError, match="unknown field 'flux'; it was made by another version"):
        checkpoint.load(saved)


def test_a_missing_weight_is_named(saved):
    weights, metadata = parts(saved)
    del weights["head.bias"]
    sign(saved, weights, metadata)
    with pytest.raises(CheckpointError, match=r"lacks weight 'head\.bias'"):
        checkpoint.load(saved)


def test_a_weight_too_many_is_named(saved):
    weights, metadata = parts(saved)
    sign(saved, {**weights, "tail.bias": weights["head.bias"].clone()}, metadata)
    with pytest.raises(CheckpointError, match=r"has the unknown weight 'tail\.bias'"):
        checkpoint.load(saved)


def test_a_weight_of_the_wrong_shape_is_named_with_both_shapes(saved):
    weights, metadata = parts(saved)
    weights["head.bias"] = torch.zeros(5, dtype=torch.float16)
    sign(saved, weights, metadata)
    with pytest.raises(CheckpointError, match=r"'head\.bias' .* has the shape \(5,\), its configuration needs \(2,\)"):
        checkpoint.load(saved)


def test_another_format_version_is_named_with_the_one_that_is_read(saved):
    weights, metadata = parts(saved)
    sign(saved, weights, {**metadata, "format_version": "99"})
    with pytest.raises(CheckpointError, match="has format 99, this version reads 1; use the matching version"):
        checkpoint.load(saved)


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_somebody_elses_safetensors_file_is_not_ours(tmp_path, metadata, dtype):
    save_file({"weight": torch.zeros(3, dtype=dtype)}, tmp_path / "other.safetensors", metadata=metadata)
    with pytest.raises(CheckpointError, match=r"other\.safetensors is not a hum2guitar checkpoint"):
        checkpoint.load(tmp_path / "other.safetensors")


class Trap:
    """Unpickling this writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("write", [lambda trap, path: path.write_bytes(pickle.dumps(trap)), torch.save])
def test_a_pickle_is_refused_and_never_run(tmp_path, write):
    write(Trap(tmp_path / "executed"), tmp_path / "model.pt")
    with pytest.raises(CheckpointError, match=r"model\.pt is damaged or cut short"):
        checkpoint.load(tmp_path / "model.pt")
    assert not (tmp_path / "executed").exists()


# --- finding one -------------------------------------------------------------------------------------------------


def test_a_path_is_taken_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", lambda *_: pytest.fail("the Hub was asked"))
    folder = tmp_path / "owner"
    folder.mkdir()
    (folder / "name").touch()
    monkeypatch.chdir(tmp_path)
    for source in (
        "owner/name",
        "runs/lost.safetensors",
        "model.safetensors",
        "./a/b",
        "/a/b",
        str(folder / "x"),
        folder,
    ):
        assert checkpoint.resolve(source) == Path(source)


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Hub that answers."""
    monkeypatch.setattr(hub, "answers", lambda address: True)


@pytest.mark.parametrize("hub_id", ["owner/name", "owner/hum2guitar-v1.0", "some-one/a_b.c"])
def test_a_hub_id_is_downloaded_once_and_cached_by_the_hubs_own_client(online, hub_id, tmp_path, monkeypatch):
    asked = []

    def downloaded(*names: str, revision: str | None, local_files_only: bool) -> str:
        assert not local_files_only
        asked.append((*names, revision))
        return str(tmp_path / "f")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", downloaded)
    assert checkpoint.resolve(hub_id) == tmp_path / "f"
    assert asked == [(hub_id, checkpoint.FILE_NAME, None)]


@pytest.mark.parametrize(
    "failure",
    [
        LocalEntryNotFoundError("cannot find the file on the Hub, and the network is unreachable"),
        RepositoryNotFoundError.__new__(RepositoryNotFoundError),
        OSError("no route to host"),
        ValueError("not a valid repository id"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_hub_id_that_cannot_be_had_is_a_sentence(online, failure, monkeypatch):
    def unreachable(*_: str, **__: object) -> str:
        raise failure

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", unreachable)
    said = rf"the checkpoint owner/name is neither a file here nor .* \({type(failure).__name__}\); check the name and"
    with pytest.raises(CheckpointError, match=said):
        checkpoint.resolve("owner/name")


def test_without_the_network_a_copy_in_the_cache_is_used_and_nothing_is_tried_again(tmp_path, monkeypatch):
    def cached(repository: str, file_name: str, *, revision: str | None, local_files_only: bool) -> str:
        assert local_files_only
        return str(tmp_path / file_name)

    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", cached)
    assert checkpoint.resolve("owner/name") == tmp_path / checkpoint.FILE_NAME


def test_nothing_named_is_the_bundled_checkpoint():
    assert checkpoint.resolve(None) == checkpoint.bundled()
    assert checkpoint.bundled().name == checkpoint.FILE_NAME


def test_the_bundled_checkpoint_is_whole_says_where_it_comes_from_and_stays_under_ten_megabytes():
    assert checkpoint.bundled().stat().st_size < 10e6
    loaded = checkpoint.load(checkpoint.bundled())
    assert loaded.provenance
    assert all(torch.isfinite(parameter).all() for parameter in loaded.generator.parameters())
