from __future__ import annotations

import asyncio
import gzip
import inspect
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
import uvicorn
from gradio_client import Client, handle_file
from served import page
from sounds import voice

from hum2guitar import Hum2Guitar
from hum2guitar.choices import options_of
from page import serve
from page.__main__ import main
from page.folder import PREFIX
from page.jobs import Jobs


@pytest.mark.parametrize("given", ["abc", "-1", "0", "65536", "78.60", "³", "٣٣"])
def test_a_port_that_is_none_ends_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", given)
    assert main() == 2
    assert f"PORT={given} is not a port; give a whole number from 1 to 65535" in capsys.readouterr().err


def test_a_checkpoint_that_is_missing_ends_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUM2GUITAR_CHECKPOINT", str(tmp_path / "missing.safetensors"))
    assert main() == 2
    printed = capsys.readouterr().err
    assert printed.startswith("hum2guitar: ")
    assert "missing.safetensors" in printed


def test_an_empty_variable_counts_as_not_set() -> None:
    assert serve.read_port({"PORT": ""}) == serve.read_port({}) == 7860
    assert serve.load({"HUM2GUITAR_CHECKPOINT": ""}).provenance == serve.load({}).provenance


def test_crepe_is_not_offered_where_the_gpu_is_lent_to_the_generator_alone() -> None:
    assert serve.usable_trackers() == options_of("tracker")
    assert serve.usable_trackers(gpu_is_lent=True) == ("swift", "pyin", "cepstrum")


def test_every_callback_that_asks_whose_call_it_is_runs_in_the_event_loop(
    converter: Hum2Guitar, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))

    async def build() -> gr.Blocks:
        return serve.build(converter, serve.usable_trackers(), Jobs())

    called = [each.fn for each in asyncio.run(build()).fns.values() if each.fn is not None]
    asking = [each for each in called if "request" in inspect.signature(each).parameters]
    assert len(asking) > 10
    threads = [each for each in asking if not (inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each))]
    assert threads == []  # Gradio calls these in other threads


def test_a_gpu_that_is_lent_generates_every_mel(converter: Hum2Guitar) -> None:
    def lend_a_silent_gpu(generate: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
        return lambda *arguments, **options: np.full_like(generate(*arguments, **options), -120.0)

    hum = voice(220.0, 16000, 1.0)
    assert converter.convert(hum, 16000, iterations=1).sound.mel_db.max() > -120
    serve.lend(converter, lend_a_silent_gpu)
    assert converter.convert(hum, 16000, iterations=1).sound.mel_db.max() == -120


@pytest.mark.parametrize(
    ("connected_from", "header", "expected"),
    [
        ("10.16.3.80", "203.0.113.9", "203.0.113.9"),
        ("10.16.3.80", "198.51.100.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),  # the visitor wrote the first one
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # there is no proxy: the visitor wrote it all
    ],
)
def test_a_visitor_of_a_space_cannot_claim_another_address(connected_from: str, header: str, expected: str) -> None:
    hosts = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        hosts.append(scope["client"][0])

    scope = {"type": "http", "client": (connected_from, 1), "headers": [(b"x-forwarded-for", header.encode())]}
    behind_proxies = uvicorn.Config(app, forwarded_allow_ips=serve.PROXIES, log_config=None)
    behind_proxies.load()
    asyncio.run(behind_proxies.loaded_app(scope, None, None))
    assert hosts == [expected]


def test_an_upload_over_the_limit_is_refused(address: str) -> None:
    boundary = "limit"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="big.wav"\r\n\r\n'.encode()
    body = head + bytes(100 * 1024 * 1024 + 1) + f"\r\n--{boundary}--\r\n".encode()
    request = urllib.request.Request(
        f"{address}/gradio_api/upload",
        data=body,
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request, timeout=60)
    with raised.value as refusal:
        assert refusal.code == 413


def test_the_page_asks_nothing_of_any_other_server(address: str) -> None:
    with urllib.request.urlopen(address, timeout=10) as answer:
        html = answer.read().decode()
    assert "fonts.googleapis.com" not in html
    assert "google-analytics" not in html


@pytest.mark.parametrize("path", ["/", "/config"])
def test_the_page_is_sent_compressed_to_those_who_can_read_that(address: str, path: str) -> None:
    def sent(encoding: str) -> tuple[str | None, bytes]:
        request = urllib.request.Request(address + path, headers={"Accept-Encoding": encoding})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.headers["Content-Encoding"], answer.read()

    (no_encoding, plain), (encoding, small) = sent("identity"), sent("gzip")
    assert (no_encoding, encoding) == (None, "gzip")
    assert len(small) < 0.25 * len(plain)
    assert len(gzip.decompress(small)) == pytest.approx(len(plain), rel=0.01)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without telling it")
def test_nothing_is_left_once_the_server_was_told_to_end(tmp_path: Path, short_hum: Path) -> None:
    with page(tmp_path, end=signal.SIGTERM) as served:
        client = Client(served, verbose=False, download_files=False)
        client.predict(recording=handle_file(str(short_hum)), api_name="/convert")
        names = sorted(path.name for path in tmp_path.rglob("*") if path.suffix in (".wav", ".png"))
        assert names == ["guitar.wav", "hum.wav", "other.wav", "picture.png"]  # each once: nothing is kept twice
    assert list((tmp_path / "gradio").glob(f"{PREFIX}*")) == []
    assert [path for path in tmp_path.rglob("*") if path.suffix in (".wav", ".png", ".partial")] == []
