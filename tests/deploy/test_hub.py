from __future__ import annotations

import socketserver
from threading import Thread
from typing import Any

import pytest
import torch
import yaml
from huggingface_hub import constants
from served import ROOT

from hum2guitar import Hum2Guitar, UserError
from hum2guitar import hub as hub_client
from hum2guitar.errors import CheckpointError

NAME = "anna/model"
TINY = ROOT / "tests" / "data" / "tiny.safetensors"


@pytest.fixture(scope="module")
def tiny() -> Hum2Guitar:
    return Hum2Guitar.from_pretrained(TINY)


def test_a_checkpoint_that_was_pushed_comes_back_the_same(hub: Any, tiny: Hum2Guitar) -> None:
    commit = tiny.push_to_hub(NAME)
    again = Hum2Guitar.from_pretrained(NAME, revision=commit)
    assert (again.config, again.provenance) == (tiny.config, tiny.provenance)
    for name, weight in tiny.generator.state_dict().items():
        assert torch.equal(again.generator.state_dict()[name], weight)


def test_a_revision_pins_a_version(hub: Any, tiny: Hum2Guitar) -> None:
    first = tiny.push_to_hub(NAME)
    hub.repos["models", NAME].commits.insert(0, ("1" * 40, {"hum2guitar.safetensors": b"damaged"}))
    Hum2Guitar.from_pretrained(NAME, revision=first)
    with pytest.raises(CheckpointError, match="damaged"):
        Hum2Guitar.from_pretrained(NAME)


def test_the_hash_in_the_model_card_is_that_of_the_file_and_another_one_is_refused(hub: Any, tiny: Hum2Guitar) -> None:
    tiny.push_to_hub(NAME)
    right = hub_client.sha256_of(hub_client.download(NAME))
    assert f'sha256="{right}"' in hub.files["README.md"].decode()
    Hum2Guitar.from_pretrained(NAME, sha256=right)
    with pytest.raises(CheckpointError, match=f"is {right}, not {'0' * 64}; use a revision that you trust"):
        Hum2Guitar.from_pretrained(NAME, sha256="0" * 64)


def test_the_model_card_tells_every_run_that_the_shipped_weights_went_through() -> None:
    shipped = Hum2Guitar.from_pretrained()
    card = hub_client.model_card(NAME, shipped.config.to_dict(), shipped.provenance, "0" * 64)
    run: Any = shipped.provenance
    while isinstance(run, dict):
        assert run["commit"] in card
        assert all(licence in card for licence in run.get("licences", ()))
        run = run.get("began_from")
    assert yaml.safe_load(card.split("---")[1])["license"] == "mit"


@pytest.mark.parametrize(
    ("licences", "licence"),
    [
        (["steel: CC0 1.0", "nylon: CC BY 3.0, MIT"], "mit"),
        (["steel: CC0 1.0", "nylon: CC BY-NC 4.0"], "other"),
        (["steel: CC BY-SA 4.0, CC0 1.0"], "other"),
        (["steel: "], "other"),
        ([], "other"),
    ],
)
def test_the_card_calls_weights_free_only_where_every_recording_is(licences: list[str], licence: str) -> None:
    assert hub_client.licence_of_weights(licences) == licence


@pytest.mark.parametrize(("refused", "status"), [("repos/create", 403), ("commit/main", 403)])
def test_a_token_without_rights_is_a_sentence(hub: Any, tiny: Hum2Guitar, refused: str, status: int) -> None:
    hub.refuses[refused] = status
    with pytest.raises(UserError, match="no right to write to anna/model"):
        tiny.push_to_hub(NAME)


@pytest.mark.parametrize("said", [b"", b"SSH-2.0\r\n"])
def test_behind_a_server_that_closes_or_speaks_no_http_the_copy_in_the_cache_is_used(
    hub: Any, tiny: Hum2Guitar, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    class Closing(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.rfile.readline()
            self.wfile.write(said)

    tiny.push_to_hub(NAME)
    cached = hub_client.download(NAME)
    with socketserver.TCPServer(("127.0.0.1", 0), Closing) as server:
        Thread(target=server.handle_request).start()
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}")
        assert hub_client.download(NAME) == cached


def test_a_revision_that_the_hub_does_not_have_is_a_sentence(hub: Any, tiny: Hum2Guitar) -> None:
    tiny.push_to_hub(NAME)
    with pytest.raises(CheckpointError, match="the checkpoint anna/model at v9 is neither a file here nor"):
        Hum2Guitar.from_pretrained(NAME, revision="v9")
