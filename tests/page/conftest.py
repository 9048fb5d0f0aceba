"""A client of the page that is served, and what the tests of the page share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
import soundfile
from gradio.components import Component
from gradio_client import Client, handle_file
from sounds import sung

from hum2guitar import Hum2Guitar
from hum2guitar.choices import options_of
from page import layout
from page.callbacks import Callbacks
from page.jobs import Jobs


@pytest.fixture(scope="session")
def client(address: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(address, verbose=False, download_files=str(tmp_path_factory.mktemp("downloaded")))


@pytest.fixture(scope="session")
def convert(client: Client) -> Callable[..., tuple[str, str, dict[str, Any], str]]:
    """Call /convert as a program does: convert(path, transposition=12, …) → guitar, picture, details, other."""

    def call(recording: Path | None, **choices: Any) -> tuple[str, str, dict[str, Any], str]:
        given = handle_file(str(recording)) if recording is not None else None
        return client.predict(recording=given, api_name="/convert", **choices)

    return call


@pytest.fixture(scope="session")
def short_hum(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A3 and C♯4, 1.6 s."""
    path = tmp_path_factory.mktemp("hums") / "hum.wav"
    soundfile.write(path, sung([(0.1, 0.7, 57), (0.8, 1.4, 61)], 22050, 1.6), 22050)
    return path


@pytest.fixture(scope="session")
def widgets() -> dict[str, Component]:
    """The widgets of the choices, for a checkpoint of two guitars."""

    async def draw() -> dict[str, Component]:
        with gr.Blocks(analytics_enabled=False):
            guitars = ("nylon_a", "steel_b")
            return layout.draw_main_choices(guitars) | layout.draw_more_choices(guitars, options_of("tracker"))

    return asyncio.run(draw())  # where no event loop runs, Gradio makes one and never closes it


@pytest.fixture
def callbacks(converter: Hum2Guitar) -> Callbacks:
    """The callbacks of a page with random weights."""
    return Callbacks(converter, other="pghi", jobs=Jobs())
