"""huggingface_hub's own client, pointed at a stand-in of the Hub."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub import constants

spec = importlib.util.spec_from_file_location("standin", Path(__file__).with_name("standin.py"))
assert spec is not None
assert spec.loader is not None
standin = importlib.util.module_from_spec(spec)
sys.modules["standin"] = standin  # dataclasses look their module up
spec.loader.exec_module(standin)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The stand-in, which the client asks, with a token that it knows."""
    with standin.served() as served:
        monkeypatch.setattr(constants, "ENDPOINT", served.address)
        template = served.address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
        monkeypatch.setenv("HF_TOKEN", served.token)
        monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        huggingface_hub.close_session()
        yield served
        huggingface_hub.close_session()
